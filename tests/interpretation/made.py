"""Predictions that are made up, so that what is true of them is known."""

from collections.abc import Sequence

import numpy as np

from core.interpretation.predictions import Predictions


def sure(top: Sequence[float], correct: Sequence[bool]) -> Predictions:
    """Two classes: each picture is answered with this probability, the first class, and is right or wrong."""
    shares = np.array(top, dtype=np.float64)
    logits = np.log(np.stack([shares, 1 - shares], axis=1))
    return Predictions(tuple(map(str, range(len(top)))), np.where(correct, 0, 1), logits, ("ants", "bees"))


def drawn(pictures: int, temperature: float, classes: int = 4, seed: int = 0, spread: float = 2.0) -> Predictions:
    """Labels drawn from probabilities that are true; the logits are as many times too large as `temperature` says."""
    random = np.random.default_rng(seed)
    true = random.normal(0, spread, (pictures, classes))
    shares = np.exp(true) / np.exp(true).sum(axis=1, keepdims=True)
    labels = (random.random((pictures, 1)) < shares.cumsum(axis=1)).argmax(axis=1)
    return Predictions(tuple(map(str, range(pictures))), labels, true * temperature,
                       tuple(f"class {number}" for number in range(classes)))
