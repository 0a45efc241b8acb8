"""Recall and precision of every class, as dots with their intervals."""

from collections.abc import Callable, Sequence

import plotly.graph_objects as go

from core.interpretation.estimates import Estimate
from core.interpretation.per_class import ClassScore
from pages.ui.colours import LINE, UNSURE
from pages.ui.result_charts import axis_name, escaped
from pages.ui.words import short

CLASS_HEIGHT = 30            # pixels of a class
MARGIN = 48                  # pixels above and below all classes
LEAST_HEIGHT = 270           # pixels: as high as the tables beside it
APART = 0.17                 # of a class's height, from its middle to either dot
LONGEST_HOVER = 40           # letters of a class's name


def height(classes: int) -> int:
    """Pixels of the chart of so many classes."""
    return max(LEAST_HEIGHT, CLASS_HEIGHT * classes + MARGIN)


def figure(scores: Sequence[ClassScore], order: Sequence[int]) -> go.Figure:
    """A line a class, in this order of their places from the top; an undefined figure has no dot.

    `customdata` of a dot is the class's place.
    """
    chart = go.Figure()
    chart.add_scatter(**_dots("recall", scores, order, lambda score: score.recall, "found", -APART,
                              {"symbol": "circle", "color": LINE, "size": 9}))
    chart.add_scatter(**_dots("precision", scores, order, lambda score: score.precision, "really so", APART,
                              {"symbol": "diamond-open", "color": UNSURE, "size": 9, "line": {"width": 2}}))
    chart.update_layout(
        height=height(len(order)), margin={"l": 8, "r": 16, "t": 8, "b": 8}, hovermode="closest", dragmode=False,
        clickmode="event+select", legend={"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0},
        xaxis={"range": [-0.02, 1.02], "tickformat": ".0%", "fixedrange": True, "zeroline": False},
        yaxis={"range": [len(order) - 0.5, -0.5], "fixedrange": True, "zeroline": False, "showgrid": False,
               "tickvals": list(range(len(order))), "ticktext": [axis_name(scores[place].name) for place in order]})
    return chart


def _dots(name: str, scores: Sequence[ClassScore], order: Sequence[int], of: Callable[[ClassScore], Estimate | None],
          verb: str, offset: float, marker: dict[str, object]) -> dict[str, object]:
    drawn = [(line, place, figure) for line, place in enumerate(order) if (figure := of(scores[place]))]

    def told(place: int, figure: Estimate) -> str:
        score = scores[place]
        return (f"{escaped(short(score.name, LONGEST_HOVER))}: {name} {figure}<br>{score.found} of "
                f"{score.support if name == 'recall' else score.called} {verb}")

    return {"x": [figure.value for *_, figure in drawn], "y": [line + offset for line, *_ in drawn], "name": name,
            "mode": "markers", "marker": marker, "customdata": [place for _, place, _ in drawn],
            "error_x": {"type": "data", "symmetric": False, "array": [each.high - each.value for *_, each in drawn],
                        "arrayminus": [each.value - each.low for *_, each in drawn], "thickness": 1.5, "width": 3},
            "hovertext": [told(place, each) for _, place, each in drawn],
            "hovertemplate": "%{hovertext}<extra></extra>", "unselected": {"marker": {"opacity": 1}}}
