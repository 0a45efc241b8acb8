"""Pictures that are coming in: what their job does, how it ended, and the way on."""

from pathlib import Path
from typing import NoReturn

import streamlit as st

from core.errors import NotHere, UserMistake
from core.events import Event, PictureSkipped, Progress
from core.jobs.entries import Job
from core.jobs.orders import BringIn
from core.jobs.pair import Pair
from pages.ui import frame, session
from pages.ui.words import amount

POLL_SECONDS = 0.7
PLACE_PIXELS = 172      # of the panel, whatever it says


def job() -> Job | None:
    """The bring-in job that the page is about: the address's, else the newest where it is not done with.

    Raises NotHere for an address that names none of the visitor's.
    """
    if "job" in st.query_params:
        return session.job_of_address("bring-in")
    desk, visitor = session.office().desk, session.visitor()
    newest = next(iter(desk.jobs(visitor, kind="bring-in")), None)
    if newest is None or "new" in st.query_params:
        return None
    unseen = newest.state in ("failed", "killed") and desk.chosen(visitor) is None
    return newest if unseen or not newest.over else None


def show(job: Job) -> None:
    """Follow the job while it runs; tell how it ended. A good end shows the pictures in its place."""
    if not job.over:
        _watch(job.id)
        st.skeleton(height=420)
    elif job.state == "finished" and job.dataset is not None:
        session.office().desk.choose(session.visitor(), job.dataset)
        st.query_params.clear()
        st.rerun()
    else:
        _told(job)
        _way_back()


def gone(error: NotHere) -> None:
    """The address names no job of this visitor's."""
    frame.told(NotHere(error.problem, remedy="Its address may be old, or of another browser. Bring pictures in, or "
                                             "look at those that you have."))
    _way_back()


@st.fragment(run_every=POLL_SECONDS)
def _watch(id: str) -> None:
    desk = session.office().desk
    try:
        watched = desk.job(session.visitor(), id)
    except NotHere:         # deleted in another tab, with all that was the visitor's
        st.rerun()
    if watched.over:
        st.rerun()
    with st.container(height=PLACE_PIXELS, border=True):
        st.markdown(f"**{_name(watched)}**")
        events = list(watched.run.read_events())
        _progress(watched, events, desk.ahead_of(watched))
        skipped = sum(isinstance(event, PictureSkipped) for event in events)
        with st.container(horizontal=True, vertical_alignment="center"):
            stopping = watched.stop_asked is not None
            if st.button("Stopping" if stopping else "Stop", key="stop-bring-in", disabled=stopping):
                session.office().cancel(session.visitor(), id)
                st.rerun(scope="fragment")
            st.caption(f"{skipped:,} left out so far: you will see which, and why." if skipped else
                       "You may leave this page, or close it: the work goes on.")


def _progress(job: Job, events: list[Event], ahead: int) -> None:
    moved = next((event for event in reversed(events) if isinstance(event, Progress)), None)
    if moved is not None:
        st.progress(moved.done / max(1, moved.total),
                    text=f"{moved.work.capitalize()}: {moved.done:,} of {moved.total:,} {moved.unit}")
    elif job.state == "running":
        st.progress(0.0, text="Starting")
    else:
        st.progress(0.0, text="Waiting: next in the queue" if not ahead else
                    f"Waiting: {amount(ahead, 'job')} before it")


def _told(job: Job) -> None:
    if job.state == "cancelled":
        st.info(f"Stopped. Nothing of {_name(job)} was kept. {frame.plain(job.why_stopped)}")
    elif job.state == "finished":
        st.info("These pictures were brought in, and have been deleted since.")
    else:
        frame.told(UserMistake(_named(job, job.problem) or "The pictures could not be brought in.",
                               remedy=_named(job, job.remedy) or "Try it once more."))
        st.caption(f"{_sent_still(job)}Pictures that you brought in before are unharmed.")


def _sent_still(job: Job) -> str:
    """A word about a zip that came with a list, and waits for a better one."""
    assert isinstance(job.order, BringIn)
    pictures = Pair(session.settings()).sent("zip") if job.order.labels is not None else None
    return f"{frame.plain(pictures.name)} need not be sent again: bring it in with another list. " if pictures else ""


def _name(job: Job) -> str:
    assert isinstance(job.order, BringIn)
    return frame.plain(job.order.name)


def _named(job: Job, text: str) -> str:
    """What the engine says of an upload, which it knows by our name for the file, in the person's words."""
    assert isinstance(job.order, BringIn)
    return text.replace(Path(job.order.source).stem, job.order.name) if job.order.disposable else text


def _way_back() -> None:
    standing = session.office().desk.chosen(session.visitor())
    with st.container(horizontal=True):
        if st.button("Bring in pictures", type="primary"):
            _to(new="1")
        if standing is not None and st.button(f"Look at {frame.plain(standing.name)}"):
            _to()


def _to(**query: str) -> NoReturn:
    st.query_params.from_dict(query)
    st.rerun()
