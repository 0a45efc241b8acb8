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
    mistakes = _mistakes(confusion_matrix(predictions))
    names = predictions.classes
    pairs = [Confusion(names[actual], names[predicted], int(mistakes[actual, predicted]))
             for actual, predicted in np.argwhere(mistakes >= minimum)]
    return tuple(sorted(pairs, key=lambda pair: -pair.count))


def confused(counts: NDArray[np.int64], minimum: int = 1) -> NDArray[np.int64]:
    """The classes (<= K,) of a pair confused at least `minimum` times, in either direction; counts (K, K).

    Raises ValueError for minimum < 1.
    """
    if minimum < 1:
        raise ValueError(f"minimum must be at least 1, not {minimum}")
    taken = _mistakes(counts) >= minimum
    return np.flatnonzero(taken.any(axis=0) | taken.any(axis=1))


def by_confusion(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """An order of the classes (K,) in which those that are taken for each other stand together; counts (K, K).

    The two groups of classes that are most alike are joined until none is like another, likeness being the mean over
    their pairs (average linkage, Sokal & Michener 1958) of the shares that are taken for each other, both ways. Of a
    joined pair the ends that face each other are the likest (Gruvaeus & Wainer 1972, Br. J. Math. Stat. Psychol.
    25:200). Groups with the most mistakes come first, classes without any last; equals keep the order of the classes.
    """
    shares = _mistakes(counts) / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    alike = shares + shares.T
    groups = {place: [place] for place in range(len(counts))}
    links = alike.copy()
    while links.any():
        first, second = sorted(map(int, np.unravel_index(links.argmax(), links.shape)))
        sizes = len(groups[first]), len(groups[second])
        groups[first] = _joined(groups[first], groups.pop(second), alike)
        links[first] = links[:, first] = np.average([links[first], links[second]], axis=0, weights=sizes)
        links[second] = links[:, second] = links[first, first] = 0
    mistakes = shares.sum(axis=1) + shares.sum(axis=0)
    ranked = sorted(groups.values(), key=lambda group: (-float(mistakes[group].sum()), group))
    return np.array([place for group in ranked for place in group], dtype=np.int64)


def _joined(left: list[int], right: list[int], alike: NDArray[np.float64]) -> list[int]:
    """Both in a row, each turned so that the likest of their ends meet; as they are where that is no worse."""
    turns = ((left, right), (left, right[::-1]), (left[::-1], right), (left[::-1], right[::-1]))
    one, other = max(turns, key=lambda turn: float(alike[turn[0][-1], turn[1][0]]))
    return one + other


def _mistakes(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The counts without the diagonal."""
    return counts * ~np.eye(len(counts), dtype=bool)
