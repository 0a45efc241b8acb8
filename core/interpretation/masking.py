"""Squares with a part hidden, and what is left of the answers: both masks hide the same area."""

import numpy as np
from numpy.typing import NDArray

from core.interpretation.masked import Masked
from core.interpretation.predictions import Predictions

HALF_SIDE = 0.5 ** 0.5       # of a square that holds half of the area
EXAMPLES = 8


def centre(side: int) -> slice:
    """Rows, and columns, of the centre square that holds half the area of one of so many pixels a side."""
    margin = round(side * (1 - HALF_SIDE) / 2)
    return slice(margin, side - margin)


def without_centre(squares: NDArray[np.uint8], fill: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Copies of (n, size, size, 3) with the centre painted in one colour (3,)."""
    hidden, middle = squares.copy(), centre(squares.shape[1])
    hidden[:, middle, middle] = fill
    return hidden


def without_border(squares: NDArray[np.uint8], fill: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Copies of (n, size, size, 3) with all but the centre painted in one colour (3,)."""
    hidden, middle = np.empty_like(squares), centre(squares.shape[1])
    hidden[:] = fill
    hidden[:, middle, middle] = squares[:, middle, middle]
    return hidden


def compared(whole: Predictions, hidden: Predictions) -> Masked:
    """What is left of the answers; both are of the same pictures in the same order. Raises ValueError otherwise."""
    if whole.ids != hidden.ids:
        raise ValueError("both predictions must be of the same pictures")
    before, after = whole.correct, hidden.correct
    sure = hidden.probabilities[np.arange(len(hidden)), hidden.labels]
    kept = np.flatnonzero(before & after)
    gone = np.flatnonzero(before & ~after)
    return Masked(
        both_right=int((before & after).sum()), won=int((~before & after).sum()), lost=int((before & ~after).sum()),
        both_wrong=int((~before & ~after).sum()), same=int((whole.predicted == hidden.predicted).sum()),
        kept=_ids(hidden, kept[np.argsort(-sure[kept], kind="stable")]),
        gone=_ids(hidden, gone[np.argsort(sure[gone], kind="stable")]))


def _ids(predictions: Predictions, rows: NDArray[np.int64]) -> tuple[str, ...]:
    return tuple(predictions.ids[row] for row in rows[:EXAMPLES].tolist())
