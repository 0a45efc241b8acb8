"""The job that writes a training's network in the form in which it answers to photos: ONNX, with its manifest."""

import shutil
import time
import uuid
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch

from core import machine
from core.data.cache import disk_full_told, require_free
from core.errors import BadRun, ExportDiffers
from core.events import Event, MadeReady, Progress
from core.export import onnx_model
from core.export.certificate import PROBABILITY_TOLERANCE
from core.export.manifest import describe
from core.export.predict_template import Model
from core.inference.predictor import Trained, softmax
from core.pipeline.train import Stop, never
from core.runs import certainty, outcome, served
from core.runs.folder import RunFolder
from core.runs.recorder import recorded
from core.settings import Settings

STEPS = ("reading the network", "writing it anew", "trying it")
TRIED = 4                        # squares of noise, for which both forms must say the same


def make_ready(training: RunFolder, run: RunFolder, settings: Settings, stop: Stop = never
               ) -> Generator[Event, None, int]:
    """Write the training's `served/`; the last event is MadeReady, Failed or Cancelled.

    `run` is the job's own folder. What is stopped or fails writes nothing.
    """
    return recorded(run, _make_ready(training, settings), stop)


def _make_ready(training: RunFolder, settings: Settings) -> Generator[Event, None, None]:
    started = time.perf_counter()
    folder = served.place(training)
    if served.standing(training) is None:
        machine.settle(settings.threads)
        yield _step(0)
        trained, valid = Trained.of(training), outcome.outcome(training).valid
        if not len(valid) or valid.classes != trained.classes:
            raise BadRun("The predictions of this training do not belong to its weights.",
                         remedy="Its files were exchanged: train again.")
        manifest = describe(trained.recipe, training.read_dataset(), trained.preprocessing, valid,
                            settings.max_picture_pixels, certainty.read(training))
        require_free(training.path, training.weights.stat().st_size, settings.min_free_bytes)
        with _aside(training) as aside:
            yield _step(1)
            onnx_model.write(trained.classifier, manifest, aside / served.MODEL)
            (aside / served.MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
            yield _step(2)
            _require_same(trained, Model(aside))
            if served.place(training) != folder:
                raise BadRun("The training went on meanwhile, and its network is another one now.",
                             remedy="Try again.")
            training.served.mkdir(exist_ok=True)
            aside.rename(folder)
        _drop_others(folder)
    yield _step(len(STEPS))
    yield MadeReady((folder / served.MODEL).stat().st_size, time.perf_counter() - started)


def _step(done: int) -> Progress:
    return Progress(STEPS[min(done, len(STEPS) - 1)], done, len(STEPS), "steps")


def _require_same(trained: Trained, model: Model) -> None:
    """Raises ExportDiffers where the new form answers otherwise than the network itself."""
    size = trained.preprocessing.size
    squares = np.random.default_rng(0).integers(0, 256, (TRIED, size, size, 3), dtype=np.uint8)
    with torch.inference_mode():
        logits = trained.classifier.eval()(torch.from_numpy(trained.preprocessing.normalise(squares))).numpy()
    model.temperature = 1.0
    found = np.stack([model.probabilities(square) for square in squares])
    largest = float(np.abs(found - softmax(logits)).max())
    if not largest <= PROBABILITY_TOLERANCE:         # NaN is not
        raise ExportDiffers(f"The network that was written answers otherwise than the trained one (by {largest:.4f}).",
                            remedy="Try again. If it happens again, it is a fault of ours: please report it.")


@contextmanager
def _aside(training: RunFolder) -> Iterator[Path]:
    """A hidden folder in the training's, gone at the end; the sweeper removes one that a killed process left."""
    folder = training.path / f".served-{uuid.uuid4().hex}"
    try:
        with disk_full_told(folder):
            folder.mkdir()
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _drop_others(folder: Path) -> None:
    """Those of earlier weights."""
    for other in folder.parent.iterdir():
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)
