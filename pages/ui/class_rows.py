"""A gallery class by class: a row of pictures of each, and a click for all of a class."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui import closer_look, frame, gallery, paging, result_filter
from pages.ui.exhibit import Exhibit
from pages.ui.words import amount, short

CLASSES_A_PAGE = 4


def paged(exhibit: Exhibit, rows: NDArray[np.int64], key: str) -> None:
    """These rows of the predictions, one or more, by their actual class in the order of classes: the first of each.

    Within a class they keep their order. The CSV and the closer look have all of them, class by class.
    """
    labels = exhibit.predictions.labels[rows]
    classes = np.unique(labels)
    everything = rows[np.argsort(labels, kind="stable")]
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", wrap=False):
        st.caption(f"{amount(len(rows), 'picture')} of {len(classes):,} {'class' if len(classes) == 1 else 'classes'}",
                   width="content")
        gallery.csv_button(exhibit, everything, key)
    page, shown = 1, st.container()
    if len(classes) > CLASSES_A_PAGE:
        page = paging.turned(-(-len(classes) // CLASSES_A_PAGE), f"page {key} by class")
    with shown:
        for place in classes[(page - 1) * CLASSES_A_PAGE:page * CLASSES_A_PAGE].tolist():
            _row(exhibit, place, rows[labels == place], key)
    closer_look.follow(exhibit, everything, key)


def _row(exhibit: Exhibit, place: int, rows: NDArray[np.int64], key: str) -> None:
    name = frame.plain(short(exhibit.predictions.classes[place]))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{name}** · {len(rows):,}", width="content")
        if len(rows) > gallery.CARDS_A_ROW:
            st.button("Show all", key=f"{key} all of {place}", type="tertiary", on_click=result_filter.only,
                      args=(place,))
    gallery.grid(exhibit, rows[:gallery.CARDS_A_ROW], key)
