"""The job that keeps what a finished training's network makes of each picture, and lays the pictures out by it."""

import time
from collections.abc import Generator, Sequence

import numpy as np
import torch
from torch import nn

from core import machine
from core.data import pixels
from core.data.store import StoredDataset
from core.events import Event, Mapped, Note
from core.inference.predictor import Trained
from core.interpretation.landscape import Landscape, mark, scaled
from core.pipeline.layout import SEED, layout
from core.pipeline.of_training import final_predictions, network_of, rows_of
from core.pipeline.train import Stop, never
from core.pipeline.workbench import heads_only
from core.runs.folder import RunFolder
from core.runs.recorder import recorded
from core.settings import Settings
from core.training.engine import out_of_memory_told
from core.vision.activations import activations
from core.vision.looking import BATCH, look_through
from core.vision.precision import for_looking

MOST_PLACED = 5_000              # pictures on the map: more are neither told apart nor laid out while one waits
MOST_BYTES = 200_000_000         # of the activations that a training keeps for it: 100,000 pictures of resnet18


def map_out(stored: StoredDataset, training: RunFolder, run: RunFolder, settings: Settings, stop: Stop = never
            ) -> Generator[Event, None, int]:
    """Write the training's `landscape/`; the last event is Mapped, Failed or Cancelled.

    `run` is the job's own folder. What is stopped or fails writes nothing.
    """
    return recorded(run, _map_out(stored, training, settings), stop)


def _map_out(stored: StoredDataset, training: RunFolder, settings: Settings) -> Generator[Event, None, None]:
    started = time.perf_counter()
    machine.settle(settings.threads)
    parts = final_predictions(training)
    trained, device = network_of(training), machine.device()
    judged = tuple(id for part in parts.values() for id in part.ids)
    everything = (*judged, *training.read_dataset().split["train"])
    most = max(MOST_PLACED, MOST_BYTES // (2 * 2 * trained.classifier.channels))
    rows = _chosen(len(judged), len(everything), most)
    ids = tuple(everything[row] for row in rows)
    if len(ids) < len(everything):
        yield Note(f"Of {len(everything):,} pictures {len(ids):,} are kept for the map and for look-alikes.")
    seen = scaled((yield from _seen(stored, trained, ids, device, settings)))
    placed = _chosen(int((rows < len(judged)).sum()), len(ids), MOST_PLACED)
    found = yield from layout(seen[placed].astype(np.float32))
    Landscape(ids, seen, placed, {"t-SNE": found.tsne, "PCA": found.pca}, found.kept, mark(parts["valid"])
              ).save(training.landscape)
    yield Mapped(len(placed), time.perf_counter() - started)


def _chosen(first: int, total: int, most: int) -> np.ndarray:
    """(at most `most`,) of the places 0..total - 1, in order: those before `first` come first, then others by lot."""
    def drawn(start: int, stop: int, most: int) -> np.ndarray:
        count = stop - start
        chosen = np.arange(count) if count <= most else np.random.default_rng(SEED).choice(count, most, replace=False)
        return np.sort(chosen) + start

    judged = drawn(0, first, most)
    return np.concatenate([judged, drawn(first, total, most - len(judged))]).astype(np.int64)


def _seen(stored: StoredDataset, trained: Trained, ids: Sequence[str], device: torch.device, settings: Settings
          ) -> Generator[Event, None, np.ndarray]:
    """(n, 2C) float32: what the network's body makes of these pictures' squares."""
    classifier, preprocessing = trained.classifier, trained.preprocessing
    squares = yield from pixels.squares(stored, preprocessing, settings)
    rows = rows_of(squares, ids)
    with out_of_memory_told(BATCH):
        if heads_only(trained.recipe):       # the body is as it came, and has seen every picture: see `Workbench`
            every = yield from activations(classifier, squares, preprocessing, "float32", device, settings)
            return np.asarray(every[rows])
        seen = np.empty((len(rows), 2 * classifier.channels), dtype=np.float32)
        precision = for_looking(classifier, preprocessing.size, device, settings)
        yield from look_through(nn.Sequential(classifier.early, classifier.late), squares.squares, rows, preprocessing,
                                precision, device, seen)
    return seen
