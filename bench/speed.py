"""Training, validation and memory: ours beside fastai's, ours from an empty cache.

resnet34 @224 from random weights on ants-bees, and an unfrozen epoch of resnet18 @128 on clothing. Of the peer's search
and three epochs, which take a quarter of an hour on a laptop's CPU, 20 of the 100 steps and one epoch are measured and
multiplied: each step and each epoch is the same work. Its figures are kept (see bench/peer.py).
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

from bench import memory, peer
from bench.common import DATA, ROOT, fresh_home, row
from core.data.files import listed
from core.events import EpochDone, drain
from core.inference.answers import answers
from core.inference.predictor import Predictor
from core.pipeline.equip import prepare
from core.pipeline.train import new_run_folder, train
from core.runs.folder import RunFolder
from core.settings import Settings
from core.training.lr_finder import STEPS
from core.training.recipe import ModelSpec, Recipe
from core.training.stage import Stage
from core.vision.looking import logits

SOURCE, CLOTHING = DATA / "ants-bees.zip", DATA / "clothing.zip"
MODEL = ModelSpec(architecture="resnet34", weights="none")
SMALL = ModelSpec(architecture="resnet18", weights="none")
BATCH, VIEWS = 64, 4
SEARCHED = 20            # of the peer's search of STEPS
ARGUMENTS = ["--arch", "resnet34", "--size", "224", "--bs", str(BATCH)]
HEAD = Stage(trains="head", epochs=3, size=224, batch_size=BATCH)
WHOLE = Stage(trains="all", epochs=1, learning_rate=1e-3, size=224, batch_size=BATCH)


def main() -> None:
    frozen = peer.figures(SOURCE, "valid", [*ARGUMENTS, "--stages", "lrfind,frozen", "--epochs", "1",
                                            "--num_it", str(SEARCHED)])
    whole = peer.figures(SOURCE, "valid", [*ARGUMENTS, "--stages", "unfrozen,tta", "--epochs", "1"])
    clothing = peer.figures(CLOTHING, "valid", ["--arch", "resnet18", "--size", "128", "--bs", str(BATCH),
                                                "--stages", "unfrozen", "--epochs", "1"])
    theirs = (frozen["lr_find_frozen"]["s"] * STEPS / SEARCHED
              + frozen["fit_frozen"]["s_per_epoch"] * HEAD.epochs)
    with fresh_home() as settings:
        torch.set_num_threads(settings.threads)
        row("", "fastai", "ours", "ratio")
        whole_job, trained, _ = _job(settings, HEAD)
        _compare("lr_find and 3 frozen epochs, s", theirs, trained)
        _compare("  with final predictions of all 397, s", theirs, whole_job)
    with fresh_home() as settings:
        viewed = HEAD.model_copy(update={"views": VIEWS})
        _compare(f"  with {VIEWS} cached augmented views, s", theirs, _job(settings, viewed)[1])
    with fresh_home() as settings:
        _, _, run = _job(settings, WHOLE)
        _compare("one unfrozen epoch, augmented, s", whole["fit_unfrozen"]["s_per_epoch"], _epoch(run))
        _compare("  validation while training, photos/s", whole["predict_valid"]["img_s"], _validation(settings),
                 more_is_better=True)
        _compare("float32 predictions of 153 photos, s", whole["predict_valid"]["s"], _prediction(settings, run))
        small = WHOLE.model_copy(update={"size": 128})
        _, _, run = _job(settings, small, SMALL, CLOTHING)
        _compare("clothing, resnet18 @128, unfrozen epoch, s", clothing["fit_unfrozen"]["s_per_epoch"], _epoch(run))
    for name, sparing in (("peak memory, unfrozen, MB", False), ("  where memory is short (PLAYGROUND_SPARING)", True)):
        _compare(name, whole["peak_rss_mb"]["main"], _peak_memory_mb(sparing))


def _compare(name: str, theirs: float, ours: float, more_is_better: bool = False) -> None:
    ratio = ours / theirs if more_is_better else theirs / ours
    row(name, f"{theirs:,.1f}", f"{ours:,.1f}", f"{ratio:.1f}x")


def _job(settings: Settings, stage: Stage, model: ModelSpec = MODEL, source: Path = SOURCE
         ) -> tuple[float, float, RunFolder]:
    """Seconds of the whole job (reading the zip, pixels, activations, training, final predictions), and of the job up
    to the end of its last epoch."""
    folder = RunFolder.create(new_run_folder(settings))
    started, trained = time.perf_counter(), 0.0
    for event in train(str(source), Recipe(model=model, stages=(stage,)), folder, settings):
        if isinstance(event, EpochDone):
            trained = time.perf_counter() - started
    if (status := folder.read_status()).state != "finished":
        raise RuntimeError(f"our training failed: {status.problem}")
    return time.perf_counter() - started, trained, folder


def _epoch(run: RunFolder) -> float:
    """An epoch's seconds with its validation, as the peer's; the pixel cache was made before."""
    return next(event.seconds for event in run.read_events() if isinstance(event, EpochDone))


def _validation(settings: Settings) -> float:
    """Photos a second through the network as training validates it; the second time, as in every later epoch."""
    folder = RunFolder.create(new_run_folder(settings))
    _, bench = drain(prepare(folder, str(SOURCE), Recipe(model=MODEL, stages=(WHOLE,)), settings))
    squares, rows = drain(bench.squares(224))[1], bench.rows(bench.split.valid)
    seconds = 0.0
    for _ in range(2):
        started = time.perf_counter()
        drain(logits(bench.classifier, squares, rows, bench.recipe.preprocessing.at(224), bench.precisions.looking,
                     bench.device))
        seconds = time.perf_counter() - started
    return len(rows) / seconds


def _prediction(settings: Settings, run: RunFolder) -> float:
    """From the photos' bytes to probabilities, network loaded before, as the peer's `get_preds`."""
    predictor = Predictor.of(run)
    photos = Path(peer.unpacked(SOURCE)) / "valid"
    with listed(photos, settings) as listing:
        expected = len(listing.files)
    started = time.perf_counter()
    count = sum(1 for answer in answers(predictor, [photos], settings) if answer.probabilities is not None)
    if count != expected:
        raise RuntimeError(f"{count} answers for {expected} photos")
    return time.perf_counter() - started


def _peak_memory_mb(sparing: bool) -> float:
    """The most memory that the training command had in use, in MB as the peer tells its own (its main process's)."""
    with tempfile.TemporaryDirectory() as place:
        recipe = Path(place) / "recipe.json"
        Recipe(model=MODEL, stages=(WHOLE,)).save(recipe)
        command = [sys.executable, "-m", "core", "train", str(SOURCE), "--recipe", str(recipe), "--json"]
        environment = {**os.environ, "PLAYGROUND_HOME": place, "PLAYGROUND_SPARING": str(int(sparing))}
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment) as process:
            assert process.stdout is not None
            most, last = 0, ""
            for line in process.stdout:
                last = line
                most = max(most, memory.peak_bytes(process.pid))
        if process.returncode or json.loads(last)["event"] != "Finished":
            raise RuntimeError(f"the training failed: {last}")
    return most / 2**20


if __name__ == "__main__":
    main()
