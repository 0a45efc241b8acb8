"""What a data set's pictures are like, as figures: sizes, histograms by class, light, the split."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.data.giveaways import Spread
from core.data.overview import PARTS, SizeGroups
from pages.ui import colours
from pages.ui.result_charts import axis_name
from pages.ui.words import amount

HEIGHT = 340                  # pixels, of every figure that does not grow with the classes
BAR_PIXELS = 30               # a class
MOST_COLOURS = len(colours.CLASS_COLOURS)      # with more classes a colour means nothing
WHOLE_MARKER = 64             # pixels across, of a disc for all pictures
LEAST_MARKER = 6
FAR_APART = 10                # so many times the least: the axis is a logarithm then
PART_STRENGTH = (1.0, 0.45, 0.2)               # of a class's colour in its bar
ON_PALE = "#1f2937"           # text on such a bar
LEAST_TOLD = 0.06             # of a class, for which its bar has room
PIXEL_TICKS = [step * 10**power for power in range(6) for step in (1, 2, 5)]      # where they are a logarithm
HINT = {"size": 13, "color": colours.UNSURE}


@dataclass(frozen=True, slots=True, eq=False)
class Bins:
    """B bins of a histogram: each picture's bin, and where bins stand on the axis."""

    of: NDArray[np.int64]         # (N,)
    edges: NDArray[np.float64]    # (B + 1,), in the axis's measure


def coloured(classes: Sequence[str]) -> bool:
    """Whether a colour can tell these classes."""
    return len(classes) <= MOST_COLOURS


def binned(values: NDArray[np.float64], edges: NDArray[np.float64]) -> Bins:
    """What lies outside goes to the first and the last bin."""
    return Bins(np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2), edges)


def sizes(groups: SizeGroups, classes: Sequence[str], network_pixels: int) -> go.Figure:
    """Width by height; a disc's area is its count, in rings by class. `customdata` of each marker is its group."""
    by_class = coloured(classes)
    labels, shares = groups.labels.tolist(), groups.stacked / groups.counts.sum()
    about = "about " if groups.rounded else ""
    words = [f"{about}{width:,} × {height:,}<br>" + (
             f"{count:,} of {axis_name(classes[label])}" if by_class else amount(count, "picture"))
             for width, height, count, label in zip(groups.widths.tolist(), groups.heights.tolist(),
                                                    groups.counts.tolist(), labels, strict=True)]
    figure = go.Figure()
    figure.add_scatter(
        x=groups.widths.tolist(), y=groups.heights.tolist(), mode="markers", customdata=list(range(len(labels))),
        hovertext=words, hovertemplate="%{hovertext}<extra></extra>", showlegend=False,
        marker={"size": np.maximum(LEAST_MARKER, WHOLE_MARKER * np.sqrt(shares)).round(1).tolist(), "opacity": 1,
                "line": {"width": 0.5}, "color": [_colour(label, classes) for label in labels]})
    _legend(figure, classes)
    sides = np.concatenate([groups.widths, groups.heights])
    with_network = sides.min() < 2 * network_pixels
    for axis, values in (("x", groups.widths), ("y", groups.heights)):
        told = np.append(values, network_pixels) if with_network else values
        figure.update_layout({f"{axis}axis": _pixels(told, logarithmic=sides.max() > FAR_APART * sides.min())})
    if with_network:
        _network_lines(figure, network_pixels)
    figure.update_layout(height=HEIGHT, margin=_margin(28), dragmode="select", clickmode="event+select",
                         hovermode="closest", xaxis_title="width, pixels", yaxis_title="height, pixels")
    return figure


