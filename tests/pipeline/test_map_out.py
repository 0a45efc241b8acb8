"""The job that lays a finished run's pictures out by what its network makes of them."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from core.data import store
from core.data.pixels import squares
from core.errors import BadRun, DiskFull
from core.events import Cancelled, Event, Failed, Mapped, Note, Progress, drain
from core.inference.predictor import Trained
from core.interpretation.landscape import Landscape, scaled
from core.pipeline import map_out as room
from core.pipeline.map_out import map_out
from core.runs.folder import RunFolder
from core.vision.fast import to_input
from tests.running import Asked, Heard, Workshop, listen

DRAWING = "comparing pictures"


@pytest.fixture
def training(fine_tuned: Heard, tmp_path: Path) -> RunFolder:
    """A finished training of the whole network that may be changed."""
    return RunFolder(Path(shutil.copytree(fine_tuned.run.path, tmp_path / "training")))


@pytest.fixture
def of_head(quick_run: Heard, tmp_path: Path) -> RunFolder:
    return RunFolder(Path(shutil.copytree(quick_run.run.path, tmp_path / "head")))


def mapped(training: RunFolder, workshop: Workshop, job: Path,
           after: Callable[[Event], bool] = lambda event: False) -> Heard:
    asked, run = Asked(after), RunFolder.create(job)
    stored = store.load(workshop.settings.datasets / training.read_dataset().dataset)
    return listen(map_out(stored, training, run, workshop.settings, asked), run, asked)


def by_the_network_itself(training: RunFolder, workshop: Workshop, ids: tuple[str, ...]) -> np.ndarray:
    """(n, 2C) float32, without any of the fast paths."""
    trained = Trained.of(training)
    stored = store.load(workshop.settings.datasets / training.read_dataset().dataset)
    _, pixels = drain(squares(stored, trained.preprocessing, workshop.settings))
    inputs = to_input(pixels.squares([pixels.rows[id] for id in ids]), trained.preprocessing, torch.device("cpu"))
    with torch.no_grad():
        found: np.ndarray = trained.classifier.eval().activations(inputs).numpy()
    return found


def test_what_the_network_makes_of_every_picture_stands_in_the_training_s_folder(
        training: RunFolder, workshop: Workshop, tmp_path: Path) -> None:
    heard = mapped(training, workshop, tmp_path / "job")
    assert heard.code == 0
    here, document = Landscape.load(training.landscape), training.read_dataset()
    assert sorted(here.ids) == sorted(document.ids)
    assert isinstance(heard.last, Mapped)
    assert heard.last.pictures == len(here.placed) == len(document.ids)
    expected = scaled(by_the_network_itself(training, workshop, here.ids)).astype(np.float32)
    alike = (here.activations.astype(np.float32) * expected).sum(axis=1)
    assert alike.min() > 0.99
    assert here.belongs_to(training.read_predictions("valid"))
    assert all(np.isfinite(places).all() for places in here.places.values())


def test_a_frozen_body_is_not_looked_through_again(of_head: RunFolder, workshop: Workshop, tmp_path: Path) -> None:
    cached = workshop.settings.cache / of_head.read_dataset().dataset
    before = sorted(cached.glob("activations-*.npy"))
    heard = mapped(of_head, workshop, tmp_path / "job")
    assert isinstance(heard.last, Mapped)
    assert sorted(cached.glob("activations-*.npy")) == before
    assert "looking at pictures" not in [event.work for event in heard.events if isinstance(event, Progress)]
    here = Landscape.load(of_head.landscape)
    expected = scaled(by_the_network_itself(of_head, workshop, here.ids))
    assert np.allclose(here.activations, expected, atol=2e-3)


def test_a_second_map_of_the_same_network_is_the_same(of_head: RunFolder, workshop: Workshop, tmp_path: Path) -> None:
    mapped(of_head, workshop, tmp_path / "one")
    first = Landscape.load(of_head.landscape)
    mapped(of_head, workshop, tmp_path / "other")
    second = Landscape.load(of_head.landscape)
    assert np.array_equal(first.places["t-SNE"], second.places["t-SNE"])


def test_where_there_are_too_many_pictures_those_that_judge_come_first(
        of_head: RunFolder, workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judged = {*of_head.read_predictions("valid").ids, *of_head.read_predictions("test").ids}
    most = len(judged) + 5
    monkeypatch.setattr(room, "MOST_PLACED", most)
    mapped(of_head, workshop, tmp_path / "job")
    here = Landscape.load(of_head.landscape)
    assert len(here.ids) > most == len(here.placed)
    assert judged < {here.ids[row] for row in here.placed}


def test_activations_that_would_be_too_large_are_kept_of_a_part_and_a_word_says_so(
        of_head: RunFolder, workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_PLACED", 4)
    monkeypatch.setattr(room, "MOST_BYTES", 0)
    heard = mapped(of_head, workshop, tmp_path / "job")
    here = Landscape.load(of_head.landscape)
    assert len(here.ids) == len(here.placed) == 4
    assert set(here.ids) <= {*of_head.read_predictions("valid").ids, *of_head.read_predictions("test").ids}
    assert "4 are kept" in next(event.text for event in heard.events if isinstance(event, Note))


@pytest.mark.parametrize("work", ["looking at pictures", DRAWING])
def test_a_stop_is_heard_at_once_and_leaves_nothing(
        work: str, training: RunFolder, workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.runs.recorder.SECONDS_BETWEEN_TICKS", 0.0)
    before = sorted(training.path.rglob("*"))
    heard = mapped(training, workshop, tmp_path / "job",
                   after=lambda event: isinstance(event, Progress) and event.work == work)
    assert isinstance(heard.last, Cancelled)
    assert heard.code == 130
    assert len([event for event in heard.events if isinstance(event, Progress) and event.work == work]) == 1
    assert sorted(training.path.rglob("*")) == before


def test_a_full_disk_is_told_and_leaves_the_map_that_stood(
        of_head: RunFolder, workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mapped(of_head, workshop, tmp_path / "one")
    before = {file: file.read_bytes() for file in of_head.landscape.iterdir()}

    def full(*_: object) -> None:
        raise DiskFull("The disk is full.", remedy="Free some space.")

    monkeypatch.setattr("core.interpretation.arrays.write", full)
    heard = mapped(of_head, workshop, tmp_path / "other")
    assert heard.last == Failed("The disk is full.", "Free some space.")
    assert {file: file.read_bytes() for file in of_head.landscape.iterdir()} == before


def test_a_training_without_final_predictions_is_refused(of_head: RunFolder, workshop: Workshop,
                                                        tmp_path: Path) -> None:
    (of_head.predictions / "valid.npz").unlink()
    heard = mapped(of_head, workshop, tmp_path / "job")
    assert isinstance(heard.last, Failed)
    assert "no final predictions yet" in heard.last.problem
    assert heard.code == BadRun.exit_code


def test_a_training_whose_pictures_are_gone_is_refused(of_head: RunFolder, workshop: Workshop, tmp_path: Path) -> None:
    once = of_head.read_predictions("valid")
    of_head.save_predictions("valid", replace(once, ids=("f" * 16, *once.ids[1:])))
    heard = mapped(of_head, workshop, tmp_path / "job")
    assert isinstance(heard.last, Failed)
    assert "no longer holds the pictures" in heard.last.problem


def test_truncated_weights_are_told_in_words(of_head: RunFolder, workshop: Workshop, tmp_path: Path) -> None:
    of_head.weights.write_bytes(of_head.weights.read_bytes()[:-100])
    heard = mapped(of_head, workshop, tmp_path / "job")
    assert isinstance(heard.last, Failed)
    assert "damaged" in heard.last.problem
    assert not of_head.landscape.exists()
