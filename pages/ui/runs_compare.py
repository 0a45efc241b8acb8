"""Two runs side by side: who is right where the other is wrong, what differs in their recipes, their curves."""

from collections.abc import Sequence

import streamlit as st

from core.errors import PlaygroundError
from core.interpretation.comparison import Comparison, compared, could_be_chance, gained
from core.interpretation.intervals import describe_accuracy
from core.interpretation.predictions import Predictions
from core.runs.outcome import Outcome
from core.runs.story import Story
from core.training.difference import differences, with_rates
from core.training.presets import load
from core.training.recipe import Recipe
from pages.ui import live, result_choice, run_charts, training_live
from pages.ui.gallery import NO_PICTURE, STYLE
from pages.ui.mishaps import told
from pages.ui.runs_list import Run
from pages.ui.words import amount, plain

A_ROW = 6
FIRST_SHOWN = 12                 # pictures of a kind, before all are asked for
NO_BAR = {"displayModeBar": False}


def comparison(first: Run, second: Run) -> None:
    """The older one is A, the newer one B."""
    outcomes = []
    for place, run, letter in zip(st.columns(2, gap="medium"), (first, second), "AB", strict=True):
        with place:
            outcomes.append(_sided(run, letter))
    if outcomes[0] is not None and outcomes[1] is not None:
        _pictures(outcomes[0], outcomes[1])
    stories = [live.story_of(first.job), live.story_of(second.job)]
    _recipes(first, second, stories)
    if any(story.epochs for story in stories):
        st.markdown("**Their curves**")
        st.plotly_chart(run_charts.overlaid(stories, [f"A · {first.name}", f"B · {second.name}"]), config=NO_BAR,
                        key=f"overlaid {first.job.id} {second.job.id}",
                        alt="Losses and error rate of both runs over their epochs")


def _sided(run: Run, letter: str) -> Outcome | None:
    """Name, recipe and accuracy of one of them; its outcome, where it has any."""
    with st.container(border=True, height="stretch", gap="xsmall"):
        colour = run_charts.FIRST if letter == "A" else run_charts.SECOND
        st.html(f'<div style="height:4px;width:48px;border-radius:2px;background:{colour}"></div>')
        try:
            outcome = result_choice.outcome_of(run.job) if run.reached else None
        except PlaygroundError as error:
            told(error)
            return None
        right = describe_accuracy(outcome.valid) if outcome else f"{run.state}: nothing to compare yet"
        st.markdown(f"**{letter} · {plain(run.name)}**  \n{right}")
        st.caption(f"{plain(run.pictures)} · {run.recipe}")
        if outcome is not None and not outcome.final:
            st.caption(f"It did not come to its end: this is its epoch {outcome.epoch + 1}, as measured in training.")
    return outcome


def _pictures(first: Outcome, second: Outcome) -> None:
    """Whether one is better, and the pictures that say so."""
    try:
        found = compared(first.valid, second.valid)
    except PlaygroundError as error:
        st.info(f"{plain(error.problem)} {plain(error.remedy)}", icon=":material/difference:")
        return
    gain = gained(found)
    st.markdown(
        f"B is right on **{amount(len(found.won), 'picture')}** that A gets wrong, and wrong on "
        f"**{len(found.lost)}** that A gets right: {gain}. {could_be_chance(found)}")
    if found.apart or found.relabelled:
        st.caption(_left_out(found))
    for title, ids in (("Only A is right", found.lost), ("Only B is right", found.won)):
        if ids:
            _gallery(title, ids, first, second)


def _left_out(found: Comparison) -> str:
    parts = []
    if found.apart:
        parts.append(f"{amount(found.apart, 'picture')} only one of them was tested on")
    if found.relabelled:
        parts.append(f"{amount(len(found.relabelled), 'picture')} with another label in the one than in the other")
    return f"Compared on {amount(found.pictures, 'picture')}. Left out: {', and '.join(parts)}."


def _gallery(title: str, ids: Sequence[str], first: Outcome, second: Outcome) -> None:
    st.html(STYLE)
    st.markdown(f"**{title}** · {len(ids)}")
    everything = len(ids) > FIRST_SHOWN and st.toggle("Show all", key=f"all {title}")
    shown = ids if everything else ids[:FIRST_SHOWN]
    for start in range(0, len(shown), A_ROW):
        for place, id in zip(st.columns(A_ROW), shown[start:start + A_ROW], strict=False):
            with place, st.container(key=f"card-unsure-{title[5]}-{id}"):
                _card(id, first, second)


def _card(id: str, first: Outcome, second: Outcome) -> None:
    if picture := first.run.seen_picture(id) or second.run.seen_picture(id):
        st.image(picture, width="stretch")
    else:
        st.html(NO_PICTURE)
    actual = first.valid.classes[first.valid.labels[first.valid.ids.index(id)]]
    st.markdown(f"is **{plain(actual)}**  \nA {_said(first.valid, id)}  \nB {_said(second.valid, id)}")


def _said(predictions: Predictions, id: str) -> str:
    row = predictions.ids.index(id)
    answer = int(predictions.predicted[row])
    return f"{plain(predictions.classes[answer])} {100 * predictions.probabilities[row, answer]:.0f} %"


def _recipes(first: Run, second: Run, stories: Sequence[Story]) -> None:
    """Only what differs, with the rates that were found in the place of open ones."""
    st.markdown("**What differs in their recipes**")
    recipes = [with_rates(_recipe(run), [stage.learning_rates[-1] for stage in story.begun])
               for run, story in zip((first, second), stories, strict=True)]
    found = differences(*recipes)
    if not found:
        st.caption("Nothing: both were trained by the same recipe.")
        return
    st.dataframe({"where": [each.where for each in found], "what": [each.what for each in found],
                  "A": [each.first for each in found], "B": [each.second for each in found]},
                 hide_index=True, height="content", column_config={"where": "", "what": "", "A": "A", "B": "B"})


def _recipe(run: Run) -> Recipe:
    """As it was resolved, where it came so far."""
    try:
        return load(str(run.job.run.recipe))
    except PlaygroundError:
        return training_live.recipe_of(run.job)
