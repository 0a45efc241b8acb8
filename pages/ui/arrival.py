"""Pictures that are coming in: what their job does, how it ended, and the way on."""

from pathlib import Path
from typing import NoReturn

import streamlit as st

from core.data.builtin import SETS
from core.errors import NotHere, PlaygroundError, UserMistake
from core.events import Event, PictureSkipped, Progress
from core.jobs.entries import DatasetEntry, Job
from core.jobs.orders import ARRIVALS, BringIn, FetchAddresses
from core.jobs.pair import Pair
from pages.ui import dataset_view, frame, session
from pages.ui.upload_onto import ONTO
from pages.ui.words import amount

POLL_SECONDS = 0.7
TOLD = "failure told"    # session_state: the job whose failure this visit tells of
PLACE_PIXELS = 172      # of the panel, whatever it says


def job() -> Job | None:
    """The job that brings in what the page is about: the address's, else the newest while it is at work.

    Raises NotHere for an address that names none of the visitor's.
    """
    if "job" in st.query_params:
        return session.job_of_address(*ARRIVALS)
    newest = _newest()
    return newest if newest is not None and not newest.over and "new" not in st.query_params else None


def unseen() -> None:
    """Tell above the ways in what went wrong with the last arrival while nobody looked: in one visit alone."""
    with st.container():         # always there: what stands below keeps its place
        newest = _newest()
        if newest is None or newest.state not in ("failed", "killed"):
            return
        if newest.seen and st.session_state.get(TOLD) != newest.id:
            return
        newest.mark_seen()
        st.session_state[TOLD] = newest.id
        _told(newest)
        dataset_view.skipped_shown(_skipped(newest))
        if _resumable(newest):
            _go_on_button(newest)


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
        job.mark_seen()
        _told(job)
        dataset_view.skipped_shown(_skipped(job))
        _way_back(job, instead=isinstance(job.order, BringIn) and job.order.ready > 0 and job.state == "failed")


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
    if job.state == "cancelled" and job.kind == "fetch":
        st.info("Stopped. What has come is kept for a day: go on, and it is not fetched again. "
                f"{frame.plain(job.why_stopped)}")
    elif job.state == "cancelled":
        st.info(f"Stopped. Nothing of {_name(job)} was kept. {frame.plain(job.why_stopped)}")
    elif job.state == "finished":
        st.info("These pictures were brought in, and have been deleted since.")
    else:
        frame.told(UserMistake(_named(job, job.problem) or "The pictures could not be brought in.",
                               remedy=_named(job, job.remedy) or "Try it once more."))
        others = session.office().desk.datasets(session.visitor())
        unharmed = "Pictures that you brought in before are unharmed." if others else ""
        if said := f"{_sent_still(job)}{unharmed}".strip():
            st.caption(said)


def _sent_still(job: Job) -> str:
    """A word about a zip that came with a list, and waits for a better one."""
    came_with_list = isinstance(job.order, BringIn) and job.order.labels_name
    pictures = Pair(session.settings()).sent("zip") if came_with_list else None
    return f"{frame.plain(pictures.name)} need not be sent again: bring it in with another list. " if pictures else ""


def _name(job: Job) -> str:
    assert isinstance(job.order, BringIn | FetchAddresses)
    return frame.plain(job.order.name)


def _named(job: Job, text: str) -> str:
    """What the engine says of an upload, which it knows by our name for the file, in the person's words."""
    match job.order:
        case BringIn(source=source, name=name, disposable=True):
            return text.replace(Path(source).stem, name)
        case _:
            return text


def _skipped(job: Job) -> list[tuple[str, str]]:
    """What was left out of an arrival that did not come to a good end, as far as its story can be read."""
    try:
        events = list(job.run.read_events())
    except PlaygroundError:
        return []
    return [(event.name, event.problem) for event in events if isinstance(event, PictureSkipped)]


def _take(name: str) -> None:
    """A built-in set, which needs no network."""
    try:
        job = session.submit(BringIn(source=name, builtin=True, name=name))
    except PlaygroundError as error:
        frame.told(error)
        return
    _to(job=job.id)


def _way_back(job: Job | None = None, instead: bool = False) -> None:
    """`instead`: a built-in set may do as well."""
    standing = session.office().desk.chosen(session.visitor())
    base = _base(job) if job is not None else None
    resumable = job is not None and _resumable(job)
    with st.container(horizontal=True):
        if instead:
            for place, known in enumerate(SETS):
                if st.button(f"Take the {known.name} instead", key=f"instead-{known.name}",
                             type="secondary" if place else "primary"):
                    _take(known.name)
        if job is not None and resumable:
            _go_on_button(job)
        if base is not None:
            if st.button(f"Try again with {frame.plain(base.name)}", type="primary"):
                _to(**{"new": "1", ONTO: base.id})
        elif st.button("Bring in pictures", type="secondary" if instead or resumable else "primary"):
            _to(new="1")
        if standing is not None and st.button(f"Look at {frame.plain(standing.name)}"):
            _to()


def _newest() -> Job | None:
    return next((job for job in session.office().desk.jobs(session.visitor()) if job.kind in ARRIVALS), None)


def _base(job: Job) -> DatasetEntry | None:
    """The data set to which the job was to add."""
    if not isinstance(job.order, BringIn) or job.order.onto is None or job.dataset is None:
        return None
    try:
        return session.office().desk.dataset(session.visitor(), job.dataset)
    except NotHere:
        return None


def _resumable(job: Job) -> bool:
    return isinstance(job.order, FetchAddresses) and Path(job.order.source).is_file()


def _go_on_button(job: Job) -> None:
    st.button("Go on", type="primary", on_click=_go_on, args=(job,),
              help="Fetches only what has not come yet, and tries again what failed")


def _go_on(job: Job) -> None:
    """The same list once more."""
    try:
        again = session.submit(job.order)
    except PlaygroundError as error:
        st.session_state["refused"] = error
        st.query_params.from_dict({"new": "1"})
    else:
        st.query_params.from_dict({"job": again.id})


def _to(**query: str) -> NoReturn:
    st.query_params.from_dict(query)
    st.rerun()
