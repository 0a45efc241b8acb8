"""A wrong answer put right: photos get their right labels, and go with them to the training's data set."""

from collections.abc import Sequence
from contextlib import suppress

import streamlit as st

from core.errors import NotHere, PlaygroundError, UserMistake
from core.jobs.entries import DatasetEntry, Job, drop_upload
from core.jobs.orders import BringIn
from core.jobs.photo_answers import Said
from core.jobs.photos import Photo, Photos
from pages.ui import frame, session
from pages.ui.predict_shown import Answered
from pages.ui.predict_training import Answering
from pages.ui.ways import PAGES
from pages.ui.words import amount, plain, short

REFUSED = "correction refused"       # session_state: why the photos could not be sent
GONE = "The data set of this training is deleted, so there is nothing that this photo could be added to."
POLL_SECONDS = 1.5


def form(answering: Answering, one: Answered) -> None:
    """The right label of a photo, where the answer is wrong, or unsure; the pictures of a shared training are its
    owner's."""
    if answering.job.grant is not None:
        return
    assert isinstance(one.said, Said)
    first, entry = _states(answering)
    with st.popover("Is it something else?" if not one.said.refused else "Do you know it?", icon=":material/label:",
                    key="predict-label"):
        if entry is None:
            st.caption(GONE)
            return
        classes = _classes(entry)
        if classes is None:
            st.caption(GONE)
            return
        label = one.photo.note.label if one.photo.note.dataset == first else None
        st.selectbox("It is", classes, index=classes.index(label) if label in classes else None,
                     placeholder="Choose its right label", key=f"right {one.photo.key} {first}",
                     on_change=_label, args=(one.photo.key, first))
        st.caption(f"Pictures that it gets wrong teach it most. With its right label, the photo can be added to "
                   f"{plain(entry.name)}; the next training learns from it.")


def news(answering: Answering) -> None:
    """What waits to be added, the button that adds it, and what became of what was added before."""
    if answering.job.grant is not None:
        return
    if refused := st.session_state.pop(REFUSED, None):
        frame.told(refused)
    first, entry = _states(answering)        # what was said for other data sets waits for their trainings
    photos = [photo for photo in Photos(session.settings()).all()
              if photo.note.label is not None and photo.note.dataset == first]
    jobs = _jobs(photos)
    for job in jobs.values():
        if not job.over:
            st.fragment(_coming, run_every=POLL_SECONDS)(job.id)
            return
    waiting = [photo for photo in photos if not _arrived(jobs.get(photo.note.sent or ""))]
    for job in jobs.values():
        _came(job)
    if waiting and entry is not None:
        with st.container(border=True, horizontal=True, vertical_alignment="center", key="predict-corrected"):
            st.markdown(f":material/label: {_listed(waiting)}", width="stretch")
            st.button(f"Add {'it' if len(waiting) == 1 else 'them'} to {plain(short(entry.name))}", type="primary",
                      icon=":material/add_photo_alternate:", key="predict-send", on_click=_send,
                      args=(entry, waiting))


def _listed(photos: Sequence[Photo]) -> str:
    labels = [photo.note.label or "" for photo in photos]
    words = ", ".join(f"**{plain(short(label, 20))}** {labels.count(label)}" for label in sorted(set(labels))[:4])
    more = " …" if len(set(labels)) > 4 else ""
    theirs = "its right label" if len(photos) == 1 else "their right labels"
    return f"You gave {amount(len(photos), 'photo')} {theirs}: {words}{more}"


def _label(key: str, dataset: str) -> None:
    try:
        Photos(session.settings()).label(key, st.session_state.get(f"right {key} {dataset}"), dataset)
    except PlaygroundError as error:
        st.session_state[REFUSED] = error


def _send(entry: DatasetEntry, corrected: Sequence[Photo]) -> None:
    photos = Photos(session.settings())
    try:
        if strange := sorted({photo.note.label or "" for photo in corrected} - set(_classes(entry) or ())):
            raise UserMistake(f"There is no class '{strange[0]}' in {entry.name} any more.",
                              remedy="Open the photo, and give it another label.")
        order = photos.order(corrected, f"{amount(len(corrected), 'photo')} with the right label")
        try:
            job = session.submit(order.model_copy(update={"onto": entry.folder}), entry.id)
        except PlaygroundError:
            drop_upload(order)
            raise
        photos.note_sent(corrected, job.id)
    except PlaygroundError as error:
        st.session_state[REFUSED] = error


def _jobs(photos: Sequence[Photo]) -> dict[str, Job]:
    """The jobs to which these photos were handed, by their ids."""
    found = {}
    for id in dict.fromkeys(photo.note.sent for photo in photos if photo.note.sent is not None):
        with suppress(NotHere):      # deleted with all that was the visitor's
            found[id] = session.office().desk.job(session.visitor(), id)
    return found


def _arrived(job: Job | None) -> bool:
    return job is not None and job.state == "finished"


def _coming(id: str) -> None:
    try:
        over = session.office().desk.job(session.visitor(), id).over
    except NotHere:
        over = True
    if over:
        st.rerun()
    st.caption(":material/hourglass_empty: Your photos are being added.")


def _came(job: Job) -> None:
    """Where the photos went, or why they did not."""
    if job.state in ("failed", "killed"):
        frame.told(PlaygroundError(f"The photos could not be added. {job.problem}",
                                   remedy=f"{job.remedy} They are still here."))
    elif job.state == "cancelled":
        st.info("Stopped. The photos are still here.")
    elif job.dataset is not None:
        with suppress(NotHere), st.container(horizontal=True, vertical_alignment="center", key=f"came-{job.id}"):
            entry = session.office().desk.dataset(session.visitor(), job.dataset)
            st.markdown(f":green[:material/check_circle:] Added to **{plain(entry.name)}**, as a new state of it. The "
                        "one from before stays, with this training.", width="content")
            st.page_link(PAGES["data"][0], label="Look at it", icon=PAGES["data"][2])
            st.page_link(PAGES["train"][0], label="Train again", icon=PAGES["train"][2])


def _states(answering: Answering) -> tuple[str, DatasetEntry | None]:
    """Of the training's data set, with pictures that were added before and since: the id of its first state, and its
    newest state; None where that is deleted."""
    desk, visitor = session.office().desk, session.visitor()
    entries = {entry.id: entry for entry in desk.datasets(visitor)}
    id_of = {entry.folder: entry.id for entry in entries.values()}
    grown = [(job.order.onto, job.dataset or "") for job in desk.jobs(visitor, kind="bring-in")      # the newest first
             if isinstance(job.order, BringIn) and job.order.onto is not None and _arrived(job)]
    first = answering.job.dataset or ""
    for onto, grew in grown:
        if grew == first:
            first = id_of.get(onto, first)
    newest = entries.get(answering.job.dataset or "")
    for onto, grew in reversed(grown):                               # each may build on one before
        if newest is not None and onto == newest.folder:
            newest = entries.get(grew, newest)
    return first, newest


def _classes(entry: DatasetEntry) -> list[str] | None:
    """As they are named now; None where the data set cannot be read."""
    try:
        return list(session.opened(entry).dataset.classes)
    except (PlaygroundError, OSError):
        return None
