"""The pairs of classes that are confused most, with a few of their pictures; a click chooses one."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.interpretation import rankings
from pages.ui import paging
from pages.ui.exhibit import Exhibit
from pages.ui.explain import explain
from pages.ui.words import plain, short

PAIRS_A_PAGE = 8
THUMBNAILS = 3               # of a pair
THUMBNAIL_PIXELS = 40
LONGEST_NAME = 20            # letters of a class's name on a button
# A button's words stand in its middle; in a list they begin at one line.
STYLE = """<style>
[class*="st-key-confused-"] button {justify-content: flex-start; text-align: left}
[class*="st-key-confused-"] button p {text-align: left}
</style>"""


@dataclass(frozen=True, slots=True)
class Pair:
    """A cell of the confusion matrix: places of classes."""

    actual: int
    predicted: int


def most_confused(counts: NDArray[np.int64]) -> tuple[Pair, ...]:
    """The mistakes of a matrix (K, K), the most frequent first, equals in the order of the classes."""
    mistakes = counts * ~np.eye(len(counts), dtype=bool)
    cells = np.argwhere(mistakes)
    ranked = cells[np.argsort(-mistakes[tuple(cells.T)], kind="stable")]
    return tuple(Pair(*cell) for cell in ranked.tolist())


def listed(exhibit: Exhibit, counts: NDArray[np.int64], chosen: Pair, choose: Callable[[Pair], None]) -> None:
    """The pairs, so many a page; `choose` is called with the one that was clicked."""
    pairs = most_confused(counts)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("Most often confused", width="content")
        explain("most_confused")
    if not pairs:
        st.info("No class was taken for another.")
        return
    st.html(STYLE)
    pages, page, above = -(-len(pairs) // PAIRS_A_PAGE), 1, st.container(gap="xsmall")
    if pages > 1:
        page = paging.turned(pages, f"page of pairs {exhibit.job.id}")
    with above:
        for pair in pairs[(page - 1) * PAIRS_A_PAGE: page * PAIRS_A_PAGE]:
            _pair(exhibit, pair, int(counts[pair.actual, pair.predicted]), pair == chosen, choose)


def _pair(exhibit: Exhibit, pair: Pair, count: int, chosen: bool, choose: Callable[[Pair], None]) -> None:
    predictions = exhibit.predictions
    actual, predicted = (plain(short(predictions.classes[place], LONGEST_NAME))
                         for place in (pair.actual, pair.predicted))
    pictures, way = st.columns([3, 4], gap="xsmall", vertical_alignment="center")
    with pictures.container(horizontal=True, gap="xsmall", wrap=False):
        for row in rankings.taken_for(predictions, pair.actual, pair.predicted, THUMBNAILS):
            if picture := exhibit.outcome.run.seen_picture(predictions.ids[row]):
                st.image(picture, width=THUMBNAIL_PIXELS)
    way.button(f"**{count}** · {actual} → {predicted}", key=f"confused {pair.actual} {pair.predicted}", wrap=True,
               type="secondary" if chosen else "tertiary", on_click=choose, args=(pair,),
               help="Show these pictures below")
