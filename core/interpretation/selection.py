"""Which pictures to show, and in which order: by verdict, class, probability and file name."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from core.errors import UserMistake
from core.interpretation.predictions import Predictions

Verdict = Literal["all", "right", "wrong"]
Order = Literal["as they came", "at random", "most correct", "most incorrect", "top losses", "most uncertain"]
Whose = Literal["prediction", "actual"]      # a class by name is its index in the place of these


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a picture must be like to be shown; by default every one is.

    `least` and `most` bound a probability, both included: that of the prediction, of the actual class, or of the class
    with this index. Raises UserMistake where they leave no room.
    """

    verdict: Verdict = "all"
    actual: int | None = None            # index of a class
    predicted: int | None = None         # index of a class
    whose: Whose | int = "prediction"
    least: float = 0.0                   # 0 to 1
    most: float = 1.0
    in_name: str = ""                    # part of the file's name, in letters of either case

    def __post_init__(self) -> None:
        if not 0 <= self.least <= self.most <= 1:
            raise UserMistake(f"No probability lies between {100 * self.least:g} and {100 * self.most:g} %.",
                              remedy="Choose two numbers from 0 to 100 %, the smaller one first.")


def chosen(predictions: Predictions, wanted: Wanted, names: NDArray[np.str_]) -> NDArray[np.int64]:
    """Rows of the pictures that are wanted, (n,), as they came; `names` (N,) are those that `searchable` gives.

    Raises ValueError for a class that there is not, and for another number of names.
    """
    if len(names) != len(predictions):
        raise ValueError(f"{len(predictions)} pictures need as many names, not {len(names)}")
    fits = np.ones(len(predictions), dtype=bool)
    if wanted.verdict != "all":
        fits &= predictions.correct == (wanted.verdict == "right")
    if wanted.actual is not None:
        fits &= predictions.labels == _class(predictions, wanted.actual)
    if wanted.predicted is not None:
        fits &= predictions.predicted == _class(predictions, wanted.predicted)
    if (wanted.least, wanted.most) != (0, 1):
        values = probability(predictions, wanted.whose)
        fits &= (wanted.least <= values) & (values <= wanted.most)
    if part := _folded(wanted.in_name.strip()):
        fits &= np.strings.find(names, part) >= 0
    return np.flatnonzero(fits).astype(np.int64)


def arranged(predictions: Predictions, rows: NDArray[np.int64], order: Order, seed: int = 0) -> NDArray[np.int64]:
    """These rows in an order; equals stay as they came.

    "most correct" has the least loss first, "most incorrect" the surest answer (meant for wrong pictures), "top losses"
    the largest loss, "most uncertain" the smallest margin between the two best classes (margin sampling: Scheffer et
    al. 2001, doi:10.1007/3-540-44816-0_31). Raises ValueError for an order that there is not.
    """
    match order:
        case "as they came":
            return rows
        case "at random":
            return np.random.default_rng(seed).permutation(rows)
        case "most correct":
            by = predictions.losses[rows]
        case "most incorrect":
            return rows[by_sureness(predictions, rows)]
        case "top losses":
            by = -predictions.losses[rows]
        case "most uncertain":
            by = margins(predictions)[rows]
        case _:
            raise ValueError(f"order must be one of {get_args(Order)}, not {order!r}")
    return rows[np.argsort(by, kind="stable")]


def probability(predictions: Predictions, whose: Whose | int) -> NDArray[np.float64]:
    """(N,): of the prediction, of the actual class, or of the class with this index.

    Raises ValueError for a class that there is not.
    """
    every = np.arange(len(predictions))
    if whose == "prediction":
        return predictions.probabilities[every, predictions.predicted]
    if whose == "actual":
        return predictions.probabilities[every, predictions.labels]
    return predictions.probabilities[:, _class(predictions, whose)]


def by_sureness(predictions: Predictions, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """The order (n,) that puts the most probable answer first, of equally probable ones that with the larger loss."""
    best = predictions.log_probabilities[rows].max(axis=1)
    return np.lexsort((-predictions.losses[rows], -best))


def margins(predictions: Predictions) -> NDArray[np.float64]:
    """(N,): by how much the best class leads the second best, 0 to 1."""
    best_two = np.partition(predictions.probabilities, -2, axis=1)[:, -2:]
    return np.asarray(best_two[:, 1] - best_two[:, 0])


def searchable(names: Iterable[str]) -> NDArray[np.str_]:
    """(N,) names as `chosen` compares them."""
    return np.array([_folded(name) for name in names], dtype=np.str_)


def _folded(text: str) -> str:
    """Without case, and with accents in one way of writing: macOS writes "é" as two letters."""
    return unicodedata.normalize("NFC", text).casefold()


def _class(predictions: Predictions, index: int) -> int:
    if not 0 <= index < len(predictions.classes):
        raise ValueError(f"a class must lie in 0..{len(predictions.classes) - 1}, not {index}")
    return index
