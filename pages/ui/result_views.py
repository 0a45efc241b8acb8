"""The views of the results page, one at a time below the figures on top."""

from collections.abc import Callable

import streamlit as st

from core.errors import PlaygroundError
from pages.ui import (
    result_cheating,
    result_classes,
    result_confusion,
    result_epochs,
    result_lasso,
    result_map,
    result_pictures,
    result_saliency,
    result_sure,
    result_table,
    sharing,
)
from pages.ui.exhibit import Exhibit

VIEWS: dict[str, Callable[[Exhibit], None]] = {
    "Pictures": result_pictures.show,
    "Map": result_map.show,
    "Confusion": result_confusion.show,
    "Classes": result_classes.show,
    "How sure": result_sure.show,
    "Where it looks": result_saliency.show,
    "Cheating?": result_cheating.show,
    "Epochs": result_epochs.show,
    "Table": result_table.show,
}
# To an owner alone: they show whole pictures, or change something.
NOT_SHARED = ("Where it looks", "Cheating?")


@st.fragment
def views(exhibit: Exhibit) -> None:
    """One view at a time: a click in it runs nothing else of the page."""
    offered = [name for name in VIEWS if exhibit.job.grant is None or name not in NOT_SHARED]
    name = st.segmented_control("View", offered, default="Pictures", required=True, key="view",
                                label_visibility="collapsed", width="stretch", bind="query-params",
                                on_change=result_lasso.charts_gone)
    try:
        sharing.still(exhibit.job)
        VIEWS[name](exhibit)
    except PlaygroundError as error:        # a fragment's errors do not reach the page
        sharing.told_of(exhibit.job, error)
