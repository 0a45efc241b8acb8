"""Pictures as dots: on one axis of a class's probability, and on a map of what is like what."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.interpretation.predictions import Predictions
from pages.ui.colours import CLASS_COLOURS, RIGHT, UNSURE, WRONG, of_class
from pages.ui.result_charts import axis_name, escaped

Colouring = Literal["actual", "predicted", "verdict"]

HEIGHT = 520                   # pixels, of either chart
BINS = 100                     # of the axis: dots of one are stacked
LANE = 0.86                    # of the room between two lanes' middles that a stack may fill
TALLEST = 34                   # dots that a lane has room for beside each other
DOTS = ((400, 9.0), (1_500, 7.0), (3_000, 6.0))     # up to so many pictures, pixels a dot
SMALLEST = 5.0
MOST_OUTLINED = 1_500          # dots: an outline shows where they are few, and costs time where they are many
MOST_COLOURED = len(CLASS_COLOURS)
PALE = 0.28                    # opacity of training pictures behind
CLEAR, GREYED = 0.85, 0.4      # of a picture in colour, and of one whose class is not chosen
OTHERS = "other classes"
RIGHT_SHAPE, WRONG_SHAPE = "circle", "x"


@dataclass(frozen=True, slots=True)
class Paint:
    """What a dot's colour tells. `classes`: those in colour, None for all of them; the others are grey."""

    by: Colouring = "actual"
    classes: tuple[int, ...] | None = None


def probability_axis(predictions: Predictions, kind: int, paint: Paint) -> go.Figure:
    """Every picture at the probability that it is of the class `kind`, 0 to 1: those that are above, the others below.

    Dots that would hide each other are stacked.
    """
    of_kind = predictions.labels == kind
    x = predictions.probabilities[:, kind]
    y = np.where(of_kind, 1.0, 0.0)
    for lane in (of_kind, ~of_kind):
        y[lane] += stacked(x[lane]) * LANE
    figure = _dots(predictions, np.arange(len(predictions)), np.stack([x, y], axis=1), paint)
    name = axis_name(predictions.classes[kind])
    other = axis_name(predictions.classes[1 - kind]) if len(predictions.classes) == 2 else "another class"
    figure.add_vline(x=0.5, line={"color": UNSURE, "width": 1.5, "dash": "dash"})
    figure.add_annotation(x=0.5, y=1, yref="paper", yanchor="bottom", showarrow=False, text="0.5")
    figure.update_xaxes(range=[-0.02, 1.02], tickformat=".0%", zeroline=False,
                        title=f"probability of {name}, as the network says")
    figure.update_yaxes(range=[-0.55, 1.55], tickvals=[1, 0], ticktext=[f"is {name}", f"is {other}"], showgrid=False,
                        zeroline=False)
    return figure


def likeness_map(predictions: Predictions, rows: NDArray[np.int64], places: NDArray[np.float32], paint: Paint,
                 behind: NDArray[np.float32] | None = None, axes: tuple[str, str] | None = None) -> go.Figure:
    """These rows of the predictions at their places (n, 2); `behind` (m, 2) are other pictures' places, pale.

    `axes`: their names, where distances mean something.
    """
    figure = go.Figure()
    if behind is not None and len(behind):
        figure.add_scattergl(x=behind[:, 0], y=behind[:, 1], mode="markers", name="training", hoverinfo="skip",
                             marker={"size": 5, "color": UNSURE, "opacity": PALE, "line": {"width": 0}})
    _dots(predictions, rows, places, paint, figure)
    quiet: dict[str, Any] = {"showgrid": False, "zeroline": False, "showticklabels": False}
    figure.update_xaxes(**quiet, title=axes[0] if axes else None)
    # Distances on a shadow are true only where both axes have one scale; on a map of neighbours they mean nothing.
    figure.update_yaxes(**quiet, title=axes[1] if axes else None, scaleanchor="x" if axes else None)
    return figure


