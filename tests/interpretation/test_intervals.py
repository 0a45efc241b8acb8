import math

import numpy as np
import pytest

from core.interpretation.intervals import describe_accuracy, wilson
from core.interpretation.predictions import Predictions


# Newcombe 1998, Statistics in Medicine 17:857, table I, "score without continuity correction".
@pytest.mark.parametrize(("successes", "total", "low", "high"), [
    (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718)])
def test_wilson_gives_the_published_examples(successes: int, total: int, low: float, high: float) -> None:
    assert wilson(successes, total) == pytest.approx((low, high), abs=5e-5)


def test_wilson_is_scipy_s_at_any_confidence() -> None:
    from scipy.stats import binomtest

    for confidence in (0.5, 0.9, 0.99):
        expected = binomtest(144, 153).proportion_ci(confidence, method="wilson")
        assert wilson(144, 153, confidence) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_certain_shares_touch_the_end_and_never_pass_it() -> None:
    assert wilson(0, 7)[0] == 0
    assert wilson(7, 7)[1] == 1
    for total in range(1, 30):
        for successes in range(total + 1):
            low, high = wilson(successes, total)
            assert 0 <= low < high <= 1
            assert low <= successes / total <= high


@pytest.mark.parametrize(("successes", "total", "confidence"), [
    (0, 0, 0.95), (-1, 5, 0.95), (6, 5, 0.95), (1, 5, 0.0), (1, 5, 1.0), (1, 5, math.nan)])
def test_what_is_no_share_or_no_confidence_is_an_error(successes: int, total: int, confidence: float) -> None:
    with pytest.raises(ValueError, match=r"share|confidence"):
        wilson(successes, total, confidence)


def right_of(right: int, total: int) -> Predictions:
    labels = np.zeros(total, dtype=np.int64)
    logits = np.where(np.arange(total)[:, None] < right, [[1, 0]], [[0, 1]])
    return Predictions(tuple(map(str, range(total))), labels, logits, ("ants", "bees"))


@pytest.mark.parametrize(("right", "total", "words"), [
    (144, 153, "94.1 % right · 144 of 153 · likely 89–97 %"),
    (1000, 1000, "100.0 % right · 1,000 of 1,000 · likely 99–100 %"),
    (0, 3, "0.0 % right · 0 of 3 · likely 0–57 %")])
def test_accuracy_is_told_with_its_grounds(right: int, total: int, words: str) -> None:
    assert describe_accuracy(right_of(right, total)) == words


def test_no_pictures_have_no_accuracy_to_tell() -> None:
    with pytest.raises(ValueError, match="0 of 0"):
        describe_accuracy(right_of(0, 0))
