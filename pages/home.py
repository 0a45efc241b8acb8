"""Home: what this is, what will happen, three ways to begin, and the visitor's last work."""

import streamlit as st

from core.data.builtin import SETS
from pages.ui import cards, frame, run_names, session

frame.header("Teach a computer to tell pictures apart",
             "Collect pictures, let a network learn from them, and see why it is right or wrong: "
             "a few minutes, and no code.")

cards.four_steps()

st.header("Begin", anchor=False)
coins, digits, own = st.columns(3)
with coins:
    cards.builtin_set(SETS[0], primary=True)
with digits:
    cards.builtin_set(SETS[1], primary=False)
with own:
    cards.own_pictures()

st.header("Your last work", anchor=False)
desk, visitor = session.office().desk, session.visitor()
entries = desk.datasets(visitor)
runs = [job for job in desk.jobs(visitor, kind="train") if job.state == "finished"]
names, names_of_runs = {entry.id: entry.name for entry in entries}, run_names.given()
everything = len(entries) > cards.SHOWN or len(runs) > cards.SHOWN
shown = None if everything and st.toggle("Show all", key="show-all") else cards.SHOWN
if not entries:
    st.caption("Your pictures and what was learned from them will be found here, also after a reload.")
for place, entry in zip(cards.thirds(len(entries[:shown])), entries[:shown], strict=True):
    with place:
        cards.data_set(entry)
for place, job in zip(cards.thirds(len(runs[:shown])), runs[:shown], strict=True):
    with place:
        cards.run(job, names.get(job.dataset or "", ""), names_of_runs.get(job.id, ""))