def shorter_sides(shorter: NDArray[np.int64], network_pixels: int) -> go.Figure:
    low, high = float(min(shorter.min(), network_pixels)), float(max(shorter.max(), network_pixels))
    logarithmic = high > FAR_APART * low
    edges = np.geomspace(low * 0.97, high * 1.03, 31) if logarithmic else np.linspace(low * 0.97, high * 1.03, 31)
    counts = np.histogram(shorter, edges)[0]
    figure = go.Figure(go.Bar(x=((edges[1:] + edges[:-1]) / 2).tolist(), y=counts.tolist(),
                              width=(np.diff(edges) * 0.94).tolist(), marker_color=colours.LINE))
    figure.add_vline(x=network_pixels, line={"color": colours.UNSURE, "width": 1.5, "dash": "dash"})
    figure.add_annotation(x=np.log10(network_pixels) if logarithmic else network_pixels, y=1, yref="paper",
                          yanchor="bottom", text=f"the network sees {network_pixels}", showarrow=False, font=HINT,
                          xanchor="left" if network_pixels < (low + high) / 2 else "right")
    figure.update_layout(height=HEIGHT, margin=_margin(28), bargap=0,
                         xaxis=_pixels(np.array([low, high]), logarithmic) | {"title": "shorter side, pixels"},
                         yaxis={"title": "pictures", "fixedrange": True, "rangemode": "tozero"})
    return figure


def histogram(bins: Bins, labels: NDArray[np.int64], classes: Sequence[str], told: Sequence[str],
              axis: Mapping[str, object], legend: bool = True) -> go.Figure:
    """Pictures a bin, stacked by class where a colour can tell them; `told` is what the pointer says of each bin.

    A trace is a class (or all of them), a point of it a bin: `picked` finds the pictures again.
    """
    count = len(bins.edges) - 1
    kinds: Sequence[int | None] = range(len(classes)) if coloured(classes) else (None,)
    middles, widths = ((bins.edges[1:] + bins.edges[:-1]) / 2).tolist(), (np.diff(bins.edges) * 0.94).tolist()
    figure = go.Figure()
    for kind in kinds:
        own = bins.of if kind is None else bins.of[labels == kind]
        name = "" if kind is None else f" of {axis_name(classes[kind])}"
        figure.add_bar(x=middles, width=widths, y=np.bincount(own, minlength=count).tolist(), hovertext=list(told),
                       hovertemplate="%{hovertext}<br>%{y:,}" + name + "<extra></extra>", showlegend=False,
                       marker={"color": colours.LINE if kind is None else colours.of_class(kind), "line": {"width": 0}})
    if legend:
        _legend(figure, classes)
    figure.update_layout(height=HEIGHT, margin=_margin(28), barmode="stack", bargap=0, dragmode="select",
                         selectdirection="h", clickmode="event+select", hovermode="closest",
                         xaxis={"fixedrange": True, "showgrid": False, "zeroline": False,
                                "range": [float(bins.edges[0]), float(bins.edges[-1])], **axis},
                         yaxis={"title": "pictures", "fixedrange": True})
    return figure


def picked(points: Sequence[Mapping[str, object]], bins: Bins, labels: NDArray[np.int64],
           classes: Sequence[str]) -> NDArray[np.int64]:
    """The rows of pictures in the bars of a histogram that were clicked or drawn over."""
    found = np.zeros(len(labels), dtype=bool)
    for point in points:
        inside = bins.of == point["point_index"]
        found |= inside & (labels == point["curve_number"]) if coloured(classes) else inside
    return np.flatnonzero(found)


def light(spreads: Sequence[Spread]) -> go.Figure:
    """A box a class: half its pictures within, nine of ten between the whiskers."""
    classes, rows = [each.label for each in spreads], list(range(len(spreads)))
    figure = go.Figure()
    for place in [[row] for row in rows] if coloured(classes) else [rows]:      # a trace takes a browser some time
        own = [spreads[row] for row in place]
        figure.add_box(orientation="h", y=place, q1=[each.quarter for each in own],
                       median=[each.median for each in own], q3=[each.three_quarters for each in own],
                       lowerfence=[each.low for each in own], upperfence=[each.high for each in own], width=0.5,
                       showlegend=False, marker_color=_colour(place[0], classes), line={"width": 2})
    figure.update_layout(height=max(HEIGHT, 60 + BAR_PIXELS * len(rows)), margin=_margin(28),
                         xaxis={"range": [0, 1], "tickvals": [0, 0.25, 0.5, 0.75, 1], "fixedrange": True,
                                "ticktext": ["black", "dark", "middle", "bright", "white"]},
                         yaxis=_class_axis(classes))
    return figure


