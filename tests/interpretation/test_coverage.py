import numpy as np
import pytest

from core.interpretation.coverage import (
    Standing,
    curve,
    moved,
    refused,
    standing,
    threshold_beyond_chance_for,
    threshold_for,
    tidied,
)
from core.interpretation.temperature import tempered
from tests.interpretation.made import drawn, sure

# From the least sure: wrong, right, wrong, right, right.
FIVE = sure([0.55, 0.6, 0.7, 0.9, 0.95], [False, True, False, True, True])


def test_at_a_threshold_the_less_sure_are_refused_and_the_rest_is_counted() -> None:
    assert standing(FIVE, 0.7) == Standing(0.7, answered=3, right=2, refused=2, refused_right=1)
    assert standing(FIVE, 0.7).accuracy == pytest.approx(2 / 3)
    assert standing(FIVE, 0.7).coverage == pytest.approx(0.6)
    assert FIVE.ids[refused(FIVE, 0.7)[0]] == "0"
    assert refused(FIVE, 0.7).tolist() == [0, 1]


@pytest.mark.parametrize(("threshold", "tidy"), [(0.55, 0.01), (0.7, 0.61), (0.95, 0.91), (0.61, 0.61)])
def test_the_shortest_decimal_refuses_the_same_pictures(threshold: float, tidy: float) -> None:
    assert tidied(FIVE, threshold) == tidy
    assert standing(FIVE, tidy).refused == standing(FIVE, threshold).refused


def test_where_sure_pictures_crowd_it_has_as_many_digits_as_it_needs() -> None:
    crowded = sure([0.9, 0.999991, 0.999996, 0.9999985], [False, False, True, True])
    assert tidied(crowded, float(crowded.probabilities.max(axis=1)[2])) == 0.999992


def test_the_curve_is_the_one_counted_picture_by_picture() -> None:
    predictions = drawn(300, 1.5)
    top, correct = predictions.probabilities.max(axis=1), predictions.correct
    shown = curve(predictions)
    assert len(shown) == len(np.unique(top))
    for one in shown:
        kept = top >= one.threshold
        assert (one.answered, one.right) == (kept.sum(), correct[kept].sum())
        assert (one.refused, one.refused_right) == ((~kept).sum(), correct[~kept].sum())


def test_the_area_below_the_risk_is_that_of_the_published_definition() -> None:
    """Geifman et al. 2019, arXiv:1805.08206: AURC is the mean, over pictures from the surest, of the risk so far."""
    predictions = drawn(200, 1.0, seed=4)
    order = np.argsort(-predictions.probabilities.max(axis=1), kind="stable")
    aurc = ((~predictions.correct[order]).cumsum() / np.arange(1, 201)).mean()
    risks = [1 - one.accuracy for one in curve(predictions) if one.accuracy is not None]
    assert np.mean(risks) == pytest.approx(aurc)


def test_the_interval_is_scipy_s_wilson_of_the_answered() -> None:
    from scipy.stats import binomtest

    one = Standing(0.7, answered=131, right=128, refused=22, refused_right=9)
    expected = binomtest(128, 131).proportion_ci(method="wilson")
    assert one.interval == pytest.approx((expected.low, expected.high))


def test_where_nothing_is_answered_there_is_no_accuracy() -> None:
    nothing = standing(FIVE, 0.99)
    assert (nothing.answered, nothing.accuracy, nothing.interval) == (0, None, (0.0, 1.0))


def test_the_smallest_threshold_that_is_accurate_enough_is_found() -> None:
    every = curve(FIVE)
    assert threshold_for(every, 0.6) == pytest.approx(0.55)     # 3 of 5 is enough already
    assert threshold_for(every, 0.75) == pytest.approx(0.6)     # 3 of 4
    assert threshold_for(every, 1.0) == pytest.approx(0.9)
    assert threshold_for(curve(FIVE, np.array([0.5, 0.8, 0.99])), 1.0) == 0.8
    assert threshold_for(curve(sure([0.6], [False])), 0.5) is None
    assert threshold_for((), 0.5) is None


@pytest.mark.parametrize("threshold", [0.6, 0.8, 0.97])
@pytest.mark.parametrize("temperature", [0.5, 2.0])
def test_of_two_classes_a_moved_threshold_refuses_the_very_same_pictures(threshold: float, temperature: float) -> None:
    before = drawn(400, 1.0, classes=2)
    after = tempered(before, temperature)
    there = moved(before, after, threshold)
    assert refused(after, there).tolist() == refused(before, threshold).tolist()
    assert there != threshold


def test_of_many_classes_a_moved_threshold_refuses_as_many() -> None:
    before = drawn(400, 1.0, classes=20)
    after = tempered(before, 2.0)
    assert len(refused(after, moved(before, after, 0.8))) == len(refused(before, 0.8))


@pytest.mark.parametrize("threshold", [0.1, 0.999999])
def test_a_threshold_that_refuses_none_or_all_stays_where_it_still_does(threshold: float) -> None:
    before = FIVE
    assert moved(before, tempered(before, 2.0), threshold) == threshold
    with pytest.raises(ValueError, match="same pictures"):
        moved(before, drawn(5, 1.0, 2).select([0]), 0.7)


@pytest.mark.parametrize("classes", [2, 20, 120])
@pytest.mark.parametrize("temperature", [0.3, 2.0, 8.0])
@pytest.mark.parametrize("all_of_them", [False, True])
def test_a_threshold_that_refuses_none_or_all_goes_on_to_do_so(classes: int, temperature: float, all_of_them: bool
                                                               ) -> None:
    before = drawn(400, 1.0, classes=classes, spread=1.0)
    after = tempered(before, temperature)
    top = before.probabilities.max(axis=1)
    threshold = float((1 + top.max()) / 2) if all_of_them else float(top.min())
    there = moved(before, after, threshold)
    assert 0 < there < 1
    assert len(refused(after, there)) == len(refused(before, threshold)) == (400 if all_of_them else 0)


def test_pictures_that_are_all_sure_beyond_doubt_leave_a_threshold_between_0_and_1() -> None:
    before = tempered(sure([0.9, 0.95], [True, True]), 1.0)
    assert 0 < moved(before, tempered(before, 0.1), 0.999) < 1
    assert 0 < moved(before, tempered(before, 0.01), 0.92) < 1


def test_a_wish_beyond_chance_asks_the_whole_interval_to_reach_it() -> None:
    every = curve(sure([0.5 + 0.001 * place for place in range(200)], [place % 3 != 0 or place > 100
                                                                       for place in range(200)]))
    plain, safe = threshold_for(every, 0.9), threshold_beyond_chance_for(every, 0.9)
    assert plain is not None and safe is not None and plain < safe
    assert next(one for one in every if one.threshold == safe).interval[0] >= 0.9
    assert all(one.interval[0] < 0.9 for one in every if one.threshold < safe)
    assert threshold_beyond_chance_for(curve(FIVE), 0.9) is None
