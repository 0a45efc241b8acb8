"""Charts show what the run told, and nothing of it is lost on the way."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from core.events import BatchDone, EpochDone, LrFound, StageStarted
from core.runs.story import Story
from pages.ui import charts

Columns = Callable[[Story], dict[str, Sequence[object]]]
RATES = tuple(float(rate) for rate in np.geomspace(1e-7, 1.0, 80))
LOSSES = tuple(float(loss) for loss in np.concatenate([np.full(40, 2.0), np.linspace(2, 1, 30), np.linspace(1, 8, 10)]))
FOUND = LrFound(valley=2e-3, slide=1e-2, steep=3e-3, minimum=1e-3, learning_rates=RATES, losses=LOSSES,
                smoothed=LOSSES, chosen=2e-3, why="the middle (valley)")


def trace(figure: go.Figure, name: str) -> go.Scatter:
    return next(trace for trace in figure.data if trace.name == name)


def texts(figure: go.Figure) -> list[str]:
    return [annotation.text for annotation in figure.layout.annotations]


def told(epochs: int = 3, kept: int = 1) -> Story:
    rows = [EpochDone(0, number, 0.9, 0.8 - number / 10, 0.7, 0.3, 1.5, number <= kept) for number in range(epochs)]
    batches = [BatchDone(0, 0, step, 30, 2.0, 1e-3, 0.9, 50.0) for step in range(1, 11)]
    return Story().told([StageStarted(0, 1, "head", 3, 0, 30, (1e-3,), 64, 10), *batches, *rows])


def test_the_curve_stands_over_the_logarithm_of_the_rate_raw_and_smoothed() -> None:
    figure = charts.lr_curve(FOUND, None)
    assert figure.layout.xaxis.type == "log"
    for name in ("each batch", "smoothed"):
        assert tuple(trace(figure, name).x) == RATES
        assert "markers" in trace(figure, name).mode      # a line alone cannot be clicked


def test_every_suggestion_is_a_point_to_click_with_its_name_beside_it() -> None:
    figure = charts.lr_curve(FOUND, None)
    assert set(trace(figure, "suggestions").x) == {1e-3, 2e-3, 3e-3, 1e-2}
    assert {"valley", "slide", "steep", charts.MINIMUM} == set(texts(figure))


def test_suggestions_of_the_same_rate_share_one_point() -> None:
    figure = charts.lr_curve(replace(FOUND, slide=2e-3), None)
    assert len(trace(figure, "suggestions").x) == 3
    assert "valley, slide" in texts(figure)


def test_labels_that_stand_close_together_stand_one_below_the_other() -> None:
    heights = [annotation.y for annotation in charts.lr_curve(FOUND, None).layout.annotations]
    assert heights == sorted(set(heights), reverse=True)


def test_a_curve_that_carries_no_suggestion_is_drawn_without_any() -> None:
    none = replace(FOUND, valley=None, slide=None, steep=None, minimum=None)
    figure = charts.lr_curve(none, None)
    assert charts.suggestions(none) == {}
    assert texts(figure) == []
    assert len(figure.data) == 2


def test_only_the_chosen_marker_sets_two_figures_of_a_curve_apart() -> None:
    plain, chosen = charts.lr_curve(FOUND, None), charts.lr_curve(FOUND, 0.004)
    assert "chosen 4.0e-3" in texts(chosen)
    assert plain.data == chosen.data
    assert charts.lr_curve(FOUND, 0.004) == chosen


def test_the_blow_up_does_not_flatten_the_part_that_one_reads() -> None:
    low, high = charts.lr_curve(FOUND, None).layout.yaxis.range
    assert low < 1.0
    assert 2.0 < high < 4.0


def test_suggestions_come_with_the_recommended_one_first() -> None:
    assert list(charts.suggestions(FOUND)) == ["valley", "slide", "steep", charts.MINIMUM]


def test_losses_are_training_batches_and_validation_epochs_over_the_steps() -> None:
    columns = charts.losses(told())
    assert columns["step"] == [*range(1, 11), 10, 20, 30]
    assert columns["what"] == [charts.TRAINING] * 10 + [charts.VALIDATION] * 3
    assert columns["loss"] == pytest.approx([2.0] * 10 + [0.8, 0.7, 0.6])


def test_one_strange_batch_does_not_tear_the_smoothed_line() -> None:
    batches = [BatchDone(0, 0, step, 30, 9.0 if step == 20 else 1.0, 1e-3, 0.9, 50.0) for step in range(1, 21)]
    losses = charts.losses(Story().told(batches))["loss"]
    assert losses[-2] == pytest.approx(1.0)
    assert 1.0 < losses[-1] < 4.0


def test_the_table_has_the_newest_epoch_first_and_marks_the_kept_one() -> None:
    columns = charts.epochs(told(kept=1))
    assert columns["epoch"] == [3, 2, 1]
    assert columns["kept"] == ["", "kept", ""]
    assert columns["right"] == pytest.approx([70, 70, 70])


def test_a_story_without_a_step_makes_empty_columns() -> None:
    assert all(len(column) == 0 for column in (*charts.losses(Story()).values(), *charts.epochs(Story()).values()))


def test_errors_stand_over_the_epochs_and_rates_over_the_steps() -> None:
    assert charts.errors(told()) == {"epoch": [1, 2, 3], "wrong": [0.3, 0.3, 0.3]}
    assert charts.rates(told()) == {"step": [*range(1, 11)], "rate": [1e-3] * 10}


@pytest.mark.parametrize(("chart", "columns"), [
    (charts.LOSSES_SPEC, charts.losses), (charts.RATES_SPEC, charts.rates), (charts.ERRORS_SPEC, charts.errors)])
def test_a_chart_without_a_row_has_axes_without_labels(chart: Mapping[str, Any], columns: Columns) -> None:
    assert charts.spec(chart, columns(told())) == dict(chart)
    empty = charts.spec(chart, columns(Story()))["encoding"]
    assert [empty[axis]["axis"] for axis in ("x", "y")] == [{"labels": False}] * 2
    assert empty["x"]["field"] == chart["encoding"]["x"]["field"]
