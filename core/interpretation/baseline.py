"""What one would score without looking at any picture."""

import numpy as np

from core.interpretation.predictions import Predictions


def always_largest(predictions: Predictions) -> tuple[str, float]:
    """The largest class, the first of equals, and the share (0 to 1) that is right when it is always the answer.

    Raises ValueError where there is no picture.
    """
    if not len(predictions):
        raise ValueError("no pictures, no largest class")
    counts = np.bincount(predictions.labels, minlength=len(predictions.classes))
    largest = int(counts.argmax())
    return predictions.classes[largest], float(counts[largest] / len(predictions))
