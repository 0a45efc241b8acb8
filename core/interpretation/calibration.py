"""Is the network as sure as it may be? Its top probability held against how often it is right."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.interpretation.intervals import wilson
from core.interpretation.predictions import Predictions

Cut = Literal["width", "count"]
BINS = 10
BARS = 20                    # of the histogram
DRAWS = 400                  # made-up answers a picture, to learn what chance alone makes of few pictures
CHANCE = 0.95                # of the draws lie below what is still called chance


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """How many pictures were answered with which probability, right and wrong apart."""

    edges: NDArray[np.float64]   # (B + 1,), from 0 to 1; a bar holds what lies above its left edge, up to its right one
    right: NDArray[np.int64]     # (B,)
    wrong: NDArray[np.int64]     # (B,)


@dataclass(frozen=True, slots=True)
class Bin:
    """Pictures that were answered about as surely as each other."""

    low: float                   # its edges
    high: float
    pictures: int
    right: int
    sureness: float              # the mean of what was said, 0 to 1

    @property
    def share(self) -> float:
        """That is right."""
        return self.right / self.pictures

    @property
    def interval(self) -> tuple[float, float]:
        """Of the share that is right; Wilson's of 95 %."""
        return wilson(self.right, self.pictures)

    @property
    def gap(self) -> float:
        """How much surer than right: above 0 it is too sure of itself."""
        return self.sureness - self.share


def sureness(predictions: Predictions) -> NDArray[np.float64]:
    """(N,): the probability of the prediction, the largest of its row."""
    return np.asarray(predictions.probabilities.max(axis=1), dtype=np.float64)


def histogram(predictions: Predictions, bars: int = BARS) -> Histogram:
    """Of the top probability, in bars of equal width."""
    edges = np.linspace(0, 1, bars + 1)
    bar = _places(sureness(predictions), edges)
    right = np.bincount(bar[predictions.correct], minlength=bars).astype(np.int64)
    return Histogram(edges, right, np.bincount(bar, minlength=bars).astype(np.int64) - right)


def rows_between(predictions: Predictions, low: float, high: float) -> NDArray[np.int64]:
    """The rows of a histogram's bars from edge to edge, the least sure first."""
    top = sureness(predictions)
    rows = np.flatnonzero(((top > low) | (low <= 0)) & (top <= high))
    return rows[np.argsort(top[rows], kind="stable")].astype(np.int64)


def reliability(predictions: Predictions, bins: int = BINS, cut: Cut = "width") -> tuple[Bin, ...]:
    """The reliability diagram's bins that hold a picture, the least sure first (DeGroot & Fienberg 1983).

    Cut into bins of equal width, or of an equal count of pictures. Raises ValueError for bins < 1.
    """
    if bins < 1:
        raise ValueError(f"bins must be at least 1, not {bins}")
    if not len(predictions):
        return ()
    top, edges = sureness(predictions), np.linspace(0, 1, bins + 1)
    if cut == "count":
        edges = np.quantile(top, edges)
    place = _places(top, edges)
    counts = np.bincount(place, minlength=bins)
    right = np.bincount(place, weights=predictions.correct, minlength=bins)
    said = np.bincount(place, weights=top, minlength=bins)
    return tuple(Bin(float(edges[one]), float(edges[one + 1]), int(counts[one]), int(right[one]),
                     float(said[one] / counts[one])) for one in np.flatnonzero(counts))


def expected_calibration_error(bins: Sequence[Bin]) -> float:
    """The mean gap between sureness and share that is right, each bin as heavy as its pictures; 0 to 1.

    ECE of Guo et al. 2017, arXiv:1706.04599, equation 3. Raises ValueError for no pictures.
    """
    total = sum(one.pictures for one in bins)
    if not total:
        raise ValueError("no pictures, no calibration error")
    return sum(one.pictures * abs(one.gap) for one in bins) / total


def worst(bins: Sequence[Bin]) -> Bin:
    """The bin of the largest gap, which is the MCE (Guo et al. 2017, equation 5). Raises ValueError for no pictures."""
    return max(bins, key=lambda one: abs(one.gap))


def error_by_chance(predictions: Predictions, bins: int = BINS, seed: int = 0) -> float:
    """The ECE that a network whose probabilities are true stays below in 95 of 100 draws of as many pictures.

    Few pictures make a gap of any network: each draw makes each picture right as probably as was said (consistency
    resampling, Bröcker & Smith 2007, Weather and Forecasting 22:651). Raises ValueError for no pictures.
    """
    if not len(predictions):
        raise ValueError("no pictures, no calibration error")
    top = sureness(predictions)
    place = _places(top, np.linspace(0, 1, bins + 1))
    said = np.bincount(place, weights=top, minlength=bins)
    random = np.random.default_rng(seed)
    errors = [np.abs(np.bincount(place, weights=random.random(len(top)) < top, minlength=bins) - said).sum() / len(top)
              for _ in range(DRAWS)]
    return float(np.quantile(errors, CHANCE))


def _places(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.int64]:
    """Which bin each value lies in: above the left edge, up to the right one."""
    return np.searchsorted(edges[1:-1], values, side="left").astype(np.int64)
