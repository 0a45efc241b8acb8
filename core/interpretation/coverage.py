"""What a network that may say "I don't know" answers, and how often it is right then (selective classification).

Risk and coverage of Geifman & El-Yaniv 2017, arXiv:1705.08500, with the top probability as the measure of sureness.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.interpretation.calibration import sureness
from core.interpretation.intervals import wilson
from core.interpretation.predictions import Predictions

BELOW_1 = math.nextafter(1.0, 0.0)


@dataclass(frozen=True, slots=True)
class Standing:
    """What becomes of the pictures at a threshold: answered where the top probability reaches it, else refused."""

    threshold: float
    answered: int
    right: int                   # among the answered
    refused: int
    refused_right: int           # that would have been right

    @property
    def pictures(self) -> int:
        return self.answered + self.refused

    @property
    def coverage(self) -> float:
        """The share that is answered. Raises ZeroDivisionError for no pictures."""
        return self.answered / self.pictures

    @property
    def accuracy(self) -> float | None:
        """The share of the answered that is right; None where nothing is answered."""
        return self.right / self.answered if self.answered else None

    @property
    def interval(self) -> tuple[float, float]:
        """Of the accuracy: Wilson's of 95 %. From 0 to 1 where nothing is answered."""
        return wilson(self.right, self.answered) if self.answered else (0.0, 1.0)


def standing(predictions: Predictions, threshold: float) -> Standing:
    """The pictures at one threshold."""
    return curve(predictions, np.array([threshold]))[0]


def curve(predictions: Predictions, thresholds: NDArray[np.float64] | None = None) -> tuple[Standing, ...]:
    """A standing a threshold, in their order; without any, at each top probability there is, the least first."""
    top = sureness(predictions)
    order = np.argsort(top, kind="stable")
    right = np.concatenate([[0], np.cumsum(predictions.correct[order])])     # among the so many least sure
    if thresholds is None:
        thresholds = np.unique(top)
    refused = np.searchsorted(top[order], thresholds, side="left")
    return tuple(Standing(float(threshold), len(top) - count, int(right[-1] - right[count]), count, int(right[count]))
                 for threshold, count in zip(thresholds, refused.tolist(), strict=True))


def threshold_for(standings: tuple[Standing, ...], accuracy: float) -> float | None:
    """The smallest of these thresholds at which so large a share of the answered is right; None where none is."""
    reached = [one.threshold for one in standings if one.accuracy is not None and one.accuracy >= accuracy]
    return min(reached, default=None)


def threshold_beyond_chance_for(standings: tuple[Standing, ...], accuracy: float) -> float | None:
    """The smallest of these thresholds at which the accuracy's interval as a whole reaches so far; None without one."""
    reached = [one.threshold for one in standings if one.answered and one.interval[0] >= accuracy]
    return min(reached, default=None)


def refused(predictions: Predictions, threshold: float) -> NDArray[np.int64]:
    """Rows that would get no answer, the least sure first."""
    top = sureness(predictions)
    rows = np.flatnonzero(top < threshold)
    return rows[np.argsort(top[rows], kind="stable")].astype(np.int64)


def tidied(predictions: Predictions, threshold: float) -> float:
    """The lowest of the shortest decimals that refuse the same pictures as this threshold; itself where none does."""
    top = sureness(predictions)
    low, high = float(top[top < threshold].max(initial=0.0)), float(top[top >= threshold].min(initial=1.0))
    tidy = (round((math.floor(low * 10**digits) + 1) / 10**digits, digits) for digits in range(2, 8))
    return next((one for one in tidy if low < one <= min(high, BELOW_1)), threshold)


def moved(before: Predictions, after: Predictions, threshold: float) -> float:
    """The threshold for the softer or sharper `after` that refuses as many as this one does of `before`.

    Of two classes these are the very same pictures. Equally sure ones are refused together or not at all, so the number
    may differ by them. Raises ValueError where they are not the same pictures.
    """
    if before.ids != after.ids:
        raise ValueError("not the same pictures")
    count, top = len(refused(before, threshold)), np.sort(sureness(after))
    low = float(top[count - 1]) if count else 0.0
    high = float(top[count]) if count < len(top) else 1.0
    if count in (0, len(top)) and low < threshold <= high:
        return threshold
    wished = (low + high) / 2 if 0 < count < len(top) else (high if count == 0 else low)
    tidy = (rounded for digits in range(2, 8) for rounded in _beside(wished, digits) if low < rounded <= high)
    return next((one for one in tidy if 0 < one < 1), min(high, BELOW_1))


def _beside(value: float, digits: int) -> tuple[float, float, float]:
    """The decimals next to a value: the nearest, the one not above and the one not below."""
    scale = 10 ** digits
    return round(value, digits), math.floor(value * scale) / scale, math.ceil(value * scale) / scale
