"""The job that looks at a finished run's validation and test pictures in several ways: test-time augmentation."""

import time
from collections.abc import Generator, Iterator

import numpy as np

from core import machine
from core.data import pixels
from core.data.ahead import ahead
from core.data.pixels import Pixels
from core.data.store import StoredDataset
from core.events import Event, LookedAgain, Progress
from core.inference.looker import BATCH, Looker
from core.interpretation.predictions import Predictions
from core.interpretation.views import Views
from core.pipeline.of_training import final_predictions, network_of, rows_of
from core.pipeline.train import Stop, never
from core.runs.folder import RunFolder
from core.runs.recorder import recorded
from core.settings import Settings
from core.training.engine import out_of_memory_told
from core.vision.augmentation import build
from core.vision.augmenter import Augmenter
from core.vision.precision import for_looking
from core.vision.views import drawn, require_variety


def look_again(stored: StoredDataset, training: RunFolder, views: int, run: RunFolder, settings: Settings,
               stop: Stop = never) -> Generator[Event, None, int]:
    """Write `predictions/{valid,test}-views.npz` of the training; the last event is LookedAgain, Failed or Cancelled.

    `run` is the job's own folder. What is stopped or fails writes nothing.
    """
    return recorded(run, _look_again(stored, training, views, settings), stop)


def _look_again(stored: StoredDataset, training: RunFolder, views: int, settings: Settings
                ) -> Generator[Event, None, None]:
    started = time.perf_counter()
    machine.settle(settings.threads)
    parts = final_predictions(training)
    trained, device = network_of(training), machine.device()
    spec, preprocessing = trained.recipe.augmentation, trained.preprocessing
    require_variety(spec)
    precision = for_looking(trained.classifier, preprocessing.size, device, settings)
    looker = Looker(trained.classifier, preprocessing, precision, device)
    larger = yield from pixels.for_random_crops(stored, preprocessing, settings)
    rows = {name: rows_of(larger, part.ids) for name, part in parts.items()}
    # One thread keeps far ahead of a CPU's network and takes little of it; a GPU needs all but one.
    threads = 1 if device.type == "cpu" else max(1, settings.threads - 1)
    every = np.empty((sum(map(len, rows.values())), views, len(trained.classes)), dtype=np.float32)
    augmenter, done = build(spec, preprocessing.size), 0
    with out_of_memory_told(BATCH):
        for squares in _cut(larger, np.concatenate(list(rows.values())), augmenter, views, threads):
            count = len(squares) // views
            every[done:done + count] = looker.logits(squares).reshape(count, views, -1)
            done += count
            yield Progress("looking at each picture in several ways", done, len(every))
    split = np.split(every, np.cumsum([len(part) for part in parts.values()])[:-1])
    made = {name: _with_centre(part, views_of, spec.seed)
            for (name, part), views_of in zip(parts.items(), split, strict=True)}
    for name, looked in made.items():
        training.save_views(name, looked)
    yield LookedAgain(len(every), views, time.perf_counter() - started)


def _cut(larger: Pixels, rows: np.ndarray, augmenter: Augmenter, views: int, threads: int) -> Iterator[np.ndarray]:
    """Drawn squares (pictures * views, size, size, 3) uint8, a picture's views together, a few batches ahead."""
    def cut(rows: np.ndarray) -> np.ndarray:
        return np.concatenate([drawn(augmenter, larger.picture(row), views) for row in rows])

    pictures = max(1, BATCH // views)
    batches = (rows[start:start + pictures] for start in range(0, len(rows), pictures))
    for _, squares in ahead(cut, batches, threads):
        yield squares


def _with_centre(part: Predictions, each: np.ndarray, seed: int) -> Views:
    return Views(part.ids, part.labels, np.concatenate([part.logits[:, None], each], axis=1), part.classes, seed)
