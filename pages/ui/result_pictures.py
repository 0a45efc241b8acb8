"""Results, pictures: right, wrong, sure and unsure ones, as many as one likes."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st
from numpy import int64
from numpy.typing import NDArray

from core.interpretation import rankings
from core.interpretation.predictions import Predictions
from pages.ui import frame
from pages.ui.exhibit import Exhibit
from pages.ui.gallery import cards

HOW_MANY = (4, 8, 12)
LEGEND = "Said: the prediction, with its probability. Is: the actual class, with the probability it got."
PROBABILITY = ("How sure the network says it is, from 0 to 100 %; the classes share 100 % between them. It says so of "
               "itself, and can be very sure and wrong.")
UNCERTAIN = ("The pictures whose two most probable classes lie closest together. More pictures like these to learn "
             "from help most.")


@dataclass(frozen=True, slots=True)
class Gallery:
    """A way to choose pictures. `pick(predictions, how many, class, seed)` gives rows."""

    sentence: str
    nothing: str             # said where it is empty; {} is the class
    pick: Callable[[Predictions, int, int, int], NDArray[int64]]
    of_class: bool = False
    drawn: bool = False      # at random: can be drawn anew
    help: str = PROBABILITY


GALLERIES = {
    "Correctly classified": Gallery(
        "Pictures that it got right, drawn without favour.", "No picture was classified correctly.",
        lambda shown, k, kind, seed: rankings.random_correct(shown, k, seed), drawn=True),
    "Incorrectly classified": Gallery(
        "Pictures that it got wrong, drawn without favour.", "No picture was classified wrongly.",
        lambda shown, k, kind, seed: rankings.random_incorrect(shown, k, seed), drawn=True),
    "Most correct": Gallery(
        "Right, and surest of it: what the network takes for typical.", "No picture of {} was recognised.",
        lambda shown, k, kind, seed: rankings.most_correct(shown, kind, k), of_class=True),
    "Most incorrect": Gallery(
        "Wrong, and surest of it: often a wrong label, or an odd picture.",
        "No picture of {} was taken for another class.",
        lambda shown, k, kind, seed: rankings.most_incorrect(shown, kind, k), of_class=True),
    "Most uncertain": Gallery(
        "It could hardly decide between two classes.", "There are no pictures.",
        lambda shown, k, kind, seed: rankings.most_uncertain(shown, k), help=UNCERTAIN),
}


def show(exhibit: Exhibit) -> None:
    """Right, wrong, sure and unsure pictures, as many as one likes."""
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        name = st.segmented_control("Which pictures", list(GALLERIES), default=next(iter(GALLERIES)), required=True,
                                    key="gallery", label_visibility="collapsed")
        count = st.segmented_control("How many", HOW_MANY, default=HOW_MANY[1], required=True, key="how many",
                                     label_visibility="collapsed")
    gallery, classes = GALLERIES[name], exhibit.predictions.classes
    words, choice = st.columns([3, 1], vertical_alignment="center")
    with words.container(gap="xsmall"):
        st.markdown(gallery.sentence, help=gallery.help)
        st.caption(LEGEND)
    kind = 0
    with choice:
        if gallery.of_class:
            kind = st.selectbox("Class", range(len(classes)), format_func=classes.__getitem__, key="class",
                                label_visibility="collapsed")
        if gallery.drawn:
            st.button("Draw others", icon=":material/shuffle:", on_click=_draw_anew, width="stretch")
    rows = gallery.pick(exhibit.predictions, count, kind, st.session_state.get("draw", 0))
    if len(rows):
        cards(exhibit, rows, unsure=name == "Most uncertain")
    else:
        st.info(gallery.nothing.format(f"“{frame.plain(classes[kind])}”"))


def _draw_anew() -> None:
    st.session_state["draw"] = st.session_state.get("draw", 0) + 1
