"""What a network said of each validation picture after every epoch: which it learned, forgot, and never got right."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from core.interpretation.predictions import Predictions


class Fate(IntEnum):
    """What became of a picture, by its first epoch, its last, and those between; each has exactly one."""

    ALWAYS_RIGHT = 0
    LEARNED = 1                  # wrong after the first epoch, right after the last
    REGAINED = 2                 # right after the first and the last, and wrong in between
    FORGOTTEN = 3                # right once, and wrong after the last
    NEVER_LEARNED = 4


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What was said after one epoch, as far as it takes to compare epochs. The arrays are read-only."""

    ids: tuple[str, ...]                    # N
    labels: NDArray[np.int64]               # (N,)
    answers: NDArray[np.int64]              # (N,)
    actual: NDArray[np.float64]             # (N,) the probability of the actual class

    @classmethod
    def of(cls, predictions: Predictions) -> "Said":
        actual = predictions.probabilities[np.arange(len(predictions)), predictions.labels]
        return cls(predictions.ids, predictions.labels, *map(_frozen, (predictions.predicted, actual)))

    def alike(self, other: "Said") -> bool:
        """Is it of the same pictures, in the same order, with the same labels?"""
        return self.ids == other.ids and np.array_equal(self.labels, other.labels)


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """E epochs of the same N pictures. The arrays are read-only.

    Raises ValueError for no epoch at all, and for epochs of different pictures or labels.
    """

    epochs: tuple[int, ...]                 # E, from 0 over the whole run, rising
    ids: tuple[str, ...]                    # N
    labels: NDArray[np.int64]               # (N,)
    answers: NDArray[np.int64]              # (E, N)
    actual: NDArray[np.float64]             # (E, N) the probability of the actual class

    @classmethod
    def of(cls, epochs: Sequence[int], said: Sequence[Said]) -> "Course":
        if not said or len(epochs) != len(said):
            raise ValueError(f"{len(epochs)} epochs need as much said, not {len(said)}")
        first = said[0]
        if not all(each.alike(first) for each in said):
            raise ValueError("all epochs must be of the same pictures and labels")
        return cls(tuple(epochs), first.ids, first.labels, _frozen(np.stack([each.answers for each in said])),
                   _frozen(np.stack([each.actual for each in said])))

    @property
    def right(self) -> NDArray[np.bool]:
        """(E, N)"""
        return np.asarray(self.answers == self.labels)

    @property
    def fates(self) -> NDArray[np.int64]:
        """(N,) of Fate."""
        right = self.right
        first, last, ever, always = right[0], right[-1], right.any(axis=0), right.all(axis=0)
        return np.select([always, first & last, last, ever],
                         [Fate.ALWAYS_RIGHT, Fate.REGAINED, Fate.LEARNED, Fate.FORGOTTEN], Fate.NEVER_LEARNED)

    @property
    def forgettings(self) -> NDArray[np.int64]:
        """(N,): how often a picture went from right to wrong (Toneva et al. 2019, arXiv:1812.05159)."""
        right = self.right
        return np.asarray((right[:-1] & ~right[1:]).sum(axis=0), dtype=np.int64)

    def became(self, place: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows that became right, and rows that became wrong, with the epoch at this place; none with the first.

        The ones whose probability moved most come first.
        """
        if place == 0:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        before, now = self.right[place - 1], self.right[place]
        moved = np.abs(self.actual[place] - self.actual[place - 1])
        return _by(moved, ~before & now), _by(moved, before & ~now)

    def of_fate(self, fate: Fate) -> NDArray[np.int64]:
        """Rows, the ones that are least of their class after the last epoch first."""
        return _by(-self.actual[-1], self.fates == fate)

    def unstable(self, least: int = 2) -> NDArray[np.int64]:
        """Rows that were forgotten at least so often, the most often first."""
        forgettings = self.forgettings
        return _by(forgettings.astype(np.float64), forgettings >= least)


def _by(values: NDArray[np.float64], shown: NDArray[np.bool]) -> NDArray[np.int64]:
    """Rows that are shown, the greatest value first, equals in their order."""
    rows = np.flatnonzero(shown)
    return np.asarray(rows[np.argsort(-values[rows], kind="stable")], dtype=np.int64)


def _frozen(values: NDArray) -> NDArray:  # type: ignore[type-arg]
    values.setflags(write=False)
    return values
