"""The way by which an exported network leaves, and what is known of those that still lie here."""

import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import streamlit as st
from starlette.routing import Route

from core.errors import NotHere
from core.export.certificate import CERTIFICATE, Certificate
from core.jobs.entries import Job
from core.jobs.orders import Export
from core.runs.folder import EXPORTED
from pages.ui import packed, session, share_address
from pages.ui.own_route import own_route

PATH = "exported-networks"
GONE = "There is no such file here any longer. Go back to the page Export, and make the zip once more."


@dataclass(frozen=True, slots=True)
class Parcel:
    """A zip that lies ready: its size, and the proof that is in it."""

    bytes: int
    certificate: Certificate


def address(job: Job) -> str:
    """Relative to any page's, so that it holds below whatever path the playground is served."""
    return f"{PATH}/{job.id}{share_address.behind(job)}"


def route() -> Route:
    return own_route(f"{PATH}/{{job}}", lambda job, request: packed.zip_of(job, "export", EXPORTED, " classifier"),
                     GONE, by_link=_shared)


def of_training(training: Job) -> tuple[Job, ...]:
    """The exports of this training, whatever became of them, the newest first; by the link by which it is looked at.

    None by a link that does not allow it.
    """
    if training.grant is not None and not training.grant.allows_export:
        return ()
    jobs = session.office().desk.jobs(training.owner, dataset=training.dataset, kind="export")
    return tuple(replace(job, grant=training.grant) for job in jobs
                 if isinstance(job.order, Export) and job.order.training == training.id)


def _shared(training: Job, id: str) -> Job:
    """One of the exports of a shared training, where its link allows that. Raises NotHere otherwise."""
    for job in of_training(training):
        if job.id == id:
            return job
    raise NotHere("There is no such file by this link.", remedy="Open the page by its link again.")


def parcel(job: Job) -> Parcel | None:
    """What an export left; None where it was swept away, or came to no good end."""
    file = job.folder / EXPORTED
    try:
        return _read(file, file.stat().st_mtime_ns) if job.state == "finished" else None
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None


# Shared between visitors only by a job's id that nobody guesses, and never changed.
@st.cache_resource(max_entries=64, show_spinner=False)
def _read(file: Path, changed: int) -> Parcel:
    with zipfile.ZipFile(file) as archive:
        return Parcel(file.stat().st_size, Certificate.model_validate_json(archive.read(CERTIFICATE)))
