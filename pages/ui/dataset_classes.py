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
from pages.ui.words import amount, plain, short

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
    lookalikes(chosen, "dialog")
    _one(chosen)
    _last(chosen)
    _anew(chosen)
    st.caption("Trainings that are done keep the names that they learned. Your files stay as they came.")


def lookalikes(chosen: Chosen, place: str = "page") -> None:
    """Classes that were probably meant to be one, each merged into the largest by one click; `place`: of the buttons.

    Also why the last click changed nothing, where no dialog has said it.
    """
    _refusal()
    counts = chosen.dataset.counts()
    for group in classes.lookalikes(chosen.dataset.classes):
        into = max(group, key=lambda label: counts[label])
        for label in group:
            if label == into:
                continue
            with st.container(border=True, horizontal=True, vertical_alignment="center"):
                st.markdown(f":material/content_copy: **{plain(label)}** ({counts[label]:,}) and **{plain(into)}** "
                            f"({counts[into]:,}) look like one class.", width="stretch")
                st.button(f"Merge into {plain(short(into))}", key=f"merge-alike {place} {label}", on_click=_do,
                          args=(chosen.entry.id, _merging(label, into)))


def _refusal() -> None:
    refused = st.session_state.pop(REFUSED, None)
    if refused is not None:
        frame.told(refused)


def _one(chosen: Chosen) -> None:
    """A class to choose, and the two things to do with it."""
    counts, id = chosen.dataset.counts(), chosen.entry.id
    label = st.selectbox("Class", list(counts), format_func=lambda each: f"{each} ({counts[each]:,})",
                         key=f"class-to-change {id}")
    _rename_form(id, label)
    _merge_form(id, label, counts)


def _rename_form(id: str, label: str) -> None:
    key = f"class-name {id} {label}"
    # A form: a click while the field has the focus counts, and so does Enter.
    with st.form(f"rename {id}", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("New name", key=key, placeholder=label, max_chars=classes.LONGEST_NAME, width="stretch")
        st.form_submit_button("Rename", type="primary", key="change-class", on_click=_rename, args=(id, label, key))


def _merge_form(id: str, label: str, counts: dict[str, int]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        into = st.selectbox("Merge into", [each for each in counts if each != label], index=None, width="stretch",
                            key=f"merge-into {id} {label}", placeholder="Choose another class",
                            format_func=lambda each: f"{each} ({counts[each]:,})")
        st.button("Merge" if into is None else f"Merge into {plain(short(into))}", key="merge-class",
                  disabled=into is None, on_click=_do, args=(id, _merging(label, into or "")))
    if into is not None:
        st.markdown(f":material/merge: The {amount(counts[label], 'picture')} of **{plain(label)}** will join the "
                    f"{counts[into]:,} of **{plain(into)}**: one class of {counts[into] + counts[label]:,}.")


def _rename(id: str, label: str, key: str) -> None:
    """To what the field holds at the click, which the page that drew the button did not know yet."""
    _do(id, _renaming(label, st.session_state.get(key) or ""))


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
        st.markdown("With what you renamed, moved and removed as its first state: so you can go on from here. "
                    "These pictures stay beside it, with their changes, to compare with.")
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
