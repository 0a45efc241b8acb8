"""A recipe: everything that a person chose, as a validated document that replays to the same result."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from core.data.cache import written_aside
from core.data.preprocessing import IMAGENET_MEAN, IMAGENET_STD, Preprocessing
from core.errors import BadAugmentation, BadRecipe
from core.training.stage import SIZES, Document, Positive, Stage
from core.vision.architectures import ARCHITECTURES
from core.vision.augmentation import AugmentationSpec, preset

VERSION = 2                # 1 had fewer levers a stage, and reads as 2


class SplitSpec(Document):
    """How validation pictures are set aside where the source has no split folders."""

    valid_share: float = Field(0.2, gt=0, le=0.9)
    seed: int = Field(42, ge=0, lt=2**32)
    together: tuple[tuple[str, ...], ...] = ()  # ids of pictures that are alike: they stay on one side


class Cut(Document):
    """How a picture becomes a square; its size comes from the stage."""

    how: Literal["crop", "squish", "pad"] = "crop"
    filter: Literal["bilinear", "bicubic", "lanczos"] = "bilinear"
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[Positive, Positive, Positive] = IMAGENET_STD

    def at(self, size: int) -> Preprocessing:
        return Preprocessing(size, self.how, self.filter, self.mean, self.std)


class ModelSpec(Document):
    """`architecture` None: resnet34 with ImageNet weights on a GPU, else resnet18."""

    architecture: str | None = None
    weights: str = "auto"                       # auto, imagenet, bundled, none, or a file
    dropout: float = Field(0.5, ge=0, lt=1)

    @field_validator("architecture")
    @classmethod
    def _known(cls, name: str | None) -> str | None:
        if name is not None and name not in ARCHITECTURES:
            raise ValueError(f"'{name}' is none of {', '.join(ARCHITECTURES)}")
        return name


class Recipe(Document):
    """What is trained on what, how. `met` is what a run found, never what a person chose."""

    version: int = Field(VERSION, ge=1, le=VERSION)
    name: str = "quick"
    sentence: str = ""
    dataset: str | None = None                  # fingerprint of the set it was made for
    split: SplitSpec = SplitSpec()
    preprocessing: Cut = Cut()
    augmentation: AugmentationSpec = preset("side-on")
    model: ModelSpec = ModelSpec()
    imbalance: Literal["ignore", "weighted_loss", "balanced_sampling"] = "ignore"
    stages: tuple[Stage, ...] = Field(min_length=1)
    precision: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    seed: int = Field(42, ge=0, lt=2**32)
    met: dict[str, Any] | None = None

    @model_validator(mode="before")
    @classmethod
    def _not_newer(cls, values: Any) -> Any:
        if isinstance(values, dict) and isinstance(values.get("version"), int) and values["version"] > VERSION:
            raise ValueError(f"it was written by a newer playground (recipe version {values['version']}, "
                             f"this one reads up to {VERSION})")
        if isinstance(values, dict) and values.get("version") == 1:
            return values | {"version": VERSION}
        return values

    def changed(self, *, architecture: str | None = None, weights: str | None = None, size: int | None = None,
                epochs: int | None = None, learning_rate: float | Sequence[float] | None = None,
                spread: float | None = None, seed: int | None = None) -> "Recipe":
        """The recipe with the command line's levers moved.

        `size` and `epochs` are the last stage's, earlier sizes keep their ratio to it; `learning_rate`, and `spread`
        with it, replace lr_find's pick in every stage; `seed` moves split, initialisation and order.
        """
        values = self.model_dump()
        if architecture is not None:
            values["model"]["architecture"] = architecture
        if weights is not None:
            values["model"]["weights"] = weights
        if seed is not None:
            values["seed"] = values["split"]["seed"] = values["augmentation"]["seed"] = seed
        stages = values["stages"]
        if size is not None:
            last = stages[-1]["size"]
            for stage in stages[:-1]:
                ratio = stage["size"] / last if stage["size"] and last else 1.0
                stage["size"] = max(SIZES[0], round(size * ratio))
            stages[-1]["size"] = size
        if epochs is not None:
            stages[-1]["epochs"] = epochs
        if learning_rate is not None:
            for stage in stages:
                if stage["learning_rate"] is None:
                    stage["learning_rate"] = (learning_rate * stage["learning_rate_factor"]
                                              if isinstance(learning_rate, int | float) else learning_rate)
                    stage["spread"] = spread or stage["spread"]
        return parse(values)

    def save(self, file: Path) -> None:
        """Written aside and renamed, so that a standing recipe is never torn. Raises DiskFull."""
        with written_aside(file) as aside:
            aside.write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")


def parse(values: Any, source: str = "the recipe") -> Recipe:
    """A recipe of plain values. Raises BadRecipe that names every key at fault and why."""
    try:
        return Recipe.model_validate(values)
    except ValidationError as error:
        raise BadRecipe(f"{source[0].upper()}{source[1:]} cannot be used: {_faults(error.errors())}.",
                        remedy="Correct what is named, or start from one of the presets "
                               "(`python -m core recipes --json`).") from error
    except BadAugmentation as error:  # no ValueError, so that pydantic lets it through
        raise BadRecipe(f"{source[0].upper()}{source[1:]} cannot be used: {error.problem}",
                        remedy=error.remedy) from error


def _faults(errors: Sequence[Any]) -> str:
    words = {"extra_forbidden": "no such setting", "unexpected_keyword_argument": "no such setting"}
    # Pydantic leaves a faulty stage out and then finds that none is left: the stage's own fault says it better.
    own = [error for error in errors
           if not any(error is not other and error["loc"] == other["loc"][:len(error["loc"])] for other in errors)]
    return "; ".join(f"{'.'.join(map(str, error['loc'])) or 'recipe'}: "
                     f"{words.get(error['type'], error['msg'].removeprefix('Value error, '))}" for error in own)
