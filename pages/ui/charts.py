"""What a run tells, as charts and tables: the learning-rate finder's curve, and a training that goes on."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.events import LrFound
from core.runs.story import Story
from core.training.words import rate_in_words
from pages.ui.colours import LINE, UNSURE, WRONG

LR_CURVE_HEIGHT = 400         # pixels, before and after there is a curve
LOSSES_HEIGHT = 290           # of a training that goes on: two columns, each with a high and a low part ...
ERRORS_HEIGHT = 190
RATES_HEIGHT = 150
EPOCHS_HEIGHT = 250           # ... that end at one line
AXIS_WIDTH = 34               # pixels, so that steps stand below steps
MINIMUM = "minimum ÷ 10"
LABEL_STEP = 0.065            # of the height: labels of suggestions that stand close together go one below the other
SMOOTHING = 0.8               # of the running mean over batches, as the finder smooths
CLOSE_DECADES = 1.0           # so close that their labels would touch

TRAINING, VALIDATION = "training, smoothed", "validation, each epoch"

# Vega-Lite: Streamlit puts new rows into the standing chart, so that it neither blinks nor loses the pointer.
LOSSES_SPEC: Mapping[str, Any] = {
    "layer": [
        {"transform": [{"filter": {"field": "what", "equal": TRAINING}}],
         "mark": {"type": "line", "strokeWidth": 1.2, "opacity": 0.75}},
        {"transform": [{"filter": {"field": "what", "equal": VALIDATION}}],
         "mark": {"type": "line", "strokeWidth": 2.5, "point": {"size": 45, "filled": True}}},
    ],
    "encoding": {
        "x": {"field": "step", "type": "quantitative", "title": "steps", "axis": {"tickMinStep": 1}},
        "y": {"field": "loss", "type": "quantitative", "title": "loss (less is better)",
              "axis": {"minExtent": AXIS_WIDTH}},
        "color": {"field": "what", "type": "nominal", "title": None, "legend": {"orient": "top-right", "labelLimit": 0},
                  "scale": {"domain": [TRAINING, VALIDATION], "range": [UNSURE, LINE]}},
        "tooltip": [{"field": "what", "title": " "}, {"field": "step", "title": "step"},
                    {"field": "loss", "title": "loss", "format": ".3f"}],
    },
}


ERRORS_SPEC: Mapping[str, Any] = {
    "mark": {"type": "line", "strokeWidth": 2.5, "color": WRONG, "point": {"size": 45, "filled": True, "color": WRONG}},
    "encoding": {
        "x": {"field": "epoch", "type": "quantitative", "title": "epochs",
              "axis": {"tickMinStep": 1, "format": "d"}, "scale": {"nice": False}},
        "y": {"field": "wrong", "type": "quantitative", "title": "wrong (error rate)", "axis": {"format": "%"},
              "scale": {"zero": True}},
        "tooltip": [{"field": "epoch", "title": "epoch"}, {"field": "wrong", "title": "wrong", "format": ".1%"}],
    },
}

RATES_SPEC: Mapping[str, Any] = {
    "mark": {"type": "line", "strokeWidth": 1.5, "color": LINE},
    "encoding": {
        "x": {"field": "step", "type": "quantitative", "title": "steps", "axis": {"tickMinStep": 1}},
        "y": {"field": "rate", "type": "quantitative", "title": "learning rate",
              "axis": {"labelExpr": "datum.value == 0 ? '0' : format(datum.value, '~e')", "tickCount": 3,
                       "minExtent": AXIS_WIDTH}},
        "tooltip": [{"field": "step", "title": "step"},
                    {"field": "rate", "title": "learning rate of the head", "format": ".1e"}],
    },
}


def spec(chart: Mapping[str, Any], columns: Mapping[str, Sequence[object]]) -> dict[str, Any]:
    """The chart's specification for these columns: without a row it has bare axes, where Vega would make up labels."""
    if any(columns.values()):
        return dict(chart)
    bare = {axis: chart["encoding"][axis] | {"scale": {"domain": [0, 1]}, "axis": {"labels": False}}
            for axis in ("x", "y")}
    return {**chart, "encoding": {**chart["encoding"], **bare}}


def suggestions(found: LrFound) -> dict[str, float]:
    """The rates that the curve suggests, by name, the recommended one first; those it does not carry are left out."""
    every = {"valley": found.valley, "slide": found.slide, "steep": found.steep, MINIMUM: found.minimum}
    return {name: rate for name, rate in every.items() if rate is not None}


