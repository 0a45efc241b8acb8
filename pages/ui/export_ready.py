"""Zips that lie ready: what was proven of the newest, the button that saves it, and earlier ones."""

from datetime import datetime

import streamlit as st

from core.export.certificate import Certificate, at_most
from core.jobs.entries import Job
from core.jobs.orders import Export
from pages.ui import exported
from pages.ui.dataset_pack import size

KEPT = "It is kept here for a day, and can be made again at any time."


def show(exports: tuple[Job, ...]) -> None:
    """The newest that is there as a block of its own, the others in a line each."""
    ready = [(job, parcel) for job in exports if (parcel := exported.parcel(job)) is not None]
    if not ready:
        return
    (newest, parcel), *earlier = ready
    with st.container(border=True, key="export-ready"):
        st.markdown(certified(parcel.certificate))
        st.link_button(f"Save the zip ({size(parcel.bytes)})", exported.address(newest), type="primary",
                       icon=":material/download:")
        st.caption(f"{_choices(newest)} · made {_when(newest)}. {KEPT}")
    if earlier:
        st.caption("Earlier zips of this training")
    for job, other in earlier:
        with st.container(horizontal=True, vertical_alignment="center", key=f"export-{job.id}"):
            st.markdown(f"{_choices(job)} · made {_when(job)}", width="stretch")
            st.link_button(f"Save ({size(other.bytes)})", exported.address(job), icon=":material/download:")


def certified(certificate: Certificate) -> str:
    """What the certificate says, as Markdown."""
    pictures, same = certificate.pictures, certificate.same_class
    largest = at_most(certificate.largest_difference)
    asked = "Unpacked into an empty folder and asked about the original validation pictures"
    if certificate.weights == "float16":
        told = _what_it_cost(certificate)
        return (f":material/compress: **Half the size.** {asked}, it put **{same:,} of {pictures:,}** into the same "
                f"class; {told}. No probability moved by more than {largest}.")
    ties = "" if same == pictures else " The others are ties between two classes."
    return (f":material/verified: **The same network.** {asked}, it answered **{same:,} of {pictures:,}** alike; no "
            f"probability differs by more than {largest}.{ties}")


def _what_it_cost(certificate: Certificate) -> str:
    if certificate.correct == certificate.correct_of_run:
        return f"{certificate.correct:,} are right, as before"
    return f"{certificate.correct:,} are right, and {certificate.correct_of_run:,} were before"


def _choices(job: Job) -> str:
    assert isinstance(job.order, Export)
    return ("Half-size weights" if job.order.half else "Full weights") + (
        ", with example pictures" if job.order.pictures else ", without pictures")


def _when(job: Job) -> str:
    return f"{datetime.fromtimestamp(job.ended or job.created):%d %b, %H:%M}"
