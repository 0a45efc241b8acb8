"""The jobs of the engine room, each a recorded stream: `train`, `resume`, `lr_find`, `ahead`."""

import json
import time
import uuid
from collections.abc import Callable, Generator
from datetime import datetime
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from core.data import store
from core.data.cache import written_aside
from core.data.split import Split
from core.data.store import StoredDataset
from core.errors import BadRun, Diverged
from core.events import Event, Finished, Prepared
from core.pipeline.seen import keep_seen
from core.pipeline.stages import Standing, rate_curve, resume_stages, run_stages
from core.pipeline.workbench import Workbench, equip, prepare
from core.runs.folder import RunFolder
from core.runs.recorder import recorded
from core.settings import Settings
from core.training.recipe import Recipe, load

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


def resume(run: RunFolder, settings: Settings, stop: Stop = never) -> Generator[Event, None, int]:
    """Go on with a cancelled, killed or failed run from its checkpoint to its recipe's end.

    Raises BadRun at once for a run that still runs, is finished, or has no checkpoint.
    """
    status = run.read_status()
    if status.state == "running":
        raise BadRun(f"The run '{run.path}' is running, as process {status.pid}.",
                     remedy="Wait for its end, or stop it first.")
    if status.state == "finished":
        raise BadRun(f"The run '{run.path}' is finished; nothing is left to do.",
                     remedy="Train anew with more epochs: --epochs N.")
    if not run.checkpoint.is_file():
        raise BadRun(f"The run '{run.path}' has no checkpoint to go on from (it is {status.state}).",
                     remedy="Start it again; a checkpoint is written once training is under way.")
    run.stop.unlink(missing_ok=True)
    run.drop_torn_event()
    run.set_status("running", "resuming")
    return recorded(run, _resume(run, settings), stop)


def lr_find(source: Source, recipe: Recipe, run: RunFolder, settings: Settings, stop: Stop = never
            ) -> Generator[Event, None, int]:
    """The learning-rate finder for the recipe's first stage; the last event is LrFound, Failed or Cancelled."""
    return recorded(run, _lr_find(source, recipe, run, settings), stop)


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


def _resume(run: RunFolder, settings: Settings) -> Generator[Event, None, None]:
    started = time.perf_counter()
    document = run.read_dataset()
    stored = store.load(settings.datasets / document.dataset)
    if stored.dataset().fingerprint != document.fingerprint:
        raise BadRun("The data set was edited since this run began, so it cannot go on as it was.",
                     remedy="Train anew on the data set as it stands.")
    division = Split(**document.split, source=document.split_source, seed=document.seed)
    bench = yield from equip(run, stored, division, load(str(run.recipe)), settings)
    standing = Standing()
    yield from _to_the_end(bench, standing, resume_stages(bench, standing), started)


def _lr_find(source: Source, recipe: Recipe, run: RunFolder, settings: Settings) -> Generator[Event, None, None]:
    bench = yield from prepare(run, source, recipe, settings)
    stage = bench.recipe.stages[0]
    feed = yield from bench.feed(stage)
    yield from rate_curve(bench, stage, bench.learner(stage), feed)


def store_kept(bench: Workbench, standing: Standing) -> None:
    """Put the kept epoch's weights into the classifier and into weights.safetensors."""
    if standing.kept_state is None:
        return
    if standing.kept.epoch < _stored_epoch(bench.run.weights):
        return    # resumed from an older checkpoint and stopped before it caught up
    bench.classifier.load_state_dict(standing.kept_state)
    contiguous = {name: tensor.contiguous() for name, tensor in standing.kept_state.items()}
    with written_aside(bench.run.weights) as aside:
        save_file(contiguous, aside, metadata={
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
    try:
        yield from stages
    finally:
        store_kept(bench, standing)
    if standing.kept_state is None:
        raise Diverged("No epoch was finished with answers that are numbers.",
                       remedy="Train with a smaller learning rate.")
    predictions = yield from bench.final_predictions(standing.kept_size)
    for name, values in predictions.items():
        bench.run.save_predictions(name, values)
    valid = predictions["valid"]
    yield Finished(valid.accuracy, valid.error_rate, len(valid.labels), standing.kept.epoch,
                   time.perf_counter() - started, str(bench.run.path))
