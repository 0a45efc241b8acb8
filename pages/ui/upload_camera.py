"""Taking the pictures of each class with a camera, one after another."""

from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.data import classes
from core.errors import PlaygroundError, UserMistake
from core.jobs.entries import DatasetEntry
from core.jobs.orders import BringIn
from core.jobs.shots import Shots
from core.jobs.uploads import display_name
from pages.ui import frame, session
from pages.ui.upload_drafts import being_read
from pages.ui.words import amount, plain

LEAST, GOOD = 2, 20          # pictures a class
SHOWN = 12                   # of a class, the newest
CLASS = "shot-class"         # the widget's key
REFUSED = "shot refused"     # session_state: why the last shot was not kept
TAKEN = "shots taken"        # session_state: another number is another camera, ready for the next shot
STYLE = """<style>
[class*="st-key-shots-"] img {aspect-ratio: 1; object-fit: cover; border-radius: 4px}
[class*="st-key-shots-"] [data-testid="stElementToolbar"] {display: none}
</style>"""

HandIn = Callable[[BringIn], str | None]
Free = Callable[[Sequence[UploadedFile]], None]


@st.fragment
def way(hand_in: HandIn, free: Free, base: DatasetEntry | None) -> None:
    """The camera, what it took, and the button that brings it in. `base`: the data set that is added to."""
    shots = Shots(session.settings())
    if being_read(shots):
        st.info("The pictures that you took are being brought in.", icon=":material/hourglass_empty:")
        return
    st.html(STYLE)
    taken = shots.classes()
    camera, shelf = st.columns(2, gap="large")
    with camera:
        label = _class_choice(taken, base)
        if refused := st.session_state.pop(REFUSED, None):
            frame.told(refused)
        if label is None:
            st.caption("Type what you will show the camera, such as “cup”, and it starts. Your browser asks you first "
                       "whether it may. Then go on with the next class.")
        else:
            key = f"shot-{st.session_state.get(TAKEN, 0)}"
            st.camera_input(f"Pictures of {plain(label)}: turn it, come closer, change the background", key=key,
                            on_change=_took, args=(key, label, free))
    with shelf:
        for each, pictures in taken.items():
            _of_class(each, pictures)
        if not taken:
            st.caption("What you take stands here, and is kept, also over a reload.")
    _use(shots, taken, base, hand_in)


def begun() -> float:
    """When a picture was last taken, in seconds since 1970; 0 where none waits."""
    shots = Shots(session.settings())
    return shots.changed if being_read(shots) or shots.classes() else 0.0


def _class_choice(taken: dict[str, tuple[Path, ...]], base: DatasetEntry | None) -> str | None:
    """What is shown to the camera; None until something is named that a class can be called."""
    names = list(taken)
    if base is not None:
        try:
            names += [label for label in session.opened(base).dataset.classes if label not in taken]
        except PlaygroundError as error:
            frame.told(error)
            return None
    typed = st.selectbox("What do you show the camera?", names, index=None, key=CLASS, accept_new_options=True,
                         placeholder="Type a class, or choose one that you began")
    if typed is None or not classes.tidy(typed):
        return None
    try:
        return classes.alike(names, typed) or Shots.checked(typed)
    except UserMistake as error:
        frame.told(error)
        return None


def _of_class(label: str, pictures: tuple[Path, ...]) -> None:
    count = len(pictures)
    more = f" · {GOOD} are a good start" if count < GOOD else ""
    st.markdown(f"**{plain(label)}** · {amount(count, 'picture')} :gray[{more}]")
    with st.grid(6, min_column_width=70, gap="xsmall", key=f"shots-{label}"):
        for shot in pictures[:SHOWN]:
            with st.container(gap=None, horizontal_alignment="center"):
                st.image(shot.read_bytes(), width="stretch", alt=f"{label} {int(shot.stem)}")
                st.button("", icon=":material/close:", key=f"drop {label}/{shot.name}", type="tertiary",
                          help="Remove this picture", on_click=_remove, args=(label, shot.name))
    if count > SHOWN:
        st.caption(f"The newest {SHOWN} are shown.")


def _use(shots: Shots, taken: dict[str, tuple[Path, ...]], base: DatasetEntry | None, hand_in: HandIn) -> None:
    if not taken:
        return
    lacking = _lacking(taken, base)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = "Camera pictures"
        if base is None:
            name = st.text_input("Name of the data set", name, key="shots-name", max_chars=classes.LONGEST_NAME,
                                 width=300)
        clicked = st.button("Bring them in", type="primary", key="use-shots", disabled=bool(lacking))
        st.button("Remove all", type="tertiary", key="drop-shots", icon=":material/delete:", on_click=shots.drop_all)
    if lacking:
        st.caption(lacking)
    if clicked:
        try:
            job = hand_in(shots.order(display_name(name)))
        except PlaygroundError as error:
            frame.told(error)
            return
        if job is not None:
            shots.hand_to(job)
        st.rerun()


def _lacking(taken: dict[str, tuple[Path, ...]], base: DatasetEntry | None) -> str:
    """What is to be taken yet, in words; "" where it is enough."""
    known = set(session.opened(base).dataset.classes) if base is not None else set()
    few = [label for label, pictures in taken.items() if len(pictures) < LEAST and label not in known]
    if few:
        return f"Take at least {LEAST} pictures of {plain(few[0])}; {GOOD} are a good start."
    if base is None and len(taken) < 2:
        return "Two things are needed to be told apart: name a second class above, and take its pictures."
    return ""


def _took(key: str, label: str, free: Free) -> None:
    """Keep the shot at once; the next camera is ready."""
    shot = st.session_state.get(key)
    if not isinstance(shot, UploadedFile):
        return           # taken back, or kept already: a run that is broken off has its callbacks called again
    try:
        Shots(session.settings()).add(label, shot.getvalue())
    except PlaygroundError as error:
        st.session_state[REFUSED] = error
    finally:
        free([shot])
        st.session_state[TAKEN] = st.session_state.get(TAKEN, 0) + 1


def _remove(label: str, name: str) -> None:
    Shots(session.settings()).remove(label, name)
