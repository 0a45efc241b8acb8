"""A training as it goes on and as it ended: bars, the losses, the epochs, what it leaves behind."""

from datetime import datetime

import streamlit as st

from core.errors import PlaygroundError
from core.interpretation.intervals import describe_accuracy
from core.jobs.entries import Job
from core.jobs.orders import Train
from core.runs.story import Story
from core.training.levers import recipe_in_words
from core.training.recipe import Recipe, load
from pages.ui import charts, frame, live, session

MOST_EARLIER = 10
STATES = {"failed": "failed", "killed": "cut off", "cancelled": "stopped"}

COLUMNS = {
    "epoch": st.column_config.NumberColumn("epoch", help="One pass over the pictures it learns from."),
    "kept": st.column_config.TextColumn("", help="Whose weights are kept: the latest that is as good as the best."),
    "right": st.column_config.NumberColumn("right", format="%.1f %%", help="Of the pictures kept aside (accuracy)."),
    "wrong": st.column_config.NumberColumn("wrong", format="%.1f %%", help="Of the pictures kept aside (error rate)."),
    "valid_loss": st.column_config.NumberColumn("valid. loss", format="%.3f", help="Of the pictures kept aside "
                                                "(validation loss): how wrong, and how sure of it. Less is better."),
    "train_loss": st.column_config.NumberColumn("train. loss", format="%.3f", help="Of the pictures it learns from "
                                                "(training loss). Far below the other: it learns them by heart."),
    "seconds": st.column_config.NumberColumn("time", format="%.1f s"),
}


def training(job: Job, story: Story) -> None:
    """The training of a job in any state, every part at its place and height from the beginning."""
    with st.container(border=True):
        with st.container(height=150, border=False):
            _outcome(job, story) if job.over else _progress(job, story)
        left, right = st.columns([1, 1.2], gap="medium")
        with left:
            st.vega_lite_chart(charts.losses(story), dict(charts.LOSSES_SPEC), height=charts.LOSSES_HEIGHT,
                               key=f"losses {job.id}")
        with right:
            st.dataframe(charts.epochs(story), height=charts.LOSSES_HEIGHT, hide_index=True, column_config=COLUMNS,
                         key=f"epochs {job.id}")
        for note in story.notes:
            st.caption(frame.plain(note))


def recipe_of(job: Job) -> Recipe:
    assert isinstance(job.order, Train)
    return job.order.recipe


def earlier(jobs: tuple[Job, ...]) -> None:
    """Earlier runs, the newest first: when, what, how right, and the way to their results."""
    for job in jobs[:MOST_EARLIER]:
        when, words, right, way = st.columns([1, 4, 2.6, 1], vertical_alignment="center")
        when.caption(f"{datetime.fromtimestamp(job.created):%d %b, %H:%M}")
        words.markdown(words_of(job.id, job))
        right.markdown(accuracy_of(job) or STATES.get(job.state, job.state))
        if job.state == "finished" and way.button("Results", key=f"results {job.id}", width="stretch"):
            to_results(job)


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
    if story.stage is not None and story.stage.stages > 1:
        parts.append(f"stage {story.stage.stage + 1} of {story.stage.stages}")
    if story.stage_seconds_left is not None:
        parts.append(f"about {live.time_in_words(story.stage_seconds_left)} left"
                     + (" in this stage" if story.stage and story.stage.stages > 1 else ""))
    if story.images_per_second:
        parts.append(f"{story.images_per_second:,.0f} pictures a second")
    return " · ".join(parts) or "It stops within a batch when you ask it to, and keeps the best epoch."


def _outcome(job: Job, story: Story) -> None:
    if job.state == "finished":
        st.markdown(f"**{words_of(job.id, job)}**")
        _with_results(job, f"### {accuracy_of(job) or 'Finished'}")
        st.caption("Of the pictures kept aside. The last two numbers are between which its true accuracy lies, "
                   "19 times out of 20.")
        return
    live.told_end(job, story)
    if (kept := story.kept) is not None:
        _with_results(job, f"Kept: epoch {kept.epoch + 1}, {kept.accuracy:.1%} right at that time.")
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


@st.cache_data(max_entries=512, show_spinner=False)
def words_of(id: str, _job: Job) -> str:
    """The recipe with what was found for it, where it came so far."""
    try:
        return recipe_in_words(load(str(_job.run.recipe)))
    except PlaygroundError:
        return recipe_in_words(recipe_of(_job))


def submit(recipe: Recipe, folder: str, dataset: str) -> None:
    """Into the queue; a refusal is shown as problem and remedy."""
    try:
        session.submit(Train(dataset=folder, recipe=recipe), dataset)
    except PlaygroundError as error:
        frame.told(error)
    else:
        st.rerun()
