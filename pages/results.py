"""Results: the pictures that the network gets right, gets wrong, and is unsure about."""

import streamlit as st

from core.errors import PlaygroundError
from pages.ui import (
    frame,
    result_certainty,
    result_choice,
    result_lasso,
    result_since,
    result_summary,
    result_tta,
    result_views,
)
from pages.ui.exhibit import Exhibit


@st.fragment
def views(exhibit: Exhibit) -> None:
    """One view at a time: a click in it runs nothing else of the page."""
    name = st.segmented_control("View", list(result_views.VIEWS), default="Pictures", required=True, key="view",
                                label_visibility="collapsed", width="stretch", bind="query-params",
                                on_change=result_lasso.charts_gone)
    try:
        result_views.VIEWS[name](exhibit)
    except PlaygroundError as error:        # a fragment's errors do not reach the page
        frame.told(error)


frame.header("Results", "The pictures that your network gets right, gets wrong, and is unsure about: they tell you "
                        "what it has learned, and what to change.")
job, outcome = result_choice.require_outcome()
result_choice.tell_where_it_stands(job, outcome)
result_since.tell(job, outcome)

part, once = result_choice.choose_part(job, outcome)
summary = st.container()
# Copies of pictures that it learned from say nothing: it knows them by heart.
looked = once if part == "train" else result_tta.several_looks(job, outcome, part, once)
averaged = looked is not once
with summary:
    result_summary.summary(looked, averaged=averaged)
    exhibit = result_certainty.as_decided(Exhibit(job, outcome, looked, averaged=averaged, part=part, once=once))

views(exhibit)

frame.next_step("Train again with other settings", "train", beside=("Look for faults in the pictures", "clean"))
