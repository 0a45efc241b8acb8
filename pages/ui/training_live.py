"""A training as it goes on: bars, how fast it is and how long still, losses, errors, rates, epochs."""

from contextlib import nullcontext
from datetime import datetime
from typing import Literal

import streamlit as st

from core.errors import PlaygroundError
from core.events import StageStarted
from core.interpretation.intervals import describe_accuracy
from core.jobs.entries import Job
from core.jobs.orders import Train
from core.runs.folder import RunFolder
from core.runs.outcome import stands
from core.runs.story import Story
from core.runs.time_left import seconds_left
from core.training.presets import load
from core.training.recipe import Recipe
from core.training.words import rate_in_words, recipe_in_words
from pages.ui import charts, frame, live, run_names, session, training_told

MOST_EARLIER = 10
WATCHED = "watched training"     # the job that was seen at work in this session
STATES = {"failed": "failed", "killed": "cut off", "cancelled": "stopped"}

COLUMNS = {
    "epoch": st.column_config.NumberColumn("epoch", help="One pass over the pictures it learns from."),
    "kept": st.column_config.TextColumn("", help="Whose weights are kept: the latest that cannot be told from the "
                                        "best. A few pictures more or less may be luck, and later epochs are calmer."),
    "right": st.column_config.NumberColumn("right", format="%.1f %%", help="Of the pictures kept aside (accuracy)."),
    "wrong": st.column_config.NumberColumn("wrong", format="%.1f %%", help="Of the pictures kept aside (error rate)."),
    "valid_loss": st.column_config.NumberColumn("valid. loss", format="%.3f", help="Of the pictures kept aside "
                                                "(validation loss): how wrong, and how sure of it. Less is better."),
    "train_loss": st.column_config.NumberColumn("train. loss", format="%.3f", help="Of the pictures it learns from "
                                                "(training loss). Far below the other: it learns them by heart."),
    "seconds": st.column_config.NumberColumn("time", format="%.1f s"),
}


def in_sight(last: Job | None) -> bool:
    """Whether the last run comes before the recipe: while it goes on, and where it was watched to its end."""
    if last is None:
        return False
    if not last.over:
        st.session_state[WATCHED] = last.id
    return bool(st.session_state.get(WATCHED) == last.id)


def training(job: Job, story: Story) -> None:
    """The training of a job in any state, every part at its place and height from the beginning."""
    with st.container(border=True):
        with st.container(height=150, border=False):
            _outcome(job, story) if job.over else _progress(job, story)
        if not job.over:
            _curves(job, story)
        elif story.batches or story.epochs:
            training_told.history(job, story)
            epochs_table(job, story, "content")
        for note in story.notes:
            st.caption(frame.plain(note))
    if job.over:
        training_told.said_of(job, story, recipe_of(job))


def epochs_table(job: Job, story: Story, height: int | Literal["content"]) -> None:
    """Every epoch as a row, the newest first; of a run that is over, behind a click."""
    with st.expander("Every epoch as a row", icon=":material/table_rows:") if job.over else nullcontext():
        st.dataframe(charts.epochs(story), height=height, hide_index=True, column_config=COLUMNS,
                     key=f"epochs {job.id}")


def _curves(job: Job, story: Story) -> None:
    """New rows go into standing charts, each at its place and height from the beginning."""
    losses, rates, errors = charts.losses(story), charts.rates(story), charts.errors(story)
    left, right = st.columns(2, gap="medium")
    with left:
        st.vega_lite_chart(losses, charts.spec(charts.LOSSES_SPEC, losses), height=charts.LOSSES_HEIGHT,
                           key=f"losses {job.id}")
        st.vega_lite_chart(rates, charts.spec(charts.RATES_SPEC, rates), height=charts.RATES_HEIGHT,
                           key=f"rates {job.id}")
    with right:
        st.vega_lite_chart(errors, charts.spec(charts.ERRORS_SPEC, errors), height=charts.ERRORS_HEIGHT,
                           key=f"errors {job.id}")
        epochs_table(job, story, charts.EPOCHS_HEIGHT)


def recipe_of(job: Job) -> Recipe:
    assert isinstance(job.order, Train)
    return job.order.recipe


