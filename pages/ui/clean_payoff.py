"""The payoff: what the changes are worth, by a head fitted anew after each of them."""

import math

import streamlit as st
from numpy.lib.format import open_memmap
from streamlit.delta_generator import DeltaGenerator

from core.cleaning.finding import ACTIVATIONS
from core.cleaning.payoff import Payoff, PayoffRequest, Score, request
from core.data.cache import DAMAGED
from core.data.dataset import Dataset
from core.errors import PlaygroundError
from core.interpretation.intervals import wilson
from pages.ui import clean_desk, frame, session
from pages.ui.clean_desk import Cleaning
from pages.ui.words import amount

HEIGHT = 104                # pixels
HOW = """
**The error.** After each change a small head (a logistic regression) learns anew from what a network sees of your
training pictures, and is tried on the pictures to check with. That takes a fraction of a second; a real training will
be better, and moves in the same direction.

**Removing or relabelling a picture to check with changes the test too.** So both heads, the one before your changes
and the one after, are checked with both: the pictures to check with as they came, and as they are now. What your
cleaning of the training pictures has gained is the step from one column to the next, within a row.
"""


def show(at_hand: Cleaning, both: DeltaGenerator) -> None:
    """The error before and now, with the span in which the true one lies; a place of one height, whatever it says.

    `both`: where both heads are told by both rulers.
    """
    with st.container(horizontal=True, gap="large", vertical_alignment="top", height=HEIGHT, border=False):
        try:
            found = asked(at_hand)
        except PlaygroundError as error:
            st.caption(f":material/info: The gain cannot be shown. {frame.plain(error.problem)} "
                       f"{frame.plain(error.remedy)}")
            return
        if found is None or not found.before.total:
            st.caption(":material/info: The gain cannot be shown: these pictures cannot be split.")
            return
        _error("Wrong as the pictures came", found.before, None)
        _error(f"Wrong after {amount(at_hand.changed, 'change')}", found.now_by_old_ruler, found.before)
        if found.now_by_old_ruler != found.now or found.before != found.before_by_new_ruler:
            _error("Checked with your corrected pictures", found.now, found.before_by_new_ruler, tell_before=True)
    with both.container():
        st.markdown(HOW)
        st.table(_both(found))


def in_words(score: Score) -> str:
    """Such as "12.0 % · 14 of 117 · likely 7–20 %", the interval Wilson's of 95 %."""
    if not score.total:
        return "no pictures"
    low, high = wilson(score.wrong, score.total)
    return (f"{100 * score.wrong / score.total:.1f} % · {score.wrong} of {score.total} · likely "
            f"{math.floor(100 * low)}–{math.ceil(100 * high)} %")


def _error(label: str, score: Score, before: Score | None, tell_before: bool = False) -> None:
    """The share in large type, and below it what it rests on. `before`: by the same pictures to check with."""
    if not score.total:
        return
    step = ""
    if before is not None and before.total:
        points = 100 * (score.wrong / score.total - before.wrong / before.total)
        colour = "orange" if points > 0 else "blue"
        step = f" :small[:{colour}[{points:+.1f}]]" if abs(points) >= 0.05 else " :small[:gray[as before]]"
    start = f"{100 * before.wrong / before.total:.1f} → " if tell_before and before and before.total else ""
    with st.container(width="content", gap="xxsmall"):
        st.caption(label)
        st.markdown(f"## {start}{100 * score.wrong / score.total:.1f} %{step}")
        st.caption(in_words(score).split(" · ", 1)[-1],
                   help=f"So many of the pictures to check with are told wrongly, and the span in which the true share "
                        f"lies, 19 times out of 20. One picture is {100 / score.total:.1f} points.")


def _both(found: Payoff) -> dict[str, list[str]]:
    return {
        "": ["checked with the pictures as they came", "checked with the pictures as they are now"],
        "head before": [in_words(found.before), in_words(found.before_by_new_ruler)],
        "head now": [in_words(found.now_by_old_ruler), in_words(found.now)],
    }


def asked(at_hand: Cleaning, instead: Dataset | None = None) -> Payoff | None:
    """Of the data set as it stands, or of these pictures in its place; None where it cannot be split.

    Raises MachineFault, UserMistake.
    """
    before, now = clean_desk.as_it_came(at_hand.chosen), at_hand.division
    if now.problem is not None:
        raise now.problem
    if before.split is None or now.split is None:
        return None
    activations = at_hand.job.folder / ACTIVATIONS
    chosen = at_hand.chosen
    catalogue = chosen.stored.catalogue
    wanted = request(activations, _width(str(activations), at_hand.job.id), catalogue, instead or chosen.dataset,
                     before.split, before.split if instead else now.split)
    return _fitted(wanted.model_dump_json())


@st.cache_data(max_entries=256, show_spinner=False)
def _fitted(wanted: str) -> Payoff:
    return session.office().refits.payoff(PayoffRequest.model_validate_json(wanted))


@st.cache_data(max_entries=64, show_spinner=False)
def _width(file: str, job: str) -> int:
    """Of the activations; 0 where they are gone, which the refit then tells."""
    try:
        return int(open_memmap(file, mode="r").shape[1])
    except DAMAGED:
        return 0
