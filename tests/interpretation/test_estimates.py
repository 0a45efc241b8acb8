import pytest

from core.interpretation.estimates import Estimate, complement, mean, share


def test_a_share_has_wilson_s_interval() -> None:
    estimate = share(81, 263)                   # Newcombe 1998, Statistics in Medicine 17:857, table I
    assert estimate is not None
    assert (estimate.low, estimate.high) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert str(estimate) == "30.8 % (25–37 %)"


def test_nothing_of_nothing_is_no_share() -> None:
    assert share(0, 0) is None


def test_more_than_all_is_an_error() -> None:
    with pytest.raises(ValueError, match="share"):
        share(1, 0)


@pytest.mark.parametrize("total", range(1, 60))
def test_every_share_lies_in_its_interval(total: int) -> None:
    for count in range(total + 1):
        assert share(count, total)


def test_a_figure_outside_its_interval_is_an_error() -> None:
    with pytest.raises(ValueError, match="between"):
        Estimate(0.5, 0.6, 0.7)


def test_what_is_not_so_has_the_interval_turned_round() -> None:
    other = complement(Estimate(0.75, 0.5, 0.875))
    assert (other.value, other.low, other.high) == (0.25, 0.125, 0.5)


# Newcombe 1998, Statistics in Medicine 17:873, table II, method 10, of a difference: p - q is 2 * mean(p, 1 - q) - 1,
# so the very same interval can be read off the mean of the two.
@pytest.mark.parametrize(("first", "second", "low", "high"), [
    ((56, 70), (48, 80), 0.0524, 0.3339), ((9, 10), (3, 10), 0.1705, 0.8090), ((6, 7), (2, 7), 0.0582, 0.8062),
    ((5, 56), (0, 29), -0.0381, 0.1926)])
def test_the_mean_of_shares_has_the_published_interval(first: tuple[int, int], second: tuple[int, int], low: float,
                                                       high: float) -> None:
    one, other = share(*first), share(*second)
    assert one is not None and other is not None
    found = mean([one, complement(other)])
    assert (2 * found.low - 1, 2 * found.high - 1) == pytest.approx((low, high), abs=5e-5)


def test_the_mean_of_one_share_is_that_share() -> None:
    one = share(7, 9)
    assert one is not None
    again = mean([one])
    assert (again.value, again.low, again.high) == pytest.approx((one.value, one.low, one.high))


def test_no_shares_have_no_mean() -> None:
    with pytest.raises(ValueError, match="no shares"):
        mean([])
