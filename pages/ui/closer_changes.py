"""What can be put right about a picture where the results show it: its label, or that it is there at all."""

from collections.abc import Sequence

import streamlit as st

from core.data.edits import Edit, standing, undo_of
from core.jobs.entries import Job
from pages.ui import clean_desk, frame, session
from pages.ui.origin import Origin, told
from pages.ui.words import amount, plain, short

WHY = "seen on the Results page"
KEPT = f"label, {WHY}"           # a keep names the reasons that it answers, for the Clean page
HELP = ("It changes your data set, not this training: the network learns of it when you train again. Everything can be "
        "undone, here or on the Clean page. For a class that there is not yet, tick two pictures or more on the Clean "
        "page, under Many at once.")
CHOICES = "closer choices"       # session_state: how often a label was chosen
CHANGED = "closer changed"       # session_state: the page behind the dialog does not tell of the newest change yet
LONGEST_CLASS = 20               # letters on a button
NOT_THE_CHOSEN = "Changes go into {}, the data set of this training, and not into the one that you have chosen now."


def changes(job: Job, origin: Origin | None, id: str, answer: str) -> None:
    """How the picture is labelled now, and the buttons: the network's answer, another label, keep, remove, undo."""
    if origin is None or id not in origin.samples:
        return
    clean_desk.told()
    label, edits = origin.label(id), origin.chosen.stored.edit_log().edits
    last = _last(edits, id)
    kept = bool(last) and last[0].action == "keep"
    if words := told(origin, id) or ("looked at, and kept as it is" if kept else ""):
        st.markdown(f":material/edit_note: {words[0].upper()}{words[1:]}.")
    others = [name for name in origin.chosen.dataset.classes if name != label]
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key="closer-changes"):
        # A new box after each choice: in the old one the keys would stay, and lead nowhere.
        box = f"closer-label {id} {st.session_state.get(CHOICES, 0)}"
        st.selectbox("Wrong label? It is", others, index=None, key=box, placeholder="another class", help=HELP,
                     on_change=_relabel_chosen, args=(job, id, box), width=170)
        if label is not None and answer in others:
            st.button(f"It is {plain(short(answer, LONGEST_CLASS))}", icon=":material/label:", key="closer-answer",
                      shortcut="Y", on_click=_relabel, args=(job, id, answer))
        # What has no use now is left out, not disabled: the keys pressed after a click on it would be lost.
        if label is not None and not kept:
            st.button("Keep", icon=":material/thumb_up:", key="closer-keep", on_click=_change,
                      args=(job, Edit(id, "keep", who=clean_desk.who(), why=KEPT), "Kept as it is."))
        if label is not None:
            st.button("Remove", icon=":material/delete:", key="closer-remove", on_click=_change,
                      args=(job, Edit(id, "remove", who=clean_desk.who(), why=WHY), "Removed."))
        if last:
            st.button("Undo" if len(last) == 1 else f"Undo for {amount(len(last), 'picture')}", key="closer-undo",
                      icon=":material/undo:", on_click=_undo, args=(job, last))
    chosen = session.office().desk.chosen(session.visitor())
    if chosen is None or chosen.id != origin.chosen.entry.id:
        st.caption(NOT_THE_CHOSEN.format(plain(origin.chosen.entry.name)))


def _last(edits: Sequence[Edit], id: str) -> tuple[Edit, ...]:
    """The edits of the newest click on this picture that stands; it may have changed other pictures too."""
    stand = standing(edits)
    gesture = next((edit.gesture for edit in reversed(stand) if edit.sample == id), None)
    return tuple(edit for edit in stand if edit.gesture == gesture) if gesture else ()


# ---- callbacks, so that what follows shows it

def _relabel_chosen(job: Job, id: str, box: str) -> None:
    label = st.session_state.get(box)
    st.session_state[CHOICES] = st.session_state.get(CHOICES, 0) + 1
    if label:
        _relabel(job, id, label)


def _relabel(job: Job, id: str, label: str) -> None:
    _change(job, Edit(id, "relabel", label, who=clean_desk.who(), why=WHY), f"Now labelled {frame.plain(label)}.")


def _undo(job: Job, last: Sequence[Edit]) -> None:
    _change(job, undo_of(last[0].gesture, clean_desk.who()), "Undone.")


def _change(job: Job, edit: Edit, said: str) -> None:
    if clean_desk.change([edit], said, dataset=job.dataset):
        st.session_state[CHANGED] = True
