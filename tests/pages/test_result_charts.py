import numpy as np
import plotly.graph_objects as go
import pytest

from core.interpretation.predictions import Predictions
from pages.ui import result_charts
from pages.ui.colours import CLASS_COLOURS, RIGHT, UNSURE, WRONG, of_class
from tests.pages.exhibits import epoch, predictions_of


def matrix(*arguments: object, **options: object) -> tuple[go.Heatmap, go.Scatter]:
    """The two layers of a confusion matrix: what is seen, and what is clicked."""
    heat, rings = result_charts.confusion(*arguments, **options).data
    return heat, rings


def rows(heat: go.Heatmap) -> list[list[str]]:
    return [list(row) for row in heat.text]


def many(kinds: int) -> Predictions:
    """A picture a class, each taken for the next one but the last, which is right."""
    answers = [*range(1, kinds), kinds - 1]
    return predictions_of((np.eye(kinds)[answers] * 0.88 + 0.001).tolist(), list(range(kinds)),
                          [f"breed {number}" for number in range(kinds)])


def test_the_diagonal_is_blue_and_mistakes_are_orange() -> None:
    heat, _ = matrix(predictions_of())
    assert heat.colorscale[0][1] == WRONG and heat.colorscale[-1][1] == RIGHT
    assert rows(heat) == [["2", "1"], ["1", "1"]]
    # Right ones by their share of the row; mistakes below 0, the full colour from half of the row on.
    assert heat.z == pytest.approx(np.array([[2 / 3, -2 / 3], [-1, 1 / 2]]))


def test_cells_without_a_picture_stay_empty_and_can_be_pointed_at() -> None:
    heat, rings = matrix(predictions_of(((0.1, 0.9), (0.1, 0.9)), (0, 1)))
    assert np.isnan(heat.z).tolist() == [[True, False], [True, False]]
    assert rows(heat) == [["", "1"], ["", "1"]]
    told = dict(zip(map(tuple, rings.customdata), rings.hovertext, strict=True))
    assert told == {(0, 0): "0 of 1 ants were recognised", (0, 1): "1 of 1 ants were taken for bees (100 %)",
                    (1, 0): "0 of 1 bees were taken for ants", (1, 1): "1 of 1 bees were recognised (100 %)"}


def test_shares_are_of_all_pictures_of_the_row_though_only_some_classes_are_shown() -> None:
    values = predictions_of(np.eye(3)[[0, 1, 2, 2]] * 0.9 + 0.03, (0, 0, 0, 2), ("a", "b", "c"))
    heat, _ = matrix(values, order=[0, 1], shares=True)
    assert rows(heat) == [["33", "33"], ["", ""]]


def test_the_classes_stand_in_the_order_that_is_asked_for() -> None:
    heat, rings = matrix(predictions_of(), order=[1, 0])
    assert heat.x == heat.y == (1, 0)
    assert rows(heat) == [["1", "1"], ["1", "2"]]
    assert dict(zip(map(tuple, rings.customdata), zip(rings.y, rings.x, strict=True), strict=True))[1, 0] == (1, 0)


def test_the_chosen_cell_has_a_ring() -> None:
    _, rings = matrix(predictions_of(), ringed=(1, 0))
    assert [tuple(rings.customdata[place]) for place in rings.selectedpoints] == [(1, 0)]
    assert rings.marker.opacity == rings.unselected.marker.opacity == 0 != rings.selected.marker.opacity
    _, none = matrix(predictions_of(), order=[0], ringed=(1, 0))
    assert none.selectedpoints == ()


def test_of_120_classes_only_cells_with_pictures_can_be_clicked() -> None:
    _, rings = matrix(many(120))
    assert len(rings.customdata) == 120
    assert rings.hovertext[0] == "1 of 1 breed 0 were taken for breed 1 (100 %)"


def test_of_120_classes_plotly_names_as_many_as_fit_and_more_when_zoomed_in() -> None:
    figure = result_charts.confusion(many(120))
    assert figure.layout.xaxis.dtick is None
    assert figure.layout.yaxis.labelalias["119"] == "breed 119"
    assert result_charts.confusion(many(30)).layout.xaxis.dtick == 1          # every one


def test_a_matrix_of_120_classes_and_5000_pictures_is_a_small_file() -> None:
    random, kinds = np.random.default_rng(0), 120
    labels = random.integers(0, kinds, 5000)
    worst = predictions_of(random.dirichlet(np.ones(kinds), 5000), labels,
                           [f"{'a very long name of a breed ' * 3}{number}" for number in range(kinds)])
    assert len(result_charts.confusion(worst).to_json()) < 1_000_000


@pytest.mark.parametrize("actual", [3, 119])
def test_of_120_classes_a_picture_shows_the_most_probable_ones_and_its_own(actual: int) -> None:
    probabilities = np.arange(120, 0, -1) / np.arange(121).sum()
    figure = result_charts.probability_bars(probabilities, [f"breed {number}" for number in range(120)], actual)
    shown = list(figure.layout.yaxis.ticktext)[::-1]
    assert shown[:15] == [f"breed {number}" for number in range(15)]
    assert f"breed {actual}" in shown and len(shown) == (15 if actual < 15 else 16)
    assert figure.layout.height < 500


