"""The augmented pipeline alone, the network alone and both together: pictures a second, so that one sees who waits.

resnet18 @128 and resnet34 @224 on ants-bees, training the whole network, from the pixel cache.
"""

import itertools
import time
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from bench.common import DATA, fresh_home, row
from core.events import drain
from core.pipeline.equip import prepare
from core.pipeline.train import new_run_folder
from core.pipeline.workbench import Workbench
from core.runs.folder import RunFolder
from core.training.course import STEADY_MOMENTUM
from core.training.learner import set_rates
from core.training.recipe import ModelSpec, Recipe
from core.training.stage import Stage
from core.training.step import train_step

NETWORKS = (("resnet18", 128), ("resnet34", 224))
BATCHES = 6
Batch = tuple[Tensor, Tensor]


def main() -> None:
    row("pictures a second", "pipeline", "network", "both", "both / network", widths=(20, 12, 12, 12, 14))
    for architecture, size in NETWORKS:
        stage = Stage(trains="all", epochs=1, learning_rate=1e-4, size=size, batch_size=32)
        recipe = Recipe(model=ModelSpec(architecture=architecture, weights="none"), stages=(stage,))
        with fresh_home() as settings:
            folder = RunFolder.create(new_run_folder(settings))
            _, bench = drain(prepare(folder, str(DATA / "ants-bees.zip"), recipe, settings))
            alone, network, both = _measured(bench, bench.recipe.stages[0])
        row(f"{architecture} @{size}", f"{alone:,.0f}", f"{network:,.0f}", f"{both:,.0f}", f"{both / network:.0%}",
            widths=(20, 12, 12, 12, 14))


def _measured(bench: Workbench, stage: Stage) -> tuple[float, float, float]:
    """Pictures a second of drawing batches, of steps on a batch that lies ready, and of steps on drawn batches."""
    feed = drain(bench.feed(stage))[1]
    learner = bench.learner(stage)
    set_rates(learner, [1e-4] * 3, STEADY_MOMENTUM)
    learner.module.train()

    def step(batch: Batch) -> None:
        train_step(learner, [batch], bench.step(stage))

    def drawn() -> Iterator[Batch]:
        return itertools.chain.from_iterable(feed.train_batches(epoch) for epoch in itertools.count())

    ready = next(feed.train_batches(0))
    return (_rate(drawn(), lambda batch: None), _rate(itertools.repeat(ready), step), _rate(drawn(), step))


def _rate(batches: Iterator[Batch], use: Callable[[Batch], None]) -> float:
    use(next(batches))                   # the first of a shape costs the processor's library some preparation
    pictures, started = 0, time.perf_counter()
    for batch in itertools.islice(batches, BATCHES):
        use(batch)
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        pictures += len(batch[1])
    return pictures / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
