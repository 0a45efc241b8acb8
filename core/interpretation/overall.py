"""The whole set in a figure: how often the actual class is among the k most probable ones, and the mean loss."""

import numpy as np

from core.interpretation.estimates import Estimate, share
from core.interpretation.predictions import Predictions

TOP_KS = (2, 3, 5)


def accuracy(predictions: Predictions) -> Estimate | None:
    """The share that is right, with Wilson's interval; None for no pictures."""
    return share(int(predictions.correct.sum()), len(predictions))


def top_k(predictions: Predictions, k: int) -> Estimate | None:
    """The share whose actual class is among the k most probable, of equals the first; None for no pictures.

    k = 1 is the accuracy (Russakovsky et al. 2015, arXiv:1409.0575, counted top-5). Raises ValueError for k < 1.
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, not {k}")
    logits, labels = predictions.logits, predictions.labels[:, None]
    own = np.take_along_axis(logits, labels, axis=1)
    before = np.arange(logits.shape[1]) < labels
    rank = ((logits > own) | ((logits == own) & before)).sum(axis=1)      # 0 for the most probable
    return share(int((rank < k).sum()), len(predictions))


def top_ks(predictions: Predictions) -> dict[int, Estimate]:
    """Top-2, 3 and 5 accuracy, as far as there are more classes: among all of them every picture is right."""
    found = {k: top_k(predictions, k) for k in TOP_KS if k < len(predictions.classes)}
    return {k: estimate for k, estimate in found.items() if estimate is not None}


def log_loss(predictions: Predictions) -> float | None:
    """The mean cross-entropy, in nats, 0 or more; None for no pictures."""
    return abs(float(predictions.losses.mean())) if len(predictions) else None       # abs: no -0.0