def stacked(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Heights (n,) from -0.5 to 0.5 for dots at these values (n,), 0 to 1: those of one bin stand on each other.

    Stacks grow from the middle; one that is too tall for its room is squeezed into it. Within a stack the values have
    no order, else they would make slanted lines of which none means anything.
    """
    bins = np.clip((values * BINS).astype(np.int64), 0, BINS - 1)
    order = np.argsort(bins, kind="stable")
    counts = np.bincount(bins, minlength=BINS)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    rank = np.empty(len(values))
    rank[order] = np.arange(len(values)) - starts[bins[order]]
    room = np.maximum(counts[bins], TALLEST)
    return np.asarray((rank - (counts[bins] - 1) / 2) / room, dtype=np.float64)


def _dots(predictions: Predictions, rows: NDArray[np.int64], places: NDArray[Any], paint: Paint,
          figure: go.Figure | None = None) -> go.Figure:
    """A trace for each colour and verdict; a dot's customdata is its picture's id, by which a lasso tells of it."""
    figure = figure or go.Figure()
    ids, told = np.array(predictions.ids), _told(predictions)
    size = next((size for most, size in DOTS if len(rows) <= most), SMALLEST)
    correct = predictions.correct[rows]
    groups = list(_groups(predictions, rows, paint))
    for right, shape in ((True, RIGHT_SHAPE), (False, WRONG_SHAPE)):       # the mistakes above all else
        for name, colour, members in groups:
            chosen = members & (correct == right)
            if not chosen.any():
                continue
            where = places[chosen].astype(np.float32)
            figure.add_scattergl(
                x=where[:, 0], y=where[:, 1], mode="markers", name=name, legendgroup=name, showlegend=False,
                customdata=ids[rows[chosen]].tolist(), text=told[rows[chosen]].tolist(),
                hovertemplate="%{text}<extra></extra>",
                marker={"symbol": shape, "color": colour, "size": size if right else size + 1,
                        "opacity": GREYED if name == OTHERS else CLEAR,
                        "line": {"width": 0.5 if right and len(rows) <= MOST_OUTLINED else 0,
                                 "color": "rgba(255,255,255,.6)"}})
    for name, colour, _ in groups:
        figure.add_scattergl(x=[None], y=[None], mode="markers", name=name, legendgroup=name,
                             marker={"symbol": "square", "color": colour, "size": 11})
    if paint.by != "verdict":
        for name, shape in (("right", RIGHT_SHAPE), ("wrong", WRONG_SHAPE)):
            figure.add_scattergl(x=[None], y=[None], mode="markers", name=name, legendgroup=f"shape {name}",
                                 marker={"symbol": shape, "color": UNSURE, "size": 9})
    figure.update_layout(
        height=HEIGHT, margin={"l": 8, "r": 8, "t": 24, "b": 8}, dragmode="lasso", hovermode="closest",
        hoverdistance=12, legend={"x": 1.01, "y": 0.95, "itemclick": False, "itemdoubleclick": False,
                                  "itemsizing": "trace", "traceorder": "normal", "title": {"text": ""}})
    return figure


def _groups(predictions: Predictions, rows: NDArray[np.int64], paint: Paint
            ) -> Iterator[tuple[str, str, NDArray[np.bool]]]:
    """Name, colour and members (n,) of what is coloured alike; the grey rest first, so that nothing lies below it."""
    if paint.by == "verdict":
        right = predictions.correct[rows]
        yield "right", RIGHT, right
        yield "wrong", WRONG, ~right
        return
    kind = (predictions.labels if paint.by == "actual" else predictions.predicted)[rows]
    coloured = range(len(predictions.classes)) if paint.classes is None else paint.classes
    rest = ~np.isin(kind, list(coloured))
    if rest.any():
        yield OTHERS, UNSURE, rest
    for index, colour in zip(coloured, apart(coloured), strict=True):
        yield axis_name(predictions.classes[index]), colour, kind == index


def apart(classes: Sequence[int]) -> list[str]:
    """A colour for each of these classes: its own, or where another of them has that already, one that is free."""
    taken: list[str] = []
    for index in classes:
        own = of_class(index)
        free = [colour for colour in CLASS_COLOURS if colour not in taken]
        taken.append(own if own in free or not free else free[0])
    return taken


def _told(predictions: Predictions) -> NDArray[np.str_]:
    """(N,) what the pointer tells of each: "ants", or "ants, taken for bees", and how probable that was."""
    name: Callable[[int], str] = lambda kind: escaped(predictions.classes[kind][:24])  # noqa: E731
    names = np.array([name(kind) for kind in range(len(predictions.classes))])
    best = 100 * predictions.probabilities.max(axis=1)
    # Never 100 % of what is not quite that; no answer is near 0.
    percents = np.where(np.round(best) < 100, np.char.mod("%d %%", np.round(best)),
                        np.char.mod("%.1f %%", np.minimum(best, 99.9)))
    said = np.where(predictions.correct, " · ", np.char.add(np.char.add(", taken for ", names[predictions.predicted]),
                                                            " · "))
    return np.char.add(np.char.add(names[predictions.labels], said), percents)
