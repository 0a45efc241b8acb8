"""A recipe laid out over its steps before it runs: how many, where stages begin, which rates. Needs no torch."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from core.training.batches import batch_sizes, suitable_batch_size
from core.training.course import Course
from core.training.recipe import Recipe
from core.training.stage import Stage

POINTS = 240                 # of a curve, a stage


@dataclass(frozen=True, slots=True)
class PlannedStage:
    stage: Stage
    batch_size: int
    steps_an_epoch: int      # of the optimizer
    first_step: int          # from 0, over the whole run

    @property
    def steps(self) -> int:
        """Where nothing stops it early."""
        return self.steps_an_epoch * self.stage.epochs

    @property
    def end(self) -> int:
        return self.first_step + self.steps


@dataclass(frozen=True, slots=True, eq=False)
class RateCurve:
    """What a stage plans, at some of its steps (n). Rates are relative to the one that is found where it is open."""

    steps: tuple[int, ...]                       # from 0, over the whole run, ascending
    rates: dict[str, tuple[float, ...]]          # (n) of each layer group that learns
    momentum: tuple[float, ...]                  # (n)


def timetable(recipe: Recipe, train_images: int) -> tuple[PlannedStage, ...]:
    """The stages one after another, for so many training pictures."""
    planned: list[PlannedStage] = []
    for stage in recipe.stages:
        size = stage.batch_size or suitable_batch_size(train_images)
        steps = math.ceil(len(batch_sizes(train_images, size)) / stage.accumulate)
        planned.append(PlannedStage(stage, size, steps, planned[-1].end if planned else 0))
    return tuple(planned)


def total_steps(planned: Sequence[PlannedStage]) -> int:
    return planned[-1].end if planned else 0


def rate_curve(planned: PlannedStage, found: float = 1.0) -> RateCurve:
    """`found`: what is taken for the rate of a stage that leaves it open."""
    course = Course.of(planned.stage, planned.stage.peaks(found))
    steps = _sampled(planned)
    at = [course.at(step, planned.steps_an_epoch) for step in steps]
    return RateCurve(
        steps=tuple(planned.first_step + step for step in steps),
        rates={group: tuple(rates[place] for rates, _ in at) for place, group in enumerate(planned.stage.groups)},
        momentum=tuple(momentum for _, momentum in at))


def _sampled(planned: PlannedStage) -> list[int]:
    """Steps of the stage: some of all, and of each cycle the first and the last, so that no restart is blurred."""
    every = max(1, planned.steps // POINTS)
    chosen = set(range(0, planned.steps, every)) | {planned.steps - 1}
    if len(planned.stage.cycles) <= POINTS:
        begin = 0
        for epochs in planned.stage.cycles:
            end = begin + epochs * planned.steps_an_epoch
            chosen |= {begin, (begin + end) // 2, end - 1}
            begin = end
    return sorted(chosen)
