"""The few levers that a person pulls on a page, and the recipe that they stand for. Needs no torch."""

import math
from dataclasses import dataclass, replace

from core.training.recipe import ModelSpec, Recipe, Stage, parse, presets
from core.vision.architectures import ARCHITECTURES, BUNDLED_ARCHITECTURE


@dataclass(frozen=True, slots=True)
class Levers:
    """None leaves the choice to the playground. `epochs` are the last stage's; `learning_rate` is the head's peak."""

    architecture: str | None = None
    weights: str = "auto"
    size: int | None = None            # pixels a side
    epochs: int = 20
    learning_rate: float | None = None
    batch_size: int | None = None
    whole_network: bool = False
    augment: bool = True               # only the whole network sees drawn variants


def levers_of(recipe: Recipe) -> Levers:
    """Where the levers stand for this recipe. What they do not show (schedules, spreads) is not in them."""
    last = recipe.stages[-1]
    return Levers(recipe.model.architecture, recipe.model.weights, last.size, last.epochs, _base_rate(recipe),
                  last.batch_size, last.trains == "all", last.augment)


def pulled(recipe: Recipe, levers: Levers) -> Recipe:
    """The recipe with these levers; split, augmentation, preprocessing and seed stay as they are.

    Stages, name and sentence are a preset's (see `preset_of`); an earlier stage has as many epochs in
    proportion as there. Raises BadRecipe that names what cannot be.
    """
    preset = preset_of(levers.whole_network, levers.weights)
    last = preset.stages[-1]
    stages = [stage.model_copy(update={
        "epochs": levers.epochs if stage is last else max(1, round(levers.epochs * stage.epochs / last.epochs)),
        "size": levers.size, "batch_size": levers.batch_size, "augment": levers.augment}) for stage in preset.stages]
    values = recipe.model_dump(exclude={"met"}) | {
        "name": preset.name, "sentence": preset.sentence,
        "model": recipe.model.model_dump() | {"architecture": levers.architecture, "weights": levers.weights},
        "stages": [stage.model_dump() for stage in stages],
    }
    return with_learning_rate(parse(values), levers.learning_rate)


def preset_of(whole_network: bool, weights: str) -> Recipe:
    """Head only is "quick"; the whole network is "fine-tune", or "from-scratch" where there is nothing to tune."""
    if not whole_network:
        return presets()["quick"]
    return presets()["from-scratch" if weights == "none" else "fine-tune"]


def along(before: Levers, after: Levers) -> Levers:
    """The levers with those that a moved one takes along: weights that no longer fit, epochs of another order."""
    if after.weights not in weights_for(after.architecture) and after.architecture != before.architecture:
        after = replace(after, weights="auto")
    usual = [preset_of(levers.whole_network, levers.weights) for levers in (before, after)]
    if usual[0].name != usual[1].name:       # an epoch of the whole network costs many times one of the head
        after = replace(after, epochs=usual[1].stages[-1].epochs)
    return after


def with_learning_rate(recipe: Recipe, rate: float | None) -> Recipe:
    """The recipe whose every stage peaks at this rate times its factor; None: lr_find picks it before training."""
    stages = [stage.model_dump() | {"learning_rate": None if rate is None else rate * stage.learning_rate_factor}
              for stage in recipe.stages]
    return parse(recipe.model_dump() | {"stages": stages})


def searches_alike(one: Recipe, other: Recipe) -> bool:
    """Whether the learning-rate finder would draw the same curve for both: same pictures, network and first stage."""
    def searched(recipe: Recipe) -> tuple[object, ModelSpec, Stage]:
        stage = recipe.stages[0]
        draws = stage.trains == "all" and stage.augment       # cached activations have none
        of_no_effect = {"epochs": 1, "learning_rate": None, "learning_rate_factor": 1.0, "augment": draws}
        seen = (recipe.split, recipe.preprocessing, recipe.seed, recipe.precision,
                recipe.augmentation if draws else None)
        return seen, recipe.model, stage.model_copy(update=of_no_effect)

    return searched(one) == searched(other)


def weights_for(architecture: str | None) -> tuple[str, ...]:
    """The weights that can be chosen for an architecture, the usual ones first."""
    bundled = ("bundled",) if architecture in (None, BUNDLED_ARCHITECTURE) else ()
    return ("auto", "imagenet", *bundled, "none")


def recipe_in_words(recipe: Recipe) -> str:
    """In one line: "resnet18, head only, 20 epochs, learning rate 3.0e-3"."""
    levers = levers_of(recipe)
    trained = "whole network" if levers.whole_network else "head only"
    epochs = "1 epoch" if levers.epochs == 1 else f"{levers.epochs} epochs"
    rate = "found before training" if levers.learning_rate is None else rate_in_words(levers.learning_rate)
    return f"{_network(levers.architecture)}, {trained}, {epochs}, learning rate {rate}"


def explained(recipe: Recipe) -> str:
    """What training by this recipe will do, in whole sentences for a beginner."""
    levers = levers_of(recipe)
    network = "The network" if levers.architecture is None else levers.architecture
    start = (f"{network} starts from random weights and learns everything from your pictures."
             if levers.weights == "none" else f"{network} has learned to see from many other pictures before yours.")
    rate = ("How big its steps are (learning rate) is found just before it starts." if levers.learning_rate is None
            else f"Its last layers take steps (learning rate) of up to {rate_in_words(levers.learning_rate)}.")
    stages = " ".join(_stage_in_words(stage, index) for index, stage in enumerate(recipe.stages))
    return (f"{start} {stages} {rate} The pictures that are set aside on the page Data are never learned from: "
            "they tell how good it is.")


def rate_in_words(rate: float) -> str:
    """A learning rate as people write it: "3.0e-3"."""
    power = math.floor(math.log10(rate))
    mantissa = f"{rate / 10**power:.1f}"
    return f"1.0e{power + 1}" if mantissa == "10.0" else f"{mantissa}e{power}"


def _base_rate(recipe: Recipe) -> float | None:
    """The head's peak before any stage's factor, so that pulling it back gives the same recipe."""
    last = recipe.stages[-1]
    return None if last.learning_rate is None else last.learning_rate / last.learning_rate_factor


def _stage_in_words(stage: Stage, index: int) -> str:
    times = "once" if stage.epochs == 1 else f"{stage.epochs} times"
    if stage.trains == "head":
        return (f"Every picture goes through it once, and its last layers (head) learn {times} from what it saw "
                "(epochs).")
    then = "Then the whole network" if index else "The whole network"
    variants = ", each time in another variant (augmentation)" if stage.augment else ""
    return f"{then} learns {times} from every picture (epochs){variants}."


def _network(architecture: str | None) -> str:
    return architecture if architecture in ARCHITECTURES else "usual network"
