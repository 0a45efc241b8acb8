import pytest

from core.data import ready
from core.errors import BadSource


def test_a_set_that_is_too_large_is_offered_in_part() -> None:
    for known in ready.SETS:
        usual, most = known.usual_per_class(20_000), known.most_per_class(20_000)
        assert 2 <= usual <= most <= known.largest_class
        assert most * known.classes <= 20_000 or most == known.largest_class
    assert ready.describe("cifar10").usual_per_class(20_000) == 500
    assert ready.describe("eurosat").most_per_class(20_000) == 2000
    assert ready.describe("flowers").usual_per_class(20_000) == 196      # as many as are sure to fit
    assert ready.describe("pets").usual_per_class(20_000) == 200


def test_small_limits_are_kept() -> None:
    assert ready.describe("pets").usual_per_class(370) == 10


def test_an_unknown_set_is_told_with_those_that_there_are() -> None:
    with pytest.raises(BadSource) as caught:
        ready.describe("mnist")
    assert "pets" in caught.value.remedy
