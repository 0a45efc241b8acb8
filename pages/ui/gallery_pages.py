"""Many pictures as cards, so many a page."""

import streamlit as st
from numpy import int64
from numpy.typing import NDArray

from pages.ui.exhibit import Exhibit
from pages.ui.gallery import cards

CARDS_A_PAGE = 24


def paged(exhibit: Exhibit, rows: NDArray[int64], place: str) -> None:
    """The cards of these rows of the predictions, and the way to the next page where there is one.

    `place` names the gallery and what it holds: another one begins at its first page.
    """
    pages, page, above = -(-len(rows) // CARDS_A_PAGE), 1, st.container()
    if pages > 1:
        page = st.pagination(pages, key=f"page of {place}")
    with above:
        cards(exhibit, rows[(page - 1) * CARDS_A_PAGE: page * CARDS_A_PAGE], place=place)
