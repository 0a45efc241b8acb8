"""What one would score without looking at any picture."""

import numpy as np
from numpy.typing import NDArray

from core.interpretation.predictions import Predictions


def always_largest(predictions: Predictions) -> tuple[str, float]:
    """The largest class, the first of equals, and the share (0 to 1) that is right when it is always the answer.

    Raises ValueError where there is no picture.
    """
    counts = _counts(predictions)
    largest = int(counts.argmax())
    return predictions.classes[largest], float(counts[largest] / len(predictions))


def one_is_largest(predictions: Predictions) -> bool:
    """Whether a single class is larger than every other. Raises ValueError where there is no picture."""
    counts = _counts(predictions)
    return int((counts == counts.max()).sum()) == 1


def _counts(predictions: Predictions) -> NDArray[np.int64]:
    """(K,) pictures of each class."""
    if not len(predictions):
        raise ValueError("no pictures, no largest class")
    return np.bincount(predictions.labels, minlength=len(predictions.classes))
