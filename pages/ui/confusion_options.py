"""How the confusion matrix is shown: which classes, in which order, as counts or as shares."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.interpretation.confusion import by_confusion, confused
from pages.ui.exhibit import Exhibit

COUNTS, SHARES = "Counts", "% of the row"
BY_NAME, BY_CONFUSION, BY_SIZE = "By name", "By confusion", "By size"
ALL, CONFUSED, CHOSEN = "All classes", "Only the confused", "Chosen ones"
FEWEST_TO_ORDER = 3          # classes: fewer need neither an order nor a choice


@dataclass(frozen=True, slots=True)
class Shown:
    """What of the matrix is shown."""

    order: NDArray[np.int64]     # the classes' places, from the top
    shares: bool                 # per cent of the row in the place of counts
    least: int                   # times that a mistake must have been made, or it fades


def options(exhibit: Exhibit, counts: NDArray[np.int64]) -> Shown:
    """Ask for it; `counts` is the whole matrix (K, K)."""
    which, order = ALL, BY_NAME
    with st.container(horizontal=True, vertical_alignment="center"):
        cells = st.segmented_control("In the cells", (COUNTS, SHARES), default=COUNTS, required=True, key="cells",
                                     label_visibility="collapsed", persist_state="session")
        if len(counts) >= FEWEST_TO_ORDER:
            order = st.segmented_control("Order of the classes", (BY_NAME, BY_CONFUSION, BY_SIZE), default=BY_NAME,
                                         required=True, key="order of classes", label_visibility="collapsed",
                                         persist_state="session")
            which = st.segmented_control("Which classes", (ALL, CONFUSED, CHOSEN), default=ALL, required=True,
                                         key="which classes", label_visibility="collapsed", persist_state="session")
    shown = _in_order(counts, order)
    chosen, least = _chosen(exhibit, counts, which)
    return Shown(shown[np.isin(shown, chosen)], cells == SHARES, least)


def _in_order(counts: NDArray[np.int64], order: str) -> NDArray[np.int64]:
    if order == BY_CONFUSION:
        return by_confusion(counts)
    if order == BY_SIZE:
        return np.argsort(-counts.sum(axis=1), kind="stable")
    return np.arange(len(counts))


def _chosen(exhibit: Exhibit, counts: NDArray[np.int64], which: str) -> tuple[NDArray[np.int64], int]:
    """The places of the classes to show, all where none is asked for, or none was confused; and the least that a
    mistake must have been made."""
    every, classes = np.arange(len(counts)), exhibit.predictions.classes
    if which == CHOSEN:
        # Its key names the training: another one may have other classes.
        chosen = st.multiselect("Classes to show", range(len(classes)), format_func=classes.__getitem__,
                                key=f"chosen classes {exhibit.job.id}", placeholder="Choose two or more classes",
                                label_visibility="collapsed", persist_state="session")
        return np.array(chosen, dtype=np.int64) if len(chosen) > 1 else every, 1
    if which == CONFUSED:
        most = int((counts * ~np.eye(len(counts), dtype=bool)).max())
        if most == 0:
            st.caption("No class was taken for another, so all are shown.")
            return every, 1
        minimum = 1 if most == 1 else st.slider(
            "Taken for each other at least so many times", 1, most, 1, key=f"at least confused {exhibit.job.id} {most}",
            persist_state="session", width=360)
        return confused(counts, minimum), minimum
    return every, 1
