"""A dialog that packs a data set: a zip of labelled folders, with its edits, to take home."""

import streamlit as st

from core.data.layout import CLASS_LIST
from core.data.packing import renamed
from core.errors import NotHere, PlaygroundError
from core.events import Packed, Progress
from core.jobs.entries import Job
from core.jobs.orders import Pack
from core.runs.folder import PACKED
from pages.ui import frame, packed, session
from pages.ui.dataset_view import PARTS
from pages.ui.dataset_words import named
from pages.ui.session import Chosen
from pages.ui.words import amount, plain

POLL_SECONDS = 0.7
REFUSED = "pack refused"         # session_state: why the last click began nothing; until the next


def button(chosen: Chosen) -> None:
    """The way to the dialog."""
    if st.button("Download", icon=":material/download:", key="pack", help="These pictures as a zip of folders."):
        dialog(chosen.entry.id)


@st.dialog("Download these pictures")
def dialog(id: str) -> None:
    chosen = session.opened_in_dialog(id)
    size_bytes = sum(sample.size_bytes for sample in chosen.dataset.samples)
    edited = chosen.dataset.fingerprint != chosen.stored.catalogue.fingerprint
    parts = [part for part in PARTS if any((sample.part or "train") == part for sample in chosen.dataset.samples)]
    folders = (f"the folders {' and '.join(parts)}, and in each one folder for each class" if len(parts) > 1 else
               "one folder for each class")
    st.markdown(f"A zip of {plain(chosen.entry.name)} with {folders}: "
                f"**{amount(len(chosen.dataset.samples), 'picture')}**, {size(size_bytes)}"
                + (", with all that you changed here." if edited else ".")
                + " The pictures are the files that came in, and the zip can be brought in again, here or elsewhere.")
    if odd := renamed(chosen.dataset.classes):
        st.caption(f"No folder can be called {named(odd)} everywhere. A list in the zip, {CLASS_LIST}, keeps the "
                   "names; leave it where it is.")
    _state(chosen)


def size(size_bytes: int) -> str:
    """"48.3 MB", "2.1 kB"."""
    return f"{size_bytes / 1e6:,.1f} MB" if size_bytes >= 1e6 else f"{size_bytes / 1e3:,.1f} kB"


def newest(chosen: Chosen) -> Job | None:
    """The last packing of the data set as it stands now."""
    jobs = session.office().desk.jobs(session.visitor(), dataset=chosen.entry.id, kind="pack")
    return next((job for job in jobs if isinstance(job.order, Pack)
                 and job.order.fingerprint == chosen.dataset.fingerprint), None)


# Looked at again and again while the dialog is open: to run the page anew would close it.
@st.fragment(run_every=POLL_SECONDS)
def _state(chosen: Chosen) -> None:
    try:
        job = newest(chosen)
    except NotHere:         # deleted in another tab
        st.rerun()
    if job is not None and not job.over:
        _under_way(job)
        return
    if job is not None and job.state == "finished" and (job.folder / PACKED).is_file():
        _there(job)
        return
    refused = st.session_state.get(REFUSED)
    if refused is None and job is not None and job.state in ("failed", "killed"):
        refused = PlaygroundError(job.problem or "The zip could not be made.", remedy=job.remedy or "Try it once more.")
    if refused is not None:
        frame.told(refused)
    st.button("Make the zip", type="primary", icon=":material/folder_zip:", key="make-zip", on_click=_submit,
              args=(chosen,))


def _there(job: Job) -> None:
    done = next(event for event in job.run.read_events() if isinstance(event, Packed))
    st.link_button(f"Save the zip ({size(done.bytes)})", packed.address(job), type="primary",
                   icon=":material/download:")
    st.caption("It is kept here for a day, and can be made again at any time.")


def _under_way(job: Job) -> None:
    moved = next((event for event in reversed(list(job.run.read_events())) if isinstance(event, Progress)), None)
    st.progress(moved.done / max(1, moved.total) if moved else 0.0,
                text=f"{moved.work.capitalize()}: {moved.done:,} of {moved.total:,} {moved.unit}" if moved else
                "Starting" if job.state == "running" else "Waiting for its turn")
    stopping = job.stop_asked is not None
    st.button("Stopping" if stopping else "Stop", key="stop-pack", disabled=stopping,
              on_click=session.office().cancel, args=(session.visitor(), job.id))


def _submit(chosen: Chosen) -> None:
    st.session_state.pop(REFUSED, None)
    try:
        session.submit(Pack(dataset=chosen.entry.folder, fingerprint=chosen.dataset.fingerprint),
                       dataset=chosen.entry.id)
    except PlaygroundError as error:
        st.session_state[REFUSED] = error
