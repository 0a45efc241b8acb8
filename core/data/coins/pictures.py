"""The coins: each picture a pure function of the seed, its class and its number."""

import io
import math

import cv2
import numpy as np
from PIL import Image

from core.data.coins import strangers
from core.data.coins.faults import Fault
from core.data.coins.grounds import lay
from core.data.coins.light import draw_light
from core.data.coins.metal import METALS, base_colour, shade
from core.data.coins.relief import strike
from core.data.coins.scene import Pose, cast_shadow, develop, illuminate, lay_face, outline, reeded_edge

CLASSES = ("copper", "gold", "silver")
JPEG_QUALITY = 88


def picture(label: str, index: int, seed: int, fault: Fault | None = None) -> bytes:
    """The JPEG at `<label>/<index>`: a coin of that metal, or what its planted fault makes of it."""
    if fault is None:
        return _jpeg(coin(label, _generator(seed, label, index)))
    rng = _generator(seed, label, index)
    match fault.kind:
        case "exact_duplicate" | "near_duplicate":
            other, number = _parts(fault.of or "")
            pixels = coin(other, _generator(seed, other, number))
            return _jpeg(pixels) if fault.kind == "exact_duplicate" else _jpeg(*_retouched(pixels, rng))
        case "wrong_label":
            return _jpeg(coin(fault.true_label or "", rng))
        case "no_such_thing":
            return _jpeg(strangers.stranger(rng, _frame(rng)))
        case "coin_at_one_end":
            return _jpeg(coin(label, rng, at_one_end=True))


def coin(metal_name: str, rng: np.random.Generator, at_one_end: bool = False) -> np.ndarray:
    """A photo of one coin, (H, W, 3) uint8 RGB, about 256 pixels on the short side."""
    shape, pose = _long_view(rng) if at_one_end else _usual_view(rng)
    metal, light = METALS[metal_name], draw_light(rng)
    colour, wear = base_colour(metal, rng), float(rng.beta(1.6, 2.4))
    thickness = float(rng.uniform(0.07, 0.13))
    scene = illuminate(lay(rng, shape), light, rng)
    scene = cast_shadow(scene, outline(pose, thickness), light, thickness * pose.radius)
    scene = reeded_edge(scene, pose, thickness, colour, light, reeds=bool(rng.random() < 0.8))
    height = strike(rng, wear)
    face = shade(height, metal, colour, wear, light, pose.turned_radians, pose.lean(), rng)
    return develop(lay_face(scene, face, pose), light, rng)


def _generator(seed: int, label: str, index: int) -> np.random.Generator:
    return np.random.default_rng((seed, CLASSES.index(label), index))


def _parts(file: str) -> tuple[str, int]:
    label, name = file.split("/")
    return label, int(name.removesuffix(".jpg"))


def _frame(rng: np.random.Generator) -> tuple[int, int]:
    """Height and width: portrait, square or landscape, 240-272 pixels on the short side."""
    short = int(rng.integers(240, 273))
    long = round(short * rng.choice([1, 1.2, 4 / 3]))
    return (short, long) if rng.random() < 0.6 else (long, short)


def _pose(rng: np.random.Generator, middle: tuple[float, float], radius: float) -> Pose:
    return Pose(middle, radius, turned_radians=float(rng.normal(0, 0.9)),
                tilt_radians=math.radians(min(52.0, abs(rng.normal(0, 24)))),
                tilt_axis_radians=float(rng.normal(0, 0.5)))


def _usual_view(rng: np.random.Generator) -> tuple[tuple[int, int], Pose]:
    height, width = _frame(rng)
    radius = min(height, width) * float(rng.uniform(0.25, 0.43))
    room_x, room_y = (max(0.0, side / 2 - 1.06 * radius) * 0.85 for side in (width, height))
    # Not so far aside that a centre crop cuts the coin: that is a planted fault's business.
    room = min(height, width) * 0.10
    middle = (width / 2 + rng.uniform(-1, 1) * min(room_x, room),
              height / 2 + rng.uniform(-1, 1) * min(room_y, room))
    return (height, width), _pose(rng, middle, radius)


def _long_view(rng: np.random.Generator) -> tuple[tuple[int, int], Pose]:
    """A long frame with the coin so near one end that the centre square misses it."""
    short = int(rng.integers(230, 251))
    aspect = float(rng.uniform(2.25, 2.95))
    long = round(short * aspect)
    radius = min(0.40, 0.46 * (aspect - 1) / 2) * short
    along = 1.05 * radius if rng.random() < 0.5 else long - 1.05 * radius
    across = short / 2 + float(rng.uniform(-1, 1)) * (short / 2 - 1.05 * radius)
    if rng.random() < 0.6:
        return (short, long), _pose(rng, (along, across), radius)
    return (long, short), _pose(rng, (across, along), radius)


def _retouched(pixels: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, int]:
    """The same photo, slightly cropped, brighter or darker, and saved anew: pixels and JPEG quality."""
    height, width = pixels.shape[:2]
    top, bottom, left, right = (int(rng.uniform(0.0, 0.04) * side) for side in (height, height, width, width))
    cropped = pixels[top:height - bottom, left:width - right]
    brighter = cv2.convertScaleAbs(cropped, alpha=float(rng.choice([0.86, 0.93, 1.08, 1.15])), beta=4)
    if rng.random() < 0.5:
        brighter = cv2.resize(brighter, (width, height), interpolation=cv2.INTER_LINEAR)
    return brighter, int(rng.integers(60, 82))


def _jpeg(pixels: np.ndarray, quality: int = JPEG_QUALITY) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=quality)
    return stream.getvalue()
