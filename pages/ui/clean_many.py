"""Many pictures at once: tick those that are alike in what they need, and do it with one click."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.cleaning.finding import DUPLICATES
from core.cleaning.queue import Item, counts, keep, of_reasons
from core.data.edits import Edit, standing
from pages.ui import clean_desk, frame, paging
from pages.ui.clean_desk import Cleaning
from pages.ui.clean_words import NAMES, SIDES, percent
from pages.ui.words import amount

PAGE = 24
COLUMNS = 8
STYLE = """<style>
[class*="st-key-many-item-"] img {aspect-ratio: 1; object-fit: cover; width: 100%; border-radius: 4px}
[class*="st-key-many-item-"] label, [class*="st-key-many-item-"] label > div:last-child,
[class*="st-key-many-item-"] [data-testid="stElementContainer"] {min-width: 0; max-width: 100%}
[class*="st-key-many-item-"] p {overflow: hidden; text-overflow: ellipsis; white-space: nowrap}
</style>"""


def show(at_hand: Cleaning) -> None:
    st.html(STYLE)
    items = _shown(at_hand)
    if not items:
        st.caption("Nothing is left to look at here.")
        _actions(at_hand, (), ())
        return
    pages = -(-len(items) // PAGE)
    bar = st.container()
    grid = st.container()
    page = paging.turned(pages, f"many-page-{at_hand.chosen.entry.id}") if pages > 1 else 1
    on_page = items[(page - 1) * PAGE:page * PAGE]
    with grid, st.grid(COLUMNS, min_column_width=120, gap="xsmall"):
        ticked = [item for item in on_page if _card(at_hand, item)]
    with bar:
        _actions(at_hand, ticked, on_page)


def _shown(at_hand: Cleaning) -> tuple[Item, ...]:
    by_reason = counts(at_hand.items)
    before = st.session_state.get("many-reason")
    reasons = [reason for reason in NAMES if reason in by_reason or reason == before]     # it stays when all are done
    if not reasons:
        return ()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        reason = st.selectbox("Reason", reasons, key="many-reason", width=260, persist_state="session",
                              format_func=lambda reason: f"{NAMES[reason]} ({by_reason.get(reason, 0):,})")
        items = of_reasons(at_hand.items, [reason])
        labels = ["every class", *at_hand.chosen.dataset.classes]
        label = st.selectbox("Labelled", labels, key="many-label", width=220, persist_state="session")
    return tuple(item for item in items if label in ("every class", item.sample.label))


def _card(at_hand: Cleaning, item: Item) -> bool:
    """The picture with what is doubted; whether it is ticked."""
    with st.container(key=f"many-item-{item.sample.id}", gap="xsmall"):
        clean_desk.thumbnail(at_hand.chosen.stored, item.sample, f"{item.sample.label}, {SIDES[item.part]}")
        return st.checkbox(_doubt(item), key=_tick(item), persist_state="session")


def _doubt(item: Item) -> str:
    """The label, and what speaks against it or what it is a copy of."""
    finding, label = item.findings[0], frame.plain(item.sample.label)
    if finding.label:
        return f"{label} → {frame.plain(finding.label)} {percent(finding.value or 0)}"
    if finding.reason in DUPLICATES and item.others:
        return f"{label} = {frame.plain('/'.join(item.others[0].original_name.split('/')[-2:]))}"
    return label


def _actions(at_hand: Cleaning, ticked: Sequence[Item], on_page: Sequence[Item]) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="many-actions"):
        if on_page:
            every = len(ticked) == len(on_page)
            st.button("Tick none" if every else f"Tick all {len(on_page)}", key="many-all", on_click=_set,
                      args=(on_page, not every), shortcut="A")
            _button(_suggestions(ticked), "Y", _suggested, ticked, not any(item.suggestion for item in ticked),
                    primary=True)
            _button(f"Keep ({len(ticked)})", "K", _keep, ticked, not ticked)
            _button(f"Remove ({len(ticked)})", "X", _remove, ticked, not ticked)
            st.selectbox("Relabel", at_hand.chosen.dataset.classes, index=None, placeholder="They are …", width=180,
                         key="many-relabel", label_visibility="collapsed", disabled=not ticked, on_change=_relabel,
                         args=(ticked,), accept_new_options=True)
        st.button("Undo", key="many-undo", shortcut="U", icon=":material/undo:",
                  disabled=not standing(at_hand.edits), on_click=clean_desk.undo_newest)


def _suggestions(ticked: Sequence[Item]) -> str:
    """What is suggested about these, such as "Relabel 12, remove 2"."""
    asked = [item.suggestion.action for item in ticked if item.suggestion is not None]
    told = [f"{action} {asked.count(action)}" for action in ("relabel", "remove") if action in asked]
    return ", ".join(told).capitalize() or "As suggested"


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
    if clean_desk.change(edits, f"{amount(len(edits), 'picture')} done. U undoes it."):
        _set(items, False)
