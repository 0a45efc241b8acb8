import json

import numpy as np
import plotly.graph_objects as go
import pytest

from core.interpretation.predictions import Predictions
from pages.ui.colours import RIGHT, UNSURE, WRONG, of_class
from pages.ui.result_dots import MOST_COLOURED, Paint, apart, likeness_map, probability_axis, stacked
from tests.pages.exhibits import predictions_of


def dots(figure: go.Figure) -> list[go.Scattergl]:
    """The traces with pictures."""
    return [trace for trace in figure.data if trace.customdata is not None]


def places(figure: go.Figure) -> dict[str, tuple[float, float]]:
    return {id: (float(x), float(y)) for trace in dots(figure)
            for id, x, y in zip(trace.customdata, trace.x, trace.y, strict=True)}


def of_many(kinds: int, count: int) -> Predictions:
    random = np.random.default_rng(0)
    labels = np.arange(count) % kinds
    logits = random.normal(size=(count, kinds)).astype(np.float32)
    return Predictions(tuple(f"{row:016x}" for row in range(count)), labels, logits,
                       tuple(f"class {kind}" for kind in range(kinds)))


def on_map(predictions: Predictions, paint: Paint, behind: np.ndarray | None = None) -> go.Figure:
    count = len(predictions)
    return likeness_map(predictions, np.arange(count), np.zeros((count, 2), dtype=np.float32), paint, behind)


def test_on_the_axis_every_picture_stands_at_its_probability_in_the_lane_of_what_it_is() -> None:
    predictions = predictions_of()
    found = places(probability_axis(predictions, 1, Paint()))
    assert len(found) == len(predictions)
    for id, label, probability in zip(predictions.ids, predictions.labels, predictions.probabilities[:, 1],
                                      strict=True):
        x, y = found[id]
        assert x == pytest.approx(probability)
        assert abs(y - label) < 0.5


def test_of_several_classes_one_stands_against_the_others() -> None:
    predictions = of_many(4, 40)
    found = places(probability_axis(predictions, 2, Paint()))
    above = {id for id, (_, y) in found.items() if y > 0.5}
    assert above == {id for id, label in zip(predictions.ids, predictions.labels, strict=True) if label == 2}


def test_right_is_a_disc_and_wrong_a_cross_in_the_colour_of_what_it_is() -> None:
    traces = dots(probability_axis(predictions_of(), 1, Paint()))
    assert {(trace.name, trace.marker.symbol, trace.marker.color, len(trace.x)) for trace in traces} == {
        ("ants", "circle", of_class(0), 2), ("ants", "x", of_class(0), 1),
        ("bees", "circle", of_class(1), 1), ("bees", "x", of_class(1), 1)}


def test_the_colour_can_tell_what_it_was_taken_for_or_whether_that_is_right() -> None:
    taken = {(trace.name, len(trace.x)) for trace in dots(on_map(predictions_of(), Paint("predicted")))}
    assert taken == {("ants", 2), ("ants", 1), ("bees", 1)}
    verdict = {(trace.marker.color, trace.marker.symbol) for trace in dots(on_map(predictions_of(), Paint("verdict")))}
    assert verdict == {(RIGHT, "circle"), (WRONG, "x")}


def test_of_many_classes_the_chosen_ones_have_colours_and_the_rest_is_grey() -> None:
    predictions = of_many(30, 300)
    traces = dots(on_map(predictions, Paint("actual", (3, 15))))
    grey = [trace for trace in traces if trace.marker.color == UNSURE]
    for shape in ("circle", "x"):
        colours = [trace.marker.color for trace in traces if trace.marker.symbol == shape]
        assert colours[0] == UNSURE and UNSURE not in colours[1:], "the grey ones lie below"
    assert sum(len(trace.x) for trace in grey) == 280
    assert len({trace.marker.color for trace in traces if trace not in grey}) == 2


def test_chosen_classes_keep_their_colours_as_far_as_these_differ() -> None:
    assert apart((0, 1, 5)) == [of_class(0), of_class(1), of_class(5)]
    assert len(set(apart((0, MOST_COLOURED, 2 * MOST_COLOURED)))) == 3
    assert len(set(apart(range(5, 5 + MOST_COLOURED)))) == MOST_COLOURED


def test_the_legend_tells_each_colour_and_each_shape_once() -> None:
    figure = probability_axis(predictions_of(), 1, Paint())
    assert [trace.name for trace in figure.data if trace.showlegend is not False] == ["ants", "bees", "right", "wrong"]


def test_the_pointer_is_told_what_a_picture_is_and_what_it_was_taken_for() -> None:
    told = {id: text for trace in dots(on_map(predictions_of(), Paint())) for id, text
            in zip(trace.customdata, trace.text, strict=True)}
    assert told[f"{0:016x}"] == "ants · 90 %"
    assert told[f"{2:016x}"] == "ants, taken for bees · 80 %"


def test_names_that_people_gave_are_no_markup() -> None:
    figure = probability_axis(predictions_of(classes=("<b>ants</b>", "<i>bees")), 1, Paint())
    text = json.dumps(figure.to_plotly_json(), default=lambda array: np.asarray(array).tolist())
    assert "<b>" not in text and "<i>" not in text


def test_training_pictures_stand_behind_and_cannot_be_chosen() -> None:
    figure = on_map(predictions_of(), Paint(), np.ones((7, 2), dtype=np.float32))
    first = figure.data[0]
    assert first.name == "training" and len(first.x) == 7
    assert first.customdata is None and first.marker.opacity < 0.5


def test_dots_at_one_value_stand_on_each_other_and_those_apart_in_the_middle() -> None:
    heights = stacked(np.array([0.5, 0.5, 0.5, 0.9]))
    assert heights[3] == 0
    assert np.allclose(np.diff(np.sort(heights[:3])), heights[:3].max())
    assert heights[:3].mean() == pytest.approx(0)


@pytest.mark.parametrize("count", [1, 33, 5_000])
def test_a_stack_of_any_height_stays_in_its_lane(count: int) -> None:
    heights = stacked(np.ones(count))
    assert -0.5 <= heights.min() <= heights.max() <= 0.5
    assert len(np.unique(heights)) == count


def test_no_pictures_make_no_dots() -> None:
    assert stacked(np.empty(0)).shape == (0,)


def test_five_thousand_pictures_are_less_than_a_megabyte() -> None:
    predictions = of_many(12, 5_000)
    for figure in (probability_axis(predictions, 1, Paint()),
                   on_map(predictions, Paint(), np.zeros((5_000, 2), dtype=np.float32))):
        assert len(figure.to_json()) < 1_000_000
