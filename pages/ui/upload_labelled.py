"""Bringing in a zip of pictures with a list of their classes: both are sent, looked at, and said yes to."""

from collections.abc import Callable, Sequence

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.data.labels_file import MOST_LIST_BYTES
from core.errors import BadSource, PlaygroundError
from core.jobs.orders import BringIn
from core.jobs.pair import Half, Pair, Sent
from pages.ui import frame, labels_view, session
from pages.ui.upload_drafts import being_read
from pages.ui.words import plain

LIST = """\
labels.csv
─────────────────
file,label
one.jpg,ants
two.jpg,ants
three.jpg,bees
four.jpg,bees"""
PARTED_LIST = """\
labels.csv
─────────────────────
file,label,split
one.jpg,ants,train
two.jpg,ants,valid
three.jpg,bees,train
four.jpg,bees,valid"""
WORDS: dict[Half, tuple[str, str]] = {
    "zip": ("The pictures: a zip, with or without folders in it", ":material/folder_zip:"),
    "list": ("The list: a table of file names and classes, as CSV, TSV or text", ":material/table:")}
TYPES: dict[Half, list[str]] = {"zip": ["zip"], "list": ["csv", "tsv", "txt"]}
MOST_MEGABYTES: dict[Half, int | None] = {"zip": None, "list": MOST_LIST_BYTES // 1_000_000}    # None: the server's
SENT = "halves sent"         # session_state: another number is another uploader, so it is empty again

HandIn = Callable[[BringIn], str | None]
Free = Callable[[Sequence[UploadedFile]], None]


def way(hand_in: HandIn, free: Free) -> None:
    """Two uploaders, what the list was understood to say, and the button that brings both in."""
    pair = Pair(session.settings())
    if being_read(pair):
        st.info("The zip and the list that you sent are being brought in.", icon=":material/hourglass_empty:")
        return
    with st.container(horizontal=True, gap="large"):
        with st.container(width=560):
            pictures, labels = _half(pair, "zip", free), _half(pair, "list", free)
        with st.container(width="stretch"):
            _how_lists_look()
    lacking = _lacking(pictures, labels)
    if labels is not None:
        lacking = _understood(labels) or lacking
    if pictures is None and labels is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Bring them in", type="primary", key="bring-in-pair", disabled=bool(lacking),
                  on_click=_bring_in, args=(pair, hand_in))
        st.caption(lacking or "Then each picture is looked up in the list. You will see which are left out, and why.")


def begun() -> float:
    """When something was last sent, in seconds since 1970; 0 where nothing waits."""
    pair = Pair(session.settings())
    return pair.changed if being_read(pair) or pair.sent("zip") or pair.sent("list") else 0.0


def _half(pair: Pair, half: Half, free: Free) -> Sent | None:
    """The uploader, or what was sent with it."""
    label, icon = WORDS[half]
    sent = pair.sent(half)
    if sent is None:
        key = _key(half)
        st.file_uploader(label, type=TYPES[half], key=key, max_upload_size=MOST_MEGABYTES[half], on_change=_took,
                         args=(pair, half, key, free))
        return None
    with st.container(border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"{icon} **{plain(sent.name)}** :gray[{_size(sent.size_bytes)}]", width="content")
        st.button("Choose another", type="tertiary", key=f"drop-{half}", on_click=pair.drop, args=(half,))
    return sent


def _how_lists_look() -> None:
    st.caption("How the list looks. Its first line names the columns. A picture's name may lack its folder and its "
               "ending (.jpg).")
    st.code(LIST, language=None)
    with st.expander("Is it divided into train, valid and test already?"):
        st.code(PARTED_LIST, language=None)
        st.caption("A third column says so, and your division is kept. Without it, some pictures of each class are set "
                   "aside.")


def _lacking(pictures: Sent | None, labels: Sent | None) -> str:
    if pictures is None:
        return "Now the zip with the pictures."
    return "Now the list of their classes." if labels is None else ""


def _understood(labels: Sent) -> str:
    """Show what the list says; what hinders bringing it in, in words, or ""."""
    try:
        said = labels_view.said(labels.file, labels.name, labels.sent)
    except PlaygroundError as error:     # it was swept away at this moment, or is of another version
        frame.told(error)
        return "Choose another list."
    labels_view.show(said)
    return said.hindrance


def _took(pair: Pair, half: Half, key: str, free: Free) -> None:
    """Write what was uploaded to disk and free its memory; a callback, as `upload.py` tells."""
    if key != _key(half):
        return       # taken already: a run that is broken off by the next one has its callbacks called again
    upload = st.session_state.get(key)
    if upload is None:
        return                               # taken back by the person
    try:
        if not isinstance(upload, UploadedFile):
            raise BadSource("The upload was let go of, since nobody came for it.", remedy="Choose it again.")
        pair.keep(half, upload.name, upload.getvalue())
    except PlaygroundError as error:
        st.session_state["refused"] = error
    finally:
        free([upload] if isinstance(upload, UploadedFile) else [])
        st.session_state[SENT] = st.session_state.get(SENT, 0) + 1


def _bring_in(pair: Pair, hand_in: HandIn) -> None:
    if being_read(pair):
        return       # brought in from another tab, or by a callback that is called again
    try:
        order = pair.order()
    except PlaygroundError as error:
        st.session_state["refused"] = error
        return
    job = hand_in(order)
    if job is not None:
        pair.hand_to(job)


def _key(half: Half) -> str:
    return f"upload-labelled-{half}-{st.session_state.get(SENT, 0)}"


def _size(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:,.1f} MB" if size_bytes >= 100_000 else f"{max(1, round(size_bytes / 1e3)):,} KB"
