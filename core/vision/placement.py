"""Where a square is cut from a picture: crop, flips, turn, zoom and tilt as ONE 3x3 matrix.

Composing the matrices first and sampling the pixels once is faster than a resampling each, keeps the
picture sharper, and lets a rotated crop show what really lies beside it (fastai does the same).
"""

import math
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from core.vision.augmentation import AugmentationSpec

# fastai's p_affine: rotation, zoom and each tilt leave a quarter of the draws alone.
DRAWN_SHARE = 0.75
# Width to height of a random-resized-crop.
RATIOS = (3 / 4, 4 / 3)
Box = tuple[float, float, float, float]  # left, top, width, height


@dataclass(frozen=True, slots=True)
class Placement:
    """One draw. The box is in pixels of the picture; "pad" lets it reach beyond the edges."""

    left: float
    top: float
    width: float
    height: float
    flipped: bool = False
    upside_down: bool = False
    rotate_degrees: float = 0.0    # clockwise, before the flips, quarter turns included
    zoom: float = 1.0
    zoom_x: float = 0.0            # what the zoom closes in on: -1 the box's left edge, 1 its right one
    zoom_y: float = 0.0
    tilt_x: float = 0.0            # > 0: the right edge shows more than the left one, as if farther away
    tilt_y: float = 0.0

    def matrix(self, size: int) -> NDArray[np.float64]:
        """(3, 3): from a pixel of the (size, size) square to the picture's pixel that it shows.

        In between, a square of side 2 around the origin; pixels have their centres at whole numbers.
        """
        around = math.radians(self.rotate_degrees)
        cos, sin = math.cos(around), math.sin(around)
        near = 1 / self.zoom
        return np.asarray(
            _scaled_and_moved(self.width / 2, self.left + (self.width - 1) / 2,
                              self.height / 2, self.top + (self.height - 1) / 2)
            @ _tilted(self.tilt_x, self.tilt_y)
            @ _scaled_and_moved(near, (1 - near) * self.zoom_x, near, (1 - near) * self.zoom_y)
            @ np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]])
            @ _scaled_and_moved(-1 if self.flipped else 1, 0, -1 if self.upside_down else 1, 0)
            @ _scaled_and_moved(2 / size, 1 / size - 1, 2 / size, 1 / size - 1)
        )

    def corners(self, size: int) -> tuple[tuple[float, float], ...]:
        """The picture's points (x, y) that the square's corners show, clockwise from the top left."""
        ends = (-0.5, size - 0.5)
        square = np.array([(ends[0], ends[0], 1), (ends[1], ends[0], 1),
                           (ends[1], ends[1], 1), (ends[0], ends[1], 1)])
        x, y, w = self.matrix(size) @ square.T
        return tuple((float(a), float(b)) for a, b in zip(x / w, y / w, strict=True))


def draw(spec: AugmentationSpec, height: int, width: int, random: Random) -> Placement:
    """A placement in a picture of (height, width) pixels, as the spec allows."""
    left, top, box_width, box_height = _box(spec, height, width, random)
    turn = 90 * random.randrange(4) if spec.quarter_turns else 0
    return Placement(
        left, top, box_width, box_height,
        flipped=spec.flip_horizontal and random.random() < 0.5,
        upside_down=spec.flip_vertical and random.random() < 0.5,
        rotate_degrees=turn + _perhaps(random, spec.rotate_degrees),
        zoom=1 + abs(_perhaps(random, spec.max_zoom - 1)),
        zoom_x=random.uniform(-1, 1),
        zoom_y=random.uniform(-1, 1),
        tilt_x=_perhaps(random, spec.warp),
        tilt_y=_perhaps(random, spec.warp),
    )


def _perhaps(random: Random, most: float) -> float:
    """From -most to most, or 0 in a quarter of the draws."""
    return random.uniform(-most, most) if most and random.random() < DRAWN_SHARE else 0.0


def _box(spec: AugmentationSpec, height: int, width: int, random: Random) -> Box:
    """The part of the picture that becomes the square."""
    if spec.cut == "squish":
        return 0, 0, width, height
    if spec.cut == "random-resized-crop":
        for _ in range(10):
            area = width * height * random.uniform(spec.min_scale, 1)
            ratio = math.exp(random.uniform(math.log(RATIOS[0]), math.log(RATIOS[1])))
            across, down = math.sqrt(area * ratio), math.sqrt(area / ratio)
            if across <= width and down <= height:
                return random.uniform(0, width - across), random.uniform(0, height - down), across, down
        # A picture too long for any such box: the largest that has an allowed ratio, from the middle.
        across, down = min(width, height * RATIOS[1]), min(height, width / RATIOS[0])
        return (width - across) / 2, (height - down) / 2, across, down
    side = min(width, height) if spec.cut == "centre" else max(width, height)
    return (width - side) / 2, (height - side) / 2, side, side


def _scaled_and_moved(scale_x: float, move_x: float, scale_y: float, move_y: float) -> NDArray[np.float64]:
    return np.array([[scale_x, 0, move_x], [0, scale_y, move_y], [0, 0, 1]])


def _tilted(tilt_x: float, tilt_y: float) -> NDArray[np.float64]:
    """A perspective: the edges x = -1 and 1 stay, their lengths become 1 - tilt_x and 1 + tilt_x; so for y.

    The largest warp, 0.5, keeps every turned corner in front of the horizon.
    """
    a, b = tilt_x, tilt_y
    sideways = np.array([[1, 0, -a], [0, 1 - a * a, 0], [-a, 0, 1]])
    upwards = np.array([[1 - b * b, 0, 0], [0, 1, -b], [0, -b, 1]])
    return np.asarray(sideways @ upwards)
