"""Trainings that are over, or not, as their folders tell: without torch, with pictures of a single colour."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from core.events import EpochDone, Finished, StageStarted
from core.interpretation.predictions import Predictions
from core.jobs.entries import DatasetEntry, Job
from core.jobs.orders import Train
from core.runs.folder import DatasetDocument, RunFolder
from core.training import presets
from tests.pages.doing import begin, finish, the_desk

ANTS_AND_BEES = ("ants", "bees")
# Rows: a sure ant, an unsure ant, an ant taken for a bee, a sure bee, a bee taken for an ant.
PROBABILITIES = ((0.9, 0.1), (0.55, 0.45), (0.2, 0.8), (0.02, 0.98), (0.7, 0.3))
LABELS = (0, 0, 0, 1, 1)


def predictions_of(probabilities: Sequence[Sequence[float]] = PROBABILITIES, labels: Sequence[int] = LABELS,
                   classes: Sequence[str] = ANTS_AND_BEES, ids: Sequence[str] | None = None) -> Predictions:
    ids = ids or [f"{number:016x}" for number in range(len(labels))]
    return Predictions(tuple(ids), np.array(labels, dtype=np.int64),
                       np.log(np.array(probabilities, dtype=np.float32)), tuple(classes))


def epoch(number: int, accuracy: float = 0.6, kept: bool = True) -> EpochDone:
    return EpochDone(0, number, 0.5, 0.4, accuracy, 1 - accuracy, 0.1, kept)


def started(epochs: int, stage: int = 0, first_epoch: int = 0) -> StageStarted:
    return StageStarted(stage, 2, "head", epochs, first_epoch, epochs * 2, (0.01,), 32, 8)


def told(run: RunFolder, predictions: Predictions, name: str = "valid", test: Sequence[str] = ()) -> None:
    """Fill a run's folder with predictions, what the network saw of each, and the names of all."""
    run.predictions.mkdir(parents=True, exist_ok=True)
    run.save_predictions(name, predictions)
    ids = predictions.ids
    run.write_dataset(DatasetDocument(
        dataset="colours", name="colours", fingerprint="f", classes=predictions.classes, ids=ids,
        names=tuple(f"{predictions.classes[label]}/{place}.jpg" for place, label in enumerate(predictions.labels)),
        labels=tuple(predictions.labels.tolist()), split={"train": (), "valid": ids, "test": tuple(test)},
        split_source="drawn", seed=42))
    run.seen.mkdir(exist_ok=True)
    for id in ids:
        run.seen_file(id).write_bytes(jpeg(32, 32))


def jpeg(width: int, height: int, colour: str = "#c08040") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(buffer, "JPEG")
    return buffer.getvalue()


def submitted(entry: DatasetEntry) -> Job:
    return the_desk().submit(entry.owner, Train(dataset=entry.folder, recipe=presets.load("quick")), entry.id)


def trained(entry: DatasetEntry, predictions: Predictions | None = None) -> Job:
    """A training of a visitor's at its good end."""
    values = predictions or predictions_of()
    job = submitted(entry)
    told(job.run, values)
    last = Finished(values.accuracy, values.error_rate, len(values), 1, 1.0, str(job.folder))
    return finish(job, [started(2), epoch(0), epoch(1, values.accuracy), last])


def under_way(entry: DatasetEntry, epochs: int = 1) -> Job:
    """A training in the middle, with so many epochs done."""
    job = submitted(entry)
    for number in range(epochs):
        told(job.run, predictions_of(), f"valid-epoch-{number:03d}")
    return begin(job, [started(9), *(epoch(number) for number in range(epochs))])
