"""resnet34 @224 from random weights on ants-bees: ours beside fastai's, ours from an empty cache.

The peer's lr_find alone takes ten minutes or more on a laptop's CPU.
"""

import time
from pathlib import Path

import torch

from bench import peer
from bench.common import DATA, fresh_home, row
from core.data.files import listed
from core.events import EpochDone, drain
from core.inference.answers import answers
from core.inference.predictor import Predictor
from core.pipeline.train import new_run_folder, train
from core.runs.folder import RunFolder
from core.settings import Settings
from core.training.recipe import ModelSpec, Recipe
from core.training.stage import Stage

SOURCE = DATA / "ants-bees.zip"
MODEL = ModelSpec(architecture="resnet34", weights="none")
BATCH = 64
ARGUMENTS = ["--arch", "resnet34", "--size", "224", "--bs", str(BATCH)]


def main() -> None:
    theirs = peer.figures(SOURCE, "valid", [*ARGUMENTS, "--stages", "lrfind,frozen", "--epochs", "3"])
    theirs |= peer.figures(SOURCE, "valid", [*ARGUMENTS, "--stages", "unfrozen,tta", "--epochs", "1"]
                           ) | {"fit_frozen": theirs["fit_frozen"]}
    with fresh_home() as settings:
        torch.set_num_threads(settings.threads)
        row("resnet34 @224, 244 + 153 pictures", "fastai, s", "ours, s", "ratio")
        frozen, _ = _train(settings, Stage(trains="head", epochs=3, size=224, batch_size=BATCH))
        _compare("lr_find and 3 frozen epochs", theirs["lr_find_frozen"]["s"] + theirs["fit_frozen"]["s"], frozen)
        run, epoch = _unfrozen(settings)
        _compare("one unfrozen epoch, augmented", theirs["fit_unfrozen"]["s_per_epoch"], epoch)
        _compare("float32 predictions of 153 photos", theirs["predict_valid"]["s"], _prediction(settings, run))


def _compare(name: str, theirs: float, ours: float) -> None:
    row(name, f"{theirs:.1f}", f"{ours:.1f}", f"{theirs / ours:.1f}x")


def _train(settings: Settings, stage: Stage) -> tuple[float, RunFolder]:
    """Seconds of the whole job: reading the zip, pixels, activations, training, final predictions."""
    folder = RunFolder.create(new_run_folder(settings))
    started = time.perf_counter()
    heard, code = drain(train(str(SOURCE), Recipe(model=MODEL, stages=(stage,)), folder, settings))
    if code:
        raise RuntimeError(f"our training failed: {heard[-1]}")
    return time.perf_counter() - started, folder


def _unfrozen(settings: Settings) -> tuple[RunFolder, float]:
    """The run, and an epoch's seconds with its validation, as the peer's; the pixel cache is made before."""
    _, folder = _train(settings, Stage(trains="all", epochs=1, learning_rate=1e-3, size=224, batch_size=BATCH))
    return folder, next(event.seconds for event in folder.read_events() if isinstance(event, EpochDone))


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


if __name__ == "__main__":
    main()
