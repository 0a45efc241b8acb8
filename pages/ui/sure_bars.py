"""Results, how sure: the histogram of the top probability, and the pictures of its bars."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.interpretation import calibration
from core.interpretation.predictions import Predictions
from pages.ui import sure_charts
from pages.ui.exhibit import Exhibit
from pages.ui.explain import explain
from pages.ui.gallery import BELOW_A_CHART, paged
from pages.ui.words import amount

BOTH = "both"
TRACES = ("wrong", "right")  # of the chart, in their order
CHART, WHICH, RANGE = "sure-chart", "sure-which", "sure-range"
NO_BAR = {"displayModeBar": False}


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose pictures are asked for: from edge to edge of the bars, right, wrong or both. `key` is of the visit."""

    low: float
    high: float
    which: str | None
    key: str


def chart(predictions: Predictions, key: str) -> Asked:
    """The histogram; what was chosen by clicks on its bars, or by the controls below it."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown("How sure it says it is", width="content")
        explain("top probability")
    least = 1 / len(predictions.classes)
    st.plotly_chart(sure_charts.histogram(calibration.histogram(predictions), least), config=NO_BAR,
                    key=f"{CHART}-{key}", height=sure_charts.HEIGHT, on_select=partial(take_selection, key),
                    selection_mode="points",
                    alt="Pictures over how sure the network was, right and wrong ones apart")
    width = 100 // calibration.BARS
    edges = list(range(int(100 * least) // width * width, 101, width))
    which = f"{WHICH}-{key}"
    clicks, between = st.session_state.get(f"{RANGE}-{key}", (0, (edges[0], 100)))
    with st.container(horizontal=True, vertical_alignment="center"):
        chosen = st.segmented_control("Pictures of these bars", [*TRACES, BOTH], key=which, persist_state="session",
                                      format_func=lambda name: name.capitalize(), label_visibility="collapsed")
        # Two handles need a default, which no value of the session's state may join: a click makes another slider.
        low, high = st.select_slider("Between", edges, between, key=f"{RANGE}-{key}-{clicks}", persist_state="session",
                                     format_func=lambda place: f"{place} %", label_visibility="collapsed")
    if chosen is None:
        st.caption("A click on a bar shows its pictures, with Shift on several; so do these buttons and the slider.")
    return Asked(low / 100, high / 100, chosen, key)


def take_selection(key: str) -> None:
    """The bars that were clicked, as the controls say it; none: the chart was only drawn anew."""
    points = st.session_state[f"{CHART}-{key}"].selection.points
    if not points:
        return
    places = [int(point["point_index"]) for point in points]
    width = 100 // calibration.BARS
    clicks, _ = st.session_state.get(f"{RANGE}-{key}", (0, None))
    st.session_state[f"{RANGE}-{key}"] = (clicks + 1, (width * min(places), width * (max(places) + 1)))
    traces = {int(point["curve_number"]) for point in points}
    st.session_state[f"{WHICH}-{key}"] = TRACES[traces.pop()] if len(traces) == 1 else BOTH


def rows_of(predictions: Predictions, asked: Asked) -> NDArray[np.int64]:
    """The rows that are asked for: wrong ones from the surest down, others from the least sure up."""
    rows = calibration.rows_between(predictions, asked.low, asked.high)
    if asked.which == BOTH:
        return rows
    right = predictions.correct[rows]
    return rows[right] if asked.which == "right" else rows[~right][::-1]


def gallery(exhibit: Exhibit, asked: Asked) -> None:
    """The pictures that are asked for, a page at a time; nothing before they are."""
    if asked.which is None:
        return
    rows = rows_of(exhibit.predictions, asked)
    noun = "picture" if asked.which == BOTH else f"{asked.which} picture"
    answered = f"answered with {100 * asked.low:.0f} to {100 * asked.high:.0f}"
    paged(exhibit, rows, "sure", told=f"**{amount(len(rows), noun)}** {answered} %", pages=BELOW_A_CHART,
          file=f"{noun}s {answered}",
          nothing=f"No {noun} was {answered} %.")
