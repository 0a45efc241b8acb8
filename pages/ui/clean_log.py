"""All changes: who did what, when and why; any of them undone, and the data set as it was at any point."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from core.data.edits import Edit, apply_edits, undo_of
from core.errors import PlaygroundError
from pages.ui import clean_desk, frame, session
from pages.ui.clean_desk import Cleaning
from pages.ui.clean_words import reasons
from pages.ui.words import amount, plain

TABLE_HEIGHT = 420


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
    if (error := st.session_state.pop(clean_desk.REFUSED, None)) is not None:
        frame.told(error)
    done = gestures(at_hand.edits)
    if not done:
        st.caption("Nothing has been changed. What you keep, relabel or remove is listed here, and can be undone.")
        return
    newest_first = done[::-1]
    table = st.dataframe({
        "when": [_when(gesture.edits[0].when) for gesture in newest_first],
        "who": [gesture.edits[0].who for gesture in newest_first],
        "what": [described(gesture, at_hand) for gesture in newest_first],
        "why": [_why(gesture) for gesture in newest_first],
        "": ["" if gesture.stands else "undone" for gesture in newest_first],
    }, hide_index=True, height=min(TABLE_HEIGHT, 38 + 35 * len(done)), on_select="rerun", selection_mode="multi-row",
        key=f"clean-log-{at_hand.chosen.entry.id}-{len(at_hand.edits)}")
    ticked = [newest_first[row] for row in table.selection.rows]
    standing_ones = [gesture for gesture in ticked if gesture.stands and gesture.edits[0].action != "undo"]
    undone = [gesture for gesture in ticked if not gesture.stands]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(f"Undo the ticked ({len(standing_ones)})", icon=":material/undo:", disabled=not standing_ones,
                  key="clean-undo-ticked", on_click=_undo, args=([gesture.id for gesture in standing_ones],))
        st.button(f"Do again ({len(undone)})", icon=":material/redo:", disabled=not undone, key="clean-redo-ticked",
                  on_click=_undo, args=([id for gesture in undone for id in _undos_of(gesture.id, done)],))
        st.caption("Tick lines to undo them, in any order. The pictures as you brought them in are never touched.")
    _at_any_point(at_hand, done)


def described(gesture: Gesture, at_hand: Cleaning) -> str:
    """What it did, as plain text."""
    first, count = gesture.edits[0], len(gesture.edits)
    names = {sample.id: sample.original_name for sample in at_hand.chosen.stored.catalogue.samples}
    what = names.get(first.sample, "").rsplit("/", 1)[-1] if count == 1 else amount(count, "picture")
    match first.action:
        case "relabel":
            labels = {edit.value for edit in gesture.edits}
            return f"{what}: now {first.value}" if len(labels) == 1 else f"{what} given other labels"
        case "undo":
            return "an undo" if count == 1 else f"{count} undos"
        case action:
            return f"{what}: { {'remove': 'removed', 'keep': 'kept', 'restore': 'as it came'}[action] }"


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
    chosen = session.chosen()
    if chosen is not None:
        clean_desk.change(chosen, [undo_of(id) for id in dict.fromkeys(ids)])


def _why(gesture: Gesture) -> str:
    why = gesture.edits[0].why
    return reasons(why.split(", ")) if why else ""


def _when(stamp: str) -> str:
    try:
        return f"{datetime.fromisoformat(stamp).astimezone():%d %b, %H:%M:%S}"
    except ValueError:
        return stamp
