"""Train: the levers, one button, and the training as it goes on."""

import streamlit as st

from core.training.levers import explained, recipe_in_words
from pages.ui import frame, live, session, training_live
from pages.ui.training_form import training_form

frame.header("Train", "The network learns from your pictures, and is tested on some that it never saw. "
                      "As it stands, everything is set for a good first try.")
session.follow_address("train")
chosen = session.require_dataset()
jobs = session.office().desk.jobs(session.visitor(), dataset=chosen.entry.id, kind="train")
last = jobs[0] if jobs else None
busy = last is not None and not last.over

with st.expander("Settings", expanded=last is None, icon=":material/tune:"):
    training_form(chosen.recipe, chosen.entry.id)
    st.markdown(explained(chosen.recipe))
with st.container(horizontal=True, vertical_alignment="center"):
    train = st.button("Train" if last is None else "Train again", icon=":material/play_arrow:", disabled=busy,
                      key=f"train {chosen.entry.id}",
                      type="primary" if last is None or last.state != "finished" else "secondary",
                      help="A training of these pictures is under way." if busy else None)
    if not busy:             # then the running one's stands below
        st.markdown(f"**{recipe_in_words(chosen.recipe)}**", width="content")
if train:
    training_live.submit(chosen.recipe, chosen.entry.folder, chosen.entry.id)

if last is not None:
    live.watch(last, training_live.training)
if jobs[1:]:
    st.subheader("Earlier runs", anchor=False)
    training_live.earlier(jobs[1:])
if last is not None and last.state == "finished":
    frame.next_step("See what it gets right and wrong", "results")
