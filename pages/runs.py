"""Runs: every training that was begun, what it reached; to name, tag and delete, and to compare any two."""

import streamlit as st

from pages.ui import frame, runs_actions, runs_compare, runs_list, session

frame.header("Runs", "Every training that you have begun, and how far it came. Tick one to name it, tag it or delete "
                     "it; tick two to see what sets them apart.")
desk, visitor = session.office().desk, session.visitor()
jobs = desk.jobs(visitor, kind="train")
runs_actions.just_deleted(visitor)
if jobs:
    runs = runs_list.runs_of(visitor, jobs)
    ticked = runs_list.table(runs)
    if len(ticked) == 1:
        runs_actions.card(ticked[0], runs)
    elif len(ticked) == 2:
        runs_compare.comparison(*sorted(ticked, key=lambda run: run.job.created))
    elif ticked:
        st.caption(f"Two can be compared at a time, and {len(ticked)} are ticked.")
    runs_actions.bin_of(visitor)
else:
    runs_actions.bin_of(visitor)
    frame.empty("Here you will find your trainings, with what each of them reached.", "Train", "train")
