import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import softmax

from core.interpretation import temperature as room
from core.interpretation.predictions import Predictions
from core.interpretation.temperature import fit_temperature, halves, judged, tempered, tempered_shares
from tests.interpretation.made import drawn, sure


@pytest.mark.parametrize("planted", [0.4, 1.0, 1.7, 6.0])
@pytest.mark.parametrize("classes", [2, 4, 30])
def test_the_fit_is_scipy_s_minimum_of_the_log_loss(planted: float, classes: int) -> None:
    predictions = drawn(800, planted, classes)
    found = minimize_scalar(lambda log: tempered(predictions, float(np.exp(log))).losses.mean(),
                            bounds=(np.log(0.1), np.log(10)), method="bounded", options={"xatol": 1e-7})
    assert fit_temperature(predictions) == pytest.approx(np.exp(found.x), rel=1e-3)


def test_a_planted_temperature_is_found_again() -> None:
    assert fit_temperature(drawn(20_000, 2.0)) == pytest.approx(2.0, rel=0.05)


def test_huge_logits_are_fitted_too() -> None:
    predictions = drawn(500, 1.0)
    shifted = Predictions(predictions.ids, predictions.labels, predictions.logits + 1e4, predictions.classes)
    assert fit_temperature(shifted) == pytest.approx(fit_temperature(predictions), rel=0.01)
    assert 0.1 <= fit_temperature(drawn(500, 400.0)) <= 10


def test_where_every_picture_is_right_nothing_says_how_sure_is_too_sure() -> None:
    assert fit_temperature(sure([0.6, 0.99], [True, True])) == 1
    assert fit_temperature(sure([], [])) == 1


def test_where_no_picture_is_right_the_fit_stays_within_its_bounds() -> None:
    assert fit_temperature(sure([0.6, 0.99], [False, False])) == pytest.approx(10, rel=1e-3)


@pytest.mark.parametrize("temperature", [0.3, 1.6, 10.0])
def test_softer_or_sharper_the_answers_stay(temperature: float) -> None:
    before = drawn(500, 1.0)
    after = tempered(before, temperature)
    assert np.array_equal(after.predicted, before.predicted)
    assert (after.probabilities.max(axis=1) < before.probabilities.max(axis=1)).all() is np.bool(temperature > 1)
    np.testing.assert_allclose(after.logits, before.logits / temperature, rtol=1e-6)


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan"), float("inf")])
def test_what_is_no_temperature_is_an_error(temperature: float) -> None:
    with pytest.raises(ValueError, match="temperature"):
        tempered(sure([0.6], [True]), temperature)


@pytest.mark.parametrize("seed", range(5))
def test_an_over_confident_network_is_improved(seed: int) -> None:
    judgement = judged(drawn(400, 2.5, seed=seed))
    assert judgement is not None and judgement.helps
    assert 1.8 < judgement.temperature < 3.5
    assert judgement.loss_after < judgement.loss_before
    assert judgement.ece_after < judgement.ece_before


def test_an_honest_network_gets_a_temperature_near_1_that_is_seldom_offered() -> None:
    judgements = [judged(drawn(400, 1.0, seed=seed)) for seed in range(40)]
    assert all(one is not None and 0.75 < one.temperature < 1.35 for one in judgements)
    assert sum(one is not None and one.helps for one in judgements) <= 3


def test_each_picture_is_judged_at_the_temperature_of_the_half_that_it_is_not_in() -> None:
    predictions = drawn(401, 2.0)
    judgement = judged(predictions)
    assert judgement is not None
    assert (judgement.fitted_on, judgement.judged_on) == (401, 401)
    assert judgement.temperature == pytest.approx(fit_temperature(predictions), abs=5e-4)
    gains = np.empty(401)
    one, other = halves(predictions.labels, 0)
    for fitted, left in ((one, other), (other, one)):
        before = predictions.select(left)
        gains[left] = before.losses - tempered(before, fit_temperature(predictions.select(fitted))).losses
    assert judgement.gain == pytest.approx(gains.mean(), abs=1e-6)
    assert judgement.standard_error == pytest.approx(gains.std(ddof=1) / np.sqrt(401), rel=1e-4)


def test_no_single_draw_of_halves_decides() -> None:
    """Of 120 pictures; judged on one half alone, about every second draw found no help."""
    predictions = drawn(120, 1.6, classes=10)
    judgements = [judged(predictions, seed) for seed in range(20)]
    assert all(one is not None and one.helps for one in judgements)


def test_halves_share_each_class_out_evenly_and_no_picture_is_in_both() -> None:
    labels = np.repeat([0, 1, 2, 3], [11, 40, 1, 48])
    first, second = halves(labels, 7)
    assert sorted([*first, *second]) == list(range(100))
    assert np.abs(np.bincount(labels[first], minlength=4) - np.bincount(labels[second], minlength=4)).max() <= 1
    assert np.array_equal(first, halves(labels, 7)[0])
    assert not np.array_equal(first, halves(labels, 8)[0])


def test_too_few_pictures_are_not_judged() -> None:
    assert judged(drawn(2 * room.A_HALF - 1, 3.0)) is None
    assert judged(drawn(2 * room.A_HALF, 3.0)) is not None


def test_a_network_without_a_mistake_is_offered_nothing() -> None:
    judgement = judged(sure([0.6 + 0.001 * number for number in range(100)], [True] * 100))
    assert judgement is not None
    assert (judgement.temperature, judgement.helps) == (1.0, False)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_shares_are_tempered_as_their_logits_would_be(temperature: float) -> None:
    predictions = drawn(50, 2.0)
    shares = tempered_shares(predictions.probabilities, temperature)
    np.testing.assert_allclose(shares, softmax(predictions.logits / temperature, axis=1), atol=1e-6)


def test_a_class_without_any_share_keeps_none() -> None:
    np.testing.assert_allclose(tempered_shares(np.array([1.0, 0.0]), 2.0), [1, 0], atol=1e-12)