def lr_curve(found: LrFound, chosen: float | None) -> go.Figure:
    """Loss over the learning rate (logarithmic): raw and smoothed, suggestions marked, the chosen rate as a line.

    The x of every point is a rate to choose.
    """
    rates = np.array(found.learning_rates)
    figure = go.Figure()
    figure.add_scatter(x=rates, y=found.losses, name="each batch", mode="lines+markers", opacity=0.55,
                       line={"color": UNSURE, "width": 1}, marker={"size": 4}, hovertemplate="%{x:.1e}<extra></extra>")
    figure.add_scatter(x=rates, y=found.smoothed, name="smoothed", mode="lines+markers",
                       line={"color": LINE, "width": 3}, marker={"size": 6},
                       hovertemplate="learning rate %{x:.1e}<br>loss %{y:.2f}<extra></extra>")
    _mark_suggestions(figure, found)
    if chosen is not None:
        figure.add_vline(x=chosen, line={"color": LINE, "width": 2, "dash": "dash"})
        figure.add_annotation(x=np.log10(chosen), y=0, yref="paper", yanchor="bottom", xanchor="left", xshift=4,
                              text=f"chosen {rate_in_words(chosen)}", showarrow=False)
    figure.update_traces(unselected={"marker": {"opacity": 1}}, selector={"type": "scatter"})
    figure.update_layout(
        height=LR_CURVE_HEIGHT, margin={"l": 8, "r": 8, "t": 8, "b": 8}, hovermode="closest", dragmode=False,
        clickmode="event+select", legend={"x": 0.01, "y": 0.01, "yanchor": "bottom", "bgcolor": "rgba(0,0,0,0)"},
        xaxis={"type": "log", "title": "how big a step (learning rate)", "tickformat": ".0e", "dtick": 1},
        yaxis={"title": "loss (less is better)", "range": _loss_range(found)},
    )
    return figure


def _mark_suggestions(figure: go.Figure, found: LrFound) -> None:
    names: dict[float, list[str]] = {}
    for name, rate in suggestions(found).items():
        names.setdefault(rate, []).append(name)
    if not names:
        return
    at = sorted(names)
    losses = np.interp(np.log(at), np.log(found.learning_rates), found.smoothed)
    figure.add_scatter(x=at, y=losses, name="suggestions", mode="markers", showlegend=False,
                       marker={"size": 13, "color": LINE, "line": {"color": "white", "width": 2}},
                       hovertext=[f"{', '.join(names[rate])}: {rate_in_words(rate)}" for rate in at],
                       hovertemplate="%{hovertext}<extra></extra>")
    low, high = _loss_range(found)
    level = 0
    for place, (rate, loss) in enumerate(zip(at, losses, strict=True)):
        # Each hangs from its label, the leftmost highest, so that no line runs through a label.
        level = level + 1 if place and np.log10(rate / at[place - 1]) < CLOSE_DECADES else 0
        top = high - (0.02 + LABEL_STEP * level) * (high - low)
        figure.add_shape(type="line", x0=rate, x1=rate, y0=loss, y1=top, line={"color": UNSURE, "width": 1})
        figure.add_annotation(x=np.log10(rate), y=top, text=", ".join(names[rate]), showarrow=False,
                              xanchor="left", yanchor="middle", xshift=3)


def _loss_range(found: LrFound) -> tuple[float, float]:
    """From a little below the losses to well above the start: the blow-up beyond would flatten the rest."""
    smoothed = np.array(found.smoothed)
    start = float(smoothed[:max(1, len(smoothed) // 2)].max())
    least = float(min(smoothed.min(), np.quantile(found.losses, 0.03)))
    room = max(start - least, 0.1 * start)
    return least - 0.1 * room, start + 0.5 * room


def losses(story: Story) -> dict[str, Sequence[object]]:
    """Columns for LOSSES_SPEC: step, loss, and what was measured."""
    points = [*smoothed(story.losses), *story.valid_losses]
    return {
        "step": [step for step, _ in points],
        "loss": [loss for _, loss in points],
        "what": [TRAINING] * len(story.losses) + [VALIDATION] * len(story.valid_losses),
    }


def errors(story: Story) -> dict[str, Sequence[object]]:
    """Columns for ERRORS_SPEC: epoch (from 1), and the share of the validation pictures that are wrong."""
    return {"epoch": [row.epoch + 1 for row in story.epochs], "wrong": [row.error_rate for row in story.epochs]}


def rates(story: Story) -> dict[str, Sequence[object]]:
    """Columns for RATES_SPEC: step, and the head's learning rate."""
    return {"step": [batch.step for batch in story.batches], "rate": [batch.learning_rate for batch in story.batches]}


def smoothed(points: Sequence[tuple[int, float]]) -> Iterator[tuple[int, float]]:
    """Their running mean, bias-corrected: a single batch's loss says little, and the last one may be tiny."""
    mean = 0.0
    for count, (step, loss) in enumerate(points, start=1):
        mean = SMOOTHING * mean + (1 - SMOOTHING) * loss
        yield step, mean / (1 - SMOOTHING**count)


def epochs(story: Story) -> dict[str, Sequence[object]]:
    """Columns of the table of epochs, the newest first; the one whose weights are kept is marked."""
    rows, kept = story.epochs[::-1], story.kept
    return {
        "epoch": [row.epoch + 1 for row in rows],
        "kept": ["kept" if row is kept else "" for row in rows],
        "right": [100 * row.accuracy for row in rows],
        "wrong": [100 * row.error_rate for row in rows],
        "valid_loss": [row.valid_loss for row in rows],
        "train_loss": [row.train_loss for row in rows],
        "seconds": [row.seconds for row in rows],
    }
