"""The job behind the Clean page: what may be wrong with a data set's pictures, from measures and activations."""

import os
import time
from collections.abc import Generator
from pathlib import Path

import numpy as np

from core.cleaning.finding import ACTIVATIONS, SAID, Findings
from core.cleaning.inspection import inspect
from core.data.cache import written_aside
from core.data.measures import measured
from core.data.store import StoredDataset
from core.events import Event, Inspected
from core.pipeline.equip import prepare
from core.pipeline.train import Stop, never
from core.runs.folder import RunFolder
from core.runs.recorder import recorded
from core.settings import Settings
from core.training.recipe import Recipe


def look_for_faults(stored: StoredDataset, recipe: Recipe, run: RunFolder, settings: Settings, stop: Stop = never
                    ) -> Generator[Event, None, int]:
    """Write findings.json and what they rest on into the job's folder; the last event is Inspected or its like.

    `recipe` names the network that looks, and the split.
    """
    return recorded(run, _look(stored, recipe, run, settings), stop)


def _look(stored: StoredDataset, recipe: Recipe, run: RunFolder, settings: Settings) -> Generator[Event, None, None]:
    started = time.perf_counter()
    edits = len(stored.edit_log().edits)
    measures = yield from measured(stored, settings)
    bench = yield from prepare(run, stored, recipe, settings)
    dataset, size = bench.dataset, bench.recipe.stages[0].size
    assert size is not None
    seen = yield from bench.activations(size)
    rows = bench.rows(tuple(sample.id for sample in dataset.samples))
    found = yield from inspect(dataset, bench.split.sides, measures, np.asarray(seen)[rows])
    _keep(seen, run.path / ACTIVATIONS)
    run.save_predictions(SAID, found.said)
    findings = Findings(fingerprint=dataset.fingerprint, edits=edits, pictures=len(dataset.samples),
                        findings=found.findings, silent=found.silent, together=found.together)
    findings.save(run.path)
    yield Inspected(len(dataset.samples), len({each.sample for each in found.findings}),
                    time.perf_counter() - started)


def _keep(seen: np.ndarray, file: Path) -> None:
    """The cache's file under another name where the file system can: it stays when the cache is deleted.

    Raises DiskFull.
    """
    cached = Path(str(getattr(seen, "filename", "")))
    try:
        os.link(cached, file)
    except OSError:      # another disk, a file system without links, or the cache was deleted meanwhile
        with written_aside(file) as aside, aside.open("wb") as copy:
            np.save(copy, seen)
