"""Results: the pictures that the network gets right, gets wrong, and is unsure about."""

import streamlit as st

from pages.ui import frame, result_certainty, result_choice, result_summary, result_tta, result_views
from pages.ui.exhibit import Exhibit

frame.header("Results", "The pictures that your network gets right, gets wrong, and is unsure about: they tell you "
                        "what it has learned, and what to change.")
job, outcome = result_choice.require_outcome()
result_choice.tell_where_it_stands(job, outcome)

part, once = result_summary.choose_part(outcome.valid, outcome.test)
summary = st.container()
looked = result_tta.several_looks(job, outcome, part, once)
averaged = looked is not once
with summary:
    result_summary.summary(looked, averaged=averaged)
    predictions = result_certainty.at_temperature(outcome, looked)

view = st.segmented_control("View", list(result_views.VIEWS), default="Pictures", required=True, key="view",
                            label_visibility="collapsed", width="stretch")
result_views.VIEWS[view](Exhibit(job, outcome, predictions, averaged=averaged, part=part, once=once))

frame.next_step("Train again with other settings", "train", beside=("Look for faults in the pictures", "clean"))
