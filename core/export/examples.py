"""A few of the validation pictures, right and wrong, small enough to look at beside the words on the model."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from core.interpretation.predictions import Predictions
from core.interpretation.rankings import top_losses
from core.interpretation.selection import arranged
from core.runs.folder import RunFolder

FEW = 4                  # of each kind
SIDE = 160               # pixels, at most
QUALITY = 85
SEED = 42


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A picture with what it is and what it was taken for."""

    file: str            # its place in the export
    jpeg: bytes
    actual: str
    predicted: str
    probability: float   # of the class that it was taken for

    @property
    def right(self) -> bool:
        return self.actual == self.predicted


def examples(run: RunFolder, said: Predictions) -> tuple[Example, ...]:
    """Some that are right, drawn without favour, and the worst mistakes; those whose square the run has kept."""
    right = arranged(said, np.flatnonzero(said.correct), "at random", SEED)
    wrong = top_losses(said, len(said))
    return (*_first(run, said, right, "right"),
            *_first(run, said, wrong[~said.correct[wrong]], "wrong"))


def _first(run: RunFolder, said: Predictions, rows: np.ndarray, kind: str) -> Iterator[Example]:
    number = 0
    for row in map(int, rows):
        square = run.seen_picture(said.ids[row])
        if square is None:
            continue
        number += 1
        place = int(said.predicted[row])
        yield Example(f"examples/{kind}-{number}.jpg", _small(square), said.classes[int(said.labels[row])],
                      said.classes[place], float(said.probabilities[row, place]))
        if number == FEW:
            return


def _small(square: bytes) -> bytes:
    """Written anew, so that nothing but the pixels leaves."""
    buffer = io.BytesIO()
    with Image.open(io.BytesIO(square), formats=("JPEG",)) as image:
        small = image.convert("RGB")
        small.thumbnail((SIDE, SIDE))
        Image.fromarray(np.asarray(small)).save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()
