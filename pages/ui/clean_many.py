"""Many pictures at once: tick those that are alike in what they need, and do it with one click."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.cleaning.queue import Item, counts, keep, of_reasons
from core.data.edits import Edit
from pages.ui import clean_desk, clean_one, frame, session
from pages.ui.clean_desk import Cleaning
from pages.ui.clean_words import NAMES, SIDES, percent
from pages.ui.words import amount

PAGE = 24
COLUMNS = 8
STYLE = """<style>
[class*="st-key-many-item-"] img {aspect-ratio: 1; object-fit: cover; width: 100%; border-radius: 4px}
[class*="st-key-many-item-"] p {overflow: hidden; text-overflow: ellipsis; white-space: nowrap}
</style>"""


def show(at_hand: Cleaning) -> None:
    st.html(STYLE)
    if (error := st.session_state.pop(clean_desk.REFUSED, None)) is not None:
        frame.told(error)
    items = _shown(at_hand)
    if not items:
        st.caption("Nothing is left to look at here.")
        _actions(at_hand, (), ())
        return
    pages = -(-len(items) // PAGE)
    bar = st.container()
    grid = st.container()
    page = st.pagination(pages, key=f"many-page-{at_hand.chosen.entry.id}") if pages > 1 else 1
    on_page = items[(page - 1) * PAGE:page * PAGE]
    with grid, st.grid(COLUMNS, min_column_width=120, gap="xsmall"):
        ticked = [item for item in on_page if _card(at_hand, item)]
    with bar:
        _actions(at_hand, ticked, on_page)


def _shown(at_hand: Cleaning) -> tuple[Item, ...]:
    by_reason = counts(at_hand.items)
    if not by_reason:
        return ()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        reason = st.selectbox("Reason", list(by_reason), key="many-reason", width=260,
                              format_func=lambda reason: f"{NAMES[reason]} ({by_reason[reason]:,})")
        labels = sorted({item.sample.label for item in of_reasons(at_hand.items, [reason])})
        label = st.selectbox("Labelled", ["every class", *labels], key="many-label", width=220)
    items = of_reasons(at_hand.items, [reason])
    return tuple(item for item in items if label in ("every class", item.sample.label))


def _card(at_hand: Cleaning, item: Item) -> bool:
    """The picture with what is doubted; whether it is ticked."""
    with st.container(key=f"many-item-{item.sample.id}", gap="xsmall"):
        st.image(at_hand.chosen.stored.thumbnail(item.sample).read_bytes(), width="stretch",
                 alt=f"{item.sample.label}, {SIDES[item.part]}")
        finding = item.findings[0]
        doubt = f" → {frame.plain(finding.label)} {percent(finding.value or 0)}" if finding.label else ""
        return st.checkbox(f"{frame.plain(item.sample.label)}{doubt}", key=_tick(item))


def _actions(at_hand: Cleaning, ticked: Sequence[Item], on_page: Sequence[Item]) -> None:
    asked = [item for item in ticked if item.suggestion is not None]
    last = clean_desk.last_gesture(at_hand.edits)
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="many-actions"):
        if on_page:
            every = len(ticked) == len(on_page)
            st.button("Tick none" if every else f"Tick all {len(on_page)}", key="many-all", on_click=_set,
                      args=(on_page, not every), shortcut="A")
        _button(f"As suggested ({len(asked)})", "Y", _suggested, ticked, not asked, primary=True)
        _button(f"Keep ({len(ticked)})", "K", _keep, ticked, not ticked)
        _button(f"Remove ({len(ticked)})", "X", _remove, ticked, not ticked)
        st.selectbox("Relabel", at_hand.chosen.dataset.classes, index=None, placeholder="They are …", width=200,
                     key="many-relabel", label_visibility="collapsed", disabled=not ticked, on_change=_relabel,
                     args=(ticked,), accept_new_options=True)
        st.button("Undo", key="many-undo", shortcut="U", icon=":material/undo:", disabled=not last,
                  on_click=clean_one.undo, args=(last[0].gesture if last else "",))


def _button(label: str, shortcut: str, act: Callable[[Sequence[Item]], None], items: Sequence[Item], disabled: bool,
            primary: bool = False) -> None:
    st.button(label, key=f"many-{shortcut}", shortcut=shortcut, on_click=act, args=(items,), disabled=disabled,
              type="primary" if primary else "secondary")


def _tick(item: Item) -> str:
    return f"many-tick-{item.sample.id}"


def _set(items: Sequence[Item], value: bool) -> None:
    for item in items:
        st.session_state[_tick(item)] = value


def _suggested(items: Sequence[Item]) -> None:
    _change([_edit(item, item.suggestion.action, item.suggestion.label) for item in items if item.suggestion], items)


def _keep(items: Sequence[Item]) -> None:
    _change([keep(item, clean_desk.who()) for item in items], items)


def _remove(items: Sequence[Item]) -> None:
    _change([_edit(item, "remove") for item in items], items)


def _relabel(items: Sequence[Item]) -> None:
    label = (st.session_state.get("many-relabel") or "").strip()
    st.session_state["many-relabel"] = None
    if label:
        _change([_edit(item, "relabel", label) for item in items], items)


def _edit(item: Item, action: "clean_desk.Change", label: str | None = None) -> Edit:
    return Edit(item.sample.id, action, label, who=clean_desk.who(), why=", ".join(item.reasons))


def _change(edits: Sequence[Edit], items: Sequence[Item]) -> None:
    chosen = session.chosen()
    if chosen is not None and clean_desk.change(chosen, edits):
        _set(items, False)
        st.toast(f"{amount(len(edits), 'picture')} done. U undoes it.", icon=":material/check:")
