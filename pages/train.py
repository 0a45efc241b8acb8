"""Train: the recipe stage by stage, what it will do, one button, and the training as it goes on."""

import streamlit as st

from core.training.words import recipe_in_words
from pages.ui import (
    dataset_view,
    frame,
    live,
    recipe_form,
    recipe_plan,
    recipe_start,
    session,
    stage_cards,
    stage_editor,
    stage_place,
    training_live,
)
from pages.ui.recipe_draft import Shown

frame.header("Train", "The network learns from your pictures, and is tested on some that it never saw. "
                      "As it stands, everything is set for a good first try.")
session.follow_address("train")
chosen = session.require_dataset()
shown = Shown.of(chosen)
jobs = session.office().desk.jobs(session.visitor(), dataset=chosen.entry.id, kind="train")
last = jobs[0] if jobs else None
division = dataset_view.divided(chosen, chosen.recipe.split)
expected = recipe_plan.forecast_of(chosen, division)

in_sight = training_live.in_sight(last)
if in_sight and last is not None:
    live.watch(last, training_live.training)
recipe_form.preset_choice(shown)
recipe_form.network(shown, recipe_plan.machine(chosen).architecture)
place = stage_place.in_hand(len(chosen.recipe.stages), default=None)
stage_cards.cards(shown, place, expected.stages if expected else ())
if place is not None:
    stage_editor.editor(shown, place)
recipe_form.imbalance(shown, division.counts("train"))

recipe_start.buttons(chosen, last, recipe_plan.length(chosen, division, expected) if expected
                     else recipe_in_words(chosen.recipe))
if last is not None and not in_sight:
    live.watch(last, training_live.training)
if expected is None:
    assert division.problem is not None
    frame.told(division.problem)
else:
    with st.expander("What will happen, step by step", expanded=last is None, icon=":material/timeline:",
                     key=f"plan {last is None}"):
        recipe_plan.plan(chosen, division, expected)
if jobs[1:]:
    st.subheader("Earlier runs", anchor=False)
    training_live.earlier(jobs[1:], busy=not jobs[0].over)
if last is not None and last.state == "finished":
    frame.next_step("See what it gets right and wrong", "results", primary=False)
