"""All changes: who did what, when and why; any of them undone, and the data set as it was at any point."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from core.data.edits import Edit, apply_edits, undo_of
from core.errors import PlaygroundError
from pages.ui import clean_desk, frame
from pages.ui.clean_desk import Cleaning
from pages.ui.clean_words import reasons
from pages.ui.words import amount, plain

TABLE_HEIGHT = 420
DONE = {"relabel": "now", "remove": "removed", "keep": "kept", "restore": "as it came", "undo": "undone"}


@dataclass(frozen=True, slots=True)
class Gesture:
    """What one click did."""

    id: str
    edits: tuple[Edit, ...]
    ends: int            # lines of the log up to its last
    stands: bool         # it is not undone


def gestures(edits: Sequence[Edit]) -> tuple[Gesture, ...]:
    """Of the whole log, in order; undos too, which stand while they are not undone themselves."""
    by_id: dict[str, list[Edit]] = {}
    ends: dict[str, int] = {}
    for number, edit in enumerate(edits, start=1):
        by_id.setdefault(edit.gesture, []).append(edit)
        ends[edit.gesture] = number
    undone: set[str] = set()
    for edit in reversed(edits):
        if edit.action == "undo" and edit.gesture not in undone:
            undone.add(edit.value or "")
    return tuple(Gesture(id, tuple(made), ends[id], id not in undone) for id, made in by_id.items())


def show(at_hand: Cleaning) -> None:
    every = gestures(at_hand.edits)
    done = [gesture for gesture in every if gesture.edits[0].action != "undo"]
    if not done:
        st.caption("Nothing has been changed. What you keep, relabel or remove is listed here, and can be undone.")
        return
    newest_first = done[::-1]
    undone_when = {edit.value: edit.when for gesture in every if gesture.stands for edit in gesture.edits
                   if edit.action == "undo"}
    table = st.dataframe({
        "when": [_when(gesture.edits[0].when) for gesture in newest_first],
        "who": [gesture.edits[0].who for gesture in newest_first],
        "what": [described(gesture, at_hand) for gesture in newest_first],
        "why": [_why(gesture) for gesture in newest_first],
        "": ["" if gesture.stands else f"undone {_when(undone_when.get(gesture.id, ''))}" for gesture in newest_first],
    }, hide_index=True, height=min(TABLE_HEIGHT, 38 + 35 * len(done)), on_select="rerun", selection_mode="multi-row",
        key=f"clean-log-{at_hand.chosen.entry.id}-{len(at_hand.edits)}")
    ticked = [newest_first[row] for row in table.selection.rows]
    stand, undone = ([gesture for gesture in ticked if gesture.stands == wanted] for wanted in (True, False))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(f"Undo the ticked ({len(stand)})", icon=":material/undo:", disabled=not stand,
                  key="clean-undo-ticked", on_click=_undo, args=([gesture.id for gesture in stand],))
        st.button(f"Do again ({len(undone)})", icon=":material/redo:", disabled=not undone, key="clean-redo-ticked",
                  on_click=_undo, args=([id for gesture in undone for id in _undos_of(gesture.id, every)],))
        st.caption("Tick lines to undo them, in any order. The pictures as you brought them in are never touched.")
    _at_any_point(at_hand, every)


def described(gesture: Gesture, at_hand: Cleaning) -> str:
    """What it did, as plain text: the picture by its folder and name, or how many of them."""
    if len(gesture.edits) > 1:
        return ", ".join(told for action, words in DONE.items() if (told := _counted(gesture.edits, action, words)))
    edit = gesture.edits[0]
    names = {sample.id: sample.original_name for sample in at_hand.chosen.stored.catalogue.samples}
    name = "/".join(names.get(edit.sample, "").split("/")[-2:])
    return f"{name}: {DONE[edit.action]}" + (f" {edit.value}" if edit.action == "relabel" else "")


def _counted(edits: Sequence[Edit], action: str, words: str) -> str:
    """Such as "12 pictures now gold"; "" for none."""
    of = [edit for edit in edits if edit.action == action]
    labels = {edit.value for edit in of}
    to = f" {of[0].value}" if action == "relabel" and len(labels) == 1 else " of other classes" if action == "relabel" \
        else ""
    return f"{amount(len(of), 'picture')} {words}{to}" if of else ""


def _at_any_point(at_hand: Cleaning, done: Sequence[Gesture]) -> None:
    """The data set at any point of the log, and the way back to it."""
    with st.expander("The data set at an earlier point"):
        at = st.slider("After so many clicks", 0, len(done), len(done),
                       key=f"clean-point-{at_hand.chosen.entry.id}-{len(at_hand.edits)}")
        lines = done[at - 1].ends if at else 0
        try:
            then = apply_edits(at_hand.chosen.stored.catalogue, at_hand.edits[:lines])
        except PlaygroundError as error:
            frame.told(error)
            return
        if at:
            last = done[at - 1]
            st.caption(f"After {_when(last.edits[0].when)}: {plain(described(last, at_hand))}")
        st.markdown(f"**{len(then.samples):,} pictures**: "
                    + " · ".join(f"{plain(label)} {count:,}" for label, count in then.counts().items()))
        st.button("Go back to this point", key="clean-back", disabled=at == len(done), on_click=_undo,
                  args=([gesture.id for gesture in done[at:]],),
                  help="Undoes every later change. That is a change too, and can be undone.")


def _undos_of(id: str, done: Sequence[Gesture]) -> list[str]:
    """The standing undos of a gesture: undoing one brings it back."""
    return [gesture.id for gesture in done if gesture.stands
            and any(edit.action == "undo" and edit.value == id for edit in gesture.edits)]


def _undo(ids: Sequence[str]) -> None:
    clean_desk.change([undo_of(id, clean_desk.who()) for id in dict.fromkeys(ids)])


def _why(gesture: Gesture) -> str:
    why = gesture.edits[0].why
    return reasons(why.split(", ")) if why else ""


def _when(stamp: str) -> str:
    try:
        return f"{datetime.fromisoformat(stamp).astimezone():%d %b, %H:%M:%S}"
    except ValueError:
        return stamp
