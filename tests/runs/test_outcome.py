from pathlib import Path

import numpy as np
import pytest

from core.errors import BadRun
from core.events import Cancelled, EpochDone, StageStarted
from core.interpretation.predictions import Predictions
from core.runs import outcome as outcomes
from core.runs.folder import DatasetDocument, RunFolder

CLASSES = ("ants", "bees")
IDS = ("0" * 16, "1" * 16)


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    run = RunFolder.create(tmp_path / "run")
    run.write_dataset(DatasetDocument(
        dataset="d", name="d", fingerprint="f", classes=CLASSES, ids=IDS, names=("ants/1.jpg", "bees/1.jpg"),
        labels=(0, 1), split={"train": (), "valid": IDS, "test": ()}, split_source="drawn", seed=1))
    return run


def predictions(logit: float) -> Predictions:
    return Predictions(IDS, np.array([0, 1]), np.array([[logit, 0.0], [0.0, logit]]), CLASSES)


def stage(number: int, epochs: int, first_epoch: int = 0) -> StageStarted:
    return StageStarted(number, 2, "head", epochs, first_epoch, epochs, (0.1,), 32, 4)


def train(run: RunFolder, number: int, kept: bool = True, logit: float = 1.0, stage: int = 0) -> None:
    run.save_predictions(f"valid-epoch-{number:03d}", predictions(logit))
    run.append(EpochDone(stage, number, 0.5, 0.4, 0.5, 0.5, 0.1, kept))


def test_a_run_that_goes_on_shows_the_newest_epoch_that_it_keeps(run: RunFolder) -> None:
    run.append(stage(0, 3))
    for number, kept in enumerate((True, True, False)):
        train(run, number, kept, logit=number + 1.0)
    found = outcomes.outcome(run)
    assert (found.final, found.epoch, found.test) == (False, 1, None)
    assert found.valid.logits[0, 0] == 2.0
    assert [event.epoch for event in found.epochs] == [0, 1, 2]
    assert found.names[IDS[1]] == "bees/1.jpg"


def test_a_run_that_is_done_shows_its_final_predictions(run: RunFolder) -> None:
    run.append(stage(0, 1))
    train(run, 0)
    run.save_predictions("valid", predictions(7.0))
    run.save_predictions("test", predictions(8.0))
    found = outcomes.outcome(run)
    assert found.final
    assert found.valid.logits[0, 0] == 7.0
    assert found.test is not None and found.test.logits[0, 0] == 8.0


def test_epochs_that_were_done_again_count_once(run: RunFolder) -> None:
    """A resumed run repeats what came after its checkpoint, and may keep other epochs than before."""
    run.append(stage(0, 1))
    train(run, 0)
    run.append(stage(1, 3))
    train(run, 1, stage=1)
    train(run, 2, stage=1)
    run.append(Cancelled(str(run.path)))
    run.append(stage(1, 3, first_epoch=1))
    assert outcomes.outcome(run).epoch == 1
    train(run, 2, kept=False, stage=1)
    found = outcomes.outcome(run)
    assert [event.epoch for event in found.epochs] == [0, 1, 2]
    assert found.epoch == 1


def test_a_run_without_an_epoch_is_told_of_in_words(run: RunFolder) -> None:
    assert not outcomes.stands(run)
    with pytest.raises(BadRun, match="no finished epoch") as refused:
        outcomes.outcome(run)
    assert refused.value.remedy


def test_a_folder_that_is_not_there_stands_for_nothing(tmp_path: Path) -> None:
    assert not outcomes.stands(RunFolder(tmp_path / "nowhere"))
    with pytest.raises(BadRun):
        outcomes.outcome(RunFolder(tmp_path / "nowhere"))


def test_damaged_predictions_are_told_of_by_name(run: RunFolder) -> None:
    run.append(stage(0, 1))
    train(run, 0)
    (run.predictions / "valid-epoch-000.npz").write_bytes(b"damaged")
    assert outcomes.stands(run)
    with pytest.raises(BadRun, match="valid-epoch-000"):
        outcomes.outcome(run)
