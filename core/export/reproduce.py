"""A recipe as a readable Python script that trains by it again. Needs no torch.

Only what differs from the defaults is written, and only numbers and words of our own: what a person may have written
(the recipe's name and sentence) is left out, since nothing is computed of it, and a file of weights is asked for.
"""

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from core.training.recipe import VERSION, Recipe

OURS = ("auto", "imagenet", "bundled", "none")       # weights that a name finds; any other is somebody's file
LEFT_OUT = {"version", "name", "sentence", "dataset", "met"}
INDENT = "    "

SCRIPT = '''"""Trains a classifier by the recipe of a finished run: `python reproduce.py PICTURES [RUN]`

PICTURES: the folder or zip of the same pictures, or the name of a built-in set. RUN: a new folder for the result.
Run it in the playground's folder, with the playground's Python: `PYTHONPATH=. .venv/bin/python .../reproduce.py ...`.
On the same machine, with the same versions, the probabilities are equal to the last bit; the training says what may
differ where they are not the same.
"""

import sys

from core import playground
from core.training.recipe import Cut, ModelSpec, Recipe, SplitSpec
from core.training.stage import Stage
from core.vision.augmentation import AugmentationSpec

{weights}# `met` is what the run found: the number formats to compute in again, and what to compare this machine with.
RECIPE = {recipe}

# What the run found, to compare with.
PICTURES_FINGERPRINT = {fingerprint!r}
RIGHT, PICTURES = {correct}, {pictures}       # of its validation pictures

if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3:
        sys.exit("Say where the pictures are: python reproduce.py PICTURES [RUN]")
    run = playground.train(sys.argv[1], RECIPE, *sys.argv[2:])
    right = int(run.predictions("valid").correct.sum())
    if run.folder.read_dataset().fingerprint != PICTURES_FINGERPRINT:
        print("These are not the same pictures, or not the same labels, so the result is another.")
    print(f"{{right}} of {{len(run.predictions('valid'))}} validation pictures are right; "
          f"of the run it was {{RIGHT}} of {{PICTURES}}.")
    print(run)
'''
OWN_WEIGHTS = '''# The run began with weights of somebody's own. Name their file here.
WEIGHTS = "your-weights.safetensors"

'''


class Raw(str):
    """A piece of code, which stands in the script as it is."""


def script(recipe: Recipe, fingerprint: str, correct: int, pictures: int) -> str:
    """The script; `correct` of so many validation `pictures` were right. `fingerprint` is the data set's."""
    own = recipe.model.weights not in OURS
    return SCRIPT.format(weights=OWN_WEIGHTS if own else "",
                         recipe=_code(recipe, "", Raw("WEIGHTS") if own else None),
                         fingerprint=fingerprint, correct=correct, pictures=pictures)


def portable(recipe: Recipe) -> Recipe:
    """The recipe as it may leave: a path says where somebody's files lie, so that weights keep their file's name."""
    model = recipe.model.model_copy(update={"weights": Path(recipe.model.weights).name})
    return recipe.model_copy(update={"model": model})


def _code(value: Any, indent: str, weights: Raw | None = None) -> str:
    """An expression that makes the value anew; nested documents a line a field."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, BaseModel) or (is_dataclass(value) and not isinstance(value, type)):
        given = _given(value, weights)
        deeper = indent + INDENT
        inner = [f"{name}={_code(each, deeper, weights)}" for name, each in given.items()]
        flat = f"{type(value).__name__}({', '.join(inner)})"
        if not isinstance(value, Recipe) and len(indent) + len(flat) < 100 and "\n" not in flat:
            return flat
        return f"{type(value).__name__}(\n" + "".join(f"{deeper}{each},\n" for each in inner) + f"{indent})"
    if isinstance(value, tuple) and any(isinstance(each, BaseModel) for each in value):
        deeper = indent + INDENT
        return "(\n" + "".join(f"{deeper}{_code(each, deeper, weights)},\n" for each in value) + f"{indent})"
    if isinstance(value, dict):
        deeper = indent + INDENT
        return "{\n" + "".join(f"{deeper}{key!r}: {each!r},\n" for key, each in value.items()) + f"{indent}}}"
    return repr(value)


def _given(value: Any, weights: Raw | None) -> Mapping[str, Any]:
    """The fields that are not as they are by default, in their order."""
    if isinstance(value, BaseModel):
        known = type(value).model_fields
        found = {name: getattr(value, name) for name in known
                 if getattr(value, name) != known[name].get_default(call_default_factory=True)}
    else:
        found = {each.name: getattr(value, each.name) for each in fields(value)
                 if each.default is MISSING or getattr(value, each.name) != each.default}
    if isinstance(value, Recipe):
        assert value.version == VERSION
        found = {name: each for name, each in found.items() if name not in LEFT_OUT}
        # Auto would look for the fastest number format: what the run met is a part of what it computed.
        if value.met is not None:
            found["met"] = _of_the_machine(value.met)
    elif weights is not None and "weights" in found:
        found["weights"] = weights
    return found


def _of_the_machine(met: Mapping[str, Any]) -> dict[str, Any]:
    """What a replay needs of what was met: the number formats of a kind of device, and what to compare with."""
    return {name: met[name] for name in ("device", "threads", "versions", "precision") if name in met}
