"""The time machine's pictures: those that one epoch changed, and those that were learned, forgotten, or never right."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.interpretation.over_epochs import Course, Fate
from pages.ui.colours import RIGHT, WRONG
from pages.ui.exhibit import Exhibit
from pages.ui.explain import explain
from pages.ui.gallery import BELOW_A_CHART, paged

MARKS = {Fate.ALWAYS_RIGHT: "always right", Fate.LEARNED: "learned", Fate.REGAINED: "lost and regained",
         Fate.FORGOTTEN: "forgotten", Fate.NEVER_LEARNED: "never learned"}
NOT_YET = "not learned yet"              # what may still be learned while the training goes on
NEVER = "Never learned"
Pick = Callable[[Course, int], NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Gallery:
    """Which pictures; `pick(course, place)` gives rows. {} is the last epoch."""

    sentence: str
    nothing: str                 # said where it is empty
    pick: Pick


GALLERIES = {
    "Became right": Gallery("Wrong after the epoch before, and right now.",
                            "No picture became right with this epoch.", lambda course, place: course.became(place)[0]),
    "Became wrong": Gallery("Right after the epoch before, and wrong now.",
                            "No picture became wrong with this epoch.", lambda course, place: course.became(place)[1]),
    "Learned": Gallery("Wrong after the first epoch, and right after {}.",
                       "No picture was learned after the first epoch.",
                       lambda course, place: course.of_fate(Fate.LEARNED)),
    "Forgotten": Gallery("Right once, and wrong after {}. The network had it, and gave it up for others.",
                         "No picture that was once right is wrong after {}.",
                         lambda course, place: course.of_fate(Fate.FORGOTTEN)),
    NEVER: Gallery("Wrong after every epoch up to {}, the largest loss after that one first: often a "
                             "wrong label, or an odd picture.", "Every picture was right at least once.",
                             lambda course, place: course.of_fate(Fate.NEVER_LEARNED)),
    "Unstable": Gallery("Forgotten twice or more, the most often first: the network cannot make up its mind.",
                        "No picture was forgotten twice.", lambda course, place: course.unstable()),
}
FIRST = "With the first epoch nothing has changed yet: there is none before it."


def show(exhibit: Exhibit, course: Course, place: int) -> None:
    """A choice of galleries; `exhibit` has what was said after the epoch at this place."""
    goes_on = not exhibit.job.over
    name = st.segmented_control("Which pictures", list(GALLERIES), default=next(iter(GALLERIES)), required=True,
                                key="epoch-gallery", label_visibility="collapsed", persist_state="session",
                                format_func=lambda name: NOT_YET.capitalize() if goes_on and name == NEVER else name)
    gallery = GALLERIES[name]
    rows = gallery.pick(course, place)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(gallery.sentence.format(last(goes_on)), width="content")
        explain("forgetting event")
    fates, forgettings, right = course.fates, course.forgettings, course.right

    def mark(row: int) -> str:
        return marked(Fate(fates[row]), int(forgettings[row]), right[:, row], place, goes_on)

    paged(exhibit, rows, "epoch", below=mark, pages=BELOW_A_CHART, file=f"{name} epoch {course.epochs[place] + 1}",
          nothing=FIRST if place == 0 and name.startswith("Became") else gallery.nothing.format(last(goes_on)))


def last(goes_on: bool) -> str:
    """The last epoch, which while a training goes on is none yet."""
    return "the latest one so far" if goes_on else "the last one"


def word_of(fate: Fate, goes_on: bool) -> str:
    return NOT_YET if goes_on and fate == Fate.NEVER_LEARNED else MARKS[fate]


def marked(fate: Fate, forgettings: int, right: NDArray[np.bool], place: int, goes_on: bool = False) -> str:
    """A picture's epochs (E,) as a row of blue and orange, the one at `place` framed, and its word; as HTML of our own
    words."""
    cells = "".join(
        f'<div style="flex:1;background:{RIGHT if each else WRONG};'
        f'opacity:{1 if at == place else .5};height:{12 if at == place else 8}px"></div>'
        for at, each in enumerate(right.tolist()))
    times = "once" if forgettings == 1 else f"{forgettings} times"
    word = word_of(fate, goes_on)
    if forgettings:
        word = f"forgotten {times}" if fate == Fate.FORGOTTEN else f"{word} · forgotten {times}"
    return ('<div style="display:flex;gap:1px;align-items:center;height:12px" role="img" '
            f'aria-label="right after {int(right.sum())} of {len(right)} epochs">{cells}</div>'
            f'<div style="font-size:.75rem;opacity:.85;margin-top:3px">{word}</div>')
