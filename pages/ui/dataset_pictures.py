"""Pictures of a data set in a grid: a handful at random, every one by page, or those that a figure points at."""

from collections.abc import Callable

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui import colours, frame, paging
from pages.ui.dataset_seen import Look
from pages.ui.dataset_view import MOST_TABS
from pages.ui.words import short

LONGEST_TAB = 20        # letters of a class's name where classes stand side by side
PAGE = 24               # pictures shown at a time
A_ROW = 8
ALL = -1                # in the place of a class
Note = Callable[[int], str]      # what is told of a row
PART_COLOURS = {"valid": colours.ACCENT, "test": "#7c3aed"}
HANDFUL, IN_ORDER = "A random handful", "As they came"
# What there is to sort by, and whether it must be measured first.
ORDERS = {HANDFUL: False, IN_ORDER: False, "Darkest first": True, "Brightest first": True, "Least sharp first": True,
          "Smallest first": False}
# An edge says on which side of the split a picture stands. Squares of one size: nothing moves when pictures come.
STYLE = """<style>
[class*="st-key-example-"] img {aspect-ratio: 1; object-fit: cover; width: 100%; border-radius: 4px;
  border-bottom: 5px solid transparent}
[class*="st-key-example-whole-"] img {object-fit: contain; border-bottom: 0; background: rgba(128, 136, 150, .14)}
[class*="st-key-example-"] [data-testid="stImageCaption"] {white-space: nowrap; overflow: hidden; max-width: 100%;
  text-overflow: ellipsis}
""" + "".join(f'[class*="st-key-example-{part}-"] img {{border-bottom-color: {colour}}}\n'
              for part, colour in PART_COLOURS.items()) + "</style>"


def pictures(look: Look) -> None:
    """A class or all of them, in the order that is asked for; an edge tells the side of the split."""
    place = _class_choice(look)
    id, rows = look.chosen.entry.id, np.arange(len(look.columns))
    if place != ALL:
        rows = rows[look.columns.labels == place]
    with st.container(horizontal=True, vertical_alignment="center"):
        order = _order_choice(look)
        if order == HANDFUL and len(rows) > PAGE:
            st.button("Show others", icon=":material/shuffle:", on_click=_draw_anew, args=(id,), key="show-others",
                      type="tertiary")
        with st.container(width="stretch", horizontal_alignment="right"):
            st.caption(_legend(look), width="content")
    if order == HANDFUL:
        drawn = np.random.default_rng([st.session_state.get(f"handful-{id}", 0), len(rows), place + 1])
        rows = drawn.permutation(rows)[:PAGE]
    else:
        rows = ordered(look, rows, order)
    paged(look, rows, f"examples-page-{id}-{place}-{order}", named=place == ALL)


def ordered(look: Look, rows: NDArray[np.int64], order: str) -> NDArray[np.int64]:
    """The rows sorted as one of ORDERS says; equal ones stay as they came."""
    columns, seen = look.columns, look.seen
    if seen is not None and order == "Darkest first":
        by = seen.brightness
    elif seen is not None and order == "Brightest first":
        by = -seen.brightness
    elif seen is not None and order == "Least sharp first":
        by = seen.sharpness
    elif order == "Smallest first":
        by = columns.shorter * (1 << 32) + columns.widths * columns.heights
    else:
        return rows
    return rows[np.argsort(by[rows], kind="stable")]


def paged(look: Look, rows: NDArray[np.int64], key: str, *, named: bool, note: Note | None = None) -> None:
    """A grid of these pictures, PAGE at a time; a note tells more of each."""
    pages = -(-len(rows) // PAGE)
    page, place = 1, st.container()
    if pages > 1:
        page = paging.turned(pages, key)
    with place:
        grid(look, rows[(page - 1) * PAGE:page * PAGE], named=named, note=note)


def grid(look: Look, rows: NDArray[np.int64], *, named: bool, note: Note | None = None, place: str = "") -> None:
    """These pictures, of which each stands once in a `place` of the page.

    With notes each is shown as a whole, else as a square with an edge for its side of the split.
    """
    st.html(STYLE)
    samples, sides = look.chosen.dataset.samples, look.division.sides
    with st.grid(A_ROW, min_column_width=110, gap="xsmall"):
        for row in rows.tolist():
            sample = samples[row]
            words = [frame.plain(short(sample.label))] if named else []
            words += [note(row)] if note else []
            with st.container(key=f"example-{'whole' if note else sides[sample.id]}-{place}{sample.id}"):
                try:
                    picture = look.chosen.stored.thumbnail(sample).read_bytes()
                except FileNotFoundError:       # deleted in another tab, at this moment
                    st.caption("gone")
                    continue
                st.image(picture, width="stretch", caption=" · ".join(words) or None,
                         alt=f"{sample.label}, {sides[sample.id]}")


def _class_choice(look: Look) -> int:
    columns, key = look.columns, f"examples-class-{look.chosen.entry.id}"
    counts = np.bincount(columns.labels, minlength=len(columns.classes))
    options = [ALL, *range(len(columns.classes))]
    if len(columns.classes) <= MOST_TABS:
        place: int = st.segmented_control(
            "Class", options, default=ALL, required=True, key=key, label_visibility="collapsed",
            format_func=lambda place: "All classes" if place == ALL else
            f"{frame.plain(short(columns.classes[place], LONGEST_TAB))} {counts[place]:,}")
        return place
    chosen: int = st.selectbox(
        "Class", options, key=key, width=360, label_visibility="collapsed",
        format_func=lambda place: "All classes" if place == ALL else f"{columns.classes[place]} {counts[place]:,}")
    return chosen


def _order_choice(look: Look) -> str:
    orders = [name for name, measured in ORDERS.items() if look.seen is not None or not measured]
    return st.selectbox("Order", orders, key=f"examples-order-{look.chosen.entry.id}", width=200,
                        label_visibility="collapsed")


def _legend(look: Look) -> str:
    words = [":primary[■] edge: to check with (validation)"]
    if any(look.division.counts("test").values()):
        words.append(":violet[■] edge: for the very end (test)")
    return " · ".join([*words, "no edge: to learn from (training)"])


def _draw_anew(id: str) -> None:
    st.session_state[f"handful-{id}"] = st.session_state.get(f"handful-{id}", 0) + 1

