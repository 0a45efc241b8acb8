"""Predict, for whoever has a link to a training: their own photos, in their own room, and another's network."""

from typing import NoReturn

import streamlit as st

from core.errors import PlaygroundError
from core.jobs.entries import Job
from core.runs import served
from pages.ui import sharing
from pages.ui.predict_training import Answering

SENTENCE = "Show this network photos that it has never seen, and look at what it makes of them."
NOT_READY = ("This network is being made ready for photos, and answers as soon as it is. If that takes more than some "
             "minutes, ask whoever shared it to open the page Predict once.")
SECONDS_BETWEEN_LOOKS = 3.0


def require() -> Answering:
    """The training of the address's link; without one the page ends here."""
    return Answering(*sharing.require("predict"))


def wait(training: Job) -> NoReturn:
    """Until its owner has the network ready; the page ends here, and goes on by itself."""
    st.info(NOT_READY, icon=":material/hourglass_bottom:")
    _look(training)
    st.stop()
    raise AssertionError("st.stop does not return")


@st.fragment(run_every=SECONDS_BETWEEN_LOOKS)
def _look(training: Job) -> None:
    try:
        sharing.still(training)
    except PlaygroundError as error:
        sharing.told(error)
        return
    if served.standing(training.run):
        st.rerun()
