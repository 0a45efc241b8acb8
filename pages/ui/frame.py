"""What every page has around its content: title, sentence, strip, the next step, and words for what went wrong."""

import streamlit as st

from pages.ui import privacy, session, strip
from pages.ui.mishaps import failed, told
from pages.ui.ways import PAGES, empty, go, next_step
from pages.ui.words import plain

__all__ = ["PAGES", "empty", "failed", "go", "header", "next_step", "plain", "told"]

SEEN_SECONDS = 60            # a visit is noted once in so long


def header(title: str, sentence: str, with_strip: bool = True) -> None:
    """Title, one sentence on what you do here and why, and the strip: data set, recipe, running job.

    Without the strip where the page shows nothing of the visitor's own.
    """
    here = session.visitor()
    _note_visit(here, str(session.office().settings.home))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.title(title, anchor=False)
        privacy.question(here)
    st.markdown(sentence)
    if with_strip:
        strip.show(here)


@st.cache_data(ttl=SEEN_SECONDS, max_entries=10_000, show_spinner=False)
def _note_visit(visitor: str, home: str) -> None:
    session.office().desk.saw(visitor)
