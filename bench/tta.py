"""Test-time augmentation of 153 photos, resnet34 @224, the picture and four views: ours beside fastai's `tta`.

Of ours, the job looks at the four views alone, since a finished run has the pictures' own predictions; the command
line looks at all five. Both read from the photos: the job fills its cache of larger pictures first.
"""

import shutil
import time
from pathlib import Path

import torch

from bench import peer, speed
from bench.common import fresh_home, row
from core.data import store
from core.data.files import listed
from core.events import LookedAgain, drain
from core.inference.answers import answers
from core.inference.predictor import Predictor
from core.interpretation.views import Averaging
from core.pipeline.look_again import look_again
from core.pipeline.train import new_run_folder, train
from core.runs.folder import RunFolder
from core.settings import Settings
from core.training.recipe import Recipe
from core.training.stage import Stage

AVERAGING = Averaging()      # fastai's own: four views, a quarter of the weight on the picture itself


def main() -> None:
    arguments = [*speed.ARGUMENTS, "--stages", "unfrozen,tta", "--epochs", "1"]
    theirs = peer.figures(speed.SOURCE, "valid", arguments)["tta"]["s"]
    with fresh_home() as settings:
        torch.set_num_threads(settings.threads)
        run = _trained(settings)
        row("resnet34 @224, 153 photos, four views", "fastai, s", "ours, s", "ratio")
        for name, seconds in (("the job of the results page", _job(settings, run)),
                              ("predict --tta, from the files", _files(settings, run))):
            row(name, f"{theirs:.1f}", f"{seconds:.1f}", f"{theirs / seconds:.1f}x")


def _trained(settings: Settings) -> RunFolder:
    """A run with a network; how good it is changes no second."""
    folder = RunFolder.create(new_run_folder(settings))
    stage = Stage(trains="head", epochs=1, learning_rate=1e-3, size=224, batch_size=speed.BATCH)
    heard, code = drain(train(str(speed.SOURCE), Recipe(model=speed.MODEL, stages=(stage,)), folder, settings))
    if code:
        raise RuntimeError(f"our training failed: {heard[-1]}")
    return folder


def _job(settings: Settings, run: RunFolder) -> float:
    """The whole job, from opening the run to the stored views; the number format was probed before, once a machine."""
    Predictor.of(run).in_several_ways(AVERAGING, settings)
    stored = store.load(settings.datasets / run.read_dataset().dataset)
    folder = RunFolder.create(new_run_folder(settings))
    started = time.perf_counter()
    heard, code = drain(look_again(stored, run, AVERAGING.views, folder, settings))
    seconds = time.perf_counter() - started
    if code or not isinstance(heard[-1], LookedAgain):
        raise RuntimeError(f"our look failed: {heard[-1]}")
    shutil.rmtree(folder.path)
    return seconds


def _files(settings: Settings, run: RunFolder) -> float:
    """From the photos' bytes to averaged probabilities, network loaded before, as the peer's `tta`."""
    predictor = Predictor.of(run)
    photos = Path(peer.unpacked(speed.SOURCE)) / "valid"
    with listed(photos, settings) as listing:
        expected = len(listing.files)
    started = time.perf_counter()
    count = sum(answer.probabilities is not None for answer in answers(predictor, [photos], settings, AVERAGING))
    if count != expected:
        raise RuntimeError(f"{count} answers for {expected} photos")
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
