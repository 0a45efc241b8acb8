"""Results, confusion: which class is taken for which, and the pictures of one such pair."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.interpretation import rankings
from core.interpretation.confusion import confusion_matrix
from pages.ui import frame, result_charts
from pages.ui.confusion_options import FEWEST_TO_ORDER, options
from pages.ui.confusion_pairs import Pair, listed, most_confused
from pages.ui.exhibit import Exhibit
from pages.ui.explain import explain
from pages.ui.gallery import BELOW_A_CHART, paged
from pages.ui.result_view import by_itself
from pages.ui.words import amount, short

RINGED = "ringed"                # (how many charts there were so far, the cell that this one began with)
HINT = "A click on a cell shows its pictures below."
DARKER = " The darker an orange cell, the nearer it comes to the most frequent mistake that is shown."
ZOOM = " Drag over cells to zoom in, double-click to see all again."


@by_itself
def show(exhibit: Exhibit) -> None:
    """Which class is taken for which, and the pictures of one such pair."""
    counts = confusion_matrix(exhibit.predictions)
    _begin(exhibit, counts)
    matrix, most = st.columns([5, 3] if len(counts) <= result_charts.MOST_COUNTS else [2, 1], gap="large")
    with matrix:
        _matrix(exhibit, counts)
    with most:
        listed(exhibit, counts, _chosen(exhibit), lambda pair: _choose(exhibit, pair))
    _pictures(exhibit, counts)


def _matrix(exhibit: Exhibit, counts: NDArray[np.int64]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("Which class is taken for which", width="content")
        explain("confusion matrix", *(("order by confusion",) if len(counts) >= FEWEST_TO_ORDER else ()))
    shown, (number, ringed) = options(exhibit, counts), st.session_state[_ring(exhibit)]
    key = f"confusion {exhibit.job.id} {number}"
    figure = result_charts.confusion(exhibit.predictions, shown.order.tolist(), shown.shares,
                                     (ringed.actual, ringed.predicted), shown.least)
    st.plotly_chart(figure, key=key, config={"displayModeBar": False}, selection_mode="points",
                    on_select=lambda: _clicked(exhibit, key),
                    alt="Counts of pictures, the actual class in rows, the prediction in columns")
    aside = " Shares are of all pictures of a row's class." if shown.shares and len(shown.order) < len(counts) else ""
    st.caption(HINT + (ZOOM if len(shown.order) >= result_charts.FEWEST_TO_ZOOM else "")
               + (DARKER if len(shown.order) > result_charts.MOST_COUNTS else "") + aside)


def _pictures(exhibit: Exhibit, counts: NDArray[np.int64]) -> None:
    """The two classes of a cell to choose, and its pictures."""
    classes, pair = exhibit.predictions.classes, _chosen(exhibit)
    is_it, taken_for = st.columns(2)
    for column, label, key in ((is_it, "Pictures of (actual)", _keys(exhibit)[0]),
                               (taken_for, "that were taken for (prediction)", _keys(exhibit)[1])):
        column.selectbox(label, range(len(classes)), format_func=classes.__getitem__, key=key,
                         on_change=_ring_anew, args=(exhibit,), persist_state="session")
    count = int(counts[pair.actual, pair.predicted])
    actual, predicted = (f"**{frame.plain(classes[place])}**" for place in (pair.actual, pair.predicted))
    if not count:
        st.info(f"No picture of {actual} was "
                + ("recognised." if pair.actual == pair.predicted else f"taken for {predicted}."))
        return
    paged(exhibit, rankings.taken_for(exhibit.predictions, pair.actual, pair.predicted, count), "cell",
          told=f"{amount(count, 'picture')} of {actual} {'was' if count == 1 else 'were'} "
               + ("recognised; the least sure first." if pair.actual == pair.predicted else
                  f"taken for {predicted}; the surest answer first."),
          pages=BELOW_A_CHART, file=f"{short(classes[pair.actual])} taken for {short(classes[pair.predicted])}")


def _keys(exhibit: Exhibit) -> tuple[str, str]:
    """Of the two boxes that hold the chosen cell. They name the training: another one may have other classes."""
    return f"actual {exhibit.job.id}", f"predicted {exhibit.job.id}"


def _ring(exhibit: Exhibit) -> str:
    return f"{RINGED} {exhibit.job.id}"


def _begin(exhibit: Exhibit, counts: NDArray[np.int64]) -> None:
    """With the most confused pair; where nothing was confused, with the first class."""
    first = next(iter(most_confused(counts)), Pair(0, 0))
    for key, place in zip(_keys(exhibit), (first.actual, first.predicted), strict=True):
        st.session_state.setdefault(key, place)
    st.session_state.setdefault(_ring(exhibit), (0, _chosen(exhibit)))


def _chosen(exhibit: Exhibit) -> Pair:
    return Pair(*(st.session_state[key] for key in _keys(exhibit)))


def _clicked(exhibit: Exhibit, chart: str) -> None:
    """A cell of the chart, which keeps its ring; a second click on it takes that away, and nothing else."""
    if points := st.session_state[chart].selection.points:
        _set(exhibit, Pair(*points[0]["customdata"]))


def _choose(exhibit: Exhibit, pair: Pair) -> None:
    _set(exhibit, pair)
    _ring_anew(exhibit)


def _set(exhibit: Exhibit, pair: Pair) -> None:
    for key, place in zip(_keys(exhibit), (pair.actual, pair.predicted), strict=True):
        st.session_state[key] = place


def _ring_anew(exhibit: Exhibit) -> None:
    """A standing chart rings what was clicked in it, and cannot be told of another cell: a new one takes its place."""
    number, _ = st.session_state[_ring(exhibit)]
    st.session_state[_ring(exhibit)] = number + 1, _chosen(exhibit)
