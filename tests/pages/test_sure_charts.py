import numpy as np
import pytest

from core.interpretation import calibration, coverage
from pages.ui import sure_charts
from pages.ui.colours import RIGHT, WRONG
from tests.interpretation.made import drawn, sure


def test_wrong_pictures_stand_below_right_ones_bar_by_bar() -> None:
    shown = calibration.histogram(drawn(200, 2.0, classes=2))
    wrong, right = sure_charts.histogram(shown, 0.5).data
    assert (wrong.marker.color, right.marker.color) == (WRONG, RIGHT)
    assert list(wrong.y) == shown.wrong.tolist() and list(right.y) == shown.right.tolist()


@pytest.mark.parametrize(("classes", "start"), [(2, 0.5), (3, 0.3), (120, 0.0)])
def test_the_histogram_begins_with_the_bar_of_the_least_top_probability(classes: int, start: float) -> None:
    figure = sure_charts.histogram(calibration.histogram(drawn(50, 1.0, classes)), 1 / classes)
    assert figure.layout.xaxis.range[0] == pytest.approx(start)


def test_the_diagram_has_a_dot_with_its_interval_for_each_group() -> None:
    bins = calibration.reliability(sure([0.65] * 4 + [0.95] * 6, [True, True, False, False] + [True, False] * 3))
    _, dots = sure_charts.reliability(bins).data
    assert list(dots.y) == [0.5, 0.5]
    low, high = bins[1].interval
    assert dots.error_y.array[1] == pytest.approx(high - 0.5)
    assert dots.error_y.arrayminus[1] == pytest.approx(0.5 - low)
    assert dots.marker.size[0] < dots.marker.size[1]


def test_softened_groups_are_a_second_line_by_their_name() -> None:
    bins = calibration.reliability(drawn(100, 2.0))
    assert [trace.name for trace in sure_charts.reliability(bins, bins, "softer").data][1:] == ["as it is", "softer"]


def test_the_curve_tells_accuracy_over_coverage_and_marks_the_chosen_point() -> None:
    predictions = sure([0.55, 0.6, 0.7, 0.9, 0.95], [False, True, False, True, True])
    chosen = coverage.standing(predictions, 0.7)
    _, line, point = sure_charts.coverage(coverage.curve(predictions), chosen).data
    np.testing.assert_allclose(line.x, [1.0, 0.8, 0.6, 0.4, 0.2])
    np.testing.assert_allclose(line.y, [3 / 5, 3 / 4, 2 / 3, 1, 1])
    assert (point.x[0], point.y[0]) == (0.6, 2 / 3)


def test_a_threshold_that_answers_nothing_has_no_point() -> None:
    predictions = sure([0.55, 0.6], [False, True])
    figure = sure_charts.coverage(coverage.curve(predictions), coverage.standing(predictions, 0.99))
    assert len(figure.data) == 2 and not figure.layout.shapes


def test_every_figure_has_one_height_whatever_it_shows() -> None:
    for size in (3, 300):
        predictions = drawn(size, 1.0)
        figures = (sure_charts.histogram(calibration.histogram(predictions), 0.25),
                   sure_charts.reliability(calibration.reliability(predictions)),
                   sure_charts.coverage(coverage.curve(predictions), coverage.standing(predictions, 0.5)))
        assert {figure.layout.height for figure in figures} == {sure_charts.HEIGHT}
