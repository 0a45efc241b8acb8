"""What came of a run, finished or not: read from its folder alone, without torch."""

import sys
from dataclasses import dataclass
from functools import cached_property

from core.errors import BadRun
from core.events import EpochDone, StageStarted, StageStopped
from core.interpretation.predictions import Predictions
from core.runs.folder import DatasetDocument, RunFolder
from core.runs.story import Story


@dataclass(frozen=True)
class Outcome:
    """The predictions of the kept epoch, and what it takes to show them."""

    run: RunFolder
    valid: Predictions
    test: Predictions | None         # where the data set has test pictures, once the run is done
    final: bool                      # of the whole run, in float32; else measured while it trained
    epoch: int                       # the kept one, from 0 over the whole run
    epochs: tuple[EpochDone, ...]
    document: DatasetDocument

    @cached_property
    def names(self) -> dict[str, str]:
        """Sample.id to the original name."""
        return dict(zip(self.document.ids, self.document.names, strict=True))


def stands(run: RunFolder) -> bool:
    """Has the run finished an epoch? Cheap: it looks at names of files only."""
    return any(run.predictions.glob("valid*.npz"))


def stages_begun(run: RunFolder) -> int:
    """How many of its recipe's stages, from the first, have finished an epoch; all where its events are damaged."""
    try:
        return max((event.stage + 1 for event in run.read_events() if isinstance(event, EpochDone)), default=0)
    except BadRun:
        return sys.maxsize


def outcome(run: RunFolder) -> Outcome:
    """What the run's kept epoch says. Raises BadRun where no epoch is kept yet, or files are damaged."""
    story = Story().told(event for event in run.read_events()
                        if isinstance(event, StageStarted | StageStopped | EpochDone))
    kept = story.kept
    if kept is None or not stands(run):
        raise BadRun("This training has no finished epoch, so there is nothing to show.",
                     remedy="Wait until its first epoch is done, or train again.")
    final = (run.predictions / "valid.npz").is_file()
    valid = run.read_predictions("valid" if final else f"valid-epoch-{kept.epoch:03d}")
    test = run.read_predictions("test") if (run.predictions / "test.npz").is_file() else None
    return Outcome(run, valid, test, final, kept.epoch, story.epochs, run.read_dataset())
