"""What a lasso drew around: kept while the view changes, shown as a gallery below, ended by a click."""

from collections.abc import Collection, Sequence

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from pages.ui import hover_pictures
from pages.ui.exhibit import Exhibit
from pages.ui.gallery import BELOW_A_CHART, LEGEND, paged
from pages.ui.words import amount

CHOSEN = "dots chosen"           # session_state: ids by training and part of its pictures
MARKED = "dots marked"           # session_state: by chart, its figure, and what was chosen before it came
CLEARED = "dots cleared"         # session_state: how often; another number is a chart without a lasso
HOW = "Draw around dots to see their pictures here, or click a single one."
BAR = {"displaylogo": False, "modeBarButtonsToRemove": ["toImage", "autoScale2d", "zoomIn2d", "zoomOut2d"]}


def chart(exhibit: Exhibit, figure: go.Figure, name: str, alt: str) -> None:
    """The figure, whose dots' customdata are ids: the pointer shows a picture, a lasso, a box or a click chooses."""
    key = f"dots-{name}-{st.session_state.get(CLEARED, 0)}"
    st.plotly_chart(_marked(exhibit, figure, key), key=key, config=BAR, alt=alt,
                    selection_mode=("lasso", "box", "points"), on_select=lambda: _took(key, _whose(exhibit)))
    hover_pictures.show(exhibit.job, key, lambda id: _clicked(id, key, _whose(exhibit)))


def gallery(exhibit: Exhibit) -> None:
    """The pictures that were chosen, the hardest first, a page at a time."""
    rows = chosen(exhibit)
    if not len(rows):
        st.caption(HOW)
        return
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.caption(HOW, width="content")
        st.button("Clear", icon=":material/close:", key="clear-dots", on_click=_clear, args=(_whose(exhibit),))
    wrong = int((~exhibit.predictions.correct[rows]).sum())
    paged(exhibit, rows, "dots", pages=BELOW_A_CHART, file="chosen",
          told=f"**{amount(len(rows), 'picture')}** chosen · {amount(wrong, 'mistake')} · the hardest first")
    st.caption(LEGEND)


def chosen(exhibit: Exhibit) -> NDArray[np.int64]:
    """Rows of the predictions that were chosen, the largest loss first."""
    ids: Sequence[str] = st.session_state.get(CHOSEN, {}).get(_whose(exhibit), ())
    if not ids:
        return np.empty(0, dtype=np.int64)
    rows = np.flatnonzero(np.isin(np.array(exhibit.predictions.ids), list(ids)))
    return rows[np.argsort(-exhibit.predictions.losses[rows], kind="stable")]


def charts_gone() -> None:
    """What stands in their place shows what is chosen. Fit for the callback of whatever changes the view."""
    st.session_state.pop(MARKED, None)


def _marked(exhibit: Exhibit, figure: go.Figure, key: str) -> go.Figure:
    """The figure with what was chosen before it came: the others are dim, as after a lasso of its own.

    While a chart stands it is told nothing new: a change would take its own lasso away.
    """
    marks: dict[str, tuple[int, frozenset[str]]] = st.session_state.setdefault(MARKED, {})
    drawn, ids = marks.get(key, (0, frozenset()))
    if key not in st.session_state or drawn != id(figure):
        ids = frozenset(st.session_state.get(CHOSEN, {}).get(_whose(exhibit), ()))
        marks[key] = id(figure), ids
    return dimmed(figure, ids) if ids else figure


def dimmed(figure: go.Figure, ids: Collection[str]) -> go.Figure:
    """A copy with all dots but those of these ids dim."""
    copy = go.Figure(figure)
    for trace in copy.data:
        if trace.customdata is not None:
            trace.selectedpoints = [place for place, id in enumerate(trace.customdata) if id in ids]
    return copy


def _whose(exhibit: Exhibit) -> str:
    return f"{exhibit.job.id} {exhibit.part}"


def _took(key: str, whose: str) -> None:
    points = st.session_state[key].selection.points
    ids = tuple({str(point["customdata"]): None for point in points if point.get("customdata")})
    st.session_state.setdefault(CHOSEN, {})[whose] = ids


def _clicked(id: str, key: str, whose: str) -> None:
    """A single dot. What a lasso had chosen in the chart is chosen no more, so a chart without it takes its place."""
    if st.session_state[key].selection.points or st.session_state.get(MARKED, {}).get(key, (0, ()))[1]:
        st.session_state[CLEARED] = st.session_state.get(CLEARED, 0) + 1
    st.session_state.setdefault(CHOSEN, {})[whose] = (id,)


def _clear(whose: str) -> None:
    st.session_state.get(CHOSEN, {}).pop(whose, None)
    st.session_state[CLEARED] = st.session_state.get(CLEARED, 0) + 1
