"""Results: the pictures that the network gets right, gets wrong, and is unsure about."""

import streamlit as st

from pages.ui import frame, result_choice, result_summary, result_tta, result_views
from pages.ui.exhibit import Exhibit

frame.header("Results", "The pictures that your network gets right, gets wrong, and is unsure about: they tell you "
                        "what it has learned, and what to change.")
job, outcome = result_choice.require_outcome()
result_choice.tell_where_it_stands(job, outcome)

part, once = result_summary.choose_part(outcome.valid, outcome.test)
summary = st.container()
predictions = result_tta.several_looks(job, outcome, part, once)
with summary:
    result_summary.summary(predictions, averaged=predictions is not once)

view = st.segmented_control("View", list(result_views.VIEWS), default="Pictures", required=True, key="view",
                            label_visibility="collapsed", width="stretch")
result_views.VIEWS[view](Exhibit(job, outcome, predictions, averaged=predictions is not once, part=part))

frame.next_step("Train again with other settings", "train", beside=("Look for faults in the pictures", "clean"))
