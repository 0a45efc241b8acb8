"""What a finished network says, as figures: which class is taken for which, the epochs, one picture's probabilities."""

import html
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.events import EpochDone
from core.interpretation.confusion import confusion_matrix
from core.interpretation.predictions import Predictions
from pages.ui.colours import LINE, RIGHT, UNSURE, WRONG

CONFUSION_HEIGHT = 560      # pixels, whatever the number of classes
HISTORY_HEIGHT = 380
BAR_HEIGHT = 26             # of one class's bar, in `probability_bars`
LONGEST_NAME = 18           # letters of a class's name on an axis
MOST_COUNTS = 16            # classes: with more, a cell is too small for its count and the pointer tells it
MOST_TICKS = 40             # names that an axis of the confusion matrix has room for
MOST_BARS = 15              # of the most probable classes, in `probability_bars`
# From a single picture to all of the class (to half of it, for mistakes). Opaque, so that a count's black or white
# fits its cell on either ground.
BLUES, ORANGES = (("#dbe7fe", RIGHT), ("#fde6d3", WRONG))


def confusion(predictions: Predictions) -> go.Figure:
    """Counts: the actual class in rows, the prediction in columns; the darker, the larger a share of its row.

    Cells without a picture stay empty.
    """
    counts = confusion_matrix(predictions)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    diagonal = np.eye(len(counts), dtype=bool)
    figure = go.Figure()
    for cells, colours, most, words in ((diagonal, BLUES, 1.0, "were recognised"),
                                        (~diagonal, ORANGES, 0.5, "were taken for")):
        figure.add_heatmap(**_cells(predictions.classes, counts, shares, cells & (counts > 0), words),
                           colorscale=[[0, colours[0]], [1, colours[1]]], zmin=0, zmax=most, showscale=False,
                           xgap=1, ygap=1, hovertemplate="%{hovertext}<extra></extra>")
    every = -(-len(counts) // MOST_TICKS)            # the pointer tells those between
    places = list(range(0, len(counts), every))
    names = [axis_name(predictions.classes[place]) for place in places]
    axis = {"tickvals": places, "ticktext": names, "showgrid": False, "zeroline": False,
            "range": [-0.5, len(counts) - 0.5], "constrain": "domain", "fixedrange": True}
    figure.update_layout(
        height=CONFUSION_HEIGHT, margin={"l": 8, "r": 8, "t": 8, "b": 8}, dragmode=False,
        xaxis=axis | {"title": "taken for (prediction)", "side": "top", "tickangle": 0 if len(counts) < 6 else -60},
        yaxis=axis | {"title": "is (actual)", "range": [len(counts) - 0.5, -0.5]})
    return figure


def _cells(classes: Sequence[str], counts: np.ndarray, shares: np.ndarray, shown: np.ndarray,
           words: str) -> dict[str, object]:
    """A heat map's values for the cells that are shown; None elsewhere."""
    kinds = range(len(classes))
    totals = counts.sum(axis=1)

    def told(row: int, column: int) -> str:
        aim = "" if row == column else f" {escaped(classes[column])}"
        return f"{counts[row, column]} of {totals[row]} {escaped(classes[row])} {words}{aim}"

    def of(value: object, row: int, column: int) -> object:
        return value if shown[row, column] else None

    values: dict[str, object] = {
        "x": list(kinds), "y": list(kinds), "hoverongaps": False,
        "z": [[of(float(shares[row, column]), row, column) for column in kinds] for row in kinds],
        "hovertext": [[of(told(row, column), row, column) for column in kinds] for row in kinds],
    }
    if len(classes) <= MOST_COUNTS:
        values |= {"text": [[of(str(counts[row, column]), row, column) or "" for column in kinds] for row in kinds],
                   "texttemplate": "%{text}", "textfont": {"size": 16 if len(classes) < 7 else 12}}
    return values


def history(epochs: Sequence[EpochDone], kept: int) -> go.Figure:
    """Loss and accuracy over the epochs, counted from 1; the kept one (from 0) is marked."""
    x = [event.epoch + 1 for event in epochs]
    mode = "lines+markers" if len(epochs) < 40 else "lines"
    figure = make_subplots(1, 2, horizontal_spacing=0.09)
    lines = (("training loss", [event.train_loss for event in epochs], UNSURE, 1),
             ("validation loss", [event.valid_loss for event in epochs], LINE, 1),
             ("accuracy", [event.accuracy for event in epochs], RIGHT, 2))
    for name, values, colour, column in lines:
        figure.add_scatter(x=x, y=values, name=name, mode=mode, line={"color": colour, "width": 2.5},
                           hovertemplate=f"{name} %{{y:{'.1%' if name == 'accuracy' else '.3f'}}}"
                                         "<br>epoch %{x}<extra></extra>", row=1, col=column)
    for column in (1, 2):
        figure.add_vline(x=kept + 1, line={"color": UNSURE, "width": 1.5, "dash": "dash"}, row=1, col=column)
        figure.add_annotation(x=kept + 1, y=1, yref="y domain" if column == 1 else "y2 domain", row=1, col=column,
                              text="kept", showarrow=False, yanchor="bottom")
    around = {"range": [0.5, max(x) + 0.5], "title": "epoch", "tickformat": "d", "fixedrange": True}
    figure.update_xaxes(**around, **({"dtick": 1} if max(x) < 12 else {}))
    figure.update_yaxes(title="loss (less is better)", rangemode="tozero", row=1, col=1)
    figure.update_yaxes(title="share that is right (accuracy)", tickformat=".0%", row=1, col=2)
    figure.update_layout(height=HISTORY_HEIGHT, margin={"l": 8, "r": 8, "t": 28, "b": 8}, dragmode=False,
                         legend={"orientation": "h", "y": -0.22, "x": 0})
    return figure


def probability_bars(probabilities: np.ndarray, classes: Sequence[str], actual: int) -> go.Figure:
    """A bar a class (K,), the most probable on top: the actual class blue, a wrong answer orange, the rest grey.

    Of many classes the most probable, and the actual one.
    """
    ranked = np.argsort(-probabilities, kind="stable")
    if len(ranked) > MOST_BARS:
        best = ranked[:MOST_BARS]
        ranked = best if actual in best else np.append(best, actual)
    order = ranked[::-1]                                         # a bar chart is filled from below
    answer = int(probabilities.argmax())
    colours = {answer: WRONG} | {actual: RIGHT}
    figure = go.Figure(go.Bar(
        x=probabilities[order], y=list(range(len(order))), orientation="h",
        marker={"color": [colours.get(int(place), UNSURE) for place in order]},
        text=[f"{100 * probabilities[place]:.1f} %" for place in order], textposition="outside", cliponaxis=False,
        hoverinfo="skip"))
    figure.update_layout(
        height=BAR_HEIGHT * len(order) + 16, margin={"l": 8, "r": 48, "t": 8, "b": 8}, dragmode=False, bargap=0.35,
        xaxis={"range": [0, 1], "visible": False, "fixedrange": True},
        yaxis={"fixedrange": True, "tickvals": list(range(len(order))), "showgrid": False,
               "ticktext": [axis_name(classes[place]) for place in order]})
    return figure


def axis_name(name: str) -> str:
    """A class's name, shortened to its place and with nothing in it that plotly would read as markup."""
    short = name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME - 1]}…"
    return escaped(short)


def escaped(name: str) -> str:
    return html.escape(name, quote=False)
