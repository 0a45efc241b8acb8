"""The buttons that begin a training: from the start, or where the last one ended."""

from dataclasses import dataclass
from functools import partial

import streamlit as st

from core.errors import BadRecipe, PlaygroundError
from core.jobs.entries import Job
from core.jobs.orders import Train
from core.runs.outcome import stages_begun
from core.training import continuation
from core.training.draft import preset_of
from core.training.recipe import Recipe
from pages.ui import frame, recipe_draft, session, stage_place
from pages.ui.recipe_draft import Shown
from pages.ui.session import Chosen
from pages.ui.words import amount


@dataclass(frozen=True, slots=True)
class GoingOn:
    """The last run, which the draft goes on with, and what is left to do."""

    job: Job
    words: str


def buttons(chosen: Chosen, last: Job | None, words: str) -> None:
    """Train, or go on; `words` say how much there is to do."""
    busy = last is not None and not last.over
    further = going_on(last, chosen.recipe)
    first = last is None or (last.state != "finished" and further is None)
    label = "Train" if last is None else "Train from the start" if further else "Train again"
    with st.container(horizontal=True, vertical_alignment="center"):
        go_on = further is not None and st.button(
            "Go on with the last run" if further.job.state == "finished" else "Go on", type="primary",
            icon=":material/resume:", key=f"go on {chosen.entry.id}", help=further.words)
        train = st.button(label, icon=":material/play_arrow:", disabled=busy, key=f"train {chosen.entry.id}",
                          type="primary" if first else "secondary",
                          help="A training of these pictures is under way." if busy else None)
        if not busy:
            st.markdown(further.words if further else words, width="content")
    if last is not None and further is None:
        _more_epochs(chosen, last)
        _why_not(chosen, last)
    if go_on and further is not None:
        _submit(chosen, further.job.id)
    if train:
        _submit(chosen, None)


def going_on(last: Job | None, recipe: Recipe) -> GoingOn | None:
    """Where the last run stands at a point that the draft passes too, and has more to do from there."""
    if last is None or not last.over or not isinstance(last.order, Train) or not last.run.checkpoint.is_file():
        return None
    done = _done(last)
    if not continuation.goes_on(done, recipe):
        return None
    more = _added(done, recipe)
    if last.state == "finished":
        return GoingOn(last, f"All that it has done stays: it goes on with {more}.") if more else None
    then = f", then {more}" if more else ""
    return GoingOn(last, f"It goes on where the last run ended{then}.")


def _done(job: Job) -> Recipe:
    """What a training that is over has done of its recipe, or at least begun."""
    assert isinstance(job.order, Train)
    return continuation.begun(job.order.recipe, _stages_begun(job.id, job))


# Kept by an id that nobody guesses; a job that is over never changes.
@st.cache_data(max_entries=512, show_spinner=False)
def _stages_begun(id: str, _job: Job) -> int:
    return stages_begun(_job.run)


def _added(done: Recipe, longer: Recipe) -> str:
    """What the longer recipe has more; "" for nothing."""
    parts = []
    grown = longer.stages[len(done.stages) - 1].epochs - done.stages[-1].epochs
    if grown > 0:
        parts.append(f"{grown} more {'epoch' if grown == 1 else 'epochs'} of stage {len(done.stages)}")
    first, last = len(done.stages) + 1, len(longer.stages)
    if last >= first:
        parts.append(f"stage {first}" if first == last else f"stages {first} to {last}")
    return " and ".join(parts)


def _more_epochs(chosen: Chosen, last: Job) -> None:
    """More epochs of a schedule that would have begun otherwise: they can be a stage of their own."""
    if last.state != "finished" or not isinstance(last.order, Train) or not last.run.checkpoint.is_file():
        return
    done, draft = last.order.recipe, chosen.recipe
    more = draft.stages[-1].epochs - done.stages[-1].epochs
    try:
        longer = continuation.with_more_epochs(done, continuation.epochs_of_last(done) + more)
    except BadRecipe:
        return
    same = done.stages[-1].model_copy(update={"epochs": draft.stages[-1].epochs})
    if len(longer.stages) == len(done.stages) or draft.stages != (*done.stages[:-1], same):
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(f"Go on for {amount(more, 'epoch')} more, as a stage of its own", icon=":material/add:",
                  key="more epochs", on_click=recipe_draft.edit,
                  args=(Shown.of(chosen), partial(_with_stages, longer), "more epochs"))
        st.caption("With more epochs the schedule of the last stage would have begun otherwise, so the last run cannot "
                   "simply grow.", width="content")


def _why_not(chosen: Chosen, last: Job) -> None:
    """Where stages were added to the last run's, and yet it cannot be gone on with: the reason."""
    if not last.over or not isinstance(last.order, Train) or not last.run.checkpoint.is_file():
        return
    # A preset was chosen as a whole: nobody thinks of it as something added to the last run.
    if preset_of(chosen.recipe) is None and len(chosen.recipe.stages) > len(last.order.recipe.stages):
        why = continuation.hindrance(_done(last), chosen.recipe)
        st.caption(f"The last run cannot simply go on with what was added: {frame.plain(why or '')}. "
                   "Trained from the start, all stages are done anew.")


def _with_stages(longer: Recipe, recipe: Recipe) -> Recipe:
    return recipe.model_copy(update={"stages": longer.stages})


def _submit(chosen: Chosen, continues: str | None) -> None:
    """Into the queue; a refusal is shown as problem and remedy."""
    try:
        session.submit(Train(dataset=chosen.entry.folder, recipe=chosen.recipe, continues=continues), chosen.entry.id)
    except PlaygroundError as error:
        frame.told(error)
    else:
        stage_place.take(None)      # what goes on shall be seen, not how it was set
        st.rerun()
