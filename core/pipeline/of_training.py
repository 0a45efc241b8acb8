"""What a job that is made of a finished training takes from it: its final predictions, and their pictures."""

from collections.abc import Sequence

import numpy as np

from core.data.pixels import Pixels
from core.errors import BadRun
from core.inference.predictor import Trained
from core.interpretation.predictions import Predictions
from core.runs.folder import RunFolder

PARTS = ("valid", "test")
TRAIN_AGAIN = "Train again: the new training keeps a network of its own."


def final_predictions(training: RunFolder) -> dict[str, Predictions]:
    """The stored float32 predictions of the validation pictures, and of the test pictures where there are some."""
    parts = {name: training.read_predictions(name) for name in PARTS
             if (training.predictions / f"{name}.npz").is_file()}
    if "valid" not in parts:
        raise BadRun("This training has no final predictions yet, and they are what this rests on.",
                     remedy="Wait until it is finished, or go on with it to its end.")
    return parts


def network_of(training: RunFolder) -> Trained:
    """Its network. Raises BadRun where it is no longer kept, or damaged, in words that fit every visitor.

    Where the folder lies is no help to somebody who sees the playground alone.
    """
    if not training.weights.is_file():
        raise BadRun("This training's network is no longer kept; its results are.", remedy=TRAIN_AGAIN)
    try:
        return Trained.of(training)
    except BadRun as error:
        raise BadRun("This training's network is damaged; its results are not.", remedy=TRAIN_AGAIN) from error


def rows_of(pixels: Pixels, ids: Sequence[str]) -> np.ndarray:
    """(n,) int64 rows of these pictures. Raises BadRun where the data set no longer holds one of them."""
    try:
        return np.array([pixels.rows[id] for id in ids], dtype=np.int64)
    except KeyError as error:
        raise pictures_gone() from error


def pictures_gone() -> BadRun:
    return BadRun("The data set no longer holds the pictures of this training.",
                  remedy="Train again on the data set as it stands.")
