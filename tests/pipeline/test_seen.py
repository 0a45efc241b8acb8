import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.data import pixels, store
from core.errors import BadRun
from core.events import Cancelled, EpochDone, Event, Progress, StageStarted, drain
from core.pipeline import seen
from core.runs import outcome as outcomes
from core.runs.folder import RunFolder
from tests.running import QUICK, Heard, Workshop
from tests.tiny import noise, packed

KEEPING = "keeping what the network sees"


def told(events: list[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, Progress) and event.work == KEEPING]


def test_a_run_holds_what_the_network_saw_of_every_validation_and_test_picture(
        quick_run: Heard, workshop: Workshop) -> None:
    run, document = quick_run.run, quick_run.run.read_dataset()
    shown = document.split["valid"] + document.split["test"]
    assert sorted(file.stem for file in run.seen.iterdir()) == sorted(shown)
    stored = store.load(workshop.settings.datasets / document.dataset)
    _, squares = drain(pixels.squares(stored, QUICK.preprocessing.at(32), workshop.settings))
    for id in shown:
        with Image.open(io.BytesIO(run.seen_picture(id) or b"")) as picture:
            kept = np.asarray(picture).astype(int)
        assert kept.shape == (32, 32, 3)
        assert np.abs(kept - squares.picture(squares.rows[id])).mean() < 8      # of 255; noise is JPEG's hardest food


def test_they_are_kept_before_training_begins(quick_run: Heard) -> None:
    """So that a run that is stopped, or killed, can be looked at as well."""
    kinds = quick_run.kinds()
    assert quick_run.events.index(told(quick_run.events)[-1]) < kinds.index("StageStarted")


def test_a_stopped_run_shows_its_best_epoch_with_its_pictures(workshop: Workshop, tmp_path: Path) -> None:
    stopped = workshop.train(QUICK, tmp_path / "run", after=lambda event: isinstance(event, EpochDone))
    assert isinstance(stopped.last, Cancelled)
    found = outcomes.outcome(stopped.run)
    assert not found.final
    assert all(found.run.seen_picture(id) for id in found.valid.ids)
    before = {file: file.stat().st_mtime_ns for file in stopped.run.seen.iterdir()}
    resumed = workshop.resume(stopped.run)
    assert not told(resumed.events)
    assert {file: file.stat().st_mtime_ns for file in stopped.run.seen.iterdir()} == before
    assert outcomes.outcome(stopped.run).final


def test_a_stop_is_heard_while_they_are_kept(workshop: Workshop, tmp_path: Path,
                                            monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen, "PICTURES_AT_A_TIME", 1)
    monkeypatch.setattr("core.runs.recorder.SECONDS_BETWEEN_TICKS", 0.0)  # else the last is told alone
    stopped = workshop.train(QUICK, tmp_path / "run", after=lambda event: bool(told([event])))
    assert isinstance(stopped.last, Cancelled)
    assert not [event for event in stopped.events if isinstance(event, StageStarted)]
    assert len(list(stopped.run.seen.iterdir())) == 1


def test_an_id_that_is_no_file_s_name_is_refused(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run")
    with pytest.raises(BadRun, match="no picture's id"):
        drain(seen.keep_seen(run, packed(noise(1)), ["../outside"]))
    assert not run.seen.exists()
