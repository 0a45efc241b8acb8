"""Results, pictures: right, wrong, sure and unsure ones, filtered and page by page."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.interpretation.predictions import Predictions
from core.interpretation.selection import Order, Verdict, Wanted, arranged, chosen
from pages.ui import class_rows, result_filter
from pages.ui.exhibit import Exhibit
from pages.ui.explain import explain
from pages.ui.gallery import BAR, LEGEND, paged

FIRST = "Top losses"         # never empty, and it begins with the surest mistakes
DRAW = "draw"                # session_state: number of the draw of random pictures


@dataclass(frozen=True, slots=True)
class Gallery:
    """Pictures of a verdict, in an order."""

    sentence: str
    nothing: str             # said where it is empty without any filter
    verdict: Verdict
    order: Order
    terms: tuple[str, ...]   # of the glossary
    by_class: bool = False   # some of each class, unless all classes are asked for together

    @property
    def drawn(self) -> bool:
        return self.order == "at random"


GALLERIES = {
    "Correctly classified": Gallery(
        "Pictures that it got right, drawn without favour.", "No picture was classified correctly.",
        "right", "at random", ("prediction", "actual class", "probability")),
    "Incorrectly classified": Gallery(
        "Pictures that it got wrong, drawn without favour.", "No picture was classified wrongly.",
        "wrong", "at random", ("prediction", "actual class", "probability")),
    "Most correct": Gallery(
        "Right, and surest of it: what the network takes for typical.", "No picture was recognised.",
        "right", "most correct", ("most correct", "probability"), by_class=True),
    "Most incorrect": Gallery(
        "Wrong, and surest of it: often a wrong label, or an odd picture.", "No picture was taken for another class.",
        "wrong", "most incorrect", ("most incorrect", "probability"), by_class=True),
    "Most uncertain": Gallery(
        "The closest calls first: its two most probable classes lie nearest together.", "There are no pictures.",
        "all", "most uncertain", ("most uncertain", "probability")),
    "Top losses": Gallery(
        "What it found hardest, right or wrong: the largest loss first.", "There are no pictures.",
        "all", "top losses", ("top losses", "loss", "prediction", "actual class", "probability")),
}


def show(exhibit: Exhibit) -> None:
    """A gallery of what the filter lets through."""
    name = st.segmented_control("Which pictures", list(GALLERIES), default=FIRST, required=True, key="gallery",
                                label_visibility="collapsed", bind="query-params")
    gallery = GALLERIES[name]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(gallery.sentence, width="content")
        explain(*gallery.terms)
        if gallery.drawn:
            st.button("Draw others", icon=":material/shuffle:", on_click=_draw_anew, type="tertiary")
        apart = gallery.by_class and st.toggle("Class by class", True, key="class-by-class", persist_state="session")
    wanted = result_filter.asked(exhibit, gallery.verdict)
    rows = _rows(exhibit, wanted, gallery)
    if not len(rows) and wanted != Wanted(gallery.verdict):
        _nothing_found(exhibit, gallery, wanted)
        return
    if apart and wanted.actual is None and len(rows):
        class_rows.paged(exhibit, rows, name.lower())
    else:
        paged(exhibit, rows, name.lower(), unsure=gallery.order == "most uncertain", in_full=name == "Top losses",
              nothing=gallery.nothing)
    if len(rows):
        st.caption(LEGEND if gallery.order != "most uncertain" else BAR)


def _rows(exhibit: Exhibit, wanted: Wanted, gallery: Gallery) -> NDArray[np.int64]:
    predictions: Predictions = exhibit.predictions
    names = result_filter.names(exhibit.outcome, predictions.ids, exhibit.part)
    return arranged(predictions, chosen(predictions, wanted, names), gallery.order, st.session_state.get(DRAW, 0))


def _nothing_found(exhibit: Exhibit, gallery: Gallery, wanted: Wanted) -> None:
    """Is it the filter, or is there none at all?"""
    if not len(_rows(exhibit, Wanted(gallery.verdict), gallery)):
        st.info(gallery.nothing)
        return
    words = result_filter.in_words(wanted, exhibit.predictions.classes)
    st.info(f"No picture of this gallery is like that: {words}. Clear the filters, or ask for less.")


def _draw_anew() -> None:
    st.session_state[DRAW] = st.session_state.get(DRAW, 0) + 1
