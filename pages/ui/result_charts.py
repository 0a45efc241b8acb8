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
from pages.ui.words import percent, short

CONFUSION_HEIGHT = 560      # pixels
MANY_HEIGHT = 720           # pixels, of a training of more than MOST_COUNTS classes, however many are shown
LETTER = 7                  # pixels of a letter on an axis, about
HISTORY_HEIGHT = 380
BAR_HEIGHT = 26             # of one class's bar, in `probability_bars`
LONGEST_NAME = 18           # letters of a class's name on an axis
MOST_COUNTS = 16            # classes: with more, a cell is too small for its count and the pointer tells it
MOST_TICKS = 40             # names that an axis of the confusion matrix has room for; beyond, as many as fit
FEWEST_TO_ZOOM = 6          # classes: fewer have large cells already
LONGEST_HOVER = 40          # letters of a class's name in a hover's words: a cell of thousands has one
CELLS_SIDE = 440            # pixels, about, of all cells of the confusion matrix together
RING_SIDES = (9, 40)        # pixels of the ring around the chosen cell
RING = "#111827"            # dark on every cell's colour, on either ground
NEAR = 20                   # pixels from a small cell's centre that still mean it
JUST = 1e-6                 # apart, so that the two halves of a colour scale do not meet
MOST_BARS = 15              # of the most probable classes, in `probability_bars`
# From a single picture to all of the class (to half of it, for mistakes). Opaque, so that a count's black or white
# fits its cell on either ground. A mistake in a cell of few pixels begins with a stronger colour, or it is not seen,
# and ends with a darker one, or one and four are not told apart.
BLUES, ORANGES, SMALL_ORANGES = ("#dbe7fe", RIGHT), ("#fde6d3", WRONG), ("#f6bf8e", "#b84a08")
FADED = "rgba(139, 145, 156, 0.25)"


def confusion(predictions: Predictions, order: Sequence[int] | None = None, shares: bool = False,
              ringed: tuple[int, int] | None = None, least: int = 1) -> go.Figure:
    """The actual class in rows, the prediction in columns; the darker, the larger a share of its row.

    Among more than MOST_COUNTS classes mistakes are the darker the nearer they come to the most frequent one shown, by
    what the cells tell. Mistakes that were made less than `least` times fade.

    `order` are the classes that are shown, from the top and from the left: all by default. Cells tell counts, or per
    cent of all pictures of their row where `shares`. Cells without a picture stay empty. A heat map sends no clicks, so
    markers lie over it, unseen until chosen, whose `customdata` is (actual, predicted) as places of classes; `ringed`
    is one that is chosen already.
    """
    classes, counts = predictions.classes, confusion_matrix(predictions)
    shown = np.arange(len(classes)) if order is None else np.asarray(order, dtype=np.int64)
    kinds = len(shown)
    figure = go.Figure()
    cells = counts[np.ix_(shown, shown)]
    faded = (cells > 0) & (cells < least) & ~np.eye(kinds, dtype=bool)
    figure.add_heatmap(**_heat(counts, shown, shares, faded))
    if faded.any():
        figure.add_heatmap(x=shown.tolist(), y=shown.tolist(), z=np.where(faded, 1, np.nan).astype(np.float32), zmin=0,
                           zmax=1, showscale=False, hoverinfo="skip", colorscale=[[0, FADED], [1, FADED]])
    figure.add_scatter(**_rings(classes, counts, shown, ringed))
    axis = {"type": "category", "categoryorder": "array", "categoryarray": shown.tolist(), "showgrid": False,
            "labelalias": {str(place): axis_name(classes[place]) for place in shown}, "constrain": "domain",
            "zeroline": False, "fixedrange": kinds < FEWEST_TO_ZOOM}
    if kinds <= MOST_TICKS:
        axis |= {"tickmode": "linear", "dtick": 1}
    figure.update_layout(
        height=CONFUSION_HEIGHT if len(classes) <= MOST_COUNTS else MANY_HEIGHT,
        margin={"l": 8, "r": 8, "t": 8, "b": 8}, hovermode="closest",
        hoverdistance=-1 if kinds <= MOST_COUNTS else NEAR, clickmode="event+select", dragmode="zoom",
        xaxis=axis | {"title": "taken for (prediction)", "side": "top", "range": [-0.5, kinds - 0.5],
                      "tickangle": tick_angle([classes[place] for place in shown.tolist()], CELLS_SIDE)},
        yaxis=axis | {"title": "is (actual)", "range": [kinds - 0.5, -0.5]})
    return figure


def tick_angle(names: Sequence[str], pixels: float) -> int:
    """How names are turned, in degrees, that stand side by side along an axis of so many pixels."""
    longest = max((len(axis_name(name)) for name in names), default=0)
    return 0 if LETTER * (longest + 1) * len(names) <= pixels else -60


