"""Tiny trainings that tests share: red and blue pictures, a small random network, a few epochs."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import nn
from torchvision.models import mobilenet_v3_small  # type: ignore[attr-defined]

from core.events import Event, drain
from core.pipeline import train as jobs
from core.pipeline.equip import prepare
from core.pipeline.workbench import Workbench
from core.runs.folder import RunFolder
from core.settings import Settings
from core.training.recipe import ModelSpec, Recipe
from core.training.stage import Stage

NETWORK = ModelSpec(architecture="mobilenet_v3_small", weights="none")
HEAD = Stage(trains="head", epochs=3, learning_rate=0.003, size=32, batch_size=10)
WHOLE = Stage(trains="all", epochs=2, learning_rate=0.001, spread=10, size=32, batch_size=10)

# Every rate and number format is named, so that nothing is searched or probed; the 20 training pictures of
# `Workshop` make two equal batches, since each new shape costs the processor's library a second to prepare.
QUICK = Recipe(name="tiny-quick", model=NETWORK, stages=(HEAD,), precision="float32")
FINE_TUNE = Recipe(name="tiny-fine-tune", model=NETWORK, stages=(HEAD, WHOLE), precision="float32")


@dataclass(frozen=True)
class Heard:
    """What a stream told, and the run that it left."""

    events: list[Event]
    code: int
    run: RunFolder

    @property
    def last(self) -> Event:
        return self.events[-1]

    def kinds(self) -> list[str]:
        return [type(event).__name__ for event in self.events]


@dataclass(frozen=True)
class Workshop:
    """A labelled folder, the home in which it is worked on, and the weights that its networks start from."""

    source: Path
    settings: Settings
    weights: Path

    def train(self, recipe: Recipe, path: Path, after: Callable[[Event], bool] = lambda event: False) -> Heard:
        """A training, stopped after the first event that `after` is true of."""
        run, asked = RunFolder.create(path), Asked(after)
        return listen(self.training(recipe, run, asked), run, asked)

    def training(self, recipe: Recipe, run: RunFolder, stop: Callable[[], bool] = jobs.never
                 ) -> Generator[Event, None, int]:
        """The stream of a training by this recipe, from the workshop's weights where it names none."""
        return jobs.train(str(self.source), self.ready(recipe), run, self.settings, stop)

    def ready(self, recipe: Recipe) -> Recipe:
        return recipe.changed(weights=str(self.weights)) if recipe.model.weights == "none" else recipe

    def resume(self, run: RunFolder, after: Callable[[Event], bool] = lambda event: False,
               recipe: Recipe | None = None) -> Heard:
        """The run gone on with, to its own end or to that of a longer recipe."""
        asked = Asked(after)
        return listen(jobs.resume(run, self.settings, asked, recipe and self.ready(recipe)), run, asked)

    def go_on(self, earlier: RunFolder, recipe: Recipe, path: Path,
              after: Callable[[Event], bool] = lambda event: False) -> Heard:
        """The earlier run gone on with in a folder of its own."""
        run, asked = RunFolder.create(path), Asked(after)
        return listen(jobs.go_on(earlier, self.ready(recipe), run, self.settings, asked), run, asked)

    def search(self, recipe: Recipe, path: Path, stage: int = 0, after: RunFolder | None = None) -> Heard:
        """A learning-rate search on the setting of one of the recipe's stages."""
        run = RunFolder.create(path)
        return listen(jobs.lr_find(str(self.source), self.ready(recipe), run, self.settings, jobs.never, stage, after),
                      run)

    def bench(self, recipe: Recipe, path: Path) -> Workbench:
        """All that a job by this recipe has in its hands, before its first stage."""
        run = RunFolder.create(path)
        return drain(prepare(run, str(self.source), self.ready(recipe), self.settings))[1]


def with_stages(*stages: Stage) -> Recipe:
    """A recipe of these stages, of which nothing is searched or probed where they name their rates."""
    return QUICK.model_copy(update={"name": "tiny", "stages": stages})


def changed(stage: Stage, **values: Any) -> Stage:
    return stage.model_copy(update=values)


class Asked:
    """A wish to stop that comes up when an event is heard."""

    def __init__(self, after: Callable[[Event], bool]) -> None:
        self._after, self._asked = after, False

    def hear(self, event: Event) -> None:
        self._asked = self._asked or self._after(event)

    def __call__(self) -> bool:
        return self._asked


def listen(stream: Generator[Event, None, int], run: RunFolder, asked: Asked | None = None) -> Heard:
    heard: list[Event] = []
    while True:
        try:
            event = next(stream)
        except StopIteration as end:
            return Heard(heard, end.value, run)
        heard.append(event)
        if asked:
            asked.hear(event)


def write_lively_weights(path: Path) -> Path:
    """Random weights for NETWORK whose batch-norms know what they are given.

    Left as they are created, they squeeze every picture into the same activations.
    """
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = mobilenet_v3_small()
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = None      # the mean over all batches, so one is enough
        with torch.no_grad():
            network.train()(torch.randn(32, 3, 32, 32))
    save_file(network.state_dict(), path)
    return path


def coloured_folder(root: Path, train: int = 12, test: int = 0, red: str = "red", blue: str = "blue") -> Path:
    """Noisy reddish and bluish pictures; with `test`, below the split folders train and test."""
    random = np.random.default_rng(0)
    for part, count in (("train", train), ("test", test)) if test else ((".", train),):
        for channel, name in ((0, red), (2, blue)):
            folder = root / part / name
            folder.mkdir(parents=True)
            for number in range(count):
                pixels = random.integers(0, 120, (40, 48, 3))
                pixels[..., channel] += random.integers(40, 120)
                Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{number}.png")
    return root
