"""What a lasso drew around: kept while the view changes, shown as a gallery below, ended by a click."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from pages.ui import hover_pictures
from pages.ui.exhibit import Exhibit
from pages.ui.gallery import paged
from pages.ui.words import amount

CHOSEN = "dots chosen"           # session_state: ids by training and part of its pictures
CLEARED = "dots cleared"         # session_state: how often; another number is a chart without a lasso
HOW = "Draw around dots to see their pictures here, or click a single one."
BAR = {"displaylogo": False, "modeBarButtonsToRemove": ["toImage", "autoScale2d", "zoomIn2d", "zoomOut2d"]}


def chart(exhibit: Exhibit, figure: go.Figure, name: str, alt: str) -> None:
    """The figure, whose dots' customdata are ids: the pointer shows a picture, a lasso, a box or a click chooses."""
    key = f"dots-{name}-{st.session_state.get(CLEARED, 0)}"
    st.plotly_chart(figure, key=key, config=BAR, alt=alt, selection_mode=("lasso", "box", "points"),
                    on_select=lambda: _took(key, _whose(exhibit)))
    hover_pictures.show(exhibit.job, key)


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
    paged(exhibit, rows, "dots", file="chosen",
          told=f"**{amount(len(rows), 'picture')}** chosen · {amount(wrong, 'mistake')} · the hardest first")


def chosen(exhibit: Exhibit) -> NDArray[np.int64]:
    """Rows of the predictions that were chosen, the largest loss first."""
    ids: Sequence[str] = st.session_state.get(CHOSEN, {}).get(_whose(exhibit), ())
    if not ids:
        return np.empty(0, dtype=np.int64)
    rows = np.flatnonzero(np.isin(np.array(exhibit.predictions.ids), list(ids)))
    return rows[np.argsort(-exhibit.predictions.losses[rows], kind="stable")]


def _whose(exhibit: Exhibit) -> str:
    return f"{exhibit.job.id} {exhibit.part}"


def _took(key: str, whose: str) -> None:
    points = st.session_state[key].selection.points
    ids = tuple({str(point["customdata"]): None for point in points if point.get("customdata")})
    st.session_state.setdefault(CHOSEN, {})[whose] = ids


def _clear(whose: str) -> None:
    st.session_state.get(CHOSEN, {}).pop(whose, None)
    st.session_state[CLEARED] = st.session_state.get(CLEARED, 0) + 1
