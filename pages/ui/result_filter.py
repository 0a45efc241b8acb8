"""Which of the pictures to show: class, prediction, probability, file name; for every gallery alike."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.interpretation.selection import Verdict, Wanted, Whose, searchable
from core.runs.outcome import Outcome
from pages.ui.exhibit import Exhibit
from pages.ui.words import plain, short

ANY = -1                     # in the place of a class
PREDICTION, ACTUAL = -1, -2  # whose probability, in the place of a class
NAMED: dict[Whose, str] = {"prediction": "prediction", "actual": "actual class"}
CLEARED = "filters cleared"  # session_state, until the widgets are drawn again
CALLED: dict[int, Whose] = {PREDICTION: "prediction", ACTUAL: "actual"}
LONGEST_CLASS = 40           # letters
# Widgets by what they ask, and what they say where nothing is asked.
UNASKED: dict[str, Any] = {"class": ANY, "taken-for": ANY, "probability-of": PREDICTION, "between": (0, 100),
                           "file": ""}


def asked(exhibit: Exhibit, verdict: Verdict) -> Wanted:
    """The widgets in a row; what they ask for, among pictures of this verdict."""
    classes = exhibit.predictions.classes
    _forget_what_is_gone(len(classes))
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="result-filter"):
        actual = _class("Class", "class", classes, "Every class", "collapsed")
        file = st.text_input("Find a file", key="file", type="search", placeholder="Find a file", live=True, width=220,
                             icon=":material/search:", label_visibility="collapsed", persist_state="session",
                                 bind="query-params")
        with st.popover("More filters", icon=":material/filter_alt:", key="more-filters"):
            predicted = _class("Taken for (prediction)", "taken-for", classes, "Any class", "visible")
            whose = st.selectbox("Probability of", [*CALLED, *range(len(classes))], key="probability-of",
                                 persist_state="session", bind="query-params",
                                 format_func=lambda place: f"the {NAMED[CALLED[place]]}" if place < 0
                                 else short(classes[place], LONGEST_CLASS))
            # Streamlit warns of a default beside a value that a callback has set.
            span: Any = None if st.session_state.pop(CLEARED, False) else UNASKED["between"]
            low, high = st.slider("lies between", 0, 100, span, format="%d %%", key="between",
                                  persist_state="session", bind="query-params")
        if any(st.session_state.get(key, unasked) != unasked for key, unasked in UNASKED.items()):
            st.button("Clear filters", icon=":material/filter_alt_off:", type="tertiary", key="clear-filters",
                      on_click=clear)
    wanted = Wanted(verdict, actual, predicted, CALLED.get(whose, whose), low / 100, high / 100, file or "")
    if words := in_words(wanted, classes):
        st.caption(f"Only: {words}")
    return wanted


def clear() -> None:
    """Ask for nothing; fit for a button's callback."""
    for key, unasked in UNASKED.items():
        st.session_state[key] = unasked
    st.session_state[CLEARED] = True


def only(place: int) -> None:
    """Ask for pictures of this class, besides what is asked for already; fit for a button's callback."""
    st.session_state["class"] = place


def in_words(wanted: Wanted, classes: Sequence[str]) -> str:
    """What is asked for besides the verdict, fit for Markdown; "" for nothing."""
    told = []
    if wanted.actual is not None:
        told.append(f"**{plain(classes[wanted.actual])}**")
    if wanted.predicted is not None:
        told.append(f"taken for **{plain(classes[wanted.predicted])}**")
    if (wanted.least, wanted.most) != (0, 1):
        of = plain(classes[wanted.whose]) if isinstance(wanted.whose, int) else f"the {NAMED[wanted.whose]}"
        told.append(f"probability of {of} {100 * wanted.least:.0f} to {100 * wanted.most:.0f} %")
    if wanted.in_name.strip():
        told.append(f"“{plain(wanted.in_name.strip())}” in the file's name")
    return " · ".join(told)


def names(outcome: Outcome, ids: tuple[str, ...], part: str) -> NDArray[np.str_]:
    """(N,) of the files of these pictures, a part of the run's, to be searched in."""
    return _names(outcome.names, ids, (outcome.run.path, part, outcome.final))


def _class(title: str, key: str, classes: Sequence[str], every: str, label: Literal["visible", "collapsed"]
           ) -> int | None:
    place: int = st.selectbox(
        title, [ANY, *range(len(classes))], key=key, label_visibility=label, width=210, persist_state="session",
        bind="query-params", format_func=lambda place: every if place == ANY else short(classes[place], LONGEST_CLASS))
    return None if place == ANY else place


def _forget_what_is_gone(kinds: int) -> None:
    """Another training may have fewer classes than the filter was set for."""
    for key in ("class", "taken-for", "probability-of"):
        if st.session_state.get(key, ANY) >= kinds:
            st.session_state[key] = UNASKED[key]


@st.cache_resource(max_entries=64, show_spinner=False)
def _names(_names: dict[str, str], _ids: tuple[str, ...], part: tuple[Path, str, bool]) -> NDArray[np.str_]:
    return searchable(_names[id] for id in _ids)
