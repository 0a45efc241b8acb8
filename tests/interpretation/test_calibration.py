import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from core.interpretation.calibration import (
    Cut,
    error_by_chance,
    expected_calibration_error,
    histogram,
    reliability,
    rows_between,
    sureness,
    worst,
)
from tests.interpretation.made import drawn, sure


@pytest.mark.parametrize(("cut", "strategy"), [("width", "uniform"), ("count", "quantile")])
@pytest.mark.parametrize("bins", [1, 7, 10])
def test_the_bins_are_scikit_learn_s(cut: Cut, strategy: str, bins: int) -> None:
    predictions = drawn(301, 1.5)
    share, said = calibration_curve(predictions.correct, sureness(predictions), n_bins=bins, strategy=strategy)
    ours = reliability(predictions, bins, cut)
    np.testing.assert_allclose([one.share for one in ours], share)
    np.testing.assert_allclose([one.sureness for one in ours], said)
    assert sum(one.pictures for one in ours) == 301


def test_bins_of_equal_count_hold_as_many_pictures_each() -> None:
    assert {one.pictures for one in reliability(drawn(200, 1.0), 10, "count")} == {20}


def test_the_expected_and_the_maximum_error_follow_guo_s_definition_by_hand() -> None:
    """Bins (0.6, 0.7] and (0.9, 1]: 4 pictures said 0.65, 2 right; 6 said 0.95, 3 right."""
    bins = reliability(sure([0.65] * 4 + [0.95] * 6, [True, True, False, False] + [True, False] * 3))
    assert [(one.pictures, one.right) for one in bins] == [(4, 2), (6, 3)]
    assert expected_calibration_error(bins) == pytest.approx(0.4 * 0.15 + 0.6 * 0.45)
    assert (worst(bins).gap, worst(bins).pictures) == (pytest.approx(0.45), 6)


def test_the_expected_error_is_guo_s_sum_over_bins_with_their_right_edges_inside() -> None:
    predictions = drawn(500, 2.0, seed=3)
    top, correct = sureness(predictions), predictions.correct
    place = np.clip(np.ceil(top * 10).astype(int) - 1, 0, 9)
    expected = sum(abs(correct[place == one].mean() - top[place == one].mean()) * (place == one).mean()
                   for one in range(10) if (place == one).any())
    assert expected_calibration_error(reliability(predictions)) == pytest.approx(expected)


def test_a_bin_s_interval_is_scipy_s_wilson() -> None:
    from scipy.stats import binomtest

    (one,) = reliability(sure([0.85] * 9, [True] * 7 + [False] * 2))
    expected = binomtest(7, 9).proportion_ci(method="wilson")
    assert one.interval == pytest.approx((expected.low, expected.high))
    assert one.gap == pytest.approx(0.85 - 7 / 9)


def test_pictures_on_an_edge_lie_in_one_bar_alone() -> None:
    shown = histogram(sure([0.5, 0.5, 0.501, 1 - 1e-9], [True, False, True, True]))
    assert np.flatnonzero(shown.right).tolist() == [9, 10, 19]
    assert np.flatnonzero(shown.wrong).tolist() == [9]
    assert shown.right.sum() + shown.wrong.sum() == 4


def test_the_rows_of_bars_are_the_bars_pictures_least_sure_first() -> None:
    predictions = drawn(400, 2.0)
    shown = histogram(predictions)
    for place in range(20):
        rows = rows_between(predictions, shown.edges[place], shown.edges[place + 1])
        assert len(rows) == shown.right[place] + shown.wrong[place]
        assert (np.diff(sureness(predictions)[rows]) >= 0).all()
    assert len(rows_between(predictions, 0, 1)) == 400


def test_true_probabilities_stay_below_what_chance_makes_and_inflated_ones_do_not() -> None:
    for temperature, beyond in ((1.0, False), (2.5, True)):
        predictions = drawn(1000, temperature)
        found = expected_calibration_error(reliability(predictions))
        assert (found > error_by_chance(predictions)) is beyond


def test_what_chance_makes_shrinks_with_the_pictures_and_covers_95_of_100_honest_networks() -> None:
    assert error_by_chance(drawn(100, 1.0)) > 2 * error_by_chance(drawn(2000, 1.0))
    beyond = [expected_calibration_error(reliability(one)) > error_by_chance(one)
              for one in (drawn(150, 1.0, seed=seed) for seed in range(100))]
    assert sum(beyond) <= 12       # a binomial of 100 draws at 5 % goes beyond it once in 2000 times


def test_no_pictures_have_no_bins_and_no_error() -> None:
    nothing = sure([], [])
    assert reliability(nothing) == ()
    assert histogram(nothing).right.sum() == 0
    with pytest.raises(ValueError, match="no pictures"):
        expected_calibration_error(())
    with pytest.raises(ValueError, match="no pictures"):
        error_by_chance(nothing)
    with pytest.raises(ValueError, match="bins"):
        reliability(nothing, 0)
