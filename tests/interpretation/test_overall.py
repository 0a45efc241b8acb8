import numpy as np
import pytest
from sklearn.metrics import log_loss, top_k_accuracy_score

from core.interpretation import overall
from core.interpretation.predictions import Predictions


def drawn(pictures: int = 300, kinds: int = 7) -> Predictions:
    random = np.random.default_rng(2)
    return Predictions(tuple(map(str, range(pictures))), random.integers(0, kinds, pictures),
                       random.normal(size=(pictures, kinds)), tuple(f"kind {number}" for number in range(kinds)))


@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_top_k_is_scikit_learn_s(k: int) -> None:
    values = drawn()
    found = overall.top_k(values, k)
    assert found is not None
    assert found.value == pytest.approx(top_k_accuracy_score(values.labels, values.logits, k=k, labels=range(7)))


def test_of_equally_probable_classes_the_first_counts_as_in_the_prediction() -> None:
    ties = Predictions(("a", "b", "c"), np.array([0, 1, 2]), np.zeros((3, 3)), ("x", "y", "z"))
    for k, share in ((1, 1 / 3), (2, 2 / 3), (3, 1)):
        found = overall.top_k(ties, k)
        assert found is not None and found.value == pytest.approx(share)
    right = overall.accuracy(ties)
    assert right is not None and right.value == pytest.approx(1 / 3)


@pytest.mark.parametrize(("kinds", "ks"), [(2, []), (3, [2]), (5, [2, 3]), (6, [2, 3, 5])])
def test_top_k_is_only_told_where_there_are_more_classes(kinds: int, ks: list[int]) -> None:
    assert list(overall.top_ks(drawn(kinds=kinds))) == ks


def test_log_loss_is_scikit_learn_s() -> None:
    values = drawn()
    assert overall.log_loss(values) == pytest.approx(log_loss(values.labels, values.probabilities, labels=range(7)))


def test_no_pictures_have_no_figures() -> None:
    none = drawn().select([])
    assert overall.accuracy(none) is overall.log_loss(none) is None
    assert overall.top_ks(none) == {}


def test_a_k_below_one_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        overall.top_k(drawn(), 0)
