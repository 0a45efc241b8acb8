"""The job that checks a finished training for shortcuts: what gives its labels away, and which part it looks at."""

import time
from collections.abc import Callable, Generator

import numpy as np

from core import machine
from core.cleaning import clues
from core.data import pixels
from core.data.ahead import ahead
from core.data.measures import measured
from core.data.pixels import Pixels
from core.data.store import StoredDataset
from core.events import Event, Progress, ShortcutsChecked
from core.inference.looker import BATCH, Looker
from core.inference.predictor import Trained
from core.interpretation import masking
from core.interpretation.baseline import always_largest
from core.interpretation.masked import Masks
from core.interpretation.predictions import Predictions
from core.interpretation.shortcuts import Clue, Shortcuts, named
from core.pipeline.of_training import final_predictions, network_of, pictures_gone, rows_of
from core.pipeline.train import Stop, never
from core.runs.folder import DatasetDocument, RunFolder
from core.runs.recorder import recorded
from core.settings import Settings
from core.training.engine import out_of_memory_told
from core.vision.precision import for_looking

MOST_MASKED = 2000       # validation pictures, drawn without favour: a share of them is known to 2 points
SEED = 42


def check_shortcuts(stored: StoredDataset, training: RunFolder, run: RunFolder, settings: Settings,
                    stop: Stop = never) -> Generator[Event, None, int]:
    """Write `shortcuts.json` of the training; the last event is ShortcutsChecked, Failed or Cancelled.

    `run` is the job's own folder. What is stopped or fails writes nothing. Where the network is no longer kept, what
    its stored answers tell is found all the same.
    """
    return recorded(run, _check(stored, training, settings), stop)


def _check(stored: StoredDataset, training: RunFolder, settings: Settings) -> Generator[Event, None, None]:
    started = time.perf_counter()
    machine.settle(settings.threads)
    valid, document = final_predictions(training)["valid"], training.read_dataset()
    trained = network_of(training) if training.weights.is_file() else None    # damaged: known before the long work
    tried, smallest, pictures = yield from _clues(stored, document, valid, settings)
    masks = None if trained is None else (yield from _masks(stored, trained, _drawn(valid), settings))
    score, _, highest = clues.balanced_accuracy(valid.predicted, valid.labels)
    Shortcuts(network=named(valid), pictures=pictures, smallest_class=smallest, classes=len(valid.classes),
              balanced_accuracy=score, highest=highest, clues=tried, masks=masks).save(training.shortcuts)
    yield ShortcutsChecked(pictures, time.perf_counter() - started)


def _clues(stored: StoredDataset, document: DatasetDocument, valid: Predictions, settings: Settings
           ) -> Generator[Event, None, tuple[tuple[Clue, ...], int, int]]:
    """By the pictures to learn from and to check with, as they were labelled then; the test pictures stay apart."""
    measures = yield from measured(stored, settings)
    known = {sample.id: sample for sample in stored.catalogue.samples}
    label = dict(zip(document.ids, document.labels, strict=True))
    ids = [id for part in ("train", "valid") for id in document.split.get(part, ())]
    if not set(ids) <= known.keys():
        raise pictures_gone()
    labels = np.array([label[id] for id in ids], dtype=np.int64)
    tried = yield from clues.tried([known[id] for id in ids], labels, document.classes, measures,
                                   dict(zip(valid.ids, valid.correct.tolist(), strict=True)))
    return tried, int(np.bincount(labels, minlength=len(document.classes)).min()), len(ids)


def _drawn(valid: Predictions) -> Predictions:
    """All of them, or of very many some."""
    if len(valid) <= MOST_MASKED:
        return valid
    return valid.select(np.sort(np.random.default_rng(SEED).choice(len(valid), MOST_MASKED, replace=False)))


def _masks(stored: StoredDataset, trained: Trained, whole: Predictions, settings: Settings
           ) -> Generator[Event, None, Masks]:
    without_centre, without_border = yield from _hidden(stored, trained, whole, settings)
    only_without_centre = int((without_centre.correct & ~without_border.correct).sum())
    only_without_border = int((without_border.correct & ~without_centre.correct).sum())
    return Masks(guessing=always_largest(whole)[1], centre=masking.compared(whole, without_centre),
                 border=masking.compared(whole, without_border),
                 centre_beats_border=(only_without_centre, only_without_border))


def _hidden(stored: StoredDataset, trained: Trained, whole: Predictions, settings: Settings
            ) -> Generator[Event, None, tuple[Predictions, Predictions]]:
    """What the network says of these pictures without their centre, and without their border."""
    device, size = machine.device(), trained.preprocessing.size
    looker = Looker(trained.classifier, trained.preprocessing,
                    for_looking(trained.classifier, size, device, settings), device)
    squares = yield from pixels.squares(stored, trained.preprocessing, settings)
    fill = np.round(np.array(trained.preprocessing.mean) * 255).astype(np.uint8)     # 0, once it is normalised
    told = []
    for number, hide in enumerate((masking.without_centre, masking.without_border)):
        logits = yield from _looked(looker, squares, whole, lambda seen, hide=hide: hide(seen, fill), number)  # type: ignore[misc]
        told.append(Predictions(whole.ids, whole.labels, logits, whole.classes))
    return told[0], told[1]


def _looked(looker: Looker, squares: Pixels, whole: Predictions, hide: Callable[[np.ndarray], np.ndarray],
            number: int) -> Generator[Event, None, np.ndarray]:
    """(n, K) logits of the squares with a part hidden; `number`: 0 for the first of the two masks."""
    rows = rows_of(squares, whole.ids)
    logits = np.empty((len(rows), len(whole.classes)), dtype=np.float32)
    parts = [slice(start, min(start + BATCH, len(rows))) for start in range(0, len(rows), BATCH)]
    with out_of_memory_told(BATCH):
        for part, seen in ahead(lambda part: hide(squares.squares(rows[part])), parts, threads=1):
            logits[part] = looker.logits(seen)
            yield Progress("hiding a part of each picture", number * len(rows) + part.stop, 2 * len(rows), "looks")
    return logits
