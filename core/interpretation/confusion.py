"""Which class is taken for which."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.interpretation.predictions import Predictions


@dataclass(frozen=True, slots=True)
class Confusion:
    """So many pictures of the class `actual` were taken for `predicted`."""

    actual: str
    predicted: str
    count: int


def confusion_matrix(predictions: Predictions) -> NDArray[np.int64]:
    """(K, K) int64 counts: the actual class in rows, the predicted one in columns."""
    kinds = len(predictions.classes)
    cells = predictions.labels * kinds + predictions.predicted
    return np.bincount(cells, minlength=kinds * kinds).reshape(kinds, kinds).astype(np.int64)


def most_confused(predictions: Predictions, minimum: int = 1) -> tuple[Confusion, ...]:
    """Pairs of classes confused at least `minimum` times, the most first, equals by class.

    Raises ValueError for minimum < 1.
    """
    if minimum < 1:
        raise ValueError(f"minimum must be at least 1, not {minimum}")
    mistakes = confusion_matrix(predictions)
    np.fill_diagonal(mistakes, 0)
    names = predictions.classes
    pairs = [Confusion(names[actual], names[predicted], int(mistakes[actual, predicted]))
             for actual, predicted in np.argwhere(mistakes >= minimum)]
    return tuple(sorted(pairs, key=lambda pair: -pair.count))
