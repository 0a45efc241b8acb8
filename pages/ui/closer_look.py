"""A closer look at one picture of the results, in a dialog that leads through the gallery it was opened from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.data.dataset import Sample
from core.errors import PlaygroundError
from core.interpretation.predictions import Predictions
from pages.ui import (
    closer_changes,
    closer_picture,
    closer_why,
    frame,
    look_alikes,
    result_charts,
    sharing,
)
from pages.ui.closer_picture import MUCH_OUTSIDE
from pages.ui.exhibit import Exhibit, said
from pages.ui.explain import meaning
from pages.ui.origin import origin
from pages.ui.words import percent

SECTION = "closer-section"       # session_state: what is seen below the picture
LOOKED_AT = "looked at"          # session_state: the picture in the dialog; a rerun of the page leaves it open
BARS = "Blue: the actual class. Orange: the answer, where it is wrong."
NARROW = "\u00a0"                # no line ends between a number and its sign
Rows = NDArray[np.int64] | Sequence[int]
Section = Callable[[Exhibit, int], None]


@dataclass(frozen=True, slots=True)
class LookedAt:
    """The picture that the dialog shows."""

    gallery: str                 # where it was opened
    row: int                     # of the predictions


def look_at(exhibit: Exhibit, row: int, place: str, section: str | None = None) -> None:
    """Have `follow` of the same place open the dialog on this row, with this section. Fit for a button's callback."""
    st.session_state[LOOKED_AT] = LookedAt(_gallery(exhibit, place), row)
    if section is not None:
        st.session_state[SECTION] = section


def follow(exhibit: Exhibit, among: Rows, place: str) -> None:
    """The dialog, where one of these rows is being looked at; its arrows lead through them in their order."""
    looked_at = st.session_state.get(LOOKED_AT)
    if looked_at is None and st.session_state.pop(closer_changes.CHANGED, False):
        st.rerun()              # closing it ran the gallery's fragment alone
    if isinstance(looked_at, LookedAt) and looked_at.gallery == _gallery(exhibit, place) \
            and _position(among, looked_at.row) is not None:
        _dialog(exhibit, among)


def closer_look(exhibit: Exhibit, row: int, among: Rows = (), place: str = "") -> None:
    """Open the dialog at once on this row, for a click that is no button's."""
    look_at(exhibit, row, place)
    follow(exhibit, among if len(among) else [row], place)


def _closed() -> None:
    st.session_state.pop(LOOKED_AT, None)


@st.dialog("A closer look", width="large", on_dismiss=_closed)
def _dialog(exhibit: Exhibit, among: Rows) -> None:
    looked_at = st.session_state.get(LOOKED_AT)
    position = _position(among, looked_at.row) if isinstance(looked_at, LookedAt) else None
    if position is None:
        st.rerun()
    row = int(among[position])
    try:
        sharing.still(exhibit.job)
        _page(exhibit, row, lambda: _way(among, position))
    except PlaygroundError as error:        # a fragment's errors do not reach the page
        sharing.told_of(exhibit.job, error)


def _page(exhibit: Exhibit, row: int, way: Callable[[], None]) -> None:
    came_from = origin(exhibit.job, exhibit.outcome)
    predictions = exhibit.predictions
    id = predictions.ids[row]
    left, right = st.columns([6, 5], gap="medium")
    with left:
        closer_picture.picture(exhibit, row, came_from)
    with right:
        way()
        _verdict(exhibit, row, relabelled=came_from is not None and id in came_from.since)
        if came_from is not None and id in came_from.samples:
            _crop(exhibit, came_from.samples[id])
        closer_changes.changes(exhibit.job, came_from, id, predictions.classes[int(predictions.predicted[row])])
    section = next(iter(SECTIONS))
    if exhibit.job.grant is None:        # the others show whole pictures, or training pictures
        section = st.segmented_control("More of it", list(SECTIONS), default=section, required=True,
                                       key=SECTION, label_visibility="collapsed", width="stretch")
    SECTIONS[section](exhibit, row)


def _way(among: Rows, position: int) -> None:
    """Back and on, and where one is; after the last picture comes the first.

    No button is ever disabled: Chromium gives the keys that are pressed after a click on it to nobody then.
    """
    if len(among) < 2:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="closer-way"):
        _step(among, position - 1, "Previous", "Left")
        _step(among, position + 1, "Next", "Right")
        st.caption(f"{position + 1:,} of {len(among):,}", width="content")


def _step(among: Rows, to: int, label: str, shortcut: str) -> None:
    st.button(label, key=f"closer-{label.lower()}", shortcut=shortcut, on_click=_go,
              args=(int(among[to % len(among)]),))


def _go(row: int) -> None:
    looked_at = st.session_state.get(LOOKED_AT)
    if isinstance(looked_at, LookedAt):
        st.session_state[LOOKED_AT] = LookedAt(looked_at.gallery, row)


def _verdict(exhibit: Exhibit, row: int, relabelled: bool) -> None:
    predictions = exhibit.predictions
    label, answer = int(predictions.labels[row]), int(predictions.predicted[row])
    was = "was" if relabelled else "is"
    verdict = "and that is right" if label == answer else _but(predictions, row, label, was)
    icon = ":blue[:material/check_circle:]" if label == answer else ":orange[:material/cancel:]"
    st.markdown(f"{icon} The network says {said(predictions, row, answer)}, {verdict}.")
    st.markdown(f"Loss {predictions.losses[row]:.2f}", help=meaning("loss"))
    st.caption(frame.plain(exhibit.outcome.names[predictions.ids[row]]))


def _but(predictions: Predictions, row: int, label: int, was: str) -> str:
    name, share = frame.plain(predictions.classes[label]), percent(predictions.probabilities[row, label])
    return f"but it {was} labelled **{name}**, to which it gave {share.replace(' ', NARROW)}"


def _crop(exhibit: Exhibit, sample: Sample) -> None:
    if (share := round(closer_picture.unseen(exhibit, sample), 2)) > MUCH_OUTSIDE:
        st.markdown(f":material/crop: {100 * share:.0f} % of this picture lies outside the frame: the network never "
                    "saw it. Long pictures are often uncertain because of that.")


def _every_class(exhibit: Exhibit, row: int) -> None:
    predictions = exhibit.predictions
    figure = result_charts.probability_bars(predictions.probabilities[row], predictions.classes,
                                            int(predictions.labels[row]))
    st.plotly_chart(figure, config={"displayModeBar": False}, key=f"bars {predictions.ids[row]}",
                    alt="The probability of every class")
    st.caption(BARS)


def _gallery(exhibit: Exhibit, place: str) -> str:
    return f"{exhibit.job.id} {exhibit.part} {place}"


def _position(among: Rows, row: int) -> int | None:
    found = np.flatnonzero(np.asarray(among, dtype=np.int64) == row)
    return int(found[0]) if len(found) else None


# What can be seen of a picture below it, one at a time.
SECTIONS: dict[str, Section] = {
    "Every class": _every_class,
    "Where it looked": closer_why.where_it_looked,
    "Other crops": closer_why.other_crops,
    "Several looks": closer_why.several_looks,
    "Look-alikes": look_alikes.section,
}
