"""A job as it goes on: its story from the run folder, a place on the page that follows it, and how it ended."""

from collections.abc import Callable

import streamlit as st

from core.errors import NotHere, PlaygroundError
from core.events import Failed, Progress
from core.jobs.entries import Job
from core.jobs.orders import Kind, Train
from core.runs.planned import Planned
from core.runs.story import STARTING, Story
from pages.ui import session
from pages.ui.mishaps import told
from pages.ui.words import plain

SECONDS_BETWEEN_LOOKS = 0.7
QUEUED_SECONDS = 2.0
STORIES = "stories followed"       # session_state: what was folded already; a reload folds it anew
MOST_STORIES = 8


def newest(dataset: str, kind: Kind) -> Job | None:
    """The visitor's last job of this kind for a data set, whatever became of it."""
    jobs = session.office().desk.jobs(session.visitor(), dataset=dataset, kind=kind)
    return jobs[0] if jobs else None


def follow(job: Job) -> Story:
    """What the job's run has told so far; only what is new since the last look is read."""
    stories: dict[str, tuple[Story, int, float | None]] = st.session_state.setdefault(STORIES, {})
    unread = Story(planned=_planned(job)), 0, job.started
    story, offset, started = stories.pop(job.id, unread)
    if started != job.started or (offset and not _reaches(job, offset)):       # begun anew
        story, offset, started = unread
    events, offset = job.run.read_events_from(offset)
    story = story.told(events)
    stories[job.id] = story, offset, started
    while len(stories) > MOST_STORIES:
        del stories[next(iter(stories))]
    return story


def story_of(job: Job) -> Story:
    """The same; nothing, where a line of it is damaged, or of another version of the playground."""
    try:
        return follow(job)
    except PlaygroundError:
        return Story()


def watch(job: Job, draw: Callable[[Job, Story], None]) -> None:
    """Draw the job and its story, again and again until it is over; then the whole page runs once more.

    What is over is drawn as a part of the page: a click in it is for the whole page. A story that cannot be read is
    told of in its place.
    """
    # Where thirty wait and one trains, it is those who wait that keep the server busy.
    @st.fragment(run_every=QUEUED_SECONDS if session.office().desk.ahead_of(job) else SECONDS_BETWEEN_LOOKS)
    def look() -> None:
        try:
            now = session.office().desk.job(job.owner, job.id)
        except NotHere:                            # deleted in another tab
            st.rerun()
        if now.over or now.state != job.state:
            st.rerun()
        _drawn(now, draw)

    if job.over:
        _drawn(job, draw)
    else:
        look()


def _drawn(job: Job, draw: Callable[[Job, Story], None]) -> None:
    try:
        story = follow(job)
    except PlaygroundError as error:
        told(error)
    else:
        draw(job, story)


def quiet_line(id: str, what: str, seconds: float) -> None:
    """How far a job is that nobody waits for, looked at every so many seconds until it is over."""
    st.fragment(_quiet, run_every=seconds)(id, what)


def _quiet(id: str, what: str) -> None:
    try:
        job = session.office().desk.job(session.visitor(), id)
    except NotHere:         # its data set was deleted in another tab
        st.rerun()
    if job.over:
        st.rerun()
    moved = [event for event in job.run.read_events() if isinstance(event, Progress)]
    how_far = f"{moved[-1].done:,} of {moved[-1].total:,} {moved[-1].unit}" if moved else "waiting for its turn"
    st.caption(f":material/hourglass_empty: {what}: {how_far}")


def doing(job: Job, story: Story) -> str:
    """In words: the place in the queue, or what the worker does."""
    if job.state == "queued":
        ahead = session.office().desk.ahead_of(job)
        return f"waiting for its turn: {ahead} before you" if ahead else "waiting for its turn: you are next"
    if job.stop_asked is not None:
        return "stopping"
    if story.doing == STARTING:
        return "starting: the libraries take a few seconds to load"
    return story.doing


def stop_button(job: Job, label: str, help_text: str) -> None:
    """Asks the job to stop; it says so until the worker has heard."""
    st.button(label, key=f"stop {job.id}", icon=":material/stop_circle:", help=help_text, on_click=_stop,
              args=(job.id,), disabled=job.stop_asked is not None)


def told_end(job: Job, story: Story) -> None:
    """Why a job that did not finish has ended, in words. What it leaves behind is for the page to say."""
    match job.state:
        case "failed":
            end = story.end
            known = end if isinstance(end, Failed) else Failed(
                job.problem or "It ended with an error.", job.remedy or "Start it again.")
            told(PlaygroundError(known.problem, remedy=known.remedy))
        case "killed":
            told(PlaygroundError(
                job.problem or "It was cut off: its process was ended from outside, or the machine was switched off.",
                remedy=job.remedy or "Start it again."))
        case "cancelled":
            st.markdown(f":material/stop_circle: **Stopped.** {plain(job.why_stopped)}")


def time_in_words(seconds: float) -> str:
    """A duration as a person would say it: "41 s", "2 min", "2 min 20 s", "25 min", "1 h 40 min"."""
    whole = max(1, round(seconds))
    if whole < 75:
        return f"{whole} s"
    if whole < 600:
        minutes, rest = divmod(round(whole, -1), 60)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    if whole < 5400:
        return f"{round(whole / 60)} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _stop(id: str) -> None:
    session.office().cancel(session.visitor(), id)


def _planned(job: Job) -> tuple[Planned, ...]:
    order = job.order
    return tuple(Planned(stage.trains, stage.epochs, stage.cached, stage.size)
                 for stage in order.recipe.stages) if isinstance(order, Train) else ()


def _reaches(job: Job, offset: int) -> bool:
    return job.run.events.is_file() and job.run.events.stat().st_size >= offset
