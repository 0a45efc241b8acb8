"""Clean: what may be wrong with the pictures, one key a decision, and what it is worth at once."""

import streamlit as st

from core.errors import PlaygroundError
from pages.ui import (
    clean_desk,
    clean_log,
    clean_look,
    clean_many,
    clean_noise,
    clean_one,
    clean_payoff,
    clean_words,
    frame,
    session,
)

VIEWS = {"One by one": clean_one.show, "Many at once": clean_many.show, "All changes": clean_log.show,
         "Noise lab": clean_noise.show}


@st.fragment
def work() -> None:
    """Everything that a decision changes, so that a key press runs this part of the page alone."""
    chosen = session.require_dataset()
    job = clean_look.newest(chosen)
    if job is None:
        st.rerun()
    try:
        at_hand = clean_desk.cleaning(chosen, job)
    except PlaygroundError as error:
        clean_look.unreadable(chosen, error)
        return
    payoff = st.container(key="clean-payoff")
    view = st.segmented_control("View", list(VIEWS), default="One by one", required=True, key="clean-view",
                                label_visibility="collapsed", width="stretch")
    VIEWS[view](at_hand)
    clean_look.told(at_hand)
    with payoff:     # last, so that the next picture is there while the head is fitted
        clean_payoff.show(at_hand)


def page() -> None:
    chosen = session.require_dataset()
    if clean_look.newest(chosen) is not None:
        clean_look.newer(chosen)
        work()
        with st.expander("What do these reasons mean?"):
            st.markdown(clean_words.HELP)
        frame.next_step("Train on the pictures as they are now", "train", primary=False)
    else:
        clean_look.first(chosen)


frame.header("Clean", "A few wrong pictures teach a network wrong things. Here are those that may be, the likeliest "
                      "first: you decide, a key press each, and everything can be undone.")
try:
    page()
except PlaygroundError as error:
    frame.told(error)
