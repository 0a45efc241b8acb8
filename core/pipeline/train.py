"""The jobs of the engine room, each a recorded stream: `train`, `resume`, `lr_find`, `ahead`."""

import json
import shutil
import time
import uuid
from collections.abc import Callable, Generator
from datetime import datetime
from pathlib import Path

from safetensors import SafetensorError, safe_open

from core.data import store
from core.data.split import Split
from core.data.store import StoredDataset
from core.errors import BadRecipe, BadRun, Diverged
from core.events import Event, Finished, Prepared
from core.pipeline.equip import equip, prepare
from core.pipeline.saving import save_weights_file
from core.pipeline.seen import keep_seen
from core.pipeline.stages import Standing, rate_curve, resume_stages, run_stages
from core.pipeline.takeover import start_from, take_over
from core.pipeline.workbench import Workbench
from core.runs.folder import RunFolder
from core.runs.outcome import stages_begun
from core.runs.recorder import recorded
from core.settings import Settings
from core.training.continuation import begun, require_going_on
from core.training.presets import load
from core.training.recipe import Recipe

Stop = Callable[[], bool]
Source = str | StoredDataset      # a folder, a zip, a built-in set's name; or pictures that are brought in already


def never() -> bool:
    return False


def new_run_folder(settings: Settings) -> Path:
    """A fresh place below the home, named by the time for people and by chance for strangers."""
    return settings.runs / f"{datetime.now():%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:8]}"


def train(source: Source, recipe: Recipe, run: RunFolder, settings: Settings, stop: Stop = never
          ) -> Generator[Event, None, int]:
    """Train a classifier; the last event is Finished, Failed or Cancelled. Returns the exit code."""
    return recorded(run, _train(source, recipe, run, settings), stop)


def resume(run: RunFolder, settings: Settings, stop: Stop = never, recipe: Recipe | None = None
           ) -> Generator[Event, None, int]:
    """Go on with a run from its checkpoint to its recipe's end, or to that of a longer recipe that begins as its own.

    Raises BadRun at once for a run that still runs, has no checkpoint, or is finished and gets no longer recipe;
    BadRecipe for a recipe that does not begin with what was trained.
    """
    status = run.read_status()
    if status.state == "running":
        raise BadRun(f"The run '{run.path}' is running, as process {status.pid}.",
                     remedy="Wait for its end, or stop it first.")
    if status.state == "finished" and recipe is None:
        raise BadRun(f"The run '{run.path}' is finished; nothing is left to do.",
                     remedy="Go on with more epochs: --epochs N.")
    if not run.checkpoint.is_file():
        raise BadRun(f"The run '{run.path}' has no checkpoint to go on from (it is {status.state}).",
                     remedy="Start it again; a checkpoint is written once training is under way.")
    own = load(str(run.recipe))
    longer = own if recipe is None else require_going_on(begun(own, stages_begun(run)), recipe)
    run.stop.unlink(missing_ok=True)
    run.drop_torn_event()
    run.set_status("running", "resuming")
    return recorded(run, _resume(run, longer, settings), stop)


def go_on(earlier: RunFolder, recipe: Recipe, run: RunFolder, settings: Settings, stop: Stop = never
          ) -> Generator[Event, None, int]:
    """`resume` in a new folder: the earlier run stays as it is, and can still be looked at and compared.

    The last event is Finished, Failed or Cancelled. Raises BadRun at once where there is no checkpoint, BadRecipe for
    a recipe that does not begin with what was trained, DiskFull.
    """
    if earlier.status.is_file() and earlier.read_status().state == "running":
        raise BadRun("The earlier training is still running.", remedy="Wait for its end, or stop it first.")
    if not earlier.checkpoint.is_file():
        raise BadRun("The earlier training left no checkpoint to go on from.",
                     remedy="Train from the start; that takes its stages along.")
    longer = require_going_on(begun(load(str(earlier.recipe)), stages_begun(earlier)), recipe)
    take_over(earlier, run)
    return recorded(run, _resume(run, longer, settings), stop)


def lr_find(source: Source, recipe: Recipe, run: RunFolder, settings: Settings, stop: Stop = never, stage: int = 0,
            after: RunFolder | None = None) -> Generator[Event, None, int]:
    """The learning-rate finder on the setting of one of the recipe's stages, from 0.

    It starts from what the run `after` has learned, else from the network as it comes. The last event is LrFound,
    Failed or Cancelled.
    """
    return recorded(run, _lr_find(source, recipe, run, settings, stage, after), stop)


def ahead(source: Source, recipe: Recipe, run: RunFolder, settings: Settings, stop: Stop = never
          ) -> Generator[Event, None, int]:
    """Pixels and activations for the recipe's first stage, into the cache; the last event is Prepared or its like."""
    return recorded(run, _ahead(source, recipe, run, settings), stop)


