"""What two recipes differ in, lever by lever, in words. Needs no torch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from core.training.recipe import Recipe
from core.training.stage import Stage
from core.training.words import rate_in_words

NOTHING = "—"                    # a stage that only the other one has
UNNAMED = {"version", "name", "sentence", "dataset", "met", "stages"}     # no levers

# Levers of a stage that move its course, by the schedules that read them.
OF_SCHEDULES = {"pct_start": ("one_cycle",), "div": ("one_cycle",), "div_final": ("one_cycle",),
                "cycle_len": ("sgdr", "triangular"), "cycle_mult": ("sgdr",), "bound_ratio": ("triangular",)}

WORDS = {
    "architecture": "network", "weights": "what it knows already (weights)", "dropout": "dropout",
    "valid_share": "share kept aside", "seed": "number of the draw (seed)", "how": "how a picture becomes a square",
    "imbalance": "uneven classes", "precision": "precision", "trains": "what learns", "precompute": "looked at once",
    "views": "cached views", "augment": "varied pictures (augmentation)", "epochs": "epochs",
    "patience": "stops when it over-fits (patience)", "learning_rate": "learning rate",
    "learning_rate_factor": "times the rate that is found", "spread": "highest over lowest rate", "find_lr":
    "rate found anew", "schedule": "schedule", "pct_start": "share of the steps that rise", "div": "peak over start",
    "div_final": "peak over end", "cycle_len": "epochs of the first cycle", "cycle_mult": "each cycle times as long",
    "bound_ratio": "upper over lower bound", "size": "image size", "batch_size": "batch size",
    "accumulate": "batches a step (accumulation)", "optimizer": "optimizer", "weight_decay": "weight decay",
    "gradient_clip": "largest gradient (clipping)", "label_smoothing": "label smoothing", "mixup": "mixup",
    "train_batchnorm": "frozen layers' batch-norm learns",
}
VALUES = {True: "yes", False: "no", None: "usual", "head": "head", "late": "late layers and head",
          "all": "whole network", "one_cycle": "one cycle", "sgdr": "restarts (SGDR)", "adamw": "AdamW",
          "sgd": "SGD with Nesterov momentum", "weighted_loss": "weighted loss",
          "balanced_sampling": "balanced sampling"}


@dataclass(frozen=True, slots=True)
class Difference:
    where: str                   # "stage 2", "augmentation", or "" for the recipe as a whole
    what: str
    first: str
    second: str


def differences(first: Recipe, second: Recipe) -> tuple[Difference, ...]:
    """Every lever that stands otherwise and has an effect, in the recipe's order, its stages last."""
    if not any(stage.draws or (stage.cached and stage.views) for stage in (*first.stages, *second.stages)):
        first = first.model_copy(update={"augmentation": second.augmentation})      # which neither has used
    return (*_of(first, second, ""), *_of_stages(first.stages, second.stages))


def with_rates(recipe: Recipe, found: Sequence[float | None]) -> Recipe:
    """The recipe with the head's peaks that its stages had, where it leaves them open; None: not known."""
    stages = tuple(
        stage if stage.learning_rate is not None or rate is None else
        stage.model_copy(update={"learning_rate": rate, "learning_rate_factor": 1.0, "find_lr": False})
        for stage, rate in zip(recipe.stages, [*found, *[None] * len(recipe.stages)], strict=False))
    return recipe.model_copy(update={"stages": stages})


def _of(first: Any, second: Any, where: str) -> Iterator[Difference]:
    """Of two documents of one kind, the fields of those within them by the inner one's name."""
    for name in _fields(first):
        if name in UNNAMED:
            continue
        ours, theirs = getattr(first, name), getattr(second, name)
        if ours == theirs:
            continue
        if _fields(ours):
            yield from _of(ours, theirs, "augmentation" if name == "augmentation" else where)
        else:
            yield Difference(where, _words(name), _value(name, ours), _value(name, theirs))


def _of_stages(first: Sequence[Stage], second: Sequence[Stage]) -> Iterator[Difference]:
    for place in range(max(len(first), len(second))):
        where = f"stage {place + 1}"
        if place < len(first) and place < len(second):
            yield from _of(*_alike(_effective(first[place]), _effective(second[place])), where)
        else:
            told = [_in_short(stages[place]) if place < len(stages) else NOTHING for stages in (first, second)]
            yield Difference(where, "the whole stage", *told)


def _effective(stage: Stage) -> Stage:
    """With the levers that have no effect at where they usually stand."""
    idle = {name for name, schedules in OF_SCHEDULES.items() if stage.schedule not in schedules}
    idle |= {"augment"} if stage.cached else {"views"}
    if stage.trains != "head":
        idle.add("precompute")
    if stage.learning_rate is not None:
        idle |= {"learning_rate_factor", "find_lr"}
    if len(stage.groups) == 1 or isinstance(stage.learning_rate, tuple):
        idle.add("spread")
    return stage.model_copy(update={name: Stage.model_fields[name].default for name in idle})


def _alike(first: Stage, second: Stage) -> tuple[Stage, Stage]:
    """Of stages that train different layers, how the head's activations are had is no difference of its own."""
    if first.trains == second.trains:
        return first, second
    usual = {name: Stage.model_fields[name].default for name in ("precompute", "views")}
    return first.model_copy(update=usual), second.model_copy(update=usual)


def _fields(value: Any) -> tuple[str, ...]:
    """Of a document or a specification; none of a plain value."""
    if isinstance(value, BaseModel):
        return tuple(type(value).model_fields)
    return tuple(getattr(value, "__dataclass_fields__", ()))


def _words(name: str) -> str:
    return WORDS.get(name, name.replace("_", " "))


def _value(name: str, value: Any) -> str:
    if name == "learning_rate":
        if value is None:
            return "found before it"
        return " · ".join(map(rate_in_words, value)) if isinstance(value, tuple) else rate_in_words(value)
    if name == "size" and value is not None:
        return f"{value} × {value} pixels"
    if value is None and name in ("patience", "gradient_clip"):
        return "no"
    if value is None or isinstance(value, bool | str):
        return VALUES.get(value, str(value).replace("_", " "))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _in_short(stage: Stage) -> str:
    return f"{VALUES[stage.trains]}, {stage.epochs} epoch{'s' if stage.epochs != 1 else ''}"
