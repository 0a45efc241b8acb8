"""Showing photos: dropped, chosen, pasted or taken with the camera; each is on disk before anything looks at it."""

import functools
from collections.abc import Callable
from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.errors import BadSource, PlaygroundError
from core.jobs.photos import MOST_PHOTO_BYTES, Photos
from pages.ui import frame, session, upload_gate
from pages.ui.upload_memory import free

SCRIPT = Path(__file__).parent / "snippets" / "paste.js"
DROPS = "photo drops"            # session_state: another number is another uploader, empty again
REFUSED = "photos refused"       # session_state: why some were not kept
OPEN = "photo"                   # in the address: the key of the photo that is looked at
STYLE = "<style>[class*='st-key-paste-'] {position: absolute; height: 0}</style>"


def ways_in(count: int) -> None:
    """The place to drop photos, the camera, and the button that takes all away. `count`: photos that are there."""
    if refused := st.session_state.pop(REFUSED, None):
        frame.told(refused)
    number = st.session_state.get(DROPS, 0)
    key = f"photos-{number}"
    st.file_uploader("Drop photos here, choose them, or paste one with Ctrl+V (⌘V on a Mac)", key=key,
                     accept_multiple_files=True, on_change=_took, args=(key,),
                     max_upload_size=MOST_PHOTO_BYTES // 1_000_000)
    st.html(STYLE)
    _component()(key=f"paste-{key}", data={"uploader": key})
    with st.container(horizontal=True, vertical_alignment="center"):
        camera = st.toggle("Use the camera", key="predict-camera")
        st.caption("Photos that you show here are deleted a day later, or at once when you say so.", width="stretch")
        if count:
            st.button("Remove all photos" if count > 1 else "Remove the photo", type="tertiary", key="drop-photos",
                      icon=":material/delete:", on_click=_remove_all)
    if camera:
        st.camera_input("Your browser asks you first whether it may", key=f"shot-{key}", on_change=_took,
                        args=(f"shot-{key}",), width=480)


def _took(key: str) -> None:
    """Keep them at once, and free their memory; a callback finds the state's own objects (see `upload._took`)."""
    value = st.session_state.get(key)
    arrived = value if isinstance(value, list) else [value] if value else []
    uploaded = [each for each in arrived if isinstance(each, UploadedFile)]
    if not arrived or key not in (f"photos-{_number()}", f"shot-photos-{_number()}"):
        return           # taken back, or taken already: a run that is broken off has its callbacks called again
    try:
        if uploaded:
            Photos(session.settings()).add([(_named(each, key), each.getvalue()) for each in uploaded])
            st.query_params.pop(OPEN, None)
        context = get_script_run_ctx()
        refusal = upload_gate.refusal(context.session_id) if context is not None else None
        if refusal is not None or len(uploaded) < len(arrived):
            raise refusal or BadSource("A part of the photos was let go of, since nobody came for it.",
                                       remedy="Drop those that are missing again.")
    except PlaygroundError as error:
        st.session_state[REFUSED] = error
    finally:
        free(uploaded)
        st.session_state[DROPS] = _number() + 1


def _named(each: UploadedFile, key: str) -> str:
    return "camera.jpg" if key.startswith("shot-") else each.name


def _number() -> int:
    number: int = st.session_state.get(DROPS, 0)
    return number


def _remove_all() -> None:
    Photos(session.settings()).drop_all()
    st.query_params.pop(OPEN, None)


@functools.cache
def _component() -> Callable[..., object]:
    return st.components.v2.component("paste_photos", js=SCRIPT.read_text(encoding="utf-8"))
