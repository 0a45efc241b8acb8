from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from core.errors import BadRun
from core.events import EpochDone, StageStarted, StageStopped
from core.interpretation.predictions import Predictions
from core.runs.folder import RunFolder
from core.runs.ladder import ladder
from core.runs.story import Story

if TYPE_CHECKING:
    from tests.running import Heard

IDS = tuple(f"{number:016x}" for number in range(5))
LABELS = (0, 0, 0, 1, 1)


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path / "run")


def begin(run: RunFolder, stage: int, trains: str = "head", epochs: int = 2, first_epoch: int = 0) -> None:
    run.append(StageStarted(stage, 2, trains, epochs, first_epoch, epochs * 4, (1e-3,), 64, 8))


def train(run: RunFolder, stage: int, number: int, answers: tuple[int, ...], kept: bool = True) -> None:
    run.save_predictions(f"valid-epoch-{number:03d}", Predictions(
        IDS, np.array(LABELS), np.eye(2, dtype=np.float32)[list(answers)], ("ants", "bees")))
    run.append(EpochDone(stage, number, 0.5, 0.4, 0.5, 0.5, 0.1, kept))


def test_the_ladder_begins_with_whoever_always_gives_the_largest_class(run: RunFolder) -> None:
    begin(run, 0)
    train(run, 0, 0, (0, 0, 0, 1, 0))
    start, first = ladder(run)
    assert (start.stage, start.trains, start.right, start.pictures, start.gain) == (None, "ants", 3, 5, None)
    assert (first.stage, first.trains, first.epoch, first.right) == (0, "head", 0, 4)
    assert first.gain is not None and first.gain.pictures == 1


def test_each_stage_stands_on_the_one_before(run: RunFolder) -> None:
    begin(run, 0)
    train(run, 0, 0, (0, 0, 0, 0, 0))
    train(run, 0, 1, (0, 1, 0, 1, 0))
    begin(run, 1, "all", epochs=1)
    train(run, 1, 2, (0, 0, 0, 1, 1))
    rungs = ladder(run)
    assert [rung.right for rung in rungs] == [3, 3, 5]
    assert [rung.gain.pictures for rung in rungs if rung.gain] == [0, 2]


def test_a_stage_counts_by_its_kept_epoch(run: RunFolder) -> None:
    begin(run, 0)
    train(run, 0, 0, (0, 0, 0, 1, 1))
    train(run, 0, 1, (1, 1, 1, 1, 1), kept=False)
    assert (ladder(run)[-1].right, ladder(run)[-1].epoch, ladder(run)[-1].kept) == (5, 0, True)


def test_a_stage_of_which_nothing_is_kept_shows_what_it_lost(run: RunFolder) -> None:
    begin(run, 0, epochs=1)
    train(run, 0, 0, (0, 0, 0, 1, 1))
    begin(run, 1, epochs=2)
    train(run, 1, 1, (0, 1, 1, 1, 1), kept=False)
    train(run, 1, 2, (0, 0, 1, 1, 1), kept=False)
    last = ladder(run)[-1]
    assert (last.kept, last.right, last.epoch) == (False, 4, 2)
    assert last.gain is not None and last.gain.pictures == -1


def test_a_stage_that_stopped_early_does_not_shift_the_next_one(run: RunFolder) -> None:
    begin(run, 0, epochs=5)
    train(run, 0, 0, (0, 0, 0, 1, 0))
    run.append(StageStopped(0, 1, "over-fit"))
    begin(run, 1, "all", epochs=1)
    train(run, 1, 1, (0, 0, 0, 1, 1))
    assert [(rung.stage, rung.right) for rung in ladder(run)] == [(None, 3), (0, 4), (1, 5)]


def test_a_run_without_an_epoch_has_no_ladder(run: RunFolder) -> None:
    assert ladder(run) == ()
    begin(run, 0)
    assert ladder(run) == ()


def test_missing_predictions_are_told_of(run: RunFolder) -> None:
    begin(run, 0)
    train(run, 0, 0, LABELS)
    (run.predictions / "valid-epoch-000.npz").unlink()
    with pytest.raises(BadRun, match="valid-epoch-000"):
        ladder(run)


def test_a_real_training_has_a_rung_for_each_of_its_stages(fine_tuned: "Heard") -> None:
    rungs = ladder(fine_tuned.run)
    story = Story().told(fine_tuned.run.read_events())
    assert [rung.stage for rung in rungs] == [None, *(begun.stage for begun in story.begun)]
    assert len(rungs) == 3
    accuracies = {row.epoch: row.accuracy for row in story.epochs}
    for rung in rungs[1:]:
        assert rung.epoch is not None
        assert rung.right / rung.pictures == pytest.approx(accuracies[rung.epoch])
