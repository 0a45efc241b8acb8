import pytest

from core.interpretation.baseline import always_largest, one_is_largest
from tests.interpretation.test_predictions import predictions_of


def test_the_largest_class_and_its_share_are_the_score_to_beat() -> None:
    assert always_largest(predictions_of([[0.5, 0.5]] * 4, [1, 1, 0, 1], ("ants", "bees"))) == ("bees", 0.75)


def test_of_two_equal_classes_the_first_counts() -> None:
    assert always_largest(predictions_of([[0.5, 0.5]] * 2, [1, 0], ("ants", "bees"))) == ("ants", 0.5)


@pytest.mark.parametrize(("labels", "one"), [([0, 1, 1], True), ([0, 1], False), ([0, 0, 1, 1, 2], False)])
def test_a_class_is_the_largest_where_no_other_is_as_large(labels: list[int], one: bool) -> None:
    shares = [[0.4, 0.3, 0.3]] * len(labels)
    assert one_is_largest(predictions_of(shares, labels, ("ants", "bees", "wasps"))) == one


def test_without_pictures_there_is_no_largest_class() -> None:
    for of in (always_largest, one_is_largest):
        with pytest.raises(ValueError, match="no pictures"):
            of(predictions_of([[0.5, 0.5]], [0]).select([]))
