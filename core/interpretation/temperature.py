"""Temperature scaling: one number that makes a network's probabilities softer or sharper and changes no answer.

Guo et al. 2017, arXiv:1706.04599: the logits are divided by T before the softmax. A T above 1
softens, below 1 sharpens.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.interpretation.calibration import expected_calibration_error, reliability
from core.interpretation.predictions import Predictions

LEAST, MOST = 0.1, 10.0      # temperatures; beyond them a fit has run away
STEPS = 60                   # at most: each halves what is left, or lands nearer
DECIMALS = 3                 # of a temperature that is kept
A_HALF = 20                  # pictures, at least: fewer can show nothing
LEAST_SHARE = 1e-30         # a probability of 0 has no logarithm
BEYOND_CHANCE = 1.645        # standard errors: chance alone makes a loss fall by more once in 20


@dataclass(frozen=True, slots=True)
class Judgement:
    """A temperature fitted on pictures, and what one found alike does on pictures that had no part in it."""

    temperature: float           # fitted on all of them
    fitted_on: int               # pictures
    judged_on: int               # each at the temperature of the half that it is not in
    loss_before: float           # mean cross-entropy of the judged pictures, nats
    loss_after: float
    ece_before: float            # expected calibration error of the judged pictures, 0 to 1
    ece_after: float
    standard_error: float        # of the fall of the loss, paired picture by picture

    @property
    def gain(self) -> float:
        """By how much the loss falls."""
        return self.loss_before - self.loss_after

    @property
    def by_chance(self) -> float:
        """What chance alone stays below 19 times out of 20."""
        return BEYOND_CHANCE * self.standard_error

    @property
    def helps(self) -> bool:
        """Does the loss fall by more than chance alone would have it?"""
        return self.gain > self.by_chance


def tempered(predictions: Predictions, temperature: float) -> Predictions:
    """The same answers, softer or sharper. Raises ValueError for a temperature that is not above 0."""
    if not (temperature > 0 and math.isfinite(temperature)):
        raise ValueError(f"a temperature must be above 0, not {temperature}")
    return Predictions(predictions.ids, predictions.labels, predictions.logits / np.float32(temperature),
                       predictions.classes)


def tempered_shares(shares: NDArray[np.floating], temperature: float) -> NDArray[np.float64]:
    """Probabilities (..., K) at a temperature, of those at temperature 1, where the logits are not at hand."""
    logs = np.log(np.maximum(np.asarray(shares, dtype=np.float64), LEAST_SHARE)) / temperature
    powers = np.exp(logs - logs.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def fit_temperature(predictions: Predictions) -> float:
    """The temperature of the least log loss, from 0.1 to 10.

    1 where every picture is right, or none is there: then nothing tells how sure is too sure.
    """
    if predictions.correct.all():
        return 1.0
    logits = predictions.logits - predictions.logits.max(axis=1, keepdims=True)
    low, high = 1 / MOST, 1 / LEAST
    # In 1 / T the loss is convex: Newton's step, and where it leaves what is known to hold the least, half of that.
    inverse = 1.0
    for _ in range(STEPS):
        slope, bend = _derivatives(logits, predictions.labels, inverse)
        if slope > 0:
            high = inverse
        else:
            low = inverse
        step = inverse - slope / bend if bend > 0 else low
        following = step if low < step < high else (low + high) / 2
        if abs(following - inverse) < 1e-9 * inverse:
            break
        inverse = following
    return 1 / inverse


def judged(predictions: Predictions, seed: int = 0) -> Judgement | None:
    """The temperature of all pictures, judged by cross-fitting on all of them; None for too few pictures.

    A temperature fitted on each half is judged on the other (Chernozhukov et al. 2018, arXiv:1608.00060), so that no
    draw of halves decides. Each class has as many in one half as in the other, give or take one.
    """
    if len(predictions) < 2 * A_HALF:
        return None
    first, second = halves(predictions.labels, seed)
    heats = np.empty((len(predictions), 1), dtype=np.float32)
    heats[second] = fit_temperature(predictions.select(first))
    heats[first] = fit_temperature(predictions.select(second))
    unseen = Predictions(predictions.ids, predictions.labels, predictions.logits / heats, predictions.classes)
    gains = predictions.losses - unseen.losses
    return Judgement(round(fit_temperature(predictions), DECIMALS), len(predictions), len(predictions),
                     float(predictions.losses.mean()), float(unseen.losses.mean()),
                     expected_calibration_error(reliability(predictions)),
                     expected_calibration_error(reliability(unseen)),
                     float(gains.std(ddof=1) / math.sqrt(len(gains))))


def halves(labels: NDArray[np.int64], seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows in two halves, drawn by class: every second picture of a shuffled class goes to the second."""
    order = np.lexsort((np.random.default_rng(seed).random(len(labels)), labels))
    return np.sort(order[::2]).astype(np.int64), np.sort(order[1::2]).astype(np.int64)


def _derivatives(logits: NDArray[np.float32], labels: NDArray[np.int64], inverse: float) -> tuple[float, float]:
    """First and second derivative of the mean log loss in 1 / T: mean of the logits less the actual one's, variance."""
    shares = np.exp(logits.astype(np.float64) * inverse)
    shares /= shares.sum(axis=1, keepdims=True)
    mean = (shares * logits).sum(axis=1)
    bend = (shares * (logits - mean[:, None]) ** 2).sum(axis=1).mean()
    return float((mean - logits[np.arange(len(labels)), labels]).mean()), float(bend)
