"""How fast this machine was seen to work: a small document in the cache that every finished training makes truer."""

import math
from collections.abc import Iterable
from pathlib import Path
from statistics import median

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.data.cache import written_aside
from core.errors import PlaygroundError
from core.events import EpochDone, Finished, ModelReady, Progress, Resumed, SplitReady, StageStarted
from core.runs.folder import RunFolder
from core.settings import Settings
from core.training.presets import load
from core.training.recipe import Recipe
from core.training.work import Pictures, Work, epoch, once
from core.vision.architectures import ARCHITECTURES

# Before any training: a core of a common processor in float32, and a GPU of the middle class in half precision.
CORE_RATE, GPU_RATE = 30.0, 5_000.0          # GFLOP a second
HEAD_STEPS = 200.0                           # a second
NEW_SHARE = 0.5                              # of what the newest run says, beside all before
LOOKING = "looking at pictures"              # the Progress of a network that computes what a head learns from


class Pace(BaseModel):
    """GFLOP a second by architecture, in training steps and in looks; steps a second of a head."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    training: dict[str, float] = Field(default_factory=dict)
    looking: dict[str, float] = Field(default_factory=dict)
    head_steps: float | None = Field(None, gt=0)

    @property
    def measured(self) -> bool:
        return bool(self.training or self.looking)

    def seconds(self, work: Work, architecture: str, usual: float) -> float:
        """`usual`: what resnet18 is expected to do here (GFLOP a second) while nothing is known."""
        training = _expected(self.training or self.looking, architecture, usual)
        looking = _expected(self.looking or self.training, architecture, usual)
        return work.training / training + work.looking / looking + work.head_steps / (self.head_steps or HEAD_STEPS)

    def after(self, seen: "Pace") -> "Pace":
        """With what a run has shown, halfway between before and now: machines have moods."""
        def between(before: dict[str, float], now: dict[str, float]) -> dict[str, float]:
            return before | {name: _between(before.get(name), rate) for name, rate in now.items()}

        return Pace(training=between(self.training, seen.training), looking=between(self.looking, seen.looking),
                    head_steps=(_between(self.head_steps, seen.head_steps) if seen.head_steps else self.head_steps))


def usual_rate(threads: int, gpu: bool) -> float:
    """GFLOP a second of resnet18 on a machine that nothing is known of."""
    return GPU_RATE if gpu else CORE_RATE * threads


def learned_pace(run: RunFolder) -> Pace:
    """What a finished run shows of its machine; empty where its folder does not tell. Raises BadRun, BadRecipe."""
    recipe = load(str(run.recipe))
    events = tuple(run.read_events())
    model = next((event for event in events if isinstance(event, ModelReady)), None)
    split = next((event for event in events if isinstance(event, SplitReady)), None)
    if model is None or split is None or model.architecture not in ARCHITECTURES:
        return Pace()
    pictures = Pictures(split.train, split.valid, split.test)
    begun = {event.stage: event for event in events if isinstance(event, StageStarted)}
    works: list[tuple[Work, float]] = []     # with the seconds that it took
    for event in events:
        if isinstance(event, EpochDone) and event.stage in begun and event.stage < len(recipe.stages):
            started = begun[event.stage]
            works.append((epoch(recipe.stages[event.stage], ARCHITECTURES[model.architecture], started.size, pictures,
                                started.steps // started.epochs), event.seconds))
    steps = _rates((work.head_steps, seconds) for work, seconds in works)
    training = _rates((work.training + work.looking, seconds) for work, seconds in works if work.training)
    looking = _rates((work.looking, seconds) for work, seconds in works if work.looking and not work.training)
    looking = looking or _look_rate(recipe, events, pictures, model.architecture)
    return Pace(training={model.architecture: training} if training else {},
                looking={model.architecture: looking} if looking else {}, head_steps=steps)


def known_pace(settings: Settings) -> Pace:
    """What is known of this machine; nothing where the document is missing, damaged or of another version."""
    try:
        return Pace.model_validate_json(_file(settings).read_text(encoding="utf-8"))
    except (OSError, ValueError, ValidationError):
        return Pace()


def learn(settings: Settings, run: RunFolder) -> None:
    """Make the document truer by a run that has finished. A run that does not tell changes nothing."""
    try:
        pace = known_pace(settings).after(learned_pace(run))
        if pace.measured or pace.head_steps:
            settings.cache.mkdir(parents=True, exist_ok=True)
            with written_aside(_file(settings)) as aside:
                aside.write_text(pace.model_dump_json(), encoding="utf-8")
    except (PlaygroundError, OSError):   # an estimate is no reason for a training to fail
        return


def _file(settings: Settings) -> Path:
    return settings.cache / "pace.json"


def _look_rate(recipe: Recipe, events: tuple[object, ...], pictures: Pictures, architecture: str) -> float | None:
    """Of a run whose first stage computed activations: all its seconds that were no epoch's, decoding included."""
    finished = next((event for event in events if isinstance(event, Finished)), None)
    started = next((event for event in events if isinstance(event, StageStarted)), None)
    looked = sum(isinstance(event, Progress) and event.work == LOOKING and event.done == event.total
                 for event in events)
    if finished is None or started is None or looked != 1 or any(isinstance(event, Resumed) for event in events):
        return None
    work = once(recipe.stages[0], ARCHITECTURES[architecture], started.size, pictures)
    seconds = finished.seconds - sum(event.seconds for event in events if isinstance(event, EpochDone))
    return _rates([(work.looking, seconds)])


def _rates(work_and_seconds: Iterable[tuple[float, float]]) -> float | None:
    rates = [work / seconds for work, seconds in work_and_seconds if work > 0 and seconds > 0]
    return median(rates) if rates else None


def _expected(seen: dict[str, float], architecture: str, usual: float) -> float:
    """The architecture's own rate; else as fast beside its usual rate as the others were."""
    if architecture in seen:
        return seen[architecture]
    own = usual * ARCHITECTURES[architecture].rate
    ratios = [rate / (usual * ARCHITECTURES[name].rate) for name, rate in seen.items() if name in ARCHITECTURES]
    return own * math.exp(sum(map(math.log, ratios)) / len(ratios)) if ratios else own


def _between(before: float | None, now: float) -> float:
    return now if before is None else (1 - NEW_SHARE) * before + NEW_SHARE * now
