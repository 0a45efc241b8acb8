"""The recipes that have a name, and recipes by name or file."""

import json
from pathlib import Path

from core.errors import BadRecipe
from core.training.recipe import ModelSpec, Recipe, parse
from core.training.stage import Stage


def presets() -> dict[str, Recipe]:
    """The default first."""
    return {recipe.name: recipe for recipe in (_quick(), _eight_steps(), _fine_tune(), _progressive(),
                                               _from_scratch())}


def _quick() -> Recipe:
    return Recipe(
        name="quick",
        sentence="Look at every picture once through a network that already sees, and teach only its last "
                 "layers what the classes are: seconds, and often most of the accuracy.",
        stages=(Stage(trains="head", epochs=20),),
    )


def _eight_steps() -> Recipe:
    """fast.ai's "easy steps to train a world-class image classifier" (lesson 2 of the 2018 course)."""
    return Recipe(
        name="eight-steps",
        sentence="fast.ai's easy steps: find a learning rate, teach the last layers on what was seen once, then on "
                 "varied pictures; unfreeze, find the rate again, and train everything in ever longer cycles, the "
                 "earliest layers in the smallest steps, until it over-fits.",
        stages=(
            Stage(trains="head", epochs=2),
            Stage(trains="head", precompute=False, epochs=3, schedule="sgdr"),
            Stage(trains="all", epochs=15, schedule="sgdr", cycle_mult=2, spread=100, find_lr=True, patience=5),
        ),
    )


def _fine_tune() -> Recipe:
    return Recipe(
        name="fine-tune",
        sentence="One round for the last layers alone, then the whole network with varied pictures, the earliest "
                 "layers in steps a hundred times smaller: minutes, and more accurate on enough pictures.",
        # A single epoch is little: the head steps bolder than lr_find's pick, as fastai's `fine_tune` does.
        stages=(Stage(trains="head", epochs=1, learning_rate_factor=3),
                Stage(trains="all", epochs=4, spread=100)),
    )


def _progressive() -> Recipe:
    return Recipe(
        name="progressive",
        sentence="Learn on small pictures first, which is quick, then go on with larger ones that show more: "
                 "the second half begins with all that the first has learned.",
        stages=(Stage(trains="head", epochs=4, size=128, learning_rate_factor=3),
                Stage(trains="all", epochs=4, size=128, spread=100),
                Stage(trains="all", epochs=3, size=224, spread=100, learning_rate_factor=0.5)),
    )


def _from_scratch() -> Recipe:
    return Recipe(
        name="from-scratch",
        sentence="Start from random weights and learn everything from your own pictures: slow, needs "
                 "thousands of them, and shows what transfer learning saves.",
        model=ModelSpec(weights="none"),
        stages=(Stage(trains="all", epochs=20, weight_decay=0.05),),
    )


def load(name_or_file: str) -> Recipe:
    """A preset by its name, or a recipe file. Raises BadRecipe that names each fault."""
    known = presets()
    if name_or_file in known:
        return known[name_or_file]
    file = Path(name_or_file)
    if not _is_file(file):
        raise BadRecipe(f"There is no recipe '{name_or_file}'.",
                        remedy=f"Use one of {', '.join(known)}, or the path of a recipe file.")
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadRecipe(f"The recipe '{file.name}' is no readable JSON ({error}).",
                        remedy="Use a recipe.json that a run has written.") from error
    return parse(values, f"the recipe '{file.name}'")


def _is_file(file: Path) -> bool:
    try:
        return file.is_file()
    except OSError:  # a name that is too long to be one
        return False
