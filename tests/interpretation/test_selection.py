import numpy as np
import pytest

from core.errors import UserMistake
from core.interpretation import selection
from core.interpretation.predictions import Predictions
from core.interpretation.selection import Wanted
from tests.interpretation.test_predictions import predictions_of

# actual:            cat              cat              cat              dog              dog              fox
ROWS = predictions_of([[0.7, 0.2, 0.1], [0.3, 0.6, 0.1], [0.4, 0.35, 0.25], [0.1, 0.8, 0.1], [0.5, 0.25, 0.25],
                       [0.05, 0.05, 0.9]], [0, 0, 0, 1, 1, 2], ("cat", "dog", "fox"))
FILES = ("cats/Tom.jpg", "cats/IMG_1.jpg", "cats/img_2.png", "dogs/caf\u00e9.jpg", "dogs/Rex.JPG", "foxes/tomato.jpg")
NAMES = selection.searchable(FILES)


def rows(**wanted: object) -> list[int]:
    return selection.chosen(ROWS, Wanted(**wanted), NAMES).tolist()  # type: ignore[arg-type]


def test_without_a_wish_every_picture_is_chosen_as_it_came() -> None:
    assert rows() == [0, 1, 2, 3, 4, 5]


def test_pictures_are_chosen_by_verdict_and_by_either_class() -> None:
    assert rows(verdict="right") == [0, 2, 3, 5]
    assert rows(verdict="wrong") == [1, 4]
    assert rows(actual=0) == [0, 1, 2]
    assert rows(predicted=0) == [0, 2, 4]
    assert rows(actual=0, predicted=1) == [1]
    assert rows(verdict="right", actual=0, predicted=1) == []


def test_a_range_bounds_the_probability_of_the_prediction_the_actual_class_or_any_class() -> None:
    assert rows(least=0.55, most=0.75) == [0, 1]
    assert rows(whose="actual", most=0.35) == [1, 4]
    assert rows(whose=2, least=0.22) == [2, 4, 5]


def test_the_ends_of_a_range_belong_to_it() -> None:
    halves = predictions_of([[0.5, 0.5], [0.2, 0.8]], [0, 0])
    names = selection.searchable(("a", "b"))
    assert selection.chosen(halves, Wanted(least=0.5, most=0.5), names).tolist() == [0]
    assert selection.chosen(halves, Wanted(whose=1, least=0.5), names).tolist() == [0, 1]


def test_a_file_is_found_by_a_part_of_its_name_in_letters_of_either_case() -> None:
    assert rows(in_name="tom") == [0, 5]
    assert rows(in_name=" IMG_ ") == [1, 2]
    assert rows(in_name=".jpg") == [0, 1, 3, 4, 5]
    assert rows(in_name="cafe\u0301") == [3]         # as macOS writes it
    assert rows(in_name="nowhere") == []


def test_a_sign_that_patterns_would_read_is_a_letter_as_others() -> None:
    assert rows(in_name="*") == []
    assert rows(in_name="g_1.") == [1]


@pytest.mark.parametrize(("least", "most"), [(0.6, 0.5), (-0.1, 1.0), (0.0, 1.1)])
def test_a_range_without_room_is_told_with_its_remedy(least: float, most: float) -> None:
    with pytest.raises(UserMistake) as told:
        Wanted(least=least, most=most)
    assert "smaller one first" in told.value.remedy


def test_a_class_that_there_is_not_is_an_error() -> None:
    for wanted in (Wanted(actual=3), Wanted(predicted=-1), Wanted(whose=3, least=0.5)):
        with pytest.raises(ValueError, match=r"0\.\.2"):
            selection.chosen(ROWS, wanted, NAMES)


def test_names_of_other_pictures_are_an_error() -> None:
    with pytest.raises(ValueError, match="6 pictures"):
        selection.chosen(ROWS, Wanted(), NAMES[:2])


def test_rows_are_put_in_each_order() -> None:
    every = np.arange(len(ROWS))
    assert selection.arranged(ROWS, every, "as they came").tolist() == [0, 1, 2, 3, 4, 5]
    assert selection.arranged(ROWS, every, "most correct").tolist() == [5, 3, 0, 2, 1, 4]
    assert selection.arranged(ROWS, every, "most incorrect").tolist() == [5, 3, 0, 1, 4, 2]
    assert selection.arranged(ROWS, every, "top losses").tolist() == [4, 1, 2, 0, 3, 5]
    assert selection.arranged(ROWS, every, "most uncertain").tolist() == [2, 4, 1, 0, 3, 5]     # margins of 5 to 85 %


def test_an_order_keeps_to_the_rows_it_is_given() -> None:
    assert selection.arranged(ROWS, np.array([0, 1, 2]), "top losses").tolist() == [1, 2, 0]
    assert selection.arranged(ROWS, np.array([], dtype=np.int64), "top losses").tolist() == []


def test_a_random_order_follows_its_seed_and_loses_nothing() -> None:
    every = np.arange(len(ROWS))
    draws = [selection.arranged(ROWS, every, "at random", seed).tolist() for seed in range(20)]
    assert all(sorted(draw) == every.tolist() for draw in draws)
    assert len({tuple(draw) for draw in draws}) > 10
    assert selection.arranged(ROWS, every, "at random", 7).tolist() == draws[7]


def test_hopeless_pictures_keep_apart_where_probabilities_round_to_nothing() -> None:
    sure = Predictions(("a", "b"), np.array([0, 0]), np.array([[0, 2e3], [0, 3e3]]), ("ants", "bees"))
    for order in ("top losses", "most incorrect"):
        assert selection.arranged(sure, np.arange(2), order).tolist() == [1, 0]     # type: ignore[arg-type]


def test_the_most_incorrect_are_those_that_were_surest_of_their_answer_not_those_with_the_largest_loss() -> None:
    """Of three classes these differ: 40 % of a wrong class may leave 1 % to the right one, and 55 % may leave 40 %."""
    wrong = predictions_of([[0.01, 0.40, 0.59], [0.35, 0.05, 0.60], [0.20, 0.41, 0.39]], [0, 0, 0], ("a", "b", "c"))
    assert selection.arranged(wrong, np.arange(3), "most incorrect").tolist() == [1, 0, 2]
    assert selection.arranged(wrong, np.arange(3), "top losses").tolist() == [0, 2, 1]


def test_an_order_that_there_is_not_is_an_error() -> None:
    with pytest.raises(ValueError, match="most uncertain"):
        selection.arranged(ROWS, np.arange(2), "sideways")  # type: ignore[arg-type]


def test_no_pictures_give_no_rows() -> None:
    none = ROWS.select([])
    assert selection.chosen(none, Wanted(verdict="wrong", least=0.5), selection.searchable(())).tolist() == []