def split(counts: NDArray[np.int64], classes: Sequence[str]) -> go.Figure:
    """Shares of each class (K, 3) in PARTS: a bar of one length a class."""
    totals = counts.sum(axis=1)
    rows = list(range(len(classes)))
    figure = go.Figure()
    for part in range(len(PARTS)):
        shares = counts[:, part] / totals
        figure.add_bar(orientation="h", y=rows, x=shares.tolist(), width=0.62, marker={
            "color": [_tint(_colour(row, classes), PART_STRENGTH[part]) for row in rows]})
        if part:        # pale on light and dark ground alike
            figure.add_scatter(x=((counts[:, :part].sum(axis=1) + counts[:, part] / 2) / totals).tolist(), y=rows,
                               mode="text", textfont={"color": ON_PALE},
                               text=[f"{100 * share:.0f} %" if share >= LEAST_TOLD else "" for share in shares])
    figure.update_layout(barmode="stack", showlegend=False, height=12 + 34 * len(rows), margin=_margin(4),
                         xaxis={"visible": False, "range": [0, 1]}, yaxis=_class_axis(classes))
    return figure


def _class_axis(classes: Sequence[str]) -> dict[str, object]:
    return {"range": [len(classes) - 0.5, -0.5], "tickvals": list(range(len(classes))), "showgrid": False,
            "automargin": True, "ticktext": [axis_name(label) for label in classes], "ticksuffix": "  ",
            "fixedrange": True}


def _network_lines(figure: go.Figure, pixels: int) -> None:
    for line in (figure.add_vline, figure.add_hline):
        line(**{"x" if line == figure.add_vline else "y": pixels},
             line={"color": colours.UNSURE, "width": 1.2, "dash": "dash"})
    figure.add_annotation(x=0.995, xref="paper", xanchor="right", y=np.log10(pixels) if
                          figure.layout.yaxis.type == "log" else pixels, yanchor="bottom", showarrow=False,
                          text=f"the network sees {pixels}", font=HINT)


def _pixels(values: NDArray[np.int64] | NDArray[np.float64], logarithmic: bool) -> dict[str, object]:
    low, high = float(values.min()), float(values.max())
    if logarithmic:
        room = 0.08 * max(0.3, np.log10(high / low))
        return {"type": "log", "range": [np.log10(low) - room, np.log10(high) + room],
                "tickvals": PIXEL_TICKS, "ticktext": [f"{tick:,}" for tick in PIXEL_TICKS],
                "fixedrange": True, "zeroline": False}
    room = 0.1 * max(high - low, 0.2 * high)
    return {"range": [max(0.0, low - room), high + room], "fixedrange": True, "zeroline": False}


def _colour(label: int, classes: Sequence[str]) -> str:
    return colours.of_class(label) if coloured(classes) else colours.LINE


def _tint(colour: str, strength: float) -> str:
    """The colour "#rrggbb" mixed with white."""
    parts = (int(colour[at:at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(255 - strength * (255 - part)):02x}" for part in parts)


def _legend(figure: go.Figure, classes: Sequence[str]) -> None:
    """The classes' colours above the figure; not to be clicked, since bars and discs are."""
    if not coloured(classes):
        return
    for place, label in enumerate(classes):
        figure.add_scatter(x=[None], y=[None], mode="markers", name=axis_name(label), hoverinfo="skip",
                           marker={"size": 10, "symbol": "square", "color": colours.of_class(place)})
    figure.update_layout(legend={"orientation": "h", "x": 0, "y": 1.01, "yanchor": "bottom", "itemclick": False,
                                 "itemdoubleclick": False, "traceorder": "normal", "bgcolor": "rgba(0,0,0,0)"})


def _margin(top: int) -> dict[str, int]:
    return {"l": 8, "r": 28, "t": top, "b": 8}
