"""The squares that other ways of preprocessing would make of a picture: what a centre crop leaves out."""

from dataclasses import replace
from typing import Literal

import numpy as np
from PIL import Image

from core.data.preprocessing import Preprocessing, upright_rgb

CropName = Literal["left", "middle", "right", "top", "bottom", "squeezed", "padded"]
LEAST_RATIO = 1.05           # of the longer side to the shorter: below it all squares show the same


def usual(preprocessing: Preprocessing) -> CropName:
    """The square that this preprocessing makes, by its name among the others."""
    match preprocessing.how:
        case "crop":
            return "middle"
        case "squish":
            return "squeezed"
        case "pad":
            return "padded"


def crops(preprocessing: Preprocessing, image: Image.Image) -> dict[CropName, np.ndarray]:
    """(size, size, 3) uint8 squares: three crops along the longer side, the whole squeezed, the whole padded.

    Of a picture that is almost a square the usual one alone. Raises OSError where Pillow cannot decode the picture.
    """
    rgb = upright_rgb(image, 2 * preprocessing.size)       # as `Preprocessing.square` decodes it
    width, height = rgb.size
    edge, longer = min(width, height), max(width, height)
    if longer < LEAST_RATIO * edge:
        return {usual(preprocessing): preprocessing.square(rgb)}
    first, last = rgb.crop((0, 0, edge, edge)), rgb.crop((width - edge, height - edge, width, height))
    cropped, wide = replace(preprocessing, how="crop"), width > height
    return {"left" if wide else "top": cropped.square(first), "middle": cropped.square(rgb),
            "right" if wide else "bottom": cropped.square(last),
            "squeezed": replace(preprocessing, how="squish").square(rgb),
            "padded": replace(preprocessing, how="pad").square(rgb)}