def _heat(counts: np.ndarray, shown: np.ndarray, shares: bool, faded: np.ndarray) -> dict[str, object]:
    """A heat map of these classes: right ones from 0 to 1, mistakes from -1 to 0 and none where they are faded.

    -1 is half of the class and more; in cells of few pixels the most frequent mistake.
    """
    rates = (counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))[np.ix_(shown, shown)]
    cells, kinds = counts[np.ix_(shown, shown)], len(shown)
    large = kinds <= MOST_COUNTS
    diagonal, (pale, strong) = np.eye(kinds, dtype=bool), ORANGES if large else SMALL_ORANGES
    told = np.where(diagonal, 0, rates if shares else cells)
    mistakes = np.minimum(2 * rates, 1) if large else told / max(float(told.max()), JUST)
    values = np.where(diagonal, rates, -mistakes)
    values = np.where((cells > 0) & ~faded, values, np.nan).astype(np.float32)
    heat: dict[str, object] = {
        "x": shown.tolist(), "y": shown.tolist(), "z": values,
        "zmin": -1, "zmax": 1, "showscale": False, "hoverinfo": "skip",
        "colorscale": [[0, strong], [0.5 - JUST, pale], [0.5 + JUST, BLUES[0]], [1, BLUES[1]]]}
    if large:
        counted = np.rint(100 * rates).astype(int) if shares else cells
        heat |= {"xgap": 1, "ygap": 1, "text": np.where(cells > 0, counted.astype(str), "").tolist(),
                 "texttemplate": "%{text}", "textfont": {"size": 16 if kinds < 7 else 12}}
    return heat


def _rings(classes: Sequence[str], counts: np.ndarray, shown: np.ndarray,
           ringed: tuple[int, int] | None) -> dict[str, object]:
    """A marker a cell: of every cell where they are large, else of those with pictures, and the nearest is meant."""
    large = len(shown) <= MOST_COUNTS
    rows, columns = np.nonzero(counts[np.ix_(shown, shown)] >= (0 if large else 1))
    cells = list(zip(shown[rows].tolist(), shown[columns].tolist(), strict=True))
    side = float(np.clip(0.7 * CELLS_SIDE / max(len(shown), 1), *RING_SIDES))
    return {"x": [predicted for _, predicted in cells], "y": [actual for actual, _ in cells], "customdata": cells,
            "mode": "markers", "hovertext": [_told(classes, counts, *cell) for cell in cells],
            "hovertemplate": "%{hovertext}<extra></extra>", "showlegend": False,
            "selectedpoints": [place for place, cell in enumerate(cells) if cell == ringed],
            "marker": {"symbol": "square-open" if large else "square", "opacity": 0, "size": side,
                       "color": RING if large else "white", "line": {"width": 3 if large else 2, "color": RING}},
            "selected": {"marker": {"opacity": 1}}, "unselected": {"marker": {"opacity": 0}}}


def _told(classes: Sequence[str], counts: np.ndarray, actual: int, predicted: int) -> str:
    """Of one cell, for the pointer."""
    count, total = int(counts[actual, predicted]), int(counts[actual].sum())
    name = escaped(short(classes[actual], LONGEST_HOVER))
    share = f" ({100 * count / total:.0f} %)" if count else ""
    if actual == predicted:
        return f"{count} of {total} {name} were recognised{share}"
    return f"{count} of {total} {name} were taken for {escaped(short(classes[predicted], LONGEST_HOVER))}{share}"


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
        text=[bar_label(probabilities[place]) for place in order], textposition="outside", cliponaxis=False,
        hoverinfo="skip"))
    figure.update_layout(
        height=BAR_HEIGHT * len(order) + 16, margin={"l": 8, "r": 48, "t": 8, "b": 8}, dragmode=False, bargap=0.35,
        xaxis={"range": [0, 1], "visible": False, "fixedrange": True},
        yaxis={"fixedrange": True, "tickvals": list(range(len(order))), "showgrid": False,
               "ticktext": [axis_name(classes[place]) for place in order]})
    return figure


def bar_label(share: float) -> str:
    """A probability with a tenth of a percent, fit for plotly; 0 and 100 are said of nothing that is neither."""
    tenths = f"{100 * share:.1f} %"
    return escaped(percent(share)) if tenths in ("0.0 %", "100.0 %") else tenths


def axis_name(name: str) -> str:
    """A class's name, shortened to its place and with nothing in it that plotly would read as markup."""
    short = name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME - 1]}…"
    return escaped(short)


def escaped(name: str) -> str:
    return html.escape(name, quote=False)
