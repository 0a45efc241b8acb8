"""Trainings that are over, as figures to zoom into: one with its stages, rates and kept epoch, or two laid over."""

from collections.abc import Iterator, Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.runs.story import Story
from pages.ui.charts import smoothed
from pages.ui.colours import LINE, UNSURE, WRONG
from pages.ui.result_charts import escaped

HEIGHT = 560                     # pixels
OVERLAID_HEIGHT = 360
FIRST, SECOND = "#0d9488", "#c0438c"    # two runs side by side: neither is right nor wrong
GROUPS = ("early layers", "late layers", "head")
DASHES = {"head": "solid", "late layers": "dash", "early layers": "dot"}
ZOOM = {"displayModeBar": False}        # dragging zooms in, a double click out; the bar would cover labels


def whole_run(story: Story, logarithmic: bool) -> go.Figure:
    """Losses, error rate and each layer group's learning rate over the steps, one below the other.

    Stages are parted by lines, the kept epoch is marked; `logarithmic` for the losses and the rates.
    """
    figure = make_subplots(3, 1, shared_xaxes=True, vertical_spacing=0.05, row_heights=[0.52, 0.22, 0.26])
    training = list(smoothed(story.losses))
    _line(figure, 1, "training loss, smoothed", training, UNSURE, "%{y:.3f}", width=1.2)
    _line(figure, 1, "validation loss", story.valid_losses, LINE, "%{y:.3f}", marked=True)
    _line(figure, 2, "error rate", [(story.step_after(row), row.error_rate) for row in story.epochs], WRONG,
          "%{y:.1%}", marked=True)
    for group, points in group_rates(story).items():
        _line(figure, 3, group, points, LINE, "%{y:.1e}", width=2, dash=DASHES[group])
    _mark_stages(figure, story)
    scale = "log" if logarithmic else "linear"
    figure.update_yaxes(title="loss", type=scale, row=1, col=1)
    figure.update_yaxes(title="wrong", tickformat=".0%", rangemode="tozero", row=2, col=1)
    figure.update_yaxes(title="learning rate", tickformat="~e", type=scale, row=3, col=1,
                        **({"dtick": 1} if logarithmic else {"nticks": 4}))
    figure.update_xaxes(title="steps", row=3, col=1)
    figure.update_layout(height=HEIGHT, margin={"l": 8, "r": 8, "t": 26, "b": 8}, hovermode="closest",
                         legend={"orientation": "h", "y": -0.11, "x": 0, "yanchor": "top"})
    return figure


def group_rates(story: Story) -> dict[str, list[tuple[int, float]]]:
    """(step, learning rate) of each layer group that learned, the head first.

    A batch tells the head's rate; the other groups' stand to it as their peaks do.
    """
    rates: dict[str, list[tuple[int, float]]] = {}
    ends = [*story.stage_ends, float("inf")]
    for batch in story.batches:
        place = min(next(place for place, end in enumerate(ends) if batch.step <= end), len(story.begun) - 1)
        if place < 0:
            continue
        peaks = story.begun[place].learning_rates
        for group, peak in zip(reversed(GROUPS), reversed(peaks), strict=False):
            rates.setdefault(group, []).append((batch.step, batch.learning_rate * peak / peaks[-1]))
    return rates


def overlaid(stories: Sequence[Story], names: Sequence[str]) -> go.Figure:
    """Losses and error rate of two runs over their epochs, each run in a colour of its own."""
    figure = make_subplots(1, 2, horizontal_spacing=0.09)
    for story, name, colour in zip(stories, names, (FIRST, SECOND), strict=True):
        name, rows = escaped(name), story.epochs
        lines = ((1, "validation loss", [(row.epoch + 1, row.valid_loss) for row in rows], "solid", "%{y:.3f}"),
                 (1, "training loss", [(row.epoch + 1, row.train_loss) for row in rows], "dot", "%{y:.3f}"),
                 (2, "error rate", [(row.epoch + 1, row.error_rate) for row in rows], "solid", "%{y:.1%}"))
        for column, what, points, dash, shown in lines:
            figure.add_scatter(
                x=[x for x, _ in points], y=[y for _, y in points], name=name, legendgroup=name,
                showlegend=what == "validation loss", mode="lines+markers" if len(points) < 40 else "lines",
                line={"color": colour, "width": 2 if dash == "solid" else 1.2, "dash": dash}, marker={"size": 5},
                hovertemplate=f"{what} {shown}<br>epoch %{{x}}<extra>{name}</extra>", row=1, col=column)
    figure.update_xaxes(title="epochs", tickformat="d", rangemode="tozero")
    figure.update_yaxes(title="loss (dotted: training)", rangemode="tozero", row=1, col=1)
    figure.update_yaxes(title="wrong (error rate)", tickformat=".0%", rangemode="tozero", row=1, col=2)
    figure.update_layout(height=OVERLAID_HEIGHT, margin={"l": 8, "r": 8, "t": 8, "b": 8}, hovermode="closest",
                         legend={"orientation": "h", "y": -0.2, "x": 0, "yanchor": "top"})
    return figure


def _line(figure: go.Figure, row: int, name: str, points: Sequence[tuple[int, float]], colour: str, shown: str, *,
          width: float = 2.5, dash: str = "solid", marked: bool = False) -> None:
    figure.add_scatter(
        x=[x for x, _ in points], y=[y for _, y in points], name=name, mode="lines+markers" if marked else "lines",
        line={"color": colour, "width": width, "dash": dash}, marker={"size": 6},
        hovertemplate=f"{name} {shown}<br>step %{{x:,}}<extra></extra>", row=row, col=1)


def _mark_stages(figure: go.Figure, story: Story) -> None:
    """A line where a stage ends and the next begins, and one at the epoch that is kept."""
    for place, start in enumerate(_starts(story)):
        if place:
            figure.add_vline(x=start, line={"color": UNSURE, "width": 1, "dash": "dot"})
        if len(story.begun) > 1:
            figure.add_annotation(x=start, y=1, yref="y domain", text=f"stage {place + 1}", showarrow=False,
                                  xanchor="left", yanchor="bottom", font={"color": UNSURE})
    if story.kept is not None:
        at = story.step_after(story.kept)
        figure.add_vline(x=at, line={"color": LINE, "width": 1.5, "dash": "dash"})
        # Below the losses: above them a stage's name may stand at the same place.
        figure.add_annotation(x=at, y=0, yref="y domain", text="kept", showarrow=False, xanchor="right",
                              yanchor="top", font={"color": UNSURE})


def _starts(story: Story) -> Iterator[int]:
    """The step with which each stage began."""
    if story.begun:
        yield 0
        yield from story.stage_ends[:len(story.begun) - 1]
