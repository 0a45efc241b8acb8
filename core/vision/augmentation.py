"""How pictures are varied in training, as a value: a preset and its strengths, to JSON and back.

This module is cheap to import (no OpenCV, albumentations or torch), so pages and recipes can use it
freely; `build` is the door to the pipeline itself.
"""

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, get_args

from pydantic import TypeAdapter, ValidationError

from core.errors import BadAugmentation

if TYPE_CHECKING:
    from core.vision.augmenter import Augmenter

PresetName = Literal["none", "side-on", "top-down", "text"]
Cut = Literal["random-resized-crop", "centre", "squish", "pad"]

# The range of every number in an `AugmentationSpec`, both ends allowed.
LIMITS: Mapping[str, tuple[float, float]] = {
    "rotate_degrees": (0, 180),
    "max_zoom": (1, 4),
    "lighting": (0, 0.9),
    "warp": (0, 0.5),
    "blur_share": (0, 1),
    "erase_share": (0, 1),
    "min_scale": (0.05, 1),
    "seed": (0, 2**32 - 1),
}


@dataclass(frozen=True, slots=True)
class AugmentationSpec:
    """What may happen to a training picture, and how strongly. All zeros change nothing.

    `cut` makes the square: "random-resized-crop" takes a box of at least `min_scale` of the area
    (Szegedy 2014, arXiv:1409.4842), "centre" the largest middle square, "squish" the whole picture
    pressed into a square, "pad" the whole picture with black beside it.
    Raises BadAugmentation that names the field and its range.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    preset: PresetName = "none"      # where the strengths came from
    flip_horizontal: bool = False    # left-right, half of the draws
    flip_vertical: bool = False      # upside down, half of the draws
    quarter_turns: bool = False      # 0, 90, 180 or 270 degrees, equally likely
    rotate_degrees: float = 0.0      # at most, either way
    max_zoom: float = 1.0            # 1 is no zoom
    lighting: float = 0.0            # largest relative change of contrast, half of it of brightness
    warp: float = 0.0                # largest tilt: how much shorter the far edge becomes
    blur_share: float = 0.0          # share of the draws that are blurred a little
    erase_share: float = 0.0         # share of the draws with a rectangle blotted out
    cut: Cut = "centre"
    min_scale: float = 0.75          # least share of the area that a random-resized-crop keeps
    seed: int = 42

    def __post_init__(self) -> None:
        for field, choices in (("preset", get_args(PresetName)), ("cut", get_args(Cut))):
            if (value := getattr(self, field)) not in choices:
                raise BadAugmentation(f"The augmentation's {field} is {value!r}, which is unknown.",
                                      remedy=f"Choose one of: {', '.join(choices)}.")
        for field, (low, high) in LIMITS.items():
            if not low <= (value := getattr(self, field)) <= high:
                raise BadAugmentation(f"The augmentation's {field} is {value}, which is out of range.",
                                      remedy=f"Choose a value of {field} from {low} to {high}.")

    @property
    def may_mirror(self) -> bool:
        return self.flip_horizontal or self.flip_vertical

    @property
    def may_turn_over(self) -> bool:
        """Can a draw stand on its head or lie on its side?"""
        return self.flip_vertical or self.quarter_turns or self.rotate_degrees >= 90


# Strengths as in fastai's aug_transforms; keeping 3/4 of the area is its random crop from 1.15 x the size.
PRESETS: Mapping[PresetName, AugmentationSpec] = {
    "none": AugmentationSpec("none"),
    "side-on": AugmentationSpec("side-on", flip_horizontal=True, rotate_degrees=10, max_zoom=1.1,
                                lighting=0.2, warp=0.2, cut="random-resized-crop"),
    "top-down": AugmentationSpec("top-down", flip_horizontal=True, flip_vertical=True, quarter_turns=True,
                                 rotate_degrees=10, max_zoom=1.1, lighting=0.2, cut="random-resized-crop"),
    "text": AugmentationSpec("text", rotate_degrees=5, max_zoom=1.05, lighting=0.2, warp=0.1, cut="pad"),
}
DESCRIPTIONS: Mapping[PresetName, str] = {
    "none": "None: every picture is shown as it is, in every epoch.",
    "side-on": "Side-on: photos taken standing; left-right flips, never upside down.",
    "top-down": "Top-down: seen from above, like coins or satellite pictures; flips and turns every way.",
    "text": "Text: letters and digits; small tilts only, never a flip, and nothing is cut off.",
}


def preset(name: str) -> AugmentationSpec:
    """A preset's strengths. Raises BadAugmentation for a name that is none."""
    for known, spec in PRESETS.items():
        if known == name:
            return spec
    raise BadAugmentation(f"There is no augmentation preset '{name}'.",
                          remedy=f"Choose one of: {', '.join(PRESETS)}.")


def to_json(spec: AugmentationSpec) -> str:
    """The spec as a JSON object, seed included."""
    return TypeAdapter(AugmentationSpec).dump_json(spec).decode()


def from_json(document: str) -> AugmentationSpec:
    """The spec of a JSON object; missing keys take their defaults.

    Raises BadAugmentation for what is no JSON, an unknown key, or a value of a wrong kind or range.
    """
    try:
        return TypeAdapter(AugmentationSpec).validate_json(document)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "document"
        raise BadAugmentation(f"The augmentation's {place} cannot be used: {first['msg']}.",
                              remedy=f"Correct or remove {json.dumps(place)}.") from error


def build(spec: AugmentationSpec, size: int) -> "Augmenter":
    """The pipeline that draws squares of `size` pixels by this spec."""
    # Without this, the import of albumentations asks a registry for news, up to 2 s.
    os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
    from core.vision.augmenter import Augmenter

    return Augmenter(spec, size)


def draw_seed(spec_seed: int, epoch: int, index: int) -> int:
    """The 64-bit seed of one picture's draw, the same in whichever thread or process asks.

    splitmix64 (Steele, Lea & Flood 2014) over the three numbers: neighbours get unrelated seeds, and
    two pictures of one epoch, or two epochs of one picture, never share one.
    """
    mixed = 0
    for number in (spec_seed, epoch, index):
        mixed = _splitmix64(mixed ^ number)
    return mixed


def meaning_changes(spec: AugmentationSpec, classes: Sequence[str]) -> tuple[str, ...]:
    """Warnings, as sentences, where a mirrored or turned picture would belong to another class."""
    warnings = []
    characters = [name for name in classes if len(name) == 1 and name.isalnum()]
    if characters and (spec.may_mirror or spec.may_turn_over):
        names = ", ".join(f'"{name}"' for name in characters[:4]) + (" ..." if len(characters) > 4 else "")
        warnings.append(f"If the pictures show the characters {names} themselves, flips and turns change "
                        "what they say (a 6 becomes a 9): the preset 'text' has none.")
    words = {word for name in classes for word in _words(name)}
    if {"left", "right"} <= words and (spec.may_mirror or spec.may_turn_over):
        warnings.append('A flip makes "left" of "right": turn flips and quarter turns off.')
    if {"up", "down"} <= words and spec.may_turn_over:
        warnings.append('Upside down, "up" becomes "down": turn vertical flips and turns off.')
    return tuple(warnings)


def _words(name: str) -> list[str]:
    """The words of a class name, lower-cased: turn_left, TurnLeft and "turn left" give turn, left."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return re.findall(r"[^\W\d_]+", spaced.lower())


def _splitmix64(state: int) -> int:
    word = (1 << 64) - 1
    mixed = (state + 0x9E3779B97F4A7C15) & word
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & word
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & word
    return mixed ^ (mixed >> 31)
