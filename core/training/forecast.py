"""How long a recipe will take, before it runs. Needs no torch."""

from dataclasses import dataclass

from core.training.draft import searches
from core.training.pace import Pace
from core.training.recipe import Recipe
from core.training.timetable import PlannedStage, timetable
from core.training.work import Pictures, Work, epoch, look, once
from core.vision.architectures import ARCHITECTURES

START_SECONDS = 3.0          # libraries, pictures and network made ready
SEARCH_STEPS = 80            # of the learning-rate finder: it stops where the loss blows up


@dataclass(frozen=True, slots=True)
class Machine:
    """What is known of the machine that will train, and what an open choice becomes on it."""

    pace: Pace
    usual_rate: float            # GFLOP a second of resnet18, while nothing is known
    architecture: str            # where the recipe names none
    size: int                    # pixels a side, where a stage names none


@dataclass(frozen=True, slots=True)
class Forecast:
    stages: tuple[float, ...]    # seconds of each, with the search for its rate
    around: float                # seconds before the first and after the last

    @property
    def seconds(self) -> float:
        return sum(self.stages) + self.around


def forecast(recipe: Recipe, pictures: Pictures, machine: Machine, prepared: bool = False) -> Forecast:
    """`prepared`: the activations that the first stage begins with are in the cache, and cost nothing.

    A stage that may stop early counts whole.
    """
    name = recipe.model.architecture or machine.architecture
    architecture = ARCHITECTURES[name]
    seen: set[tuple[int, int]] = {(recipe.stages[0].size or machine.size, 0)} if prepared else set()
    seconds = []
    for place, planned in enumerate(timetable(recipe, pictures.train)):
        stage = planned.stage
        size = stage.size or machine.size
        work = epoch(stage, architecture, size, pictures, planned.steps_an_epoch).times(stage.epochs)
        if stage.trains != "head":
            seen.clear()                      # the body is another one from here on
        elif not stage.cached or (size, stage.views) not in seen:
            work += once(stage, architecture, size, pictures)
            seen |= {(size, stage.views), (size, 0)} if stage.cached else set()
        if searches(recipe, place):
            work += _search(planned, epoch(stage, architecture, size, pictures, planned.steps_an_epoch))
        seconds.append(machine.pace.seconds(work, name, machine.usual_rate))
    last = recipe.stages[-1].size or machine.size
    heads_only = all(stage.trains == "head" for stage in recipe.stages)
    final = Work() if heads_only else look(architecture, last, pictures.total)
    return Forecast(tuple(seconds), START_SECONDS + machine.pace.seconds(final, name, machine.usual_rate))


def _search(planned: PlannedStage, an_epoch: Work) -> Work:
    share = SEARCH_STEPS / (planned.steps_an_epoch * planned.stage.accumulate)
    return Work(an_epoch.training * share, an_epoch.looking * share, SEARCH_STEPS if an_epoch.head_steps else 0)
