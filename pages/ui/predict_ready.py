"""Having a training's network ready to answer: the job that does it once, and what stands in its place meanwhile."""

from pathlib import Path

import streamlit as st

from core.errors import NotHere, PlaygroundError
from core.jobs.entries import Job
from core.jobs.orders import MakeReady, Train
from core.runs import served
from core.runs.story import Story
from pages.ui import frame, live, session, shared_predict, sharing

ONCE = ("The network is being brought into a light form that answers within a moment. This happens once for each "
        "training.")


def require(training: Job) -> Path:
    """The folder of the network that answers. While there is none the page ends here, and goes on by itself."""
    if folder := served.standing(training.run):
        return folder
    if training.grant is not None:
        shared_predict.wait(training)
    job = session.newest_of(training, "make-ready")
    if job is None or (job.state == "finished" and (job.ended or 0) < _written(training)):
        job = _asked(training)
    if not job.over:
        with st.container(border=True):
            live.watch(job, _progress)
    else:
        if job.state == "finished":
            st.warning("The network that was ready to answer is gone.")
        else:
            live.told_end(job, live.story_of(job))
        if st.button("Make it ready", icon=":material/refresh:", type="primary", key="make-ready"):
            _asked(training)
            st.rerun()
    st.stop()
    raise AssertionError("st.stop does not return")


def ahead(training: Job) -> None:
    """Have it made ready before anybody asks. Raises LimitReached, NotHere."""
    job = session.newest_of(training, "make-ready")
    if served.standing(training.run) is None and (job is None or job.over):
        _submit(training)


def warm(network: Path, training: Job) -> None:
    """Have it in memory before the first photo comes. The page ends here where it cannot be used."""
    try:
        session.office().photo_answers.warm(network)
    except PlaygroundError as error:
        damaged(error, training)


def damaged(error: PlaygroundError, training: Job) -> None:
    """Why the network does not answer, and the button that makes it anew."""
    sharing.told_of(training, error)
    if training.grant is not None:
        return
    st.button("Make it ready again", icon=":material/refresh:", key="make-ready-again", on_click=_anew,
              args=(training,))


def _written(training: Job) -> float:
    """When the training's weights were written, in seconds since 1970: later ones are worth another job."""
    return training.run.weights.stat().st_mtime if training.run.weights.is_file() else 0.0


def _asked(training: Job) -> Job:
    """Without a click: nobody comes here for anything else. The page ends here where it is refused."""
    try:
        return _submit(training)
    except PlaygroundError as error:
        frame.told(error)
        st.button("Try again", key="make-ready-retry")
        st.stop()


def _submit(training: Job) -> Job:
    assert isinstance(training.order, Train)
    return session.submit(MakeReady(dataset=training.order.dataset, training=training.id), _dataset(training))


def _dataset(training: Job) -> str | None:
    """The data set whose strip shows it, while it stands."""
    try:
        return session.office().desk.dataset(training.owner, training.dataset).id if training.dataset else None
    except NotHere:
        return None


def _anew(training: Job) -> None:
    served.drop(training.run)


def _progress(job: Job, story: Story) -> None:
    st.progress(story.fraction_in_hand, text=f"Making the network ready: {live.doing(job, story)}")
    st.caption(f"{ONCE} Photos that you drop meanwhile wait for it.")
    live.stop_button(job, "Stop", "It stops within seconds, and nothing else changes.")
