"""A training's network made ready to answer: whole or not at all, and of the weights that the training keeps."""

import copy
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from core.errors import BadRun
from core.events import Cancelled, Failed, MadeReady, Progress
from core.export.manifest import Manifest
from core.export.predict_template import Model
from core.inference.predictor import Predictor, Views
from core.jobs.orders import LIGHT, URGENCY, Assignment, MakeReady, parse
from core.jobs.worker import perform
from core.pipeline import make_ready as job
from core.runs import served
from core.runs.folder import RunFolder
from core.settings import Settings
from core.vision.classifier import Classifier
from tests.running import Heard, Workshop, listen
from tests.tiny import noise

TRAINING = "0123456789abcdef" * 2


@pytest.fixture
def training(quick_run: Heard, settings: Settings) -> RunFolder:
    return RunFolder(Path(shutil.copytree(quick_run.run.path, settings.jobs / TRAINING)))


def made(training: RunFolder, workshop: Workshop, place: Path) -> Heard:
    run = RunFolder.create(place)
    return listen(job.make_ready(training, run, workshop.settings), run)


def touched(training: RunFolder) -> None:
    """As a training that goes on leaves its weights."""
    kept = training.weights.stat()
    os.utime(training.weights, ns=(kept.st_atime_ns, kept.st_mtime_ns + 1))


def test_it_answers_as_the_training_does_and_is_made_once_for_its_weights(
        training: RunFolder, workshop: Workshop, tmp_path: Path) -> None:
    assert served.standing(training) is None
    first = made(training, workshop, tmp_path / "first")
    folder = served.standing(training)
    assert folder is not None and isinstance(first.last, MadeReady)
    assert first.last.bytes == (folder / served.MODEL).stat().st_size
    squares = noise(5, 32)
    expected = Predictor.of(training).probabilities([Views(square) for square in squares])
    model = Model(folder)
    assert model.classes == training.read_dataset().classes
    np.testing.assert_allclose([model.probabilities(square) for square in squares], expected, atol=1e-4)
    again = made(training, workshop, tmp_path / "again")
    assert again.code == 0
    assert [event.work for event in again.events if isinstance(event, Progress)] == [job.STEPS[-1]]

    touched(training)                # the weights of before are no longer the training's
    assert served.standing(training) is None
    assert made(training, workshop, tmp_path / "third").code == 0
    assert served.standing(training) != folder
    assert not folder.exists()


def test_what_is_stopped_leaves_nothing(training: RunFolder, workshop: Workshop, tmp_path: Path,
                                       monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[Path] = []
    monkeypatch.setattr(job.onnx_model, "write", lambda classifier, manifest, file: written.append(file))
    run = RunFolder.create(tmp_path / "job")
    before = sorted(training.path.iterdir())
    heard = listen(job.make_ready(training, run, workshop.settings, lambda: bool(written)), run)
    assert written and isinstance(heard.last, Cancelled)
    assert sorted(training.path.iterdir()) == before


def test_a_network_that_answers_otherwise_is_refused(training: RunFolder, workshop: Workshop, tmp_path: Path,
                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    def other(classifier: Classifier, manifest: Manifest, file: Path) -> None:
        another = copy.deepcopy(classifier)
        next(iter(another.head.parameters())).data += 1
        real(another, manifest, file)

    real = job.onnx_model.write
    monkeypatch.setattr(job.onnx_model, "write", other)
    heard = made(training, workshop, tmp_path / "job")
    assert isinstance(heard.last, Failed) and "answers otherwise" in heard.last.problem
    assert served.standing(training) is None


def test_without_a_network_that_is_said(training: RunFolder, workshop: Workshop, tmp_path: Path) -> None:
    training.weights.unlink()
    heard = made(training, workshop, tmp_path / "job")
    assert isinstance(heard.last, Failed) and "keeps no network" in heard.last.problem
    with pytest.raises(BadRun):
        served.place(training)
    assert served.standing(training) is None


def test_a_worker_does_it_also_for_pictures_that_are_gone(training: RunFolder, settings: Settings) -> None:
    settings = settings.model_copy(update={"threads": 1})
    order = MakeReady(dataset="gone", training=TRAINING)
    assert perform(Assignment(job="job", order=order, settings=settings, lease=""), lambda: False) == 0
    assert served.standing(training) is not None


def test_it_computes_is_urgent_and_is_kept_as_it_was() -> None:
    order = MakeReady(dataset="d", training=TRAINING)
    assert "make-ready" not in LIGHT
    assert URGENCY["make-ready"] == URGENCY["find-lr"]
    assert parse(order.model_dump_json()) == order
