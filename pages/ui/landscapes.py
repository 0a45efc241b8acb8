"""What a training's network makes of its pictures: where it stands, the job that finds it out, and reading it."""

from contextlib import suppress
from pathlib import Path

import streamlit as st

from core.errors import LimitReached, NotHere
from core.interpretation.landscape import MAP, Landscape
from core.jobs.entries import Job
from core.jobs.orders import DrawMap, Train
from core.runs.outcome import Outcome
from core.runs.story import Story
from pages.ui import live, session

ANOTHER = "The map was drawn of another network than the one that you see here: draw it again."


def standing(outcome: Outcome) -> Landscape | None:
    """The training's landscape; None where there is none yet. Raises BadRun where it is damaged."""
    when = changed(outcome)
    return _read(outcome.run.landscape, when) if when else None


def changed(outcome: Outcome) -> int:
    """When the training's landscape was written, in nanoseconds since 1970; 0 where there is none."""
    file = outcome.run.landscape / MAP
    return file.stat().st_mtime_ns if file.is_file() else 0


def ask(training: Job) -> Job:
    """Have the map drawn. Raises LimitReached, and NotHere where the training or its pictures were deleted."""
    assert isinstance(training.order, Train)
    if training.grant is not None:
        raise NotHere("The map of this training has not been drawn.", remedy="Whoever shared it can draw it.")
    return session.submit(DrawMap(dataset=training.order.dataset, training=training.id), training.dataset)


def ask_by_itself(training: Job) -> Job | None:
    """The first map needs no click. None where the visitor has too much at work already, or the pictures are gone."""
    with suppress(LimitReached, NotHere):
        return ask(training)
    return None


def progress(job: Job, story: Story, doing: str = "Drawing the map") -> None:
    """How far the map is, and a way to stop it; how it ended, where it did not end well. `doing`: what people wait for.
    """
    if job.over:
        live.told_end(job, story)
        return
    st.progress(story.fraction_in_hand, text=f"{doing} · {live.doing(job, story)}")
    live.stop_button(job, "Stop", "It stops within seconds, and nothing else changes.")


# Shared between visitors only by a run's folder that nobody guesses, and never changed.
@st.cache_resource(max_entries=32, show_spinner=False)
def _read(folder: Path, changed: int) -> Landscape:
    return Landscape.load(folder)
