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
NOT_CONFIRMED = "Say on the Data page that these are your pictures. Whatever is wrong with them is put right here."


def page() -> None:
    chosen = session.require_dataset(NOT_CONFIRMED)
    job = clean_look.newest(chosen)
    if job is None:
        clean_look.first(chosen)
        return
    clean_look.newer(chosen)
    clean_desk.told()
    try:
        at_hand = clean_desk.cleaning(chosen, job)
    except PlaygroundError as error:
        clean_look.unreadable(chosen, error)
        return
    clean_noise.banner(at_hand)
    payoff = st.container(key="clean-payoff")
    view = st.segmented_control("View", list(VIEWS), default="One by one", required=True, key="clean-view",
                                label_visibility="collapsed", width="stretch", persist_state="session")
    VIEWS[view](at_hand)
    if view in ("One by one", "Many at once"):
        clean_look.told(at_hand)
    with st.expander("How is this known, and what do the reasons mean?"):
        st.markdown(clean_words.HELP)
        both = st.empty()
    frame.next_step("Train on the pictures as they are now", "train", primary=False)
    with payoff:     # last, so that the next picture is there while the head is fitted
        clean_payoff.show(at_hand, both)


frame.header("Clean", "A few wrong pictures teach a network wrong things. Here are those that may be, the likeliest "
                      "first: you decide, a key press each, and everything can be undone.")
try:
    page()
except PlaygroundError as error:
    frame.told(error)
