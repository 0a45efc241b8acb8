"""The pictures of one class: those it missed, the false alarms, and those it found."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st
from numpy import int64
from numpy.typing import NDArray

from core.interpretation import rankings
from core.interpretation.per_class import ClassScore
from core.interpretation.predictions import Predictions
from pages.ui import frame
from pages.ui.exhibit import Exhibit
from pages.ui.gallery import BELOW_A_CHART, paged
from pages.ui.words import short


@dataclass(frozen=True, slots=True)
class Kind:
    """A way in which a picture has to do with a class. {} is the class."""

    sentence: str
    nothing: str
    count: Callable[[ClassScore], int]
    pick: Callable[[Predictions, int, int], NDArray[int64]]


KINDS = {
    "Missed": Kind("Pictures of {} that were taken for another class, the surest answer first.",
                   "No picture of {} was missed.", lambda score: score.missed, rankings.most_incorrect),
    "False alarms": Kind("Pictures of other classes that were taken for {}, the surest first.",
                         "No other picture was taken for {}.", lambda score: score.false_alarms,
                         rankings.false_alarms),
    "Found": Kind("Pictures of {} that were recognised, the surest first.", "No picture of {} was found.",
                  lambda score: score.found, rankings.most_correct)}


def show(exhibit: Exhibit, scores: Sequence[ClassScore], key: str) -> None:
    """A box for the class, whose place stands in the session under `key`, and its pictures."""
    box, kinds = st.columns([1, 2], vertical_alignment="bottom")
    place = box.selectbox("Pictures of", range(len(scores)), format_func=lambda place: scores[place].name, key=key,
                          persist_state="session")
    score = scores[place]
    with kinds:
        name = st.segmented_control("Which of them", list(KINDS), default=next(iter(KINDS)), required=True,
                                    key="kind of class pictures", label_visibility="collapsed", persist_state="session",
                                    format_func=lambda name: f"{name} · {KINDS[name].count(score):,}")
    kind, said = KINDS[name], f"**{frame.plain(score.name)}**"
    count = kind.count(score)
    if not count:
        st.info(kind.nothing.format(said))
        return
    st.markdown(kind.sentence.format(said))
    paged(exhibit, kind.pick(exhibit.predictions, place, count), "class", pages=BELOW_A_CHART,
          file=f"{short(score.name)} {name}")
