"""How sure a network is, as figures: its top probability, whether that is true, what a threshold makes of it."""

import math
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from core.interpretation import estimates
from core.interpretation.calibration import Bin, Histogram
from core.interpretation.coverage import Standing
from pages.ui.colours import LINE, RIGHT, UNSURE, WRONG

HEIGHT = 340                 # pixels, of each figure
MARGIN = {"l": 8, "r": 8, "t": 8, "b": 8}
LEGEND = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}
DOT_PIXELS = (7.0, 26.0)     # of a group of one picture, and of one with all of them
BAND = "rgba(128, 136, 150, .2)"


def histogram(shown: Histogram, least: float) -> go.Figure:
    """Pictures over the top probability, from the `least` that it can be: wrong ones orange below right ones in blue.

    A bar's place in its trace is its place in the histogram. Trace 0 is wrong, trace 1 right.
    """
    centres, width = (shown.edges[1:] + shown.edges[:-1]) / 2, shown.edges[1] - shown.edges[0]
    figure = go.Figure()
    for name, counts, colour in (("wrong", shown.wrong, WRONG), ("right", shown.right, RIGHT)):
        figure.add_bar(x=centres, y=counts, width=0.92 * width, name=name, marker={"color": colour},
                       customdata=np.stack([100 * shown.edges[:-1], 100 * shown.edges[1:]], axis=1),
                       hovertemplate="%{y:,} " + name + "<br>%{customdata[0]:.0f}–%{customdata[1]:.0f} % sure"
                                                      "<extra></extra>")
    # From whole bars on, so that the first is not cut. Streamlit 1.67 takes no clicks while a drag draws a box.
    figure.update_layout(
        barmode="stack", height=HEIGHT, margin=MARGIN, legend=LEGEND | {"traceorder": "reversed"}, dragmode=False,
        clickmode="event+select",
        xaxis={"title": "how sure it says it is (top probability)", "tickformat": ".0%", "fixedrange": True,
               "range": [math.floor(least / width) * width, 1]},
        yaxis={"title": "pictures", "fixedrange": True, "rangemode": "tozero"})
    return figure


def reliability(bins: Sequence[Bin], softened: Sequence[Bin] = (), words: str = "") -> go.Figure:
    """The share that is right over what was said, with Wilson's intervals and the diagonal of perfect honesty.

    With `softened` bins there are two lines, and `words` names the second.
    """
    figure = go.Figure()
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", line={"color": UNSURE, "dash": "dash", "width": 1.5},
                       hoverinfo="skip", name="as sure as it may be")
    if softened:
        _dots(figure, bins, UNSURE, "as it is")
        _dots(figure, softened, LINE, words)
    else:
        _dots(figure, bins, LINE, "this network")
    least = min([one.low for one in (*bins, *softened)], default=0.0)
    axis = {"tickformat": ".0%", "fixedrange": True}
    figure.update_layout(
        height=HEIGHT, margin=MARGIN, legend=LEGEND, dragmode=False, hovermode="closest",
        xaxis=axis | {"title": "how sure it says it is", "range": [max(0.0, least - 0.03), 1.03]},
        yaxis=axis | {"title": "share that is right", "range": [-0.03, 1.03]})
    return figure


def _dots(figure: go.Figure, bins: Sequence[Bin], colour: str, name: str) -> None:
    """A dot a group, its area as its pictures."""
    total = sum(one.pictures for one in bins)
    small, large = DOT_PIXELS
    sizes = [max(small, large * math.sqrt(one.pictures / total)) for one in bins]
    shares, spans = [one.share for one in bins], [one.interval for one in bins]
    figures = [estimates.share(one.right, one.pictures) for one in bins]
    figure.add_scatter(
        x=[one.sureness for one in bins], y=shares, mode="lines+markers", name=name,
        line={"color": colour, "width": 1.5}, marker={"color": colour, "size": sizes, "opacity": 0.85},
        error_y={"type": "data", "symmetric": False, "color": colour, "thickness": 1.2, "width": 3,
                 "array": [high - share for share, (_, high) in zip(shares, spans, strict=True)],
                 "arrayminus": [share - low for share, (low, _) in zip(shares, spans, strict=True)]},
        hovertext=[f"said {100 * one.sureness:.1f} % on average<br>right in {one.right:,} of {one.pictures:,}: "
                   f"{told}" for one, told in zip(bins, figures, strict=True)],
        hovertemplate="%{hovertext}<extra></extra>")


def coverage(standings: Sequence[Standing], chosen: Standing) -> go.Figure:
    """The share of right answers over the share of pictures that are answered, with its interval; one is chosen.

    Standings that answer nothing have no accuracy and are left out.
    """
    answered = [one for one in standings if one.answered]
    x = np.array([one.coverage for one in answered])
    y = np.array([one.right / one.answered for one in answered])
    low, high = np.array([one.interval for one in answered]).reshape(-1, 2).T
    figure = go.Figure()
    figure.add_scatter(x=np.concatenate([x, x[::-1]]), y=np.concatenate([high, low[::-1]]), fill="toself",
                       fillcolor=BAND, line={"width": 0}, hoverinfo="skip", name="19 times out of 20", mode="lines")
    figure.add_scatter(x=x, y=y, mode="lines", line={"color": LINE, "width": 2.5}, name="right among the answered",
                       customdata=100 * np.array([one.threshold for one in answered]),
                       hovertemplate="at %{customdata:.3g} %: answers %{x:.0%}, right in %{y:.1%}<extra></extra>")
    if chosen.answered:
        accuracy = chosen.right / chosen.answered
        figure.add_scatter(x=[chosen.coverage], y=[accuracy], mode="markers", showlegend=False, hoverinfo="skip",
                           marker={"size": 15, "color": LINE, "line": {"color": "white", "width": 2}})
        for line in ({"x0": chosen.coverage, "x1": chosen.coverage, "y0": 0, "y1": accuracy},
                     {"x0": 0, "x1": chosen.coverage, "y0": accuracy, "y1": accuracy}):
            figure.add_shape(type="line", line={"color": UNSURE, "width": 1, "dash": "dot"}, **line)
    bottom = float(low.min()) if len(low) else 0.0
    figure.update_layout(
        height=HEIGHT, margin=MARGIN, legend=LEGEND | {"traceorder": "reversed"}, dragmode=False, hovermode="closest",
        xaxis={"title": "share of pictures that it answers (coverage)", "tickformat": ".0%", "range": [0, 1.02],
               "fixedrange": True},
        yaxis={"title": "right among them (accuracy)", "tickformat": ".0%", "fixedrange": True,
               "range": [max(0.0, math.floor(10 * bottom) / 10), 1.02]})
    return figure
