"""One of several trainings from a list, as every page offers it that is about a single one."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.jobs.entries import Job
from pages.ui import session
from pages.ui.ways import empty

MOST_RUNS = 30        # in the list


def from_list(jobs: Sequence[Job], current: Job, described: Callable[[Job], str], label: str = "Training",
              most: int = MOST_RUNS) -> Job:
    """The one that is chosen, at first `current`, of the newest `most` and that one."""
    words = {job.id: described(job) for job in jobs[:most]}
    words.setdefault(current.id, described(current))
    ids = list(words)
    chosen = st.selectbox(label, ids, index=ids.index(current.id), format_func=words.__getitem__)
    return next(job for job in jobs if job.id == chosen)


def current_dataset() -> str:
    """The data set's id, whether its pictures can still be read or not: a run shows itself. Without one the page ends
    here, with the way to get one."""
    entry = session.office().desk.chosen(session.visitor())
    if entry is None:
        empty("There are no pictures yet.", "Bring in pictures", "home")
    return entry.id
