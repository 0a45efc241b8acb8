import numpy as np
import pytest
from sklearn.metrics import confusion_matrix as reference

from core.interpretation.confusion import Confusion, confusion_matrix, most_confused
from core.interpretation.predictions import Predictions

CLASSES = ("coat", "dress", "shirt", "trousers")


def told(actual: list[int], predicted: list[int]) -> Predictions:
    ids = tuple(str(row) for row in range(len(actual)))
    return Predictions(ids, np.array(actual, dtype=np.int64), np.eye(4)[predicted], CLASSES)


def test_rows_are_actual_and_columns_predicted() -> None:
    matrix = confusion_matrix(told([0, 0, 0, 2], [0, 1, 1, 2]))
    assert matrix.dtype == np.int64
    assert matrix.tolist() == [[1, 2, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]


def test_the_matrix_is_scikit_learn_s() -> None:
    random = np.random.default_rng(3)
    actual, predicted = random.integers(0, 4, (2, 500)).tolist()
    expected = reference(actual, predicted, labels=range(4))
    assert np.array_equal(confusion_matrix(told(actual, predicted)), expected)


def test_no_pictures_give_a_matrix_of_zeros() -> None:
    assert confusion_matrix(told([], [])).tolist() == [[0] * 4] * 4


def test_most_confused_pairs_come_first_with_direction_and_without_the_right_ones() -> None:
    predictions = told([0, 0, 0, 1, 2, 2, 3, 3, 3, 3], [1, 1, 0, 0, 3, 3, 3, 3, 3, 3])
    assert most_confused(predictions) == (
        Confusion("coat", "dress", 2), Confusion("shirt", "trousers", 2), Confusion("dress", "coat", 1))
    assert len(most_confused(predictions, minimum=2)) == 2
    assert most_confused(predictions, minimum=3) == ()


def test_a_minimum_below_one_would_list_pairs_never_confused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        most_confused(told([0], [0]), minimum=0)
