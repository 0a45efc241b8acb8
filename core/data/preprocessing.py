"""The one way from a picture's bytes to what the network sees, outside training augmentation.

It needs Pillow and NumPy only: the exported `predict.py` carries these very lines.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from PIL import Image, ImageOps

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How a picture becomes a square of `size` pixels, and a square becomes the network's input.

    `how`: "crop" scales the shorter side to `size` and keeps the centre; "squish" scales both sides;
    "pad" scales the longer side and fills the rest with black.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    size: int = 128
    how: Literal["crop", "squish", "pad"] = "crop"
    filter: Literal["bilinear", "bicubic", "lanczos"] = "bilinear"
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD

    def __post_init__(self) -> None:
        if not 8 <= self.size <= 1024:
            raise ValueError(f"size must lie between 8 and 1024 pixels, not {self.size}")
        if self.how not in ("crop", "squish", "pad"):
            raise ValueError(f"how must be crop, squish or pad, not {self.how!r}")

    def square(self, image: Image.Image) -> np.ndarray:
        """The (size, size, 3) uint8 square of an opened picture: rotated by EXIF, RGB, resized.

        Raises OSError where Pillow cannot decode the picture.
        """
        rgb = upright_rgb(image, 2 * self.size)
        side, resample = self.size, Image.Resampling[self.filter.upper()]
        if self.how == "squish":
            return np.asarray(rgb.resize((side, side), resample))
        width, height = rgb.size
        if self.how == "crop":
            edge = min(width, height)
            left, top = (width - edge) / 2, (height - edge) / 2
            return np.asarray(rgb.resize((side, side), resample, box=(left, top, left + edge, top + edge)))
        scale = side / max(width, height)
        inner = rgb.resize((max(1, round(width * scale)), max(1, round(height * scale))), resample)
        canvas = Image.new("RGB", (side, side))
        canvas.paste(inner, ((side - inner.width) // 2, (side - inner.height) // 2))
        return np.asarray(canvas)

    def normalise(self, pixels: np.ndarray) -> np.ndarray:
        """uint8 (N, size, size, 3) to the network's float32 (N, 3, size, size)."""
        mean = np.asarray(self.mean, dtype=np.float32) * 255
        std = np.asarray(self.std, dtype=np.float32) * 255
        return np.ascontiguousarray(((pixels.astype(np.float32) - mean) / std).transpose(0, 3, 1, 2))


def upright_rgb(image: Image.Image, least_side: int) -> Image.Image:
    """The picture as 8-bit RGB the right way up; its first frame; transparency on white.

    A JPEG is decoded at 1/2, 1/4 or 1/8 where both sides stay at `least_side` pixels or more, which
    is up to three times faster for a photo of a phone. 16-bit and float pictures are scaled to 8 bits.
    """
    image.draft("RGB", (least_side, least_side))
    image = ImageOps.exif_transpose(image)
    if image.mode in ("I;16", "I;16L", "I;16B", "I;16N", "I", "F"):
        image = Image.fromarray(_to_8_bits(np.asarray(image)))
    if image.mode in ("RGBA", "LA", "PA", "RGBa") or "transparency" in image.info:
        coloured = image.convert("RGBA")
        ground = Image.new("RGBA", coloured.size, "white")
        image = Image.alpha_composite(ground, coloured)
    return image.convert("RGB")


def _to_8_bits(values: np.ndarray) -> np.ndarray:
    """Grey values of any depth as uint8: 0-255 as they are, 0-65535 divided, others by their range.

    Fractions up to 1 are scaled to 255; what is no finite number becomes 0.
    """
    wide = np.where(np.isfinite(values), values, 0).astype(np.float64)
    low, high = float(wide.min()), float(wide.max())
    if low >= 0 and high <= 255 and not np.issubdtype(values.dtype, np.uint16):
        return (wide if high > 1 else wide * 255).astype(np.uint8)
    if low >= 0 and high <= 65535:
        return (wide / 257).astype(np.uint8)
    return ((wide - low) / max(high - low, 1e-9) * 255).astype(np.uint8)