@pytest.mark.parametrize("kinds", [2, 3, 30])
def test_the_matrix_keeps_its_height_however_many_of_the_classes_are_shown(kinds: int) -> None:
    figure = result_charts.confusion(many(kinds))
    assert figure.layout.height == result_charts.confusion(many(kinds), order=[0, 1]).layout.height
    assert len(figure.layout.xaxis.labelalias) == kinds


def test_only_a_matrix_of_many_cells_can_be_zoomed() -> None:
    fixed = {kinds: result_charts.confusion(many(kinds)).layout.xaxis.fixedrange for kinds in (2, 5, 6, 120)}
    assert fixed == {2: True, 5: True, 6: False, 120: False}


@pytest.mark.parametrize(("shares", "strengths"), [(False, (-1, -1 / 4)), (True, (-4 / 5, -1))])
def test_of_many_classes_the_most_frequent_mistake_shown_is_the_darkest(shares: bool,
                                                                       strengths: tuple[float, float]) -> None:
    """4 of 20 pictures of the one class, and 1 of 4 of the other: counts or shares, as the cells are asked to tell."""
    kinds = result_charts.MOST_COUNTS + 1
    labels, answers = [0] * 20 + [1] * 4, [1] * 4 + [0] * 16 + [0] + [1] * 3
    values = predictions_of(np.eye(kinds)[answers] * 0.8 + 0.01, labels, [f"breed {kind}" for kind in range(kinds)])
    heat, _ = matrix(values, shares=shares)
    assert (heat.z[0, 1], heat.z[1, 0]) == pytest.approx(strengths)
    assert heat.colorscale[0][1] != heat.colorscale[1][1]


def test_mistakes_below_the_minimum_fade_and_can_still_be_clicked() -> None:
    values = predictions_of(np.eye(3)[[1, 1, 2, 0, 1, 2]] * 0.9 + 0.03, (0, 0, 0, 0, 1, 2), ("a", "b", "c"))
    heat, faded, rings = result_charts.confusion(values, least=2).data
    assert np.isnan(heat.z).tolist() == [[False, False, True], [True, False, True], [True, True, False]]
    assert np.argwhere(~np.isnan(faded.z)).tolist() == [[0, 2]]
    assert (0, 2) in map(tuple, rings.customdata)


def test_names_that_have_no_room_side_by_side_are_turned() -> None:
    assert result_charts.tick_angle(["ants", "bees"], 400) == 0
    assert result_charts.tick_angle(["a very long class name"] * 4, 400) != 0
    assert result_charts.tick_angle([f"breed {number}" for number in range(9)], 400) != 0


def test_counts_are_left_to_the_pointer_where_cells_are_too_small_for_them() -> None:
    heat, _ = matrix(many(result_charts.MOST_COUNTS + 1))
    assert heat.text is None


def test_a_class_s_name_is_no_markup_and_never_longer_than_its_place() -> None:
    assert result_charts.axis_name("<b>ants</b>") == "&lt;b&gt;ants&lt;/b&gt;"
    assert len(result_charts.axis_name("a" * 200)) == result_charts.LONGEST_NAME
    figure = result_charts.confusion(predictions_of(classes=("<a href='x'>", "bees")))
    assert "<a" not in figure.to_json()


def test_the_history_counts_epochs_from_one_and_marks_the_kept_one() -> None:
    figure = result_charts.history([epoch(0, 0.5), epoch(1, 0.75), epoch(2, 0.7, kept=False)], kept=1)
    assert {trace.name for trace in figure.data} == {"training loss", "validation loss", "accuracy"}
    assert list(figure.data[2].x) == [1, 2, 3]
    assert list(figure.data[2].y) == [0.5, 0.75, 0.7]
    assert {shape.x0 for shape in figure.layout.shapes} == {2}


def test_a_single_epoch_is_a_history_too() -> None:
    assert list(result_charts.history([epoch(0)], kept=0).data[0].x) == [1]


def test_the_most_probable_class_is_on_top_in_the_colour_of_what_it_is() -> None:
    figure = result_charts.probability_bars(np.array([0.2, 0.7, 0.1]), ("ants", "bees", "wasps"), actual=0)
    assert list(figure.layout.yaxis.ticktext)[::-1] == ["bees", "ants", "wasps"]
    assert list(figure.data[0].x)[::-1] == [0.7, 0.2, 0.1]
    assert list(figure.data[0].marker.color)[::-1] == [WRONG, RIGHT, UNSURE]


def test_two_long_names_with_one_beginning_keep_a_bar_each() -> None:
    names = ("a" * 30 + "x", "a" * 30 + "y")
    bar = result_charts.probability_bars(np.array([0.4, 0.6]), names, actual=0).data[0]
    assert len(set(bar.y)) == 2


def test_classes_keep_their_colours_and_take_them_in_turn() -> None:
    assert len(set(CLASS_COLOURS)) == 12
    assert of_class(12) == of_class(0) != of_class(1)
