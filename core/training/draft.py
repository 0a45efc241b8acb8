"""What a person does to a draft recipe: take a preset, change, add, copy, move and remove stages. Needs no torch.

Every change gives a new recipe that was checked; what cannot be raises BadRecipe that names the fault. Split,
augmentation, preprocessing and seed stay as they are.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from core.training.presets import presets
from core.training.recipe import Recipe, parse
from core.training.stage import Stage
from core.vision.architectures import BUNDLED_ARCHITECTURE, next_bigger

OWN = "own"                  # the name of a recipe that is no preset any more
SIZED = "progressive"        # the preset that asks for its two sizes
PROGRESSIVE_SIZES = (128, 224)
BOLDEST = 0.3                # a rate above was an experiment: a preset begins anew without it


def taken(recipe: Recipe, name: str, sizes: tuple[int, int] = PROGRESSIVE_SIZES) -> Recipe:
    """The recipe with the stages of this preset; `sizes`, in pixels a side, are for the progressive one.

    A rate that was set for the first stage stays where the finder would draw the same curve for the new one.
    """
    preset = presets()[name]
    model = recipe.model
    if preset.model.weights == "none":
        model = model.model_copy(update={"weights": "none"})
    elif model.weights == "none" and recipe.stages[0].frozen == ():
        model = model.model_copy(update={"weights": "auto"})
    fresh = recipe.model_copy(update={"model": model, "stages": _sized(preset, sizes)})
    first = recipe.stages[0]
    if isinstance(first.learning_rate, float) and first.learning_rate <= BOLDEST and searches_alike(recipe, fresh):
        fresh = changed(fresh, 0, {"learning_rate": first.learning_rate})
    return _named(fresh)


def preset_of(recipe: Recipe) -> str | None:
    """The preset whose stages these are, but for the learning rates that were set; None: the person's own."""
    return next((name for name, preset in presets().items()
                 if _unset(recipe.stages) == _unset(_sized(preset, sizes_of(recipe)))
                 and (preset.model.weights == "none") <= (recipe.model.weights == "none")), None)


def sizes_of(recipe: Recipe) -> tuple[int, int]:
    """First and last size, in pixels a side, where both are named."""
    first, last = recipe.stages[0].size, recipe.stages[-1].size
    return (first, last) if first and last else PROGRESSIVE_SIZES


def changed(recipe: Recipe, place: int, values: Mapping[str, Any]) -> Recipe:
    """With these fields of one stage changed."""
    stages = [stage.model_dump() for stage in recipe.stages]
    stages[place] |= values
    return _with(recipe, stages)


def added(recipe: Recipe) -> Recipe:
    """With one stage more at the end: what fast.ai's steps do next, the whole network in small steps."""
    last = recipe.stages[-1]
    return _with(recipe, [*recipe.stages, Stage(trains="all", epochs=4, spread=100, find_lr=True, size=last.size,
                                                batch_size=last.batch_size)])


def copied(recipe: Recipe, place: int) -> Recipe:
    stages = recipe.stages
    return _with(recipe, [*stages[:place + 1], stages[place], *stages[place + 1:]])


def moved(recipe: Recipe, place: int, by: int) -> Recipe:
    """With a stage so many places later, or earlier; at the ends it stays."""
    stages = list(recipe.stages)
    stage = stages.pop(place)
    stages.insert(min(len(stages), max(0, place + by)), stage)
    return _with(recipe, stages)


def removed(recipe: Recipe, place: int) -> Recipe:
    """Raises BadRecipe where it is the only stage."""
    return _with(recipe, [*recipe.stages[:place], *recipe.stages[place + 1:]])


def with_rate(recipe: Recipe, place: int, rate: float | None) -> Recipe:
    """With the rate that was picked for one stage's head; None: lr_find picks it before training.

    Layers before the head keep their ratio to it.
    """
    stage = recipe.stages[place]
    if rate is not None and isinstance(stage.learning_rate, tuple):
        peaks = [each * rate / stage.learning_rate[-1] for each in stage.learning_rate]
        return changed(recipe, place, {"learning_rate": [*peaks[:-1], rate]})
    return changed(recipe, place, {"learning_rate": rate})


