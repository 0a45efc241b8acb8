"""The time machine's figures. Axes and colours stay the same from epoch to epoch, so that only what changes moves."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.interpretation.confusion import confusion_matrix
from core.interpretation.over_epochs import Course
from core.interpretation.predictions import Predictions
from pages.ui.colours import RIGHT, UNSURE, WRONG
from pages.ui.result_charts import BLUES, ORANGES, axis_name, escaped, tick_angle

HEIGHT = 380                # pixels of each
WIDTH = 400                 # pixels of the cells of all classes, about
MOST_CELLS = 16             # classes: with more, a cell would say nothing
BINS = 20
GOLDEN = (5 ** 0.5 - 1) / 2     # multiples of it lie evenly: dots of one probability do not hide each other
# From all of a row's mistakes (or half of them) over none to all of it right.
SCALE = ((0.0, ORANGES[1]), (0.4999, ORANGES[0]), (0.5, BLUES[0]), (1.0, BLUES[1]))


def classes(predictions: Predictions) -> go.Figure:
    """Which class is taken for which after an epoch; of many classes, how much of each is right."""
    return _cells(predictions) if len(predictions.classes) <= MOST_CELLS else _shares(predictions)


def _cells(predictions: Predictions) -> go.Figure:
    counts = confusion_matrix(predictions)
    totals = counts.sum(axis=1, keepdims=True)
    shares = counts / np.maximum(totals, 1)
    values = np.where(np.eye(len(counts), dtype=bool), shares, -np.minimum(1, 2 * shares))
    names = [axis_name(name) for name in predictions.classes]
    figure = go.Figure(go.Heatmap(
        z=np.where(counts > 0, values, np.nan), zmin=-1, zmax=1, colorscale=SCALE, showscale=False, xgap=1, ygap=1,
        text=np.where(counts > 0, counts.astype(str), ""), texttemplate="%{text}", hoverongaps=False,
        textfont={"size": 16 if len(counts) < 7 else 12}, customdata=np.broadcast_to(totals, counts.shape),
        hovertemplate="%{text} of %{customdata}<extra></extra>"))
    places = list(range(len(counts)))
    axis = {"tickvals": places, "ticktext": names, "showgrid": False, "zeroline": False, "fixedrange": True,
            "constrain": "domain"}
    turned = tick_angle(predictions.classes, WIDTH)
    figure.update_xaxes(axis, title="taken for (prediction)", side="top", tickangle=turned,
                        range=[-0.5, len(counts) - 0.5])
    figure.update_yaxes(axis, title="is (actual)", range=[len(counts) - 0.5, -0.5])
    return _laid_out(figure)


def _shares(predictions: Predictions) -> go.Figure:
    counts = confusion_matrix(predictions)
    totals = counts.sum(axis=1)
    figure = go.Figure(go.Bar(
        x=np.arange(len(counts)), y=np.diagonal(counts) / np.maximum(totals, 1), marker={"color": RIGHT},
        text=[escaped(name) for name in predictions.classes], textposition="none",
        customdata=np.stack([np.diagonal(counts), totals], axis=1),
        hovertemplate="%{text}<br>%{customdata[0]} of %{customdata[1]} right<extra></extra>"))
    figure.update_xaxes(title="classes, in the order of their names", showticklabels=False, fixedrange=True,
                        range=[-0.5, len(counts) - 0.5])
    figure.update_yaxes(title="share that is right (recall)", tickformat=".0%", range=[0, 1.02], fixedrange=True)
    return _laid_out(figure)


def probabilities(course: Course, place: int, names: Sequence[str], shares: NDArray[np.float64]) -> go.Figure:
    """How sure the network is after the epoch at this place; `shares` (N, K) are what it says then.

    Two classes: every picture a dot on the axis of the second one's probability. More: how often the actual class
    gets which probability.
    """
    return _strip(course, place, names, shares[:, 1]) if len(names) == 2 else _histogram(course, place)


def _strip(course: Course, place: int, names: Sequence[str], second: NDArray[np.float64]) -> go.Figure:
    right = course.right[place]
    heights = course.labels + 0.7 * ((np.arange(len(right)) * GOLDEN) % 1 - 0.5)
    figure = go.Figure()
    for name, shown, colour in (("right", right, RIGHT), ("wrong", ~right, WRONG)):
        figure.add_scatter(x=second[shown], y=heights[shown], name=name, mode="markers",
                           marker={"color": colour, "size": 8 if len(right) < 600 else 5, "opacity": 0.7},
                           hovertemplate="%{x:.0%}<extra></extra>")
    figure.add_vline(x=0.5, line={"color": UNSURE, "width": 1.5, "dash": "dash"})
    figure.update_xaxes(title=f"probability of {axis_name(names[1])}", tickformat=".0%", range=[-0.03, 1.03],
                        fixedrange=True, zeroline=False)
    figure.update_yaxes(tickvals=[0, 1], ticktext=[f"is {axis_name(name)}" for name in names], range=[1.5, -0.5],
                        fixedrange=True, showgrid=False, zeroline=False)
    return _laid_out(figure)


def _histogram(course: Course, place: int) -> go.Figure:
    edges = np.linspace(0, 1, BINS + 1)
    fullest = max(int(np.histogram(each, edges)[0].max()) for each in course.actual)
    right, actual = course.right[place], course.actual[place]
    figure = go.Figure()
    for name, shown, colour in (("right", right, RIGHT), ("wrong", ~right, WRONG)):
        figure.add_bar(x=(edges[:-1] + edges[1:]) / 2, y=np.histogram(actual[shown], edges)[0], name=name,
                       marker={"color": colour}, hovertemplate="%{y} " + name + "<extra></extra>")
    figure.update_xaxes(title="probability of the actual class", tickformat=".0%", range=[0, 1], fixedrange=True)
    figure.update_yaxes(title="pictures", range=[0, 1.05 * fullest], fixedrange=True)
    return _laid_out(figure.update_layout(barmode="stack", bargap=0.06))


def _laid_out(figure: go.Figure) -> go.Figure:
    return figure.update_layout(
        height=HEIGHT, margin={"l": 8, "r": 8, "t": 8, "b": 8}, dragmode=False,
        legend={"orientation": "h", "y": 1.0, "x": 1.0, "xanchor": "right", "yanchor": "bottom"})
