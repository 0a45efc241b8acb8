"""The whole course of a run as a figure, and two runs laid over each other."""

import plotly.graph_objects as go
import pytest

from core.events import BatchDone, EpochDone, Finished, StageStarted
from core.runs.story import Story
from pages.ui import run_charts


def told(finished: bool = True) -> Story:
    """A head for two epochs of four steps, then the whole network for two of four; the last epoch is not kept."""
    story = Story()
    for stage, (trains, peaks) in enumerate((("head", (1e-2,)), ("all", (1e-5, 1e-4, 1e-3)))):
        story = story.after(StageStarted(stage, 2, trains, 2, 0, 8, peaks, 64, 10))
        for epoch in range(2):
            for step in range(epoch * 4 + 1, epoch * 4 + 5):
                story = story.after(BatchDone(stage, epoch, step, 8, 1.0 / step, peaks[-1] / 2, 0.9, 50.0))
            number = 2 * stage + epoch
            story = story.after(EpochDone(stage, number, 0.5, 0.4, 0.9, 0.1, 1.0, number < 3))
    return story.after(Finished(0.9, 0.1, 10, 2, 4.0, "run")) if finished else story


def trace(figure: go.Figure, name: str) -> go.Scatter:
    return next(trace for trace in figure.data if trace.name == name)


def texts(figure: go.Figure) -> list[str]:
    return [annotation.text for annotation in figure.layout.annotations]


def test_losses_errors_and_rates_share_the_axis_of_steps() -> None:
    figure = run_charts.whole_run(told(), logarithmic=False)
    assert tuple(trace(figure, "training loss, smoothed").x) == tuple(range(1, 17))
    assert tuple(trace(figure, "validation loss").x) == tuple(trace(figure, "error rate").x) == (4, 8, 12, 16)
    assert tuple(trace(figure, "head").x) == tuple(range(1, 17))
    assert {axis.matches for axis in (figure.layout.xaxis, figure.layout.xaxis2)} == {"x3"}
    assert figure.layout.yaxis.type == figure.layout.yaxis3.type == "linear"


def test_losses_and_rates_are_logarithmic_on_demand() -> None:
    figure = run_charts.whole_run(told(), logarithmic=True)
    assert figure.layout.yaxis.type == figure.layout.yaxis3.type == "log"
    assert figure.layout.yaxis2.type != "log"


def test_each_layer_group_has_its_rate_where_it_learned() -> None:
    rates = run_charts.group_rates(told())
    assert list(rates) == ["head", "late layers", "early layers"]
    assert [step for step, _ in rates["early layers"]] == list(range(9, 17))
    assert rates["early layers"][0][1] == pytest.approx(1e-5 / 2)
    assert rates["late layers"][0][1] == pytest.approx(1e-4 / 2)
    assert [rate for _, rate in rates["head"]] == pytest.approx([5e-3] * 8 + [5e-4] * 8)


def test_stages_are_parted_and_the_kept_epoch_is_marked() -> None:
    figure = run_charts.whole_run(told(), logarithmic=False)
    assert texts(figure) == ["stage 1", "stage 2", "kept"]
    assert {shape.x0 for shape in figure.layout.shapes} == {8, 12}


def test_a_run_of_one_stage_names_none() -> None:
    story = Story().told([StageStarted(0, 1, "head", 1, 0, 4, (1e-2,), 64, 10),
                          EpochDone(0, 0, 0.5, 0.4, 0.9, 0.1, 1.0, True)])
    assert texts(run_charts.whole_run(story, logarithmic=False)) == ["kept"]


def test_a_run_without_a_step_is_an_empty_figure() -> None:
    figure = run_charts.whole_run(Story(), logarithmic=True)
    assert texts(figure) == []
    assert all(len(trace.x) == 0 for trace in figure.data)


def test_two_runs_have_a_colour_each_over_their_epochs() -> None:
    figure = run_charts.overlaid([told(), told()], ["A · one", "B · <b>two</b>"])
    assert [trace.name for trace in figure.data if trace.showlegend] == ["A · one", "B · &lt;b&gt;two&lt;/b&gt;"]
    for name, colour in (("A · one", run_charts.FIRST), ("B · &lt;b&gt;two&lt;/b&gt;", run_charts.SECOND)):
        of_run = [trace for trace in figure.data if trace.name == name]
        assert len(of_run) == 3
        assert {trace.line.color for trace in of_run} == {colour}
        assert all(tuple(trace.x) == (1, 2, 3, 4) for trace in of_run)
