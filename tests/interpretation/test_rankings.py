from collections.abc import Callable

import numpy as np
import pytest

from core.interpretation import rankings
from core.interpretation.predictions import Predictions
from tests.interpretation.test_predictions import predictions_of

# actual 0: rows 0, 1, 2, 3;  actual 1: rows 4, 5, 6
ROWS = predictions_of([[0.70, 0.30], [0.95, 0.05], [0.40, 0.60], [0.10, 0.90],
                       [0.48, 0.52], [0.99, 0.01], [0.30, 0.70]], [0, 0, 0, 0, 1, 1, 1])
PERFECT = predictions_of([[0.9, 0.1], [0.2, 0.8]], [0, 1])


def test_most_correct_gives_the_surest_right_pictures_of_one_class() -> None:
    assert rankings.most_correct(ROWS, 0, 5).tolist() == [1, 0]
    assert rankings.most_correct(ROWS, 1, 1).tolist() == [6]


def test_most_incorrect_gives_pictures_of_the_class_that_were_taken_for_another() -> None:
    assert rankings.most_incorrect(ROWS, 0, 5).tolist() == [3, 2]
    assert rankings.most_incorrect(ROWS, 1, 5).tolist() == [5]


def test_pictures_of_one_class_that_were_taken_for_another_come_the_worst_first() -> None:
    assert rankings.taken_for(ROWS, 0, 1, 5).tolist() == [3, 2]
    assert rankings.taken_for(ROWS, 1, 0, 5).tolist() == [5]
    assert rankings.taken_for(ROWS, 1, 1, 5).tolist() == [4, 6]


def test_of_several_classes_the_surest_mistake_is_the_most_probable_answer() -> None:
    three = predictions_of([[0.01, 0.59, 0.40], [0.35, 0.60, 0.05], [0.30, 0.15, 0.55]], [0, 0, 0], ("a", "b", "c"))
    assert rankings.most_incorrect(three, 0, 3).tolist() == [1, 0, 2]
    assert rankings.taken_for(three, 0, 1, 3).tolist() == [1, 0]


def test_false_alarms_are_pictures_of_other_classes_the_surest_first() -> None:
    assert rankings.false_alarms(ROWS, 0, 5).tolist() == [5]
    assert rankings.false_alarms(ROWS, 1, 5).tolist() == [3, 2]
    assert rankings.false_alarms(PERFECT, 0, 5).tolist() == []


def test_most_uncertain_gives_the_nearest_to_a_tie_right_or_wrong() -> None:
    assert rankings.most_uncertain(ROWS, 3).tolist() == [4, 2, 0]


def test_most_uncertain_weighs_the_two_best_classes_only() -> None:
    three = predictions_of([[0.5, 0.3, 0.2], [0.45, 0.40, 0.15], [0.4, 0.3, 0.3]], [0, 0, 0], ("a", "b", "c"))
    assert rankings.most_uncertain(three, 3).tolist() == [1, 2, 0]


def test_top_losses_gives_the_worst_first() -> None:
    assert rankings.top_losses(ROWS, 3).tolist() == [5, 3, 2]


def test_hopeless_pictures_keep_their_order_where_probabilities_round_to_nothing() -> None:
    sure = Predictions(("a", "b"), np.array([0, 0]), np.array([[0, 2e3], [0, 3e3]]), ("ants", "bees"))
    assert rankings.top_losses(sure, 2).tolist() == [1, 0]
    assert rankings.most_incorrect(sure, 0, 2).tolist() == [1, 0]


def test_equals_stand_in_the_order_of_their_rows() -> None:
    equal = predictions_of([[0.7, 0.3]] * 50, [0] * 50)
    for ranked in (rankings.most_correct(equal, 0, 50), rankings.most_uncertain(equal, 50),
                   rankings.top_losses(equal, 50)):
        assert ranked.tolist() == list(range(50))


def test_there_are_fewer_rows_where_there_are_fewer_pictures() -> None:
    assert rankings.most_incorrect(PERFECT, 0, 3).tolist() == []
    assert rankings.top_losses(PERFECT, 9).shape == (2,)
    assert rankings.most_uncertain(PERFECT.select([]), 1).shape == (0,)


@pytest.mark.parametrize("rank", [
    lambda k: rankings.most_correct(ROWS, 0, k), lambda k: rankings.most_incorrect(ROWS, 0, k),
    lambda k: rankings.most_uncertain(ROWS, k), lambda k: rankings.top_losses(ROWS, k),
])
def test_every_ranking_gives_int64_rows_and_refuses_k_below_one(rank: Callable[[int], np.ndarray]) -> None:
    assert rank(1).dtype == np.int64
    assert len(rank(1)) == 1
    for k in (0, -1):
        with pytest.raises(ValueError, match="at least 1"):
            rank(k)


@pytest.mark.parametrize("class_index", [-1, 2])
def test_a_class_that_there_is_not_is_an_error(class_index: int) -> None:
    for rank in (rankings.most_correct, rankings.most_incorrect):
        with pytest.raises(ValueError, match="class_index"):
            rank(ROWS, class_index, 1)
    for pair in ((class_index, 0), (0, class_index)):
        with pytest.raises(ValueError, match="class_index"):
            rankings.taken_for(ROWS, *pair, 1)
