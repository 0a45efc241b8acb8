"""Adding to a standing data set: the address says to which, and the ways in hand their pictures to it."""

import streamlit as st

from core.data import classes
from core.errors import NotHere, PlaygroundError, TooFewImages, UserMistake
from core.jobs.entries import DatasetEntry
from core.jobs.orders import BringIn
from pages.ui import frame, session
from pages.ui.words import plain

ONTO = "onto"                # in the address: the data set's id
LEAST = 2                    # pictures of a new class
CLASS = "onto-class"         # the widget's key


def button(entry: DatasetEntry) -> None:
    """The way from a data set to more pictures for it."""
    if st.button("Add pictures", icon=":material/add_photo_alternate:", key="add-pictures",
                 help="To this data set: more of its classes, or new ones."):
        st.query_params.from_dict({"new": "1", ONTO: entry.id})
        st.rerun()


def base() -> DatasetEntry | None:
    """The visitor's own data set that the address names; an address of nobody's is as none."""
    try:
        id = st.query_params.get(ONTO)
        return session.office().desk.dataset(session.visitor(), id) if id else None
    except NotHere:
        return None


def banner(entry: DatasetEntry) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", wrap=False, key="onto"):
        st.markdown(f":material/add_photo_alternate: What you bring in now is **added to {plain(entry.name)}**. Both "
                    "together are a new data set, with your changes; the one from before stays, with its trainings.",
                    width="stretch")
        if st.button("Start a new one instead", key="not-onto", type="tertiary", width="content"):
            st.query_params.from_dict({"new": "1"})
            st.rerun()


def class_choice(entry: DatasetEntry) -> str | None:
    """The class that the pictures are of: one of the data set's, or a new one; None until there is one."""
    try:
        counts = session.opened(entry).dataset.counts()
    except PlaygroundError as error:
        frame.told(error)
        return None
    st.selectbox("These are pictures of", list(counts), index=None, key=CLASS, accept_new_options=True,
                 placeholder="Choose a class, or type a new one and press Enter", width=420)
    label = label_of(entry)
    if label is not None and label not in counts:
        st.caption(f"{plain(label)} is a new class: give it two pictures at least. Twenty are a good start.")
    return label


def label_of(entry: DatasetEntry) -> str | None:
    """What is chosen, as a class's name; a name that another class nearly has means that class."""
    typed = classes.tidy(st.session_state.get(CLASS) or "")[:classes.LONGEST_NAME]
    if not typed:
        return None
    try:
        return classes.alike(session.opened(entry).dataset.classes, typed) or typed
    except PlaygroundError:
        return typed


def required_label(pictures: int) -> str:
    """The class of so many pictures. Raises UserMistake where none is chosen, or the data set is gone, TooFewImages for
    a single picture of a new class."""
    entry = base()
    label = label_of(entry) if entry else None
    if label is None:
        raise UserMistake("Nobody said of which class these pictures are.",
                          remedy="Choose the class first, then the pictures.")
    if entry is not None and pictures < LEAST and label not in session.opened(entry).dataset.classes:
        raise TooFewImages(f"'{label}' is a new class, and one picture is too few for it.",
                           remedy=f"Choose at least {LEAST} pictures of it; 20 are a good start.")
    return label


def directed(order: BringIn) -> tuple[BringIn, str | None]:
    """The order for the data set that the address names, with that one's id; as it is where none is named."""
    entry = base()
    if entry is None or order.builtin:
        return order, None
    return order.model_copy(update={"onto": entry.folder}), entry.id
