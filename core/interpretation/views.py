"""Test-time augmentation's arithmetic: what the network said of several looks at each picture, averaged to one answer.

A picture's first look is the square that evaluation sees, its centre; the others are drawn as in training.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from core.errors import UserMistake
from core.interpretation import arrays
from core.interpretation.predictions import Predictions

Space = Literal["probability", "log"]
MOST_VIEWS = 32          # drawn ones a picture: each costs as much as another picture


@dataclass(frozen=True, slots=True)
class Averaging:
    """How many drawn views a picture has, and how what was said of them becomes one answer.

    `beta` is the centre's weight; the drawn views share the rest. Raises UserMistake that names what cannot be.
    """

    views: int = 4
    beta: float = 0.25           # as fastai's `tta`, and its four views
    space: Space = "probability"

    def __post_init__(self) -> None:
        if not 1 <= self.views <= MOST_VIEWS:
            raise UserMistake(f"Test-time augmentation cannot draw {self.views} views of a picture.",
                              remedy=f"Choose from 1 to {MOST_VIEWS} views; 4 are usual.")
        if not 0 <= self.beta <= 1:
            raise UserMistake(f"The weight of the picture itself (beta) cannot be {self.beta:g}.",
                              remedy="Choose beta from 0, the drawn views alone, to 1, the picture itself alone.")
        if self.space not in get_args(Space):
            raise UserMistake(f"Views cannot be averaged in the space '{self.space}'.",
                              remedy=f"Choose one of: {', '.join(get_args(Space))}.")


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """N labelled pictures, and what the network said of each one's centre and of k drawn views. Read-only arrays.

    Raises ValueError where shapes disagree, as `Predictions` does, or where no view was drawn.
    """

    ids: tuple[str, ...]         # N
    labels: NDArray[np.int64]    # (N,), the actual classes
    logits: NDArray[np.float32]  # (N, 1 + k, K); the centre's first
    classes: tuple[str, ...]     # K names
    seed: int                    # of the augmentation that drew the views

    def __post_init__(self) -> None:
        logits = np.array(self.logits, dtype=np.float32)
        if logits.ndim != 3 or logits.shape[1] < 2:
            raise ValueError(f"logits of views must be (N, 1 + k, K) with k of at least 1, not {logits.shape}")
        if not np.isfinite(logits).all():
            raise ValueError("logits must be finite")
        logits.setflags(write=False)
        object.__setattr__(self, "logits", logits)
        object.__setattr__(self, "labels", self.centre.labels)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def drawn(self) -> int:
        """k, the drawn views of a picture."""
        return int(self.logits.shape[1]) - 1

    @property
    def centre(self) -> Predictions:
        """What was said of the centres alone."""
        return Predictions(self.ids, self.labels, self.logits[:, 0], self.classes)

    def probabilities(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """(n, 1 + k, K) of these pictures, each look's own."""
        return np.exp(_log_softmax(self.logits[rows]))

    def belong_to(self, predictions: Predictions) -> bool:
        """Are the centres these very predictions? Otherwise another network was looked through."""
        return (self.ids == predictions.ids and self.classes == predictions.classes
                and np.array_equal(self.labels, predictions.labels)
                and np.array_equal(self.logits[:, 0], predictions.logits))

    def save(self, path: Path) -> None:
        """An npz of ids, labels, logits, classes and seed; it stands there whole or not at all."""
        arrays.write(path, {"ids": arrays.of_words(self.ids), "labels": self.labels, "logits": self.logits,
                            "classes": arrays.of_words(self.classes), "seed": np.array(self.seed, dtype=np.int64)})

    @classmethod
    def load(cls, path: Path) -> "Views":
        """What `save` wrote. Raises BadRun where the file is missing or damaged."""
        with arrays.reading(path, "views", "Look at the pictures in several ways first.",
                            "Look at the pictures in several ways again; nothing else is lost.") as file:
            return cls(arrays.words_in(file["ids"]), file["labels"], file["logits"],
                       arrays.words_in(file["classes"]), int(file["seed"]))


def averaged(views: Views, averaging: Averaging) -> Predictions:
    """One answer a picture, of its centre and its first `averaging.views` drawn views.

    Raises ValueError where fewer were drawn.
    """
    if averaging.views > views.drawn:
        raise ValueError(f"{averaging.views} views are asked for, and {views.drawn} were drawn")
    mixed = averaged_logs(views.logits[:, :1 + averaging.views], averaging)
    return Predictions(views.ids, views.labels, mixed.astype(np.float32), views.classes)


def averaged_logs(logits: NDArray[np.float32], averaging: Averaging) -> NDArray[np.float64]:
    """Logits of looks (N, 1 + k, K), the centre's first, to log-probabilities (N, K), in nats.

    In probability space it is fastai's `tta`, lerp(mean of the drawn, centre, beta). In log space the logarithms are
    averaged and the rows scaled to sum to 1: the geometric mean, in which one look that is sure a class is wrong counts
    for more. fastai's `use_max` is no average (its rows do not sum to 1) and is not offered.
    """
    drawn = logits.shape[1] - 1
    weights = np.array([averaging.beta, *[(1 - averaging.beta) / drawn] * drawn])
    counted = weights > 0                   # a weight of 0 has no logarithm
    logs, weights = _log_softmax(logits[:, counted]), weights[counted]
    if averaging.space == "log":
        return _log_softmax(np.einsum("v,nvk->nk", weights, logs))
    # The logarithm of the weighted sum, without leaving the logarithms: a probability of e-800 would be a 0.
    return np.asarray(np.logaddexp.reduce(logs + np.log(weights)[:, None], axis=1), dtype=np.float64)


def _log_softmax(logits: NDArray[np.float32] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Over the last axis; the largest logit is taken off first, so that nothing overflows."""
    centred = logits.astype(np.float64) - logits.max(axis=-1, keepdims=True)
    return np.asarray(centred - np.log(np.exp(centred).sum(axis=-1, keepdims=True)), dtype=np.float64)
