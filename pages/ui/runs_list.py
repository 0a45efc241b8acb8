"""The list of a visitor's trainings. Which ones are ticked stands in the address, so that a reload finds them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import streamlit as st

from core.errors import PlaygroundError
from core.interpretation.intervals import wilson
from core.jobs import shelf_of_runs
from core.jobs.entries import Job
from core.jobs.shelf_of_runs import Label
from core.runs import outcome as outcomes
from core.runs.folder import RunFolder
from pages.ui import identity, live, recipe_form, session, training_live

TICKED = "runs"                  # in the address: ids with commas between them
STATES = {"queued": "waiting", "running": "training", "finished": "done", "failed": "failed",
          "cancelled": "stopped", "killed": "cut off"}
COLUMNS = {
    "run": st.column_config.TextColumn("run", width=170),
    "state": st.column_config.TextColumn("state"),
    "pictures": st.column_config.TextColumn("pictures"),
    "recipe": st.column_config.TextColumn("recipe", width=270),
    "right": st.column_config.NumberColumn("right", format="%.1f %%", help="Of the pictures kept aside (accuracy)."),
    "between": st.column_config.TextColumn("between", help="Where its true accuracy lies, 19 times out of 20: few "
                                           "pictures, a wide span."),
    "of": st.column_config.NumberColumn("of", help="How many pictures were kept aside (validation)."),
    "took": st.column_config.TextColumn("took"),
    "when": st.column_config.DatetimeColumn("when", format="D MMM, HH:mm"),
    "who": st.column_config.TextColumn("who", help="Nobody sees the runs of others."),
    "tags": st.column_config.ListColumn("tags", width=130),
}


@dataclass(frozen=True, slots=True)
class Run:
    """A training with what is known of it."""

    job: Job
    label: Label
    pictures: str                    # the data set's name
    recipe: str                      # in words
    reached: tuple[int, int] | None  # right, of; None before its first epoch
    state: str                       # in words

    @property
    def name(self) -> str:
        """As it was named; else its recipe's name and its hour."""
        begun = datetime.fromtimestamp(self.job.created)
        recipe = training_live.recipe_of(self.job).name
        return self.label.name or f"{recipe_form.TITLES.get(recipe, recipe)} · {begun:%d %b, %H:%M}"

    @property
    def seconds(self) -> float | None:
        """From the start of its work to its end."""
        return self.job.ended - self.job.started if self.job.ended and self.job.started else None


def runs_of(visitor: str, jobs: Sequence[Job]) -> tuple[Run, ...]:
    """In the order of the jobs."""
    desk = session.office().desk
    names = {entry.id: entry.name for entry in desk.datasets(visitor)}
    labels = shelf_of_runs.labels(desk, visitor)
    return tuple(Run(job, labels.get(job.id, Label()), names.get(job.dataset or "", ""),
                     training_live.words_of(job), _reached(job), _state(job))
                 for job in jobs)


def table(runs: Sequence[Run]) -> tuple[Run, ...]:
    """Every run as a row, to be sorted by a click on a column's name; the ticked ones are returned."""
    ids = [run.job.id for run in runs]
    ticked = [id for id in (st.query_params.get(TICKED) or "").split(",") if id in ids]
    # Another key for other rows: ticks are kept by their places.
    key = f"runs {hash(tuple(ids)) & 0xffffffff:x}"
    first = st.session_state.setdefault(f"ticked at first in {key}", [ids.index(id) for id in ticked])
    hosted = identity.hosted(session.office().settings)
    st.dataframe(
        {"run": [run.name for run in runs],
         "state": [run.state for run in runs],
         "right": [100 * run.reached[0] / run.reached[1] if run.reached else None for run in runs],
         "between": [between(run) for run in runs],
         "of": [run.reached[1] if run.reached else None for run in runs],
         "pictures": [run.pictures for run in runs],
         "recipe": [run.recipe for run in runs],
         "took": [live.time_in_words(run.seconds) if run.seconds is not None else "" for run in runs],
         "when": [datetime.fromtimestamp(run.job.created) for run in runs],
         **({"who": ["you"] * len(runs)} if hosted else {}),
         "tags": [list(run.label.tags) for run in runs]},
        hide_index=True, height="content", column_config=COLUMNS, key=key, selection_mode="multi-row",
        on_select=lambda: _tick(key, ids),
        selection_default={"selection": {"rows": first, "columns": [], "cells": []}},     # or the table begins anew
        placeholder="", alt="Your trainings, a row each")
    return tuple(run for run in runs if run.job.id in ticked)


def between(run: Run) -> str:
    """The interval of its accuracy, such as "89–97 %"."""
    if run.reached is None:
        return ""
    low, high = wilson(*run.reached)
    return f"{math.floor(low * 100)}–{math.ceil(high * 100)} %"


def _tick(key: str, ids: Sequence[str]) -> None:
    rows = [row for row in st.session_state[key]["selection"]["rows"] if row < len(ids)]
    if rows:
        st.query_params[TICKED] = ",".join(ids[row] for row in rows)
    else:
        st.query_params.pop(TICKED, None)


def _state(job: Job) -> str:
    if job.state != "running":
        return STATES[job.state]
    return f"{STATES[job.state]}, {100 * live.story_of(job).fraction:.0f} %"


def _reached(job: Job) -> tuple[int, int] | None:
    """Of the epoch that it keeps; None where there is none yet, or where its folder was damaged."""
    files = (job.run.events, job.run.predictions / "valid.npz")
    changed = tuple(file.stat().st_mtime_ns if file.is_file() else 0 for file in files)
    try:
        return _counted(job.folder, changed) if outcomes.stands(job.run) else None
    except PlaygroundError:
        return None


# Kept by a folder whose name nobody guesses.
@st.cache_data(max_entries=2048, show_spinner=False)
def _counted(folder: Path, changed: tuple[int, ...]) -> tuple[int, int]:
    valid = outcomes.outcome(RunFolder(folder)).valid
    return int(valid.correct.sum()), len(valid)
