"""Each class's own figures: how many of it were found (recall), how many of those called so are it (precision).

Where nothing can be divided the answer is None: a class that was never predicted has no precision, and not one of 0.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from core.data.tables import write_table
from core.interpretation.confusion import confusion_matrix
from core.interpretation.estimates import Estimate, mean, share
from core.interpretation.predictions import Predictions

DECIMALS = 4


@dataclass(frozen=True, slots=True)
class ClassScore:
    """One class counted: its pictures, those called by its name, and those that are both."""

    name: str
    support: int     # pictures of the class
    called: int      # pictures that were taken for it, rightly or not
    found: int       # both

    @property
    def missed(self) -> int:
        """False negatives."""
        return self.support - self.found

    @property
    def false_alarms(self) -> int:
        """False positives."""
        return self.called - self.found

    @property
    def precision(self) -> Estimate | None:
        """Of the pictures called so, the share that is; None where none was called so."""
        return share(self.found, self.called)

    @property
    def recall(self) -> Estimate | None:
        """Of the pictures of the class, the share that was found; None where it has none."""
        return share(self.found, self.support)

    @property
    def f1(self) -> Estimate | None:
        """The harmonic mean of both; None where the class neither has a picture nor was predicted.

        F1 = 2J / (1 + J) rises with J = found / (support or called), which is a share: so the ends of J's Wilson
        interval become those of F1.
        """
        overlap = share(self.found, self.support + self.called - self.found)
        return None if overlap is None else Estimate(*(2 * j / (1 + j) for j in (overlap.value, overlap.low,
                                                                                 overlap.high)))


@dataclass(frozen=True, slots=True)
class Averages:
    """Precision, recall and F1 over classes, each from 0 to 1; None where no class has one."""

    precision: float | None
    recall: float | None
    f1: float | None


def scores(predictions: Predictions) -> tuple[ClassScore, ...]:
    """A score a class, in the order of the classes."""
    counts = confusion_matrix(predictions)
    return tuple(ClassScore(*row) for row in zip(
        predictions.classes, counts.sum(axis=1).tolist(), counts.sum(axis=0).tolist(), counts.diagonal().tolist(),
        strict=True))


def macro(counted: Sequence[ClassScore]) -> Averages:
    """Every class weighs the same; a class where the figure is undefined is left out."""
    return _averages(counted, [1] * len(counted))


def weighted(counted: Sequence[ClassScore]) -> Averages:
    """A class weighs as much as it has pictures; a class where the figure is undefined is left out."""
    return _averages(counted, [score.support for score in counted])


def balanced_accuracy(counted: Sequence[ClassScore]) -> Estimate | None:
    """The mean recall of the classes that have a picture (Brodersen et al. 2010, ICPR); None where none has."""
    recalls = [recall for score in counted if (recall := score.recall)]
    return mean(recalls) if recalls else None


def to_csv(counted: Sequence[ClassScore]) -> bytes:
    """The table as a spreadsheet opens it, a class a row; an undefined figure is an empty cell."""
    figures = ("precision", "recall", "f1")
    header = ("class", "pictures", "predicted", "found",
              *(f"{figure}{end}" for figure in figures for end in ("", " from", " to")))
    return write_table(header, (
        [score.name, str(score.support), str(score.called), str(score.found),
         *(cell for figure in (score.precision, score.recall, score.f1) for cell in _cells(figure))]
        for score in counted))


def _averages(counted: Sequence[ClassScore], weights: Sequence[int]) -> Averages:
    return Averages(_average([score.precision for score in counted], weights),
                    _average([score.recall for score in counted], weights),
                    _average([score.f1 for score in counted], weights))


def _average(figures: Sequence[Estimate | None], weights: Sequence[int]) -> float | None:
    pairs = [(figure.value, weight) for figure, weight in zip(figures, weights, strict=True) if figure is not None]
    total = sum(weight for _, weight in pairs)
    return math.fsum(value * weight for value, weight in pairs) / total if total else None


def _cells(figure: Estimate | None) -> list[str]:
    return ["", "", ""] if figure is None else [f"{value:.{DECIMALS}f}" for value in (figure.value, figure.low,
                                                                                      figure.high)]
