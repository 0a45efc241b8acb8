"""A finished training with thousands of validation pictures, made on the disk as the app would have left it."""

import hashlib
import os
import time
from pathlib import Path

import numpy as np
from PIL import Image

from core.data import store
from core.data.dataset import Sample, collect
from core.data.split import Split
from core.data.store import StoredDataset
from core.events import EpochDone, Finished, StageStarted
from core.interpretation.landscape import METHODS, Landscape, mark, scaled
from core.interpretation.predictions import Predictions
from core.jobs.desk import Desk
from core.jobs.entries import LOCAL, Job
from core.jobs.orders import Train
from core.runs.folder import DatasetDocument, RunFolder
from core.settings import Settings
from core.training import presets
from core.vision.augmentation import preset

TRAINING, DRAWN, SIDE = 2_000, 240, 128
EPOCHS = 12
WIDTH = 512                  # of the activations
MOST_PLACED = 5_000          # as the job lays out
FIRST_PULL, LAST_PULL = 0.6, 2.6     # of the actual class's logit: from hardly better than chance to mostly right


def big_run(settings: Settings, pictures: int, classes: int) -> Job:
    """A training of `pictures` validation pictures, confirmed, finished and chosen, on one's own machine.

    Few pictures are drawn, each of which is the square of many (hard links).
    """
    names = tuple(f"class {number:03}" for number in range(classes))
    stored = _stored(names, pictures, settings)
    samples = stored.catalogue.samples
    ids = tuple(sample.id for sample in samples)
    split = Split(train=ids[pictures:], valid=ids[:pictures], test=(), seed=42, source="folders")
    desk = Desk(settings)
    desk.saw(LOCAL)
    recipe = presets.load("quick").model_copy(update={"augmentation": preset("side-on")})
    entry = desk.shelve(LOCAL, stored.path.name, "large", 1, recipe)
    desk.confirm(LOCAL, entry.id)
    job = desk.submit(LOCAL, Train(dataset=stored.path.name, recipe=recipe), entry.id)
    run = RunFolder.create(job.folder)
    _tell(run, stored, split)
    now = time.time()
    desk.database.change("UPDATE jobs SET state = 'finished', started = ?, ended = ? WHERE id = ?", now, now, job.id)
    return desk.job(LOCAL, job.id)


def _tell(run: RunFolder, stored: StoredDataset, split: Split) -> None:
    """The run's folder: documents, every epoch's predictions, the last ones, and what the network saw."""
    dataset = stored.catalogue
    document = DatasetDocument.of(stored.path.name, dataset, split)
    run.write_dataset(document)
    label_of = dict(zip(document.ids, document.labels, strict=True))
    random = np.random.default_rng(5)
    run.append(StageStarted(0, 1, "head", EPOCHS, 0, EPOCHS * 32, (0.01,), 64, 64))
    noise = random.normal(0, 1, (len(split.valid), len(dataset.classes))).astype(np.float32)
    labels = np.array([label_of[id] for id in split.valid])
    for epoch in range(EPOCHS):
        pull = FIRST_PULL + (LAST_PULL - FIRST_PULL) * epoch / (EPOCHS - 1)
        said = _said(split.valid, labels, dataset.classes, noise + random.normal(0, 0.5, noise.shape), pull)
        run.save_predictions(f"valid-epoch-{epoch:03}", said)
        loss = float(said.losses.mean())
        run.append(EpochDone(0, epoch, loss, loss, said.accuracy, said.error_rate, 1.0, True))
    run.save_predictions("valid", said)
    train = np.array([label_of[id] for id in split.train])
    run.save_predictions("train", _said(split.train, train, dataset.classes,
                                        random.normal(0, 1, (len(train), len(dataset.classes))), LAST_PULL + 2))
    run.append(Finished(said.accuracy, said.error_rate, len(said), EPOCHS - 1, float(EPOCHS), str(run.path)))
    run.set_status("finished", "done")
    run.seen.mkdir()
    _lay_out(run, said, split, random)
    by_id = {sample.id: sample for sample in dataset.samples}
    for id in split.valid:
        os.link(stored.thumbnail(by_id[id]), run.seen_file(id))


def _lay_out(run: RunFolder, valid: Predictions, split: Split, random: np.random.Generator) -> None:
    """A map on which each class is a cloud of its own."""
    ids = (*valid.ids, *split.train)
    label = dict(zip(valid.ids, valid.labels.tolist(), strict=True))
    centres = random.normal(0, 6, (len(valid.classes), 2))
    where = np.array([centres[label.get(id, 0)] for id in ids]) + random.normal(0, 1, (len(ids), 2))
    seen = scaled(random.normal(0, 1, (len(ids), WIDTH)).astype(np.float32))
    places = {method: (where * (1, flip)).astype(np.float32) for method, flip in zip(METHODS, (1, -1), strict=True)}
    placed = np.arange(min(len(ids), MOST_PLACED))
    Landscape(ids, seen, placed, {method: each[placed] for method, each in places.items()}, (0.3, 0.2), mark(valid)
              ).save(run.landscape)


def _said(ids: tuple[str, ...], labels: np.ndarray, classes: tuple[str, ...], noise: np.ndarray, pull: float
          ) -> Predictions:
    logits = noise.astype(np.float32)
    logits[np.arange(len(labels)), labels] += pull
    return Predictions(ids, labels, logits * 1.5, classes)


def _stored(names: tuple[str, ...], pictures: int, settings: Settings) -> StoredDataset:
    random = np.random.default_rng(len(names))
    with store.incoming(settings.datasets) as folder:
        (folder / "originals").mkdir()
        (folder / "thumbnails").mkdir()
        drawn = [_drawn(folder / f"{number}.jpg", random) for number in range(DRAWN)]
        samples = [_sample(number, names[number % len(names)], number < pictures, drawn[number % DRAWN].stat().st_size)
                   for number in range(pictures + TRAINING)]
        for number, sample in enumerate(samples):
            original = store.original_file(folder, sample.stored_name)
            original.parent.mkdir(exist_ok=True)
            os.link(drawn[number % DRAWN], original)
            os.link(drawn[number % DRAWN], store.thumbnail_file(folder, sample.sha256))
        return store.keep(folder, collect("large", samples), settings.datasets)


def _sample(number: int, label: str, validates: bool, size_bytes: int) -> Sample:
    sha256 = hashlib.sha256(f"large {number}".encode()).hexdigest()
    part = "valid" if validates else "train"
    return Sample(f"{number:016x}", label, f"large/{part}/{label}/{number:06}.jpg", f"{sha256[:2]}/{sha256}.jpg",
                  sha256, SIDE, SIDE, "JPEG", size_bytes, part)


def _drawn(file: Path, random: np.random.Generator) -> Path:
    """A ground of one colour with a disc, in noise."""
    across, down = np.meshgrid(np.arange(SIDE), np.arange(SIDE))
    disc = (across - random.integers(30, 100))**2 + (down - random.integers(30, 100))**2 < random.integers(300, 1500)
    pixels = np.where(disc[..., None], random.integers(0, 256, 3), random.integers(0, 256, 3))
    noise = random.normal(0, 12, pixels.shape)
    Image.fromarray((pixels + noise).clip(0, 255).astype(np.uint8)).save(file, quality=85)
    return file
