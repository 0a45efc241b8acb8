"""Results: the pictures that the network gets right, gets wrong, and is unsure about."""

import streamlit as st

from pages.ui import (
    frame,
    result_certainty,
    result_choice,
    result_share,
    result_since,
    result_summary,
    result_tta,
    shared_results,
    sharing,
)
from pages.ui.exhibit import Exhibit
from pages.ui.result_views import views

if sharing.asked():
    shared_results.page()
    st.stop()
frame.header("Results", "The pictures that your network gets right, gets wrong, and is unsure about: they tell you "
                        "what it has learned, and what to change.")
job, outcome = result_choice.require_outcome()
result_choice.tell_where_it_stands(job, outcome)
result_since.tell(job, outcome)

part, once = result_choice.choose_part(job, outcome)
summary, beside = st.columns([4, 1])
# Copies of pictures that it learned from say nothing: it knows them by heart.
looked = once if part == "train" else result_tta.several_looks(job, outcome, part, once)
averaged = looked is not once
with summary:
    result_summary.summary(looked, averaged=averaged)
    exhibit = result_certainty.as_decided(Exhibit(job, outcome, looked, averaged=averaged, part=part, once=once))

with beside:
    result_share.popover(job, outcome)

views(exhibit)

if outcome.final:
    frame.next_step("Try it on new photos", "predict", query={"job": job.id}, beside=[
        ("Take it home", "export"), ("Train again", "train"), ("Look for faults in the pictures", "clean")])
else:
    frame.next_step("To the training", "train", beside=[("Look for faults in the pictures", "clean")])
