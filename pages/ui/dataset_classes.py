"""A dialog on the classes of a data set: rename one, merge two, take the last change back."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.data import classes
from core.data.classes import MERGED, RENAMED, Change
from core.data.dataset import Dataset
from core.data.edits import Edit, undo_of
from core.errors import NotHere, PlaygroundError
from core.jobs.orders import BringIn
from pages.ui import frame, session
from pages.ui.session import Chosen
from pages.ui.words import amount, plain

REFUSED = "classes refused"      # session_state: why the last click changed nothing
WHO = "you"

Gesture = Callable[[Dataset], Sequence[Edit]]


def button(chosen: Chosen) -> None:
    """The way to the dialog."""
    if st.button("Classes", icon=":material/label:", key="classes", help="Rename classes, or merge two of them."):
        dialog(chosen.entry.id)


@st.dialog("Classes", width="medium", on_dismiss="rerun")
def dialog(id: str) -> None:
    chosen = session.opened_in_dialog(id)
    refused = st.session_state.pop(REFUSED, None)
    if refused is not None:
        frame.told(refused)
    _lookalikes(chosen)
    _one(chosen)
    _last(chosen)
    _anew(chosen)
    st.caption("Trainings that are done keep the names that they learned. Your files stay as they came.")


def _lookalikes(chosen: Chosen) -> None:
    """Classes that were probably meant to be one, each merged into the largest by one click."""
    counts = chosen.dataset.counts()
    for group in classes.lookalikes(chosen.dataset.classes):
        into = max(group, key=lambda label: counts[label])
        for label in group:
            if label == into:
                continue
            with st.container(border=True, horizontal=True, vertical_alignment="center"):
                st.markdown(f":material/content_copy: **{plain(label)}** ({counts[label]:,}) and **{plain(into)}** "
                            f"({counts[into]:,}) look like one class.", width="stretch")
                st.button("Merge", key=f"merge-alike {label}", on_click=_do,
                          args=(chosen.entry.id, _merging(label, into)))


def _one(chosen: Chosen) -> None:
    counts, id = chosen.dataset.counts(), chosen.entry.id
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = st.selectbox("Class", list(counts), format_func=lambda each: f"{each} ({counts[each]:,})",
                             key=f"class-to-change {id}", width="stretch")
        typed = st.text_input("New name", key=f"class-name {id} {label}", placeholder=label, width="stretch",
                              max_chars=classes.LONGEST_NAME)
    to = classes.tidy(typed or "")
    merges = to != label and to in counts
    if merges:
        st.markdown(f":material/merge: There is a class **{plain(to)}** with {amount(counts[to], 'picture')}. The "
                    f"{amount(counts[label], 'picture')} of **{plain(label)}** will join them: one class of "
                    f"{counts[to] + counts[label]:,}.")
    elif (close := classes.alike(counts, to)) and close != label:
        st.markdown(f":material/info: There is a class **{plain(close)}**, which differs by capital letters alone. "
                    f"To merge the two, type {plain(close)}.")
    st.button("Merge" if merges else "Rename", type="primary", key="change-class", disabled=not to or to == label,
              on_click=_do, args=(id, _merging(label, to) if merges else _renaming(label, to)))


def _last(chosen: Chosen) -> None:
    """What was done last, with the way back."""
    change = classes.last_change(chosen.stored.edit_log().edits)
    if change is None:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="last-class-change"):
        st.markdown(f":material/check: {_told(change)}", width="stretch")
        st.button("Undo", icon=":material/undo:", key="undo-class-change", on_click=_undo,
                  args=(chosen.entry.id, change.gesture))


def _anew(chosen: Chosen) -> None:
    """A data set of its own from the state after the edits."""
    if chosen.dataset.fingerprint == chosen.stored.catalogue.fingerprint:
        return
    with st.expander("Start a new data set from this state"):
        st.markdown("With what you renamed, moved and removed as its first state: so you can go on from here, and keep "
                    "these pictures as they were to compare with.")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            name = st.text_input("Its name", f"{chosen.entry.name} edited", key=f"anew-name {chosen.entry.id}",
                                 max_chars=classes.LONGEST_NAME, width="stretch")
            if st.button("Start it", key="start-anew", disabled=not name.strip()):
                _start_anew(chosen, name)


def _start_anew(chosen: Chosen, name: str) -> None:
    try:
        job = session.submit(BringIn(source=chosen.entry.folder, baked=True, name=classes.tidy(name)),
                             dataset=chosen.entry.id)
    except PlaygroundError as error:
        frame.told(error)
        return
    st.query_params.from_dict({"job": job.id})
    st.rerun()


def _told(change: Change) -> str:
    pictures = amount(change.pictures, "picture")
    if change.why.startswith(MERGED):
        return f"{pictures} merged into {plain(change.why.removeprefix(MERGED))}"
    return f"{pictures} renamed from {plain(change.why.removeprefix(RENAMED))}"


def _renaming(label: str, to: str) -> Gesture:
    return lambda dataset: classes.renamed(dataset, label, to, WHO)


def _merging(label: str, into: str) -> Gesture:
    return lambda dataset: classes.merged(dataset, label, into, WHO)


def _undo(id: str, gesture: str) -> None:
    _do(id, lambda dataset: [undo_of(gesture)])


def _do(id: str, gesture: Gesture) -> None:
    """On the data set as it stands now: another tab may have changed it since this one showed it."""
    try:
        chosen = session.opened(session.office().desk.dataset(session.visitor(), id))
        chosen.stored.append_edits(gesture(chosen.dataset))
    except NotHere:         # deleted in another tab: the dialog closes, and the page shows what there is
        return
    except PlaygroundError as error:
        st.session_state[REFUSED] = error
