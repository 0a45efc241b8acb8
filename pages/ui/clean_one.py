"""One picture at a time: why it is here, and a key for each thing to do about it."""

import time
from collections.abc import Sequence

import streamlit as st

from core.cleaning.finding import Reason
from core.cleaning.queue import Item, counts, keep, of_reasons
from core.data.dataset import Sample
from core.data.edits import Edit, standing
from pages.ui import clean_desk, frame, large_picture
from pages.ui.clean_desk import Cleaning
from pages.ui.clean_words import NAMES, SIDES, evidence, percent
from pages.ui.words import amount

PICTURE_HEIGHT = 330         # pixels, whatever the picture's shape
KEYS = "123456789"
MOST_SAID = 4                # classes with their probabilities
EVIDENCE_HEIGHT = 170        # pixels: the buttons below keep their place
LATER = "clean later"        # session_state: pictures put off, by data set
ONLY = "clean-reasons"
PRESSED = "clean pressed"    # session_state: when a decision was last asked for
LEAST_SECONDS = 0.2          # between two decisions: a key that is held down repeats itself sooner
STYLE = f"""<style>
.st-key-clean-pictures img {{height: {PICTURE_HEIGHT}px; object-fit: contain; background: rgba(128,136,150,.10);
  border-radius: .5rem}}
</style>"""


def show(at_hand: Cleaning) -> None:
    st.html(STYLE)
    shown = _shown(at_hand)
    if not shown:
        _nothing_left(at_hand)
        return
    item = shown[0]
    left, right = st.columns([6, 5], gap="medium")
    with left:
        place = _pictures(at_hand, item)
    with right:
        with st.container(height=EVIDENCE_HEIGHT, border=False):
            _evidence(at_hand, item)
        _actions(at_hand, item, len(shown))
    _picture(at_hand, item.sample, place)
    if len(shown) > 1:           # while the person looks, so that the next one is there at once
        large_picture.large(at_hand.chosen.entry.id, at_hand.chosen.stored, shown[1].sample)


def _pictures(at_hand: Cleaning, item: Item) -> "st.delta_generator.DeltaGenerator":
    """The place of the picture; its copy beside it, each with its label."""
    with st.container(key="clean-pictures"):
        columns = st.columns(2, gap="small") if item.others else [st.container()]
        with columns[0]:
            st.markdown(f"Labelled **{frame.plain(item.sample.label)}** · {SIDES[item.part]}")
            place = st.empty()
            st.caption(frame.plain(item.sample.original_name))
        if item.others:
            other, more = item.others[0], len(item.others) - 1
            with columns[1]:
                st.markdown(f"Labelled **{frame.plain(other.label)}** · {SIDES[at_hand.division.sides[other.id]]}")
                clean_desk.thumbnail(at_hand.chosen.stored, other, f"its copy, labelled {other.label}")
                st.caption(frame.plain(other.original_name) + (f" and {more} more" if more else ""))
    return place


def _evidence(at_hand: Cleaning, item: Item) -> None:
    for finding in item.findings:
        st.markdown(f"**{NAMES[finding.reason]}.** {evidence(finding, item)}")
    if "label" in item.reasons:
        st.caption(" · ".join(f"{frame.plain(label)} {percent(share)}"
                              for label, share in at_hand.said(item.sample.id)[:MOST_SAID]))


def _shown(at_hand: Cleaning) -> tuple[Item, ...]:
    """What is left of the reasons that are asked for, pictures that were put off last."""
    by_reason = counts(at_hand.items)
    picked: list[Reason] = []
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        if len(by_reason) > 1:
            picked = st.pills("Reasons", list(by_reason), selection_mode="multi", key=ONLY,
                              label_visibility="collapsed", persist_state="session",
                              format_func=lambda reason: f"{NAMES[reason]} {by_reason.get(reason, 0)}")
        done = at_hand.suspects - len(at_hand.items)
        if at_hand.suspects:
            st.caption(f"{done:,} of {amount(at_hand.suspects, 'doubtful picture')} settled", width="content")
    later = st.session_state.get(LATER, {}).get(at_hand.chosen.entry.id, [])
    items = of_reasons(at_hand.items, picked)
    return tuple(sorted(items, key=lambda item: later.index(item.sample.id) if item.sample.id in later else -1))


def _actions(at_hand: Cleaning, item: Item, left: int) -> None:
    suggestion = item.suggestion
    # The keys stand for the same thing on every picture.
    with st.container(horizontal=True, gap="small", key="clean-actions"):
        if suggestion is None:
            _button("No suggestion", "Y", "yes", _later, "", "", disabled=True)
        elif suggestion.label is not None:
            _button(f"It is {frame.plain(suggestion.label)}", "Y", "yes", _relabel, item, suggestion.label,
                    primary=True, icon=":material/check:")
        else:
            _button("Remove this copy", "Y", "yes", _remove, item, primary=True, icon=":material/check:")
        _button("Keep as it is", "K", "keep", _keep, item, icon=":material/thumb_up:", primary=suggestion is None)
        _button("Remove", "X", "remove", _remove, item, icon=":material/delete:")
    _labels(at_hand, item)
    with st.container(horizontal=True, gap="small"):
        dataset = at_hand.chosen.entry.id
        _button("Back", "Left", "back", _back, dataset, disabled=not st.session_state.get(LATER, {}).get(dataset),
                icon=":material/arrow_back:")
        _button("Later", "Right", "later", _later, dataset, item.sample.id, disabled=left < 2,
                icon=":material/arrow_forward:")
        _button("Undo", "U", "undo", undo, icon=":material/undo:", disabled=not standing(at_hand.edits))


