import numpy as np
import pytest

from pages.ui import result_charts
from pages.ui.colours import CLASS_COLOURS, RIGHT, UNSURE, WRONG, of_class
from tests.pages.exhibits import epoch, predictions_of


def cells(trace: int) -> list[list[str]]:
    return [list(row) for row in result_charts.confusion(predictions_of()).data[trace].text]


def test_the_diagonal_is_blue_and_mistakes_are_orange() -> None:
    right, wrong = result_charts.confusion(predictions_of()).data
    assert right.colorscale[-1][1] == RIGHT
    assert wrong.colorscale[-1][1] == WRONG
    assert cells(0) == [["2", ""], ["", "1"]]
    assert cells(1) == [["", "1"], ["1", ""]]


def test_the_actual_class_is_in_rows_and_told_in_words() -> None:
    wrong = result_charts.confusion(predictions_of(((0.1, 0.9), (0.1, 0.9)), (0, 1))).data[1]
    assert wrong.hovertext[0][1] == "1 of 1 ants were taken for bees"
    assert wrong.hovertext[1][0] is None


def test_of_120_classes_the_axes_name_as_many_as_have_room_and_the_pointer_tells_all() -> None:
    kinds = 120
    values = predictions_of((np.eye(kinds) * 0.88 + 0.001).tolist(), list(range(kinds)),
                            [f"breed {number}" for number in range(kinds)])
    figure = result_charts.confusion(values)
    assert list(figure.layout.xaxis.ticktext) == [f"breed {number}" for number in range(0, kinds, 3)]
    assert figure.data[0].hovertext[119][119] == "1 of 1 breed 119 were recognised"


@pytest.mark.parametrize("actual", [3, 119])
def test_of_120_classes_a_picture_shows_the_most_probable_ones_and_its_own(actual: int) -> None:
    probabilities = np.arange(120, 0, -1) / np.arange(121).sum()
    figure = result_charts.probability_bars(probabilities, [f"breed {number}" for number in range(120)], actual)
    shown = list(figure.layout.yaxis.ticktext)[::-1]
    assert shown[:15] == [f"breed {number}" for number in range(15)]
    assert f"breed {actual}" in shown and len(shown) == (15 if actual < 15 else 16)
    assert figure.layout.height < 500


@pytest.mark.parametrize("kinds", [2, 3, 30])
def test_the_matrix_keeps_its_height_whatever_the_number_of_classes(kinds: int) -> None:
    values = predictions_of(np.full((kinds, kinds), 1 / kinds).tolist(), list(range(kinds)),
                            [f"class {number}" for number in range(kinds)])
    figure = result_charts.confusion(values)
    assert figure.layout.height == result_charts.CONFUSION_HEIGHT
    assert len(figure.layout.xaxis.ticktext) == kinds


def test_counts_are_left_to_the_pointer_where_cells_are_too_small_for_them() -> None:
    kinds = result_charts.MOST_COUNTS + 1
    values = predictions_of(np.full((kinds, kinds), 1 / kinds).tolist(), list(range(kinds)),
                            [str(number) for number in range(kinds)])
    assert result_charts.confusion(values).data[0].text is None


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
