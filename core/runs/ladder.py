"""What each stage of a run has gained in validation pictures that are right: read from its folder alone."""

from dataclasses import dataclass

import numpy as np

from core.events import EpochDone, StageStarted, StageStopped
from core.interpretation.baseline import always_largest
from core.interpretation.comparison import Gain, compared, gained
from core.interpretation.predictions import Predictions
from core.runs.folder import RunFolder
from core.runs.story import Story


@dataclass(frozen=True, slots=True)
class Rung:
    """A stage, by its epoch that the run keeps; by its last one where it keeps none of the stage."""

    stage: int | None            # from 0; None: the start, whoever always gives the largest class
    trains: str                  # "head", "late", "all"; the largest class at the start
    epoch: int | None            # from 0, over the whole run
    kept: bool                   # an epoch of the stage was kept
    right: int
    pictures: int
    gain: Gain | None            # on the rung below; None at the start


def ladder(run: RunFolder) -> tuple[Rung, ...]:
    """The start, and a rung for each stage with a finished epoch. Empty where there is none yet.

    Raises BadRun where an epoch's predictions are missing or damaged.
    """
    story = Story().told(event for event in run.read_events()
                         if isinstance(event, StageStarted | StageStopped | EpochDone))
    rungs: list[Rung] = []
    below: Predictions | None = None
    for begun in story.begun:
        row = _chosen([row for row in story.epochs if row.stage == begun.stage])
        if row is None:
            continue
        here = run.read_predictions(f"valid-epoch-{row.epoch:03d}")
        if below is None:
            below = _without_looking(here)
            label, _ = always_largest(here)
            rungs.append(Rung(None, label, None, True, int(below.correct.sum()), len(below), None))
        rungs.append(Rung(begun.stage, begun.trains, row.epoch, row.kept, int(here.correct.sum()), len(here),
                          gained(compared(below, here))))
        below = here
    return tuple(rungs)


def _chosen(rows: list[EpochDone]) -> EpochDone | None:
    return next((row for row in reversed(rows) if row.kept), rows[-1] if rows else None)


def _without_looking(predictions: Predictions) -> Predictions:
    """What one would say who always gives the largest class."""
    label, _ = always_largest(predictions)
    row = np.array([name == label for name in predictions.classes], dtype=np.float32)
    return Predictions(predictions.ids, predictions.labels, np.tile(row, (len(predictions), 1)), predictions.classes)