def with_bounds(recipe: Recipe, place: int, low: float, high: float) -> Recipe:
    """With the head's lower and upper bound of a triangular stage."""
    return changed(with_rate(recipe, place, high), place, {"bound_ratio": high / low})


def with_network(recipe: Recipe, architecture: str | None, weights: str) -> Recipe:
    """With this network; where the weights do not fit it, with the best that are available."""
    if architecture != recipe.model.architecture and weights not in weights_for(architecture):
        weights = "auto"
    model = recipe.model.model_dump() | {"architecture": architecture, "weights": weights}
    return _named(parse(recipe.model_dump(exclude={"met"}) | {"model": model}))


def on_bigger(recipe: Recipe, usual: str) -> Recipe | None:
    """All its stages on the next bigger network; None where there is none. `usual` is what an open choice becomes."""
    bigger = next_bigger(recipe.model.architecture or usual)
    return None if bigger is None else with_network(recipe, bigger, recipe.model.weights)


def searches(recipe: Recipe, place: int) -> bool:
    """Whether a rate is searched before this stage; an open stage that does not takes the one that was found before."""
    stage = recipe.stages[place]
    if stage.head_rate is not None:
        return False
    return stage.find_lr or all(earlier.head_rate is not None for earlier in recipe.stages[:place])


def weights_for(architecture: str | None) -> tuple[str, ...]:
    """The weights that can be chosen for an architecture, the usual ones first."""
    bundled = ("bundled",) if architecture in (None, BUNDLED_ARCHITECTURE) else ()
    return ("auto", "imagenet", *bundled, "none")


def searches_alike(one: Recipe, other: Recipe, place: int = 0) -> bool:
    """Whether the learning-rate finder would draw the same curve before this stage of both, on an equal network."""
    return place < min(len(one.stages), len(other.stages)) and _searched(one, place) == _searched(other, place)


def _searched(recipe: Recipe, place: int) -> tuple[object, ...]:
    """All that the finder's curve is drawn from."""
    stage = recipe.stages[place].searched
    draws = stage.draws or (stage.cached and stage.views > 0)
    of_no_effect = {
        "epochs": 1, "patience": None, "learning_rate": None, "learning_rate_factor": 1.0, "find_lr": False,
        "spread": 1.0, "augment": draws, "schedule": "constant", "pct_start": 0.25, "div": 25.0, "div_final": 1e5,
        "cycle_len": 1, "cycle_mult": 1, "bound_ratio": 4.0}
    return (recipe.split, recipe.preprocessing, recipe.seed, recipe.precision, recipe.imbalance, recipe.model,
            recipe.augmentation if draws else None, _relative(stage), stage.model_copy(update=of_no_effect))


def _relative(stage: Stage) -> tuple[float, ...]:
    """The groups' rates beside the head's."""
    peaks = stage.peaks(1.0)
    return tuple(float(f"{peak / peaks[-1]:.6g}") for peak in peaks)


def _with(recipe: Recipe, stages: Sequence[Stage | Mapping[str, Any]]) -> Recipe:
    values = [stage.model_dump() if isinstance(stage, Stage) else dict(stage) for stage in stages]
    return _named(parse(recipe.model_dump(exclude={"met"}) | {"stages": values}))


def _named(recipe: Recipe) -> Recipe:
    name = preset_of(recipe)
    sentence = presets()[name].sentence if name else ""
    return recipe.model_copy(update={"name": name or OWN, "sentence": sentence, "met": None})


def _sized(preset: Recipe, sizes: tuple[int, int]) -> tuple[Stage, ...]:
    if preset.name != SIZED:
        return preset.stages
    size = dict(zip(PROGRESSIVE_SIZES, sizes, strict=True))
    return tuple(stage.model_copy(update={"size": size[stage.size]}) if stage.size in size else stage
                 for stage in preset.stages)


def _unset(stages: Sequence[Stage]) -> list[Stage]:
    return [stage.model_copy(update={"learning_rate": None}) for stage in stages]
