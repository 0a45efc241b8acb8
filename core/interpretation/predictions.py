"""What the network said of each picture: the one thing that everything in interpretation is a function of."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.interpretation import arrays


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """N labelled pictures, what the network said of them, and the K classes. The arrays are read-only.

    Raises ValueError where shapes disagree, a label is no class (unknown labels have no place here),
    or a logit is not finite.
    """

    ids: tuple[str, ...]         # N
    labels: NDArray[np.int64]    # (N,), the actual classes
    logits: NDArray[np.float32]  # (N, K)
    classes: tuple[str, ...]     # K names, at least two
    log_probabilities: NDArray[np.float64] = field(init=False, repr=False)  # (N, K), nats
    probabilities: NDArray[np.float64] = field(init=False, repr=False)      # (N, K), rows sum to 1

    def __post_init__(self) -> None:
        labels, logits = np.array(self.labels), np.array(self.logits, dtype=np.float32)
        count, kinds = len(self.ids), len(self.classes)
        if kinds < 2 or len(set(self.classes)) != kinds:
            raise ValueError(f"classes must be two or more different names, not {self.classes}")
        if labels.shape != (count,) or logits.shape != (count, kinds):
            raise ValueError(f"{count} ids and {kinds} classes need labels ({count},) and logits "
                             f"({count}, {kinds}), not {labels.shape} and {logits.shape}")
        if count and not np.issubdtype(labels.dtype, np.integer):
            raise ValueError(f"labels must be integers, not {labels.dtype}")
        if count and not 0 <= labels.min() <= labels.max() < kinds:
            raise ValueError(f"labels must lie in 0..{kinds - 1}, not in {labels.min()}..{labels.max()}")
        if not np.isfinite(logits).all():
            raise ValueError("logits must be finite")
        log_probabilities = _log_softmax(logits)
        for name, values in (("labels", labels.astype(np.int64)), ("logits", logits),
                             ("log_probabilities", log_probabilities),
                             ("probabilities", np.exp(log_probabilities))):
            values.setflags(write=False)
            object.__setattr__(self, name, values)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def predicted(self) -> NDArray[np.int64]:
        """(N,): the most probable class, the first of equals."""
        return np.asarray(self.logits.argmax(axis=1), dtype=np.int64)

    @property
    def correct(self) -> NDArray[np.bool]:
        """(N,): is the prediction the actual class?"""
        return np.asarray(self.predicted == self.labels)

    @property
    def losses(self) -> NDArray[np.float64]:
        """(N,): the cross-entropy of each picture, in nats."""
        return -self.log_probabilities[np.arange(len(self)), self.labels]

    @property
    def accuracy(self) -> float:
        """Share of correct pictures, 0 to 1. Raises ValueError where there is none."""
        if not len(self):
            raise ValueError("no pictures, no accuracy")
        return float(self.correct.mean())

    @property
    def error_rate(self) -> float:
        """1 - accuracy."""
        return 1 - self.accuracy

    def select(self, indices: NDArray[np.int64] | Sequence[int]) -> "Predictions":
        """These rows alone, in this order."""
        rows = np.asarray(indices, dtype=np.int64)
        return Predictions(tuple(self.ids[row] for row in rows), self.labels[rows], self.logits[rows],
                           self.classes)

    def save(self, path: Path) -> None:
        """An npz of ids, labels, logits and classes; it stands there whole or not at all."""
        arrays.write(path, {"ids": arrays.of_words(self.ids), "labels": self.labels, "logits": self.logits,
                            "classes": arrays.of_words(self.classes)})

    @classmethod
    def load(cls, path: Path) -> "Predictions":
        """What `save` wrote. Raises BadRun where the file is missing or damaged."""
        with arrays.reading(path, "predictions", "Name the folder of a finished run, or train again.",
                            "Train again, or put an undamaged copy of the file in its place.") as file:
            return cls(arrays.words_in(file["ids"]), file["labels"], file["logits"], arrays.words_in(file["classes"]))


def _log_softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """(N, K); the largest logit is taken off first, so that nothing overflows."""
    centred = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    return np.asarray(centred - np.log(np.exp(centred).sum(axis=1, keepdims=True)), dtype=np.float64)
