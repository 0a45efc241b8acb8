"""Bringing pictures in: a zip, a folder, a list, web addresses, the camera ... What arrives becomes a job."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Literal

import streamlit as st
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.data import builtin
from core.data.layout import PICTURE_SUFFIXES
from core.errors import BadSource, PlaygroundError
from core.jobs import uploads
from core.jobs.entries import LOCAL, DatasetEntry, drop_upload
from core.jobs.orders import BringIn
from pages.ui import (
    frame,
    session,
    upload_addresses,
    upload_camera,
    upload_gate,
    upload_labelled,
    upload_onto,
    upload_ready,
)
from pages.ui.upload_memory import free
from pages.ui.words import amount

Way = Literal["zip", "folder", "class"]
GATE_SECONDS = 2.0
BEGUN: dict[str, Callable[[], float]] = {"A zip and a list": upload_labelled.begun, "Camera": upload_camera.begun,
                                         "Web addresses": upload_addresses.begun}
TREE = """\
my-pictures.zip
├── ants              a folder for
│   ├── one.jpg       each class
│   └── two.jpg
└── bees
    ├── three.jpg
    └── four.jpg"""
PARTED_TREE = """\
my-pictures.zip
├── train             pictures to learn from
│   ├── ants
│   └── bees
├── valid             to check with (may be left out)
└── test              for the very end (may be left out)"""


def bring_in() -> None:
    """The ways in, each of which ends in a job, whose id then stands in the address."""
    refused = st.session_state.pop("refused", None)
    standing = session.office().desk.chosen(session.visitor())
    with st.container():         # always there: what stands below keeps its place, and with it the tab that is open
        if refused is not None:
            frame.told(refused)
        if standing is not None and st.button(f"Back to {frame.plain(standing.name)}", type="tertiary",
                                              icon=":material/arrow_back:"):
            st.query_params.clear()
            st.rerun()
        _waiting()
    by_path = session.settings().local_root is not None and session.visitor() == LOCAL
    base = upload_onto.base()
    if base is not None:
        upload_onto.banner(base)
    camera = partial(upload_camera.way, handed_in, free, base)
    ways: dict[str, Callable[[], None]] = {"A zip": _zip, "A folder": _folder}
    if base is None:
        ways |= {"A zip and a list": partial(upload_labelled.way, handed_in, free), "Camera": camera,
                 "Web addresses": upload_addresses.addresses, "Built-in pictures": _builtin}
    else:
        ways = {"Pictures of one class": partial(_of_class, base)} | ways | {"Camera": camera}
    if by_path:
        ways["A path on this machine"] = _path
    for tab, way in zip(st.tabs(list(ways), default=_last_begun(ways)), ways.values(), strict=True):
        with tab:
            way()


def _last_begun(ways: Iterable[str]) -> str | None:
    """The way in where something waits to be gone on with, the newest, so that a reload shows where one was."""
    began = {way: BEGUN[way]() for way in ways if way in BEGUN}
    newest = max(began, key=began.__getitem__, default=None)
    return newest if newest is not None and began[newest] else None


def _zip() -> None:
    with st.container(horizontal=True, gap="large"):
        with st.container(width=560):
            st.file_uploader("Drop a zip here, or choose one: one folder of pictures for each class", type="zip",
                             key=_key("zip"), on_change=_took, args=("zip", _key("zip")))
        with st.container(width="stretch"):
            st.caption("How the folders look. The folders' names become the names of the classes.")
            st.code(TREE, language=None)
            with st.expander("Is it divided into train, valid and test already?"):
                st.code(PARTED_TREE, language=None)
                st.caption("Then your division is kept. Without it, some pictures of each class are set aside.")


def _folder() -> None:
    with st.container(width=720):
        st.file_uploader(f"Choose a folder, in it one folder of pictures for each class, up to "
                         f"{uploads.MOST_FOLDER_FILES} files", accept_multiple_files="directory",
                         key=_key("folder"), on_change=_took, args=("folder", _key("folder")))
        st.caption("Press the button and choose the folder: one that is dragged here loses its class folders. "
                   "For more pictures pack the folder as a zip. Afterwards, look whether all of them arrived.")


def _of_class(base: DatasetEntry) -> None:
    with st.container(width=720):
        label = upload_onto.class_choice(base)
        st.file_uploader(f"Drop its pictures here, or choose them: up to {uploads.MOST_FOLDER_FILES} files",
                         accept_multiple_files=True, type=sorted(suffix[1:] for suffix in PICTURE_SUFFIXES),
                         disabled=label is None, key=_key("class"), on_change=_took, args=("class", _key("class")))
        st.caption("Afterwards, look whether all of them arrived. For pictures of several classes at once, bring in a "
                   "zip or a folder: folders named like a class of yours join it, others become new classes.")


def _builtin() -> None:
    for known, place in zip(builtin.SETS, st.columns(len(builtin.SETS)), strict=True):
        with place.container(border=True, height="stretch"):
            st.markdown(f"**{known.title}**")
            st.markdown(known.sentence)
            st.button(f"Take the {known.name}", key=f"builtin-{known.name}", on_click=_hand_in,
                      args=(BringIn(source=known.name, builtin=True, name=known.name),))
    upload_ready.sets(_hand_in)


def _path() -> None:
    with st.form("path", border=False, width=720):
        st.text_input(f"A folder or zip below {frame.plain(str(session.settings().local_root))}", key="typed-path",
                      placeholder="flowers/photos.zip")
        st.form_submit_button("Bring in", type="primary", on_click=_took_path)


def _took(way: Way, key: str) -> None:
    """Write what was uploaded to disk, free its memory and hand it in; the uploader is empty again afterwards.

    A callback, because it finds the state's own object: what the widget returns to the page is a deep copy,
    which takes an upload's memory twice (measured: 490 MB more for a zip of 490 MB).
    """
    if key != _key(way):
        return       # taken already: a run that is broken off by the next one has its callbacks called again
    value = st.session_state[key]
    arrived = value if isinstance(value, list) else [value] if value else []
    uploaded = [each for each in arrived if isinstance(each, UploadedFile)]
    refusal = _refusal()
    if not arrived:
        return                               # taken back by the person
    settings = session.settings()
    try:
        if way != "zip" and refusal is not None:
            what = "folder has" if way == "folder" else "pictures have"
            raise BadSource(f"Only a part of the {what} arrived. {refusal.problem}",
                            remedy=f"{refusal.remedy} Then choose the {what.split()[0]} again.")
        if len(uploaded) < len(arrived):
            raise BadSource("The upload was let go of, since nobody came for it.", remedy="Choose it again.")
        first, label = uploaded[0], None
        name = uploads.display_name(first.name.split("/")[0])
        if way == "zip":
            file = uploads.keep_zip(first.name, first.getvalue(), settings)
        elif way == "class":
            label = upload_onto.required_label(len(uploaded))
            name = f"{amount(len(uploaded), 'picture')} of {label}"
            file = uploads.keep_pictures([(each.name, each.getvalue()) for each in uploaded], settings)
        else:
            file = uploads.keep_folder([(each.name, each.getvalue()) for each in uploaded], settings)
    except PlaygroundError as error:
        st.session_state["refused"] = error
    else:
        _hand_in(BringIn(source=str(file), name=name, disposable=True, label=label))
    finally:
        free(uploaded)
        st.session_state["uploads"] = st.session_state.get("uploads", 0) + 1


def _refusal() -> PlaygroundError | None:
    """Why the gate did not take a file of what was just sent: the browser hands over the others without a word."""
    context = get_script_run_ctx()
    return upload_gate.refusal(context.session_id) if context is not None else None


def _took_path() -> None:
    try:
        path = uploads.allowed_path(st.session_state["typed-path"], session.settings())
    except PlaygroundError as error:
        st.session_state["refused"] = error
    else:
        _hand_in(BringIn(source=str(path), name=uploads.display_name(path.name)))


def _hand_in(order: BringIn) -> None:
    handed_in(order)


def handed_in(order: BringIn) -> str | None:
    """Into the queue: the job's id; None for a refusal, which is told of above the ways in."""
    try:
        job = session.submit(*upload_onto.directed(order))
    except PlaygroundError as error:
        drop_upload(order)
        st.session_state["refused"] = error
        return None
    st.query_params.from_dict({"job": job.id})
    return job.id


def _key(way: Way) -> str:
    """Another key is another uploader: so it is emptied."""
    return f"upload-{way}-{st.session_state.get('uploads', 0)}"


@st.fragment(run_every=GATE_SECONDS)
def _waiting() -> None:
    context = get_script_run_ctx()
    if context is not None and upload_gate.waiting(context.session_id):
        st.info("Another upload is going through. Yours begins as soon as it is done.",
                icon=":material/hourglass_empty:")
