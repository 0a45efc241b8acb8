import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from core.data import store
from core.data.dataset import Edit
from core.errors import BadRun
from core.events import BatchDone, Cancelled, CheckpointSaved, EpochDone, Event, Failed, Finished, Resumed, StageStarted
from core.pipeline import stages
from core.runs import recorder
from core.runs.folder import RunFolder
from core.settings import Settings
from core.training import engine
from tests.pipeline.test_train import same_predictions
from tests.running import FINE_TUNE, HEAD, QUICK, WHOLE, Heard, Workshop, coloured_folder


@pytest.fixture(autouse=True)
def everything_is_told_and_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint after every epoch, and every batch in the log."""
    monkeypatch.setattr(stages, "SECONDS_BETWEEN_CHECKPOINTS", -1.0)
    monkeypatch.setattr(recorder, "SECONDS_BETWEEN_TICKS", 0.0)


def batch_of(stage: int, epoch: int) -> Callable[[Event], bool]:
    return lambda event: isinstance(event, BatchDone) and (event.stage, event.epoch) == (stage, epoch)


def epochs_told(run: RunFolder) -> list[int]:
    return [event.epoch for event in run.read_events() if isinstance(event, EpochDone)]


@pytest.mark.parametrize(("stage", "epoch"), [(0, 1), (1, 0), (1, 1)],
                         ids=["in the first stage", "as the second begins", "in the second stage"])
def test_a_run_that_was_stopped_and_goes_on_is_bit_equal_to_an_unbroken_one(
        stage: int, epoch: int, workshop: Workshop, fine_tuned: Heard, tmp_path: Path) -> None:
    stopped = workshop.train(FINE_TUNE, tmp_path / "run", after=batch_of(stage, epoch))
    assert isinstance(stopped.last, Cancelled)
    resumed = workshop.resume(stopped.run)
    assert isinstance(resumed.last, Finished)
    assert resumed.code == 0
    assert any(isinstance(event, Resumed) for event in resumed.events)
    assert same_predictions(stopped.run, fine_tuned.run)
    one, other = load_file(stopped.run.weights), load_file(fine_tuned.run.weights)
    assert all(torch.equal(one[name], other[name]) for name in other)
    assert epochs_told(stopped.run) == epochs_told(fine_tuned.run)
    for name in range(HEAD.epochs + WHOLE.epochs):
        part = f"valid-epoch-{name:03d}"
        assert np.array_equal(stopped.run.read_predictions(part).logits, fine_tuned.run.read_predictions(part).logits)


def test_a_checkpoint_is_read_without_running_code(fine_tuned: Heard) -> None:
    saved = torch.load(fine_tuned.run.checkpoint, weights_only=True)
    assert set(saved) == stages.CHECKPOINT_KEYS


def test_a_stop_right_after_a_checkpoint_loses_no_epoch_from_the_log(
        workshop: Workshop, fine_tuned: Heard, tmp_path: Path) -> None:
    for kind in (EpochDone, CheckpointSaved):
        stopped = workshop.train(QUICK, tmp_path / kind.__name__, after=partial(isinstance_of, kind))
        workshop.resume(stopped.run)
        assert epochs_told(stopped.run) == list(range(HEAD.epochs))


def isinstance_of(kind: type[Event], event: Event) -> bool:
    return isinstance(event, kind)


def test_a_run_that_is_stopped_as_soon_as_it_goes_on_keeps_the_weights_it_had(
        workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.Kept, "admits", lambda *_: True)      # the second stage's epoch is the kept one
    stopped = workshop.train(FINE_TUNE, tmp_path / "run", after=batch_of(1, 1))
    before = load_file(stopped.run.weights)
    again = workshop.resume(stopped.run, after=lambda event: isinstance(event, Resumed))
    assert isinstance(again.last, Cancelled)
    after = load_file(stopped.run.weights)
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_a_run_that_goes_on_tells_where_it_stands(workshop: Workshop, tmp_path: Path) -> None:
    stopped = workshop.train(FINE_TUNE, tmp_path / "run", after=batch_of(1, 1))
    resumed = workshop.resume(stopped.run)
    started = [event for event in resumed.events if isinstance(event, StageStarted)]
    assert [(event.stage, event.first_epoch) for event in started] == [(1, 1)]
    assert Resumed(1, 1) in resumed.events


def test_a_line_that_a_killed_run_left_unfinished_does_not_spoil_the_next(
        workshop: Workshop, tmp_path: Path) -> None:
    stopped = workshop.train(QUICK, tmp_path / "run", after=batch_of(0, 1))
    with stopped.run.events.open("a") as lines:
        lines.write('{"event":"BatchDo')
    resumed = workshop.resume(stopped.run)
    assert list(stopped.run.read_events()) == stopped.events + resumed.events


def test_a_finished_run_has_nothing_to_go_on_with(workshop: Workshop, quick_run: Heard) -> None:
    with pytest.raises(BadRun, match="finished"):
        workshop.resume(quick_run.run)
    assert quick_run.run.read_status().state == "finished"


def test_a_run_that_still_runs_is_left_alone(workshop: Workshop, tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run")
    with pytest.raises(BadRun, match="is running"):
        workshop.resume(run)


def test_a_run_without_a_checkpoint_stays_as_it_is(workshop: Workshop, tmp_path: Path) -> None:
    stopped = workshop.train(QUICK, tmp_path / "run", after=lambda event: isinstance(event, StageStarted))
    with pytest.raises(BadRun, match="no checkpoint"):
        workshop.resume(stopped.run)
    assert stopped.run.read_status().state == "cancelled"


@pytest.mark.parametrize("damage", ["garbage", "cut", "another"])
def test_a_damaged_checkpoint_is_told_in_words(damage: str, workshop: Workshop, tmp_path: Path) -> None:
    stopped = workshop.train(QUICK, tmp_path / "run", after=batch_of(0, 1))
    file = stopped.run.checkpoint
    match damage:
        case "garbage":
            file.write_bytes(b"no checkpoint at all")
        case "cut":
            file.write_bytes(file.read_bytes()[:-1000])
        case "another":
            torch.save({"weights": torch.zeros(3)}, file)
    resumed = workshop.resume(stopped.run)
    assert isinstance(resumed.last, Failed)
    assert "damaged" in resumed.last.problem
    assert resumed.code == 2
    assert not stopped.run.traceback.exists()


def test_an_edited_data_set_cannot_go_on(workshop: Workshop, settings: Settings, tmp_path: Path) -> None:
    alike = settings.model_copy(update={"threads": 1})
    place = Workshop(coloured_folder(tmp_path / "colours"), alike, workshop.weights)
    stopped = place.train(QUICK, tmp_path / "run", after=batch_of(0, 1))
    document = stopped.run.read_dataset()
    store.load(settings.datasets / document.dataset).append_edit(Edit(document.ids[0], "remove"))
    resumed = place.resume(stopped.run)
    assert isinstance(resumed.last, Failed)
    assert "edited" in resumed.last.problem
    assert resumed.code == 2


def test_a_damaged_dataset_document_is_told_in_words(workshop: Workshop, tmp_path: Path) -> None:
    stopped = workshop.train(QUICK, tmp_path / "run", after=batch_of(0, 1))
    stopped.run.dataset.write_text(json.dumps({"name": "colours"}))
    resumed = workshop.resume(stopped.run)
    assert isinstance(resumed.last, Failed)
    assert "dataset.json" in resumed.last.problem
    assert resumed.code == 2