def _ahead(source: Source, recipe: Recipe, run: RunFolder, settings: Settings) -> Generator[Event, None, None]:
    started = time.perf_counter()
    bench = yield from prepare(run, source, recipe, settings)
    size = bench.recipe.stages[0].size
    assert size is not None
    yield from bench.activations(size)
    yield Prepared(bench.classifier.architecture, size, time.perf_counter() - started)


def _train(source: Source, recipe: Recipe, run: RunFolder, settings: Settings) -> Generator[Event, None, None]:
    started = time.perf_counter()
    bench = yield from prepare(run, source, recipe, settings)
    standing = Standing()
    yield from _to_the_end(bench, standing, run_stages(bench, standing), started)


def _resume(run: RunFolder, recipe: Recipe, settings: Settings) -> Generator[Event, None, None]:
    started = time.perf_counter()
    document = run.read_dataset()
    stored = store.load(settings.datasets / document.dataset)
    dataset = stored.dataset()
    if dataset.fingerprint != document.fingerprint:
        raise BadRun("The data set was edited since this run began, so it cannot go on as it was.",
                     remedy="Train anew on the data set as it stands.")
    division = Split(**document.split, source=document.split_source, seed=document.seed)
    bench = yield from equip(run, stored, dataset, division, recipe, settings)
    standing = Standing()
    yield from _to_the_end(bench, standing, resume_stages(bench, standing), started)


def _lr_find(source: Source, recipe: Recipe, run: RunFolder, settings: Settings, number: int,
             after: RunFolder | None) -> Generator[Event, None, None]:
    if not 0 <= number < len(recipe.stages):
        stages = "1 stage" if len(recipe.stages) == 1 else f"{len(recipe.stages)} stages"
        raise BadRecipe(f"The recipe has {stages}, and a learning rate is asked for number {number + 1}.",
                        remedy="Name one of its stages.")
    bench = yield from prepare(run, source, recipe, settings)
    if after is not None:
        start_from(bench, after)
    stage = bench.recipe.stages[number]
    try:
        yield from rate_curve(bench, stage, bench.learner(stage))
    finally:
        shutil.rmtree(run.scratch, ignore_errors=True)


def store_kept(bench: Workbench, standing: Standing, stages_done: bool = False) -> None:
    """Put the kept epoch's weights into the classifier and into weights.safetensors."""
    if standing.kept_state is None:
        return
    if not stages_done and standing.kept.epoch < _stored_epoch(bench.run.weights):
        return    # resumed from an older checkpoint and stopped before it caught up
    if standing.kept.epoch != _stored_epoch(bench.run.weights):
        for part in ("train", "valid", "test"):     # of an end that was not the last: they speak of other weights
            (bench.run.predictions / f"{part}.npz").unlink(missing_ok=True)
        bench.run.certainty.unlink(missing_ok=True)
    bench.classifier.load_state_dict(standing.kept_state)
    save_weights_file(bench.run.weights, standing.kept_state, {
        "architecture": bench.classifier.architecture, "classes": json.dumps(bench.dataset.classes),
        "size": str(standing.kept_size), "epoch": str(standing.kept.epoch)})


def _stored_epoch(weights: Path) -> int:
    """The epoch whose weights a run has stored; -1 where it has none that can be read."""
    try:
        with safe_open(weights, framework="pt") as stored:
            return int((stored.metadata() or {}).get("epoch", -1))
    except (OSError, SafetensorError, ValueError):
        return -1


def _to_the_end(bench: Workbench, standing: Standing, stages: Generator[Event, None, None],
                started: float) -> Generator[Event, None, None]:
    """The stages, the kept epoch's weights however they end, its final float32 predictions, and the last word."""
    # First, so that a run that is stopped or killed can show its pictures too; the squares are needed anyway.
    yield from keep_seen(bench.run, (yield from bench.squares(bench.last_size)), bench.split.valid + bench.split.test)
    stages_done = False
    try:
        try:
            yield from stages
            stages_done = True
        finally:
            store_kept(bench, standing, stages_done)
        if standing.kept_state is None:
            raise Diverged("No epoch was finished with answers that are numbers.",
                           remedy="Train with a smaller learning rate.")
        yield from _final(bench, standing, started)
    finally:
        shutil.rmtree(bench.run.scratch, ignore_errors=True)


def _final(bench: Workbench, standing: Standing, started: float) -> Generator[Event, None, None]:
    predictions = yield from bench.final_predictions(standing.kept_size)
    for name, values in predictions.items():
        bench.run.save_predictions(name, values)
    valid = predictions["valid"]
    yield Finished(valid.accuracy, valid.error_rate, len(valid.labels), standing.kept.epoch,
                   time.perf_counter() - started, str(bench.run.path))
