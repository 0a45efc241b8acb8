"""Which pictures to look at first. Each function gives at most k rows of the predictions, as (<= k,) int64.

Equals stand in the order of their rows. Raises ValueError for k < 1 or a class that there is not.
"""

import numpy as np
from numpy.typing import NDArray

from core.interpretation.predictions import Predictions
from core.interpretation.selection import by_sureness, margins


def most_correct(predictions: Predictions, class_index: int, k: int) -> NDArray[np.int64]:
    """Correctly classified pictures of the class, the highest probability of it first."""
    of_class = _of_class(predictions, class_index)
    return _least(predictions.losses, of_class & predictions.correct, k)


def most_incorrect(predictions: Predictions, class_index: int, k: int) -> NDArray[np.int64]:
    """Pictures OF the class that were taken for another, the surest answer first."""
    of_class = _of_class(predictions, class_index)
    return _surest(predictions, of_class & ~predictions.correct, k)


def taken_for(predictions: Predictions, actual: int, predicted: int, k: int) -> NDArray[np.int64]:
    """Pictures of one class that were given to another, the surest answer first; or to itself, the least sure first."""
    of_class, _ = _of_class(predictions, actual), _of_class(predictions, predicted)
    members = of_class & (predictions.predicted == predicted)
    return _least(-predictions.losses, members, k) if actual == predicted else _surest(predictions, members, k)


def false_alarms(predictions: Predictions, class_index: int, k: int) -> NDArray[np.int64]:
    """Pictures of other classes that were taken for this one, the highest probability of it first."""
    others = ~_of_class(predictions, class_index)
    return _least(-predictions.probabilities[:, class_index], others & (predictions.predicted == class_index), k)


def most_uncertain(predictions: Predictions, k: int) -> NDArray[np.int64]:
    """The nearest to a tie first: by the margin between the two best probabilities."""
    return _least(margins(predictions), np.ones(len(predictions), dtype=bool), k)


def top_losses(predictions: Predictions, k: int) -> NDArray[np.int64]:
    """The pictures that the network found hardest, the largest cross-entropy first."""
    return _least(-predictions.losses, np.ones(len(predictions), dtype=bool), k)


def _least(scores: NDArray[np.float64], eligible: NDArray[np.bool], k: int) -> NDArray[np.int64]:
    """The k eligible rows with the least scores, in order."""
    rows = np.flatnonzero(eligible)
    return rows[np.argsort(scores[rows], kind="stable")][: _positive(k)].astype(np.int64)


def _surest(predictions: Predictions, eligible: NDArray[np.bool], k: int) -> NDArray[np.int64]:
    """The k eligible rows with the most probable answers, in order."""
    rows = np.flatnonzero(eligible)
    return rows[by_sureness(predictions, rows)][: _positive(k)].astype(np.int64)


def _positive(k: int) -> int:
    if k < 1:
        raise ValueError(f"k must be at least 1, not {k}")
    return k


def _of_class(predictions: Predictions, class_index: int) -> NDArray[np.bool]:
    if not 0 <= class_index < len(predictions.classes):
        raise ValueError(f"class_index must lie in 0..{len(predictions.classes) - 1}, not {class_index}")
    return np.asarray(predictions.labels == class_index)
