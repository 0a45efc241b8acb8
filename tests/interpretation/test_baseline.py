import pytest

from core.interpretation.baseline import always_largest
from tests.interpretation.test_predictions import predictions_of


def test_the_largest_class_and_its_share_are_the_score_to_beat() -> None:
    assert always_largest(predictions_of([[0.5, 0.5]] * 4, [1, 1, 0, 1], ("ants", "bees"))) == ("bees", 0.75)


def test_of_two_equal_classes_the_first_counts() -> None:
    assert always_largest(predictions_of([[0.5, 0.5]] * 2, [1, 0], ("ants", "bees"))) == ("ants", 0.5)


def test_without_pictures_there_is_no_largest_class() -> None:
    with pytest.raises(ValueError, match="no pictures"):
        always_largest(predictions_of([[0.5, 0.5]], [0]).select([]))