def _labels(at_hand: Cleaning, item: Item) -> None:
    """A key a class for the first nine, a list where there are more."""
    others = [label for label in at_hand.chosen.dataset.classes if label != item.sample.label]
    keys = dict(zip(at_hand.chosen.dataset.classes, KEYS, strict=False))
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="clean-labels"):
        st.caption("It is", width="content")
        for label in others:
            if label in keys:
                _button(frame.plain(label), keys[label], f"label-{keys[label]}", _relabel, item, label)
        st.selectbox("Another class", others, index=None, key=f"clean-class-{item.sample.id}", width=170,
                     placeholder="another class", label_visibility="collapsed", on_change=_relabel_chosen,
                     args=(item,), accept_new_options=True)


def _button(label: str, shortcut: str, name: str, act: object, *args: object, primary: bool = False,
            icon: str | None = None, disabled: bool = False) -> None:
    st.button(label, key=f"clean-{name}", shortcut=shortcut, on_click=act, args=args,  # type: ignore[arg-type]
              type="primary" if primary else "secondary", icon=icon, disabled=disabled)


def _picture(at_hand: Cleaning, sample: Sample, place: "st.delta_generator.DeltaGenerator") -> None:
    """The thumbnail at once, and the picture itself as soon as it is decoded."""
    thumbnail, alt = at_hand.chosen.stored.thumbnail(sample), f"labelled {sample.label}"
    if not large_picture.at_hand() and thumbnail.is_file():
        place.image(thumbnail.read_bytes(), width="stretch", alt=alt)
    large = large_picture.large(at_hand.chosen.entry.id, at_hand.chosen.stored, sample)
    if large is not None:
        place.image(large, width="stretch", alt=alt)
    elif thumbnail.is_file():
        place.image(thumbnail.read_bytes(), width="stretch", alt=alt)


def _nothing_left(at_hand: Cleaning) -> None:
    with st.container(border=True, horizontal_alignment="center", gap="small", key="clean-done"):
        st.space("small")
        if at_hand.items:
            st.markdown("Nothing left with these reasons. Others are, see above.", text_alignment="center")
        elif at_hand.suspects:
            st.markdown(f":material/celebration: **All {at_hand.suspects:,} doubtful pictures are settled.**  \n"
                        f"{amount(at_hand.changed, 'picture')} changed or removed, the others kept.",
                        text_alignment="center")
        else:
            st.markdown(":material/celebration: **Nothing suspicious was found in these pictures.**",
                        text_alignment="center")
        with st.container(horizontal=True, horizontal_alignment="center"):
            if not at_hand.items and at_hand.changed and st.button(
                    "Train on the pictures as they are now", type="primary", icon=":material/arrow_forward:",
                    icon_position="right", key="clean-train"):
                frame.go("train")
            _button("Undo", "U", "undo", undo, icon=":material/undo:", disabled=not standing(at_hand.edits))
        st.space("small")


# ---- what keys do: callbacks, so that the page that follows shows it

def undo() -> None:
    clean_desk.undo_newest()


def _keep(item: Item) -> None:
    _decide([keep(item, clean_desk.who())])


def _remove(item: Item) -> None:
    _decide([Edit(item.sample.id, "remove", who=clean_desk.who(), why=", ".join(item.reasons))])


def _relabel(item: Item, label: str) -> None:
    said = f"Now labelled {frame.plain(label)}."
    if any(other.label != label for other in item.others):
        said += " Its copy is still labelled otherwise."
    _decide([Edit(item.sample.id, "relabel", label, who=clean_desk.who(), why=", ".join(item.reasons))], said)


def _relabel_chosen(item: Item) -> None:
    label = st.session_state.get(f"clean-class-{item.sample.id}")
    if label and label.strip():
        _relabel(item, label.strip())


def _later(dataset: str, id: str) -> None:
    put_off: dict[str, list[str]] = st.session_state.setdefault(LATER, {})
    ids = put_off.setdefault(dataset, [])
    if id in ids:
        ids.remove(id)
    ids.append(id)


def _back(dataset: str) -> None:
    """The picture that was put off last comes first again, where no surer one does."""
    if put_off := st.session_state.get(LATER, {}).get(dataset):
        put_off.pop()


def _decide(edits: Sequence[Edit], said: str = "") -> None:
    """Unless the key is being held down: it would go on to pictures that nobody has seen."""
    now, before = time.monotonic(), st.session_state.get(PRESSED, -LEAST_SECONDS)
    st.session_state[PRESSED] = now
    if now - before >= LEAST_SECONDS:
        clean_desk.change(edits, said)
