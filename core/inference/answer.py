"""An answer: what a network says of one picture. Needs no network to be read, and no torch."""

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What the network says of one picture, or why it says nothing."""

    file: str                             # as given, or relative to the folder or zip that was given
    classes: tuple[str, ...]
    probabilities: np.ndarray | None      # (K,) float32; None with a problem
    problem: str = ""
    threshold: float | None = None        # of the top probability; None: every answer counts

    @property
    def prediction(self) -> str | None:
        return None if self.probabilities is None else self.classes[int(self.probabilities.argmax())]

    @property
    def ranked(self) -> list[int]:
        """Places of the classes, the most probable first; none with a problem."""
        return [] if self.probabilities is None else np.argsort(-self.probabilities, kind="stable").tolist()

    @property
    def refused(self) -> bool:
        """Is it less sure than it has to be?"""
        return self.probabilities is not None and self.threshold is not None \
            and float(self.probabilities.max()) < self.threshold

    @property
    def in_words(self) -> str:
        """The line that `predict` prints."""
        if self.probabilities is None:
            return f"{self.file}: {self.problem}"
        best = float(self.probabilities.max())
        if self.refused:     # rounded down: what is below a threshold of 0.7 is never called 0.700
            return f"{self.file}: I don't know (best guess: {self.prediction} {int(1000 * best) / 1000:.3f})"
        return f"{self.file}: {self.prediction} {best:.3f}"

    def to_dict(self) -> dict[str, Any]:
        """The line that `predict --json` prints."""
        if self.probabilities is None:
            return {"file": self.file, "problem": self.problem}
        line = {"file": self.file, "prediction": self.prediction,
                "probabilities": dict(zip(self.classes, map(float, self.probabilities), strict=True))}
        return line if self.threshold is None else line | {"refused": self.refused}
