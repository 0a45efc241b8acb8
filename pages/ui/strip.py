"""The strip below a page's title: data set, recipe, running job, each a link to its page."""

import streamlit as st

from core.errors import PlaygroundError
from core.jobs.entries import DatasetEntry, Job
from core.jobs.orders import UNASKED, URGENCY, Kind, OfTraining
from core.training.words import recipe_in_words
from pages.ui import live, session
from pages.ui.ways import PAGES
from pages.ui.words import amount, plain

SECONDS_BETWEEN_LOOKS = 2
HEIGHT = 42                  # pixels, kept while the strip is quiet, so that nothing below it jumps
BAR_WIDTH = 150              # pixels

# What a job is called while it goes on, and the page that shows more of it.
NAMES: dict[Kind, tuple[str, str]] = {
    "bring-in": ("Reading your pictures", "data"),
    "fetch": ("Fetching your pictures", "data"),
    "prepare": ("Preparing your pictures", "data"),
    "measure": ("Measuring your pictures", "data"),
    "find-lr": ("Finding the learning rate", "learning_rate"),
    "train": ("Training", "train"),
    "inspect": ("Looking for faults", "clean"),
    "pack": ("Packing your pictures", "data"),
    "tta": ("Looking in several ways", "results"),
    "map": ("Drawing the map", "results"),
    "shortcuts": ("Checking for shortcuts", "results"),
    "make-ready": ("Making the network ready", "predict"),
    "export": ("Making your zip", "export"),
}

UNNAMED = (*UNASKED, "pack")        # no page's address names them


def show(visitor: str) -> None:
    """The strip of this visitor's page."""
    desk = session.office().desk
    entry, busy = desk.chosen(visitor), unfinished(desk.jobs(visitor))
    with st.container(horizontal=True, wrap=False, vertical_alignment="center", height=HEIGHT, border=False,
                      key="strip"):
        if entry is not None:
            _dataset(entry)
        elif not busy:
            st.caption("No pictures yet")
        st.fragment(_working, run_every=SECONDS_BETWEEN_LOOKS if busy else None)(visitor, bool(busy))


def unfinished(jobs: tuple[Job, ...]) -> tuple[Job, ...]:
    """Those queued or running, what a person most waits for first. Nobody waits for a preparation to begin."""
    return tuple(sorted((job for job in jobs if not job.over and not (job.kind in UNASKED and job.state == "queued")),
                        key=lambda job: (job.kind in UNASKED, job.state == "queued", URGENCY[job.kind], job.created)))


def _dataset(entry: DatasetEntry) -> None:
    try:
        pictures = f" · {amount(len(session.opened(entry).dataset.samples), 'picture')}"
    except PlaygroundError:      # its page tells what is wrong with it
        pictures = ""
    _link("data", f"{plain(entry.name)}{pictures}")
    if entry.confirmed:
        _link("train", recipe_in_words(entry.recipe))


def _working(visitor: str, was_busy: bool) -> None:
    """What goes on, looked at again and again; when all is done the whole page runs once more."""
    busy = unfinished(session.office().desk.jobs(visitor))
    if not busy:
        if was_busy:
            st.rerun()
        return
    job, others = busy[0], len(busy) - 1
    name, page = NAMES[job.kind]
    more = f" · {others} more" if others else ""
    with st.container(horizontal=True, wrap=False, vertical_alignment="center", width="content", key="working"):
        if job.state == "queued":
            ahead = session.office().desk.ahead_of(job)
            _link(page, f"{name}: {f'{ahead} before you' if ahead else 'you are next'}{more}", job)
            return
        _link(page, f"{name}{more}", job)
        story = live.story_of(job)
        st.progress(story.fraction if job.kind == "train" else story.fraction_in_hand, width=BAR_WIDTH)


def _link(page: str, label: str, job: Job | None = None) -> None:
    file, _, icon = PAGES[page]
    st.page_link(file, label=label, icon=icon, query_params=_query(job) if job and job.kind not in UNNAMED else None)


def _query(job: Job) -> dict[str, str]:
    """What the page's address names: the job, or the training whose pictures it looks at."""
    return {"job": job.order.training if isinstance(job.order, OfTraining) else job.id}
