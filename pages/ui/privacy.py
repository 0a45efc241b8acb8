""""Where do my pictures go?": the answer, and the button that deletes everything."""

import streamlit as st

from core.jobs.entries import LOCAL
from core.settings import Settings
from pages.ui import session
from pages.ui.ways import go
from pages.ui.words import amount

SHOWN = "Photos that you only show to a network, on the page Predict, are deleted a day later."
OPEN = "privacy open"        # session_state: keys of the page behind are not for it


def question(visitor: str) -> None:
    """The question as a small button that opens the answer."""
    asked = st.button("Where do my pictures go?", type="tertiary", icon=":material/lock:", key="where")
    st.session_state[OPEN] = asked          # a run of the page without the question closes the answer
    if asked:
        _answered(visitor)


def answer(settings: Settings) -> str:
    """Where the pictures of the settings' visitor lie, who sees them, and how long they stay."""
    if settings.visitor == LOCAL:
        return (f"They stay on this machine, and nothing of them is sent anywhere. {SHOWN} The others "
                "are kept until you delete them, in this folder:")
    return ("They are stored on this server, in a room that only this browser can open: a cookie is its key. "
            "Other visitors cannot see them, but for results that you share by a link, for as long as you let it "
            f"stand. {SHOWN} Everything is deleted "
            f"{amount(round(settings.keep_days), 'day')} after your last visit, or at once when you say so here.")


@st.dialog("Where do my pictures go?", on_dismiss="rerun")
def _answered(visitor: str) -> None:
    settings, desk = session.settings(), session.office().desk
    st.markdown(answer(settings))
    if visitor == LOCAL:
        st.code(str(settings.room), language=None, wrap_lines=True)
    datasets = amount(len(desk.datasets(visitor)), "data set")
    trainings = amount(len(desk.jobs(visitor, kind="train")), "training")
    sure = st.checkbox(f"Yes, delete {datasets} and {trainings} for good, and stop what is running", key="sure")
    if st.button("Delete my data", icon=":material/delete:", key="delete-my-data", disabled=not sure):
        desk.forget(visitor)
        desk.saw(visitor)
        st.session_state.clear()
        go("home")
