"""Views of what pictures are like: sizes, shapes, light, files. What is marked in a figure is shown below it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from core.data import giveaways, overview
from core.data.overview import Columns, Seen, SizeGroups
from pages.ui import dataset_charts as charts
from pages.ui import dataset_pictures as pictures
from pages.ui import dataset_words as words
from pages.ui.dataset_charts import Bins
from pages.ui.dataset_seen import Look
from pages.ui.words import amount

STILL, MARKED = {"staticPlot": True}, {"displayModeBar": False, "scrollZoom": False}
HOW_TO = "Draw a box over the figure, or click in it, to see those pictures. A double click takes it back."
MOST_PIXELS = 420          # of a figure that grows with the classes: beyond it is scrolled
FEW = 8                    # pictures shown while nothing is marked
LIGHT_BINS, BYTE_BINS = 40, 36
LONGEST_RATIO = 4          # beyond it a picture stands in the last bin
RATIO_TICKS = {1 / 3: "1:3", 1 / 2: "1:2", 2 / 3: "2:3", 3 / 4: "3:4", 1: "square", 4 / 3: "4:3", 3 / 2: "3:2",
               2: "2:1", 3: "3:1"}
BYTE_TICKS = [10.0**power * step for power in range(1, 9) for step in (1, 3)]


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A histogram with the bins that find its pictures again."""

    bins: Bins
    figure: go.Figure


def sizes(look: Look) -> None:
    columns, network = look.columns, look.network_pixels
    smaller = int((columns.shorter < network).sum())
    st.markdown(words.sizes(overview.commonest_size(columns), len(columns), smaller, network))
    groups, scatter, sides = _sizes(columns, look.fingerprint, network)
    left, right = st.columns([3, 2], gap="large")
    with left:
        points = _marked(scatter, f"sizes-{look.chosen.entry.id}", "Width and height of the pictures",
                         lasso=True)
    with right:
        st.plotly_chart(sides, config=STILL, key="shorter-sides", alt="Shorter sides of the pictures")
    marked = np.flatnonzero(np.isin(groups.of, [point["customdata"] for point in points]))
    _below(look, marked, {"The smallest": pictures.ordered(look, np.arange(len(columns)), "Smallest first")},
           partial(_size_of, columns))


def shapes(look: Look) -> None:
    columns, how = look.columns, look.chosen.recipe.preprocessing.how
    st.markdown(words.shapes(overview.shapes(columns), how, overview.cropped_share(columns)))
    drawn = _shapes(columns, look.fingerprint)
    marked = _picked(look, drawn, "shapes", "Shapes of the pictures, from portrait to landscape")
    oddest = np.argsort(-np.abs(np.log(columns.ratios)), kind="stable")
    _below(look, marked, {"The longest shapes": oddest}, partial(_size_of, columns))


def light(look: Look) -> None:
    seen = look.seen
    if seen is None:
        st.caption("The light of these pictures is being measured. The other views are ready.")
        return
    st.markdown(words.light(giveaways.odd_light(look.columns, seen.brightness)))
    boxes, drawn = _light(look.columns, seen, look.fingerprint)
    left, right = st.columns(2, gap="large")
    with left:
        with st.container(height=MOST_PIXELS if boxes.layout.height > MOST_PIXELS else "content", border=False):
            st.plotly_chart(boxes, config=STILL, key="light-boxes", alt="Brightness of the pictures by class")
        st.caption("By class: half of its pictures lie in the box, nine of ten between the whiskers.")
    with right:
        marked = _picked(look, drawn, "light", "Brightness of all pictures")
    every = np.arange(len(look.columns))
    _below(look, marked, {f"The {name}": pictures.ordered(look, every, f"{name.capitalize()} first")
                          for name in ("darkest", "brightest")},
           lambda row: f"{100 * seen.brightness[row]:.0f} % bright")


def files(look: Look) -> None:
    columns = look.columns
    told = overview.files(columns)
    st.markdown(words.files(told, giveaways.odd_formats(columns)))
    drawn = _files(columns, look.fingerprint)
    left, right = st.columns([3, 2], gap="large")
    with left:
        marked = _picked(look, drawn, "files", "Sizes of the files")
    with right:
        st.dataframe({"format": [each.format for each in told], "pictures": [each.count for each in told],
                      "together": [words.size(each.bytes) for each in told],
                      "middle (median)": [words.size(each.median_bytes) for each in told],
                      "largest": [words.size(each.largest_bytes) for each in told]}, hide_index=True)
    _below(look, marked, {"The largest files": np.argsort(-columns.bytes, kind="stable")},
           lambda row: words.size(columns.bytes[row]))


def _picked(look: Look, drawn: Drawn, name: str, alt: str) -> NDArray[np.int64]:
    points = _marked(drawn.figure, f"{name}-{look.chosen.entry.id}", alt)
    return charts.picked(points, drawn.bins, look.columns.labels, look.columns.classes)