def earlier(jobs: tuple[Job, ...], busy: bool) -> None:
    """Earlier runs, the newest first: when, what, how right, and the way to their results, or on.

    `busy`: a training of these pictures is under way.
    """
    names = run_names.given()
    for job in jobs[:MOST_EARLIER]:
        when, words, right, way = st.columns([1, 4, 2.6, 1], vertical_alignment="center")
        when.caption(f"{datetime.fromtimestamp(job.created):%d %b, %H:%M}")
        words.markdown(f"**{frame.plain(names[job.id])}** · {words_of(job)}" if job.id in names else words_of(job))
        right.markdown(accuracy_of(job) or STATES.get(job.state, job.state))
        if stands(job.run) and way.button("Results", key=f"results {job.id}", width="stretch"):
            to_results(job)
        if job.state != "finished" and job.run.checkpoint.is_file():
            way.button("Go on", key=f"go on {job.id}", width="stretch", on_click=_go_on, args=(job,), disabled=busy,
                       help="It goes on from where it ended, as a new run; this one stays as it is.")


def _go_on(job: Job) -> None:
    assert isinstance(job.order, Train)
    try:
        session.submit(Train(dataset=job.order.dataset, recipe=job.order.recipe, continues=job.id), job.dataset)
    except PlaygroundError as error:
        st.toast(f"{frame.plain(error.problem)} {frame.plain(error.remedy)}", icon=":material/error:")


def to_results(job: Job) -> None:
    st.switch_page(frame.PAGES["results"][0], query_params={"job": job.id})


def _progress(job: Job, story: Story) -> None:
    st.progress(story.fraction, text=f"**{recipe_in_words(recipe_of(job))}**")
    st.progress(story.fraction_in_hand, text=live.doing(job, story))
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(_figures(story), width="content")
        live.stop_button(job, "Stop", "It stops within a batch and keeps the best epoch.")


def _figures(story: Story) -> str:
    """Where it is, how long it still takes, how fast it is; what is not known yet is not said."""
    parts = []
    several = story.stage is not None and story.stage.stages > 1
    if story.stage is not None and several:
        parts.append(f"stage {story.stage.stage + 1} of {story.stage.stages}")
    here, whole = story.stage_seconds_left, seconds_left(story)
    if here is not None:
        parts.append(f"about {live.time_in_words(here)} left" + (" in this stage" if several else "")
                     + (f", {live.time_in_words(whole)} in all" if several and whole is not None else ""))
    if story.images_per_second:
        parts.append(f"{story.images_per_second:,.0f} pictures a second")
    if story.learning_rate:
        parts.append(f"learning rate {rate_in_words(story.learning_rate)}")
    if story.gpu_bytes:
        parts.append(f"GPU memory {story.gpu_bytes / 1e9:.1f} GB")
    return " · ".join(parts) or "It stops within a batch when you ask it to, and keeps the best epoch."


def _outcome(job: Job, story: Story) -> None:
    if job.state == "finished":
        st.markdown(f"**{words_of(job)}**")
        _with_results(job, f"### {accuracy_of(job) or 'Finished'}")
        st.caption("Of the pictures kept aside. The last two numbers are between which its true accuracy lies, "
                   "19 times out of 20.")
        return
    st.markdown(f"**{words_of(job)}**")
    live.told_end(job, story)
    if (kept := story.kept) is not None:
        _with_results(job, f"Kept: epoch {kept.epoch + 1}, {100 * kept.accuracy:.1f} % right at that time.")
    else:
        st.markdown("It had not finished an epoch, so there is nothing to keep.")


def _with_results(job: Job, words: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(words, width="content")
        if st.button("See the results", type="primary", icon=":material/arrow_forward:", key=f"see {job.id}"):
            to_results(job)


def accuracy_of(job: Job) -> str | None:
    if job.state != "finished":
        return None
    try:
        return _described(job.id, job)
    except PlaygroundError:            # its folder was damaged
        return None


# Kept by an id that nobody guesses; a job that is over never changes.
@st.cache_data(max_entries=512, show_spinner=False)
def _described(id: str, _job: Job) -> str:
    return describe_accuracy(_job.run.read_predictions("valid"))


def words_of(job: Job) -> str:
    """The recipe; of a run that is over with what was found for it, where it came so far."""
    return _in_words(job.id, job) if job.over else recipe_in_words(recipe_of(job))


@st.cache_data(max_entries=512, show_spinner=False)
def _in_words(id: str, _job: Job) -> str:
    try:
        return recipe_in_words(_with_rates(load(str(_job.run.recipe)), _job.run))
    except PlaygroundError:
        return recipe_in_words(recipe_of(_job))


def _with_rates(recipe: Recipe, run: RunFolder) -> Recipe:
    """The recipe with the head's rate that each stage took, where it was left to be found."""
    took = {event.stage: event.learning_rates[-1] for event in run.read_events() if isinstance(event, StageStarted)}
    return recipe.model_copy(update={"stages": tuple(
        stage.model_copy(update={"learning_rate": took[place]}) if stage.head_rate is None and place in took else stage
        for place, stage in enumerate(recipe.stages))})
