from itertools import pairwise

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix as reference

from core.interpretation.confusion import Confusion, by_confusion, confused, confusion_matrix, most_confused
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


def test_the_confused_classes_are_those_of_a_pair_in_either_direction() -> None:
    counts = np.array([[9, 2, 0, 0], [0, 9, 0, 0], [0, 0, 9, 1], [0, 0, 0, 9]])
    assert confused(counts).tolist() == [0, 1, 2, 3]
    assert confused(counts, 2).tolist() == [0, 1]
    assert confused(counts, 3).tolist() == []
    with pytest.raises(ValueError, match="at least 1"):
        confused(counts, 0)


def blocks(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Counts of 24 classes that are taken for each other within blocks, in a shuffled order; and each class's block."""
    random = np.random.default_rng(seed)
    block = random.permutation(np.repeat(np.arange(4), [3, 5, 6, 10]))
    same = block[:, None] == block
    counts = np.where(same, random.poisson(4, same.shape), random.poisson(0.2, same.shape))
    np.fill_diagonal(counts, 40)
    return counts, block


@pytest.mark.parametrize("seed", range(5))
def test_classes_that_are_confused_stand_together(seed: int) -> None:
    counts, block = blocks(seed)
    order = by_confusion(counts)
    assert sorted(order.tolist()) == list(range(24))
    assert np.count_nonzero(np.diff(block[order])) == 3          # each planted block is in one piece


def test_every_group_that_scipy_joins_stands_in_one_piece() -> None:
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    counts, _ = blocks(9)
    shares = counts * ~np.eye(24, dtype=bool) / counts.sum(axis=1, keepdims=True)
    alike = shares + shares.T
    apart = (alike.max() - alike) * ~np.eye(24, dtype=bool)
    tree, order = linkage(squareform(apart), method="average"), by_confusion(counts)
    for groups in range(1, 25):
        of_class = fcluster(tree, groups, criterion="maxclust")
        assert np.count_nonzero(np.diff(of_class[order])) == of_class.max() - 1


def test_a_chain_of_confusions_is_laid_out_as_a_chain() -> None:
    """As ages or sizes are: each class is taken for its neighbours alone."""
    chain = np.array([3, 0, 5, 2, 4, 1])                         # the neighbours in the world
    counts = np.diag([20] * 6)
    for one, other in pairwise(chain):
        counts[one, other] = counts[other, one] = 3
    order = by_confusion(counts).tolist()
    assert order in (chain.tolist(), chain[::-1].tolist())


def test_classes_without_a_mistake_come_last_in_their_own_order() -> None:
    counts = np.diag([5, 5, 5, 5, 5])
    assert by_confusion(counts).tolist() == [0, 1, 2, 3, 4]
    counts[3, 1] = 1
    assert by_confusion(counts).tolist() == [1, 3, 0, 2, 4]


def test_the_order_depends_on_the_counts_alone() -> None:
    counts, _ = blocks(3)
    assert by_confusion(counts).tolist() == by_confusion(counts.copy()).tolist()
    assert by_confusion(np.zeros((3, 3), dtype=np.int64)).tolist() == [0, 1, 2]