def _marked(figure: go.Figure, key: str, alt: str, *, lasso: bool = False) -> Sequence[Mapping[str, Any]]:
    """The points of a figure that are marked in it."""
    event = st.plotly_chart(figure, key=key, on_select="rerun", config=MARKED, alt=alt,
                            selection_mode=("points", "box", "lasso") if lasso else ("points", "box"))
    points: Sequence[Mapping[str, Any]] = event.selection.points
    return points


def _below(look: Look, marked: NDArray[np.int64], extremes: Mapping[str, NDArray[np.int64]],
           note: Callable[[int], str]) -> None:
    """The marked pictures, sorted as the first of the extremes; without any, the first few of each extreme."""
    if not len(marked):
        st.caption(HOW_TO)
        for title, rows in extremes.items():
            st.markdown(f"**{title}**")
            pictures.grid(look, rows[:FEW], named=True, note=note, place=title)
        return
    by_itself = next(iter(extremes.values()))
    shown = by_itself[np.isin(by_itself, marked)]
    st.markdown(f"**Marked in the figure** · {amount(len(shown), 'picture')}")
    key = f"marked-{look.chosen.entry.id}-{len(shown)}-{shown[0]}-{shown[-1]}"
    pictures.paged(look, shown, key, named=True, note=note)


def _size_of(columns: Columns, row: int) -> str:
    return f"{columns.widths[row]:,} × {columns.heights[row]:,}"


# Figures take plotly tens of milliseconds, and thirty visitors look at the same pictures. Shared: not to be changed.
@st.cache_resource(max_entries=32, show_spinner=False)
def _sizes(_columns: Columns, fingerprint: str, network_pixels: int) -> tuple[SizeGroups, go.Figure, go.Figure]:
    groups = overview.size_groups(_columns, charts.coloured(_columns.classes))
    return (groups, charts.sizes(groups, _columns.classes, network_pixels),
            charts.shorter_sides(_columns.shorter, network_pixels))


@st.cache_resource(max_entries=32, show_spinner=False)
def _shapes(_columns: Columns, fingerprint: str) -> Drawn:
    half = np.log(overview.SQUARE_WITHIN)
    most = int(np.ceil(np.log(LONGEST_RATIO) / (2 * half)))
    edges = np.arange(-most - 0.5, most + 1) * 2 * half       # the middle bin is what counts as square
    bins = charts.binned(np.log(_columns.ratios), edges)
    told = [f"{_ratio(low)} to {_ratio(high)}" for low, high in pairwise(edges)]
    figure = charts.histogram(bins, _columns.labels, _columns.classes, told, {
        "tickvals": [float(np.log(ratio)) for ratio in RATIO_TICKS], "ticktext": list(RATIO_TICKS.values()),
        "title": "← portrait · width : height · landscape →"})
    return Drawn(bins, figure)


@st.cache_resource(max_entries=32, show_spinner=False)
def _light(_columns: Columns, _seen: Seen, fingerprint: str) -> tuple[go.Figure, Drawn]:
    edges = np.linspace(0, 1, LIGHT_BINS + 1)
    bins = charts.binned(_seen.brightness.astype(np.float64), edges)
    told = [f"{100 * low:.0f} to {100 * high:.0f} % bright" for low, high in pairwise(edges)]
    figure = charts.histogram(bins, _columns.labels, _columns.classes, told, {
        "tickvals": [0, 0.25, 0.5, 0.75, 1], "ticktext": ["black", "dark", "middle", "bright", "white"]},
        legend=False)       # the boxes beside it name the colours
    return charts.light(giveaways.spreads(_columns, _seen.brightness)), Drawn(bins, figure)


@st.cache_resource(max_entries=32, show_spinner=False)
def _files(_columns: Columns, fingerprint: str) -> Drawn:
    low, high = float(_columns.bytes.min()), float(_columns.bytes.max())
    edges = np.linspace(np.log10(low * 0.95), np.log10(max(high, low * 2) * 1.05), BYTE_BINS + 1)
    bins = charts.binned(np.log10(_columns.bytes), edges)
    told = [f"{words.size(10**a)} to {words.size(10**b)}" for a, b in pairwise(edges)]
    ticks = [tick for tick in BYTE_TICKS if edges[0] <= np.log10(tick) <= edges[-1]]
    return Drawn(bins, charts.histogram(bins, _columns.labels, _columns.classes, told, {
        "tickvals": [float(np.log10(tick)) for tick in ticks], "ticktext": [words.size(tick) for tick in ticks],
        "title": "size of a file"}))


def _ratio(log_ratio: float) -> str:
    ratio = float(np.exp(log_ratio))
    return f"{ratio:.2f} : 1" if ratio >= 1 else f"1 : {1 / ratio:.2f}"
