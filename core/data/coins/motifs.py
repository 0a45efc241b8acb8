"""What a coin shows: invented portraits, numerals, wreaths, stars and more, from simple shapes.

A motif is drawn as a relief: a (SIDE, SIDE) float32 height map in pixels, for a coin of radius RADIUS
in the middle. Points are in radii from the middle, y down.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

SIDE = 256     # pixels a side
RADIUS = 118   # of the coin, pixels
Point = tuple[float, float]

# A head that looks left, from the throat over the face and the hair down to the shoulder.
PROFILE: tuple[Point, ...] = (
    (-.10, .58), (-.13, .43), (-.20, .37), (-.33, .35), (-.365, .28), (-.345, .22), (-.385, .18),
    (-.355, .145), (-.39, .10), (-.365, .05), (-.455, .01), (-.44, -.04), (-.375, -.16), (-.36, -.23),
    (-.37, -.33), (-.30, -.46), (-.10, -.57), (.14, -.56), (.33, -.43), (.40, -.22), (.36, .00), (.25, .15),
    (.23, .33), (.33, .48), (.42, .56), (.20, .65), (.02, .66))
HAIRLINE: tuple[Point, ...] = (
    (-.33, -.38), (-.22, -.28), (-.10, -.22), (-.04, -.10), (.00, .04), (.10, .16), (.24, .20), (.42, .02),
    (.44, -.25), (.34, -.47), (.12, -.62), (-.12, -.62), (-.31, -.48))


class Relief:
    """A height map that shapes are raised on, one after another."""

    def __init__(self) -> None:
        self.height = np.zeros((SIDE, SIDE), np.float32)

    def polygon(self, points: Sequence[Point] | np.ndarray, height: float = 5.0,
                roundness: float = 7.0) -> None:
        """Raise a closed shape with pillowed edges, `roundness` pixels wide."""
        corners = _pixels(points)
        left, top = np.clip(corners.min(axis=0) // 16 - 2, 0, SIDE)
        right, bottom = np.clip(corners.max(axis=0) // 16 + 3, 0, SIDE)
        mask = np.zeros((bottom - top, right - left), np.uint8)  # of its own box: most shapes are small
        cv2.fillPoly(mask, [corners - np.array((left, top), np.int32) * 16], 255, cv2.LINE_AA, shift=4)
        self.mask(mask, height, roundness, (left, top))

    def ellipse(self, middle: Point, radii: Point, degrees: float = 0.0,
                height: float = 4.0, roundness: float = 5.0) -> None:
        angle = np.linspace(0, 2 * math.pi, 25)[:-1]
        turn = math.radians(degrees)
        along, across = radii[0] * np.cos(angle), radii[1] * np.sin(angle)
        x = middle[0] + along * math.cos(turn) - across * math.sin(turn)
        y = middle[1] + along * math.sin(turn) + across * math.cos(turn)
        self.polygon(np.stack((x, y), axis=1), height, roundness)

    def stroke(self, points: Sequence[Point], width: int, height: float) -> None:
        mask = np.zeros((SIDE, SIDE), np.uint8)
        cv2.polylines(mask, [_pixels(points)], False, 255, width, cv2.LINE_AA, shift=4)
        self.height += mask.astype(np.float32) * np.float32(height / 255)

    def mask(self, mask: np.ndarray, height: float, roundness: float,
             corner: tuple[int, int] = (0, 0)) -> None:
        """Raise what is 255 in `mask`, whose upper left pixel lies at `corner`."""
        inside = cv2.distanceTransform((mask > 127).astype(np.uint8), cv2.DIST_L2, 3)
        (left, top), (rows, columns) = corner, mask.shape
        pillow = height - height * cv2.exp(inside * (-1 / roundness))
        self.height[top:top + rows, left:left + columns] += pillow


def _pixels(points: Sequence[Point] | np.ndarray) -> np.ndarray:
    """Points as cv2 takes them: fixed-point numbers with four binary places."""
    return np.rint((np.asarray(points) * RADIUS + SIDE / 2) * 16).astype(np.int32)


def curve(points: Sequence[Point], closed: bool = True, steps: int = 6) -> list[Point]:
    """A smooth line through the points (Catmull-Rom)."""
    knots = np.asarray(points)
    before, after = np.roll(knots, 1, axis=0), np.roll(knots, -1, axis=0)
    after_next = np.roll(knots, -2, axis=0)
    t = np.linspace(0, 1, steps, endpoint=False)[:, None, None]
    line = 0.5 * (2 * knots + (after - before) * t + (2 * before - 5 * knots + 4 * after - after_next) * t**2
                  + (3 * knots - before - 3 * after + after_next) * t**3)
    drawn = line.transpose(1, 0, 2) if closed else line.transpose(1, 0, 2)[1:-2]
    return [(float(x), float(y)) for x, y in drawn.reshape(-1, 2)]


@lru_cache
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def portrait(rng: np.random.Generator, relief: Relief) -> None:
    """An invented head in profile, with a laurel, a crown or bare hair."""
    shape = np.asarray(PROFILE) + rng.normal(0, 0.008, (len(PROFILE), 2))
    shape[10:12, 0] -= rng.uniform(-0.015, 0.04)  # the nose is what tells people apart
    relief.polygon(curve([tuple(point) for point in shape]), height=6.5, roundness=13)
    hair = np.zeros((SIDE, SIDE), np.uint8)
    cv2.fillPoly(hair, [_pixels(curve(HAIRLINE))], 255, cv2.LINE_AA, shift=4)
    y, x = (np.mgrid[:SIDE, :SIDE] - SIDE / 2).astype(np.float32) / RADIUS
    waves = rng.uniform(40, 62)
    swirl = np.sin(np.hypot(x + 0.12, y - 0.1) * waves + np.sin(np.arctan2(y, x) * 5) * rng.uniform(0.6, 2.2))
    head = (relief.height > 0.5).astype(np.float32)
    relief.height += head * cv2.GaussianBlur(hair, (0, 0), 2).astype(np.float32) / 255 * (2 + 1.1 * swirl)
    relief.ellipse((-.265, -.125), (.045, .022), 8, height=1.6, roundness=3)
    relief.stroke([(-.34, -.185), (-.27, -.205), (-.20, -.185)], 3, 1.6)
    relief.stroke([(-.36, .145), (-.28, .15)], 2, -1.8)
    relief.stroke(curve([(.02, -.06), (.07, -.07), (.09, .0), (.05, .07), (.02, .05)]), 3, 1.8)
    match rng.integers(3):
        case 0:
            for t in np.linspace(0, 1, 8):
                x, y = -.30 + .62 * t, -.36 - .10 * math.sin(math.pi * t) + .22 * t
                relief.ellipse((x, y), (.085, .026), -28 - 30 * t, height=2.6, roundness=3)
                relief.ellipse((x, y + .05), (.075, .024), 40 - 30 * t, height=2.6, roundness=3)
        case 1:
            spikes = [(-.31 + .09 * i, -.40 - (.25 if i % 2 else .02) + .022 * i) for i in range(8)]
            relief.polygon([*spikes, (.36, -.19), (-.30, -.33)], height=3.5, roundness=4)
        case _:
            pass
    if rng.random() < 0.5:
        relief.height[:] = relief.height[:, ::-1].copy()


def wreath(rng: np.random.Generator, relief: Relief) -> None:
    """Two branches, open at the top."""
    leaves, reach = int(rng.integers(8, 12)), rng.uniform(2.4, 2.75)
    slim = rng.uniform(0.028, 0.042)
    for side in (-1, 1):
        for t in np.linspace(0.12, reach, leaves):
            x, y = side * 0.64 * math.sin(t), 0.64 * math.cos(t)
            along = math.degrees(math.atan2(-math.sin(t), side * math.cos(t)))
            for splay, place in ((24, 0.06), (-24, -0.06)):
                middle = (x * (1 + place), y * (1 + place))
                relief.ellipse(middle, (0.095, slim), along + side * splay, height=2.8, roundness=3.5)
        stem = [(side * 0.64 * math.sin(t), 0.64 * math.cos(t)) for t in np.linspace(0, reach, 14)]
        relief.stroke(stem, 2, 1.6)


def numeral(rng: np.random.Generator, relief: Relief) -> None:
    """A value, with a wreath around it or not."""
    value = str(rng.choice(["1", "2", "5", "10", "20", "25", "50", "100"]))
    size = {1: 128, 2: 96, 3: 72}[len(value)]
    board = Image.new("L", (SIDE, SIDE))
    ImageDraw.Draw(board).text((SIDE / 2, SIDE / 2), value, fill=255, font=font(size), anchor="mm",
                               stroke_width=int(rng.integers(1, 4)))
    relief.mask(np.asarray(board), height=6.0, roundness=5)
    if rng.random() < 0.75:
        wreath(rng, relief)


def star(rng: np.random.Generator, relief: Relief) -> None:
    """A faceted star, its ridges running to the points, or a sun with many rays."""
    points = int(rng.choice([5, 6, 7, 8, 12, 16]))
    y, x = (np.mgrid[:SIDE, :SIDE] - SIDE / 2).astype(np.float32) / RADIUS
    turn = np.arctan2(x, -y) / (2 * math.pi)
    folded = np.abs((turn * points + 0.5) % 1 - 0.5) * 2  # 0 at a point, 1 between two
    waist = rng.uniform(0.38, 0.55)
    edge = 0.66 * waist / (folded + (1 - folded) * waist)
    relief.height += 13 * np.maximum(edge - np.hypot(x, y), 0).astype(np.float32) / 0.66
    if points >= 8:
        relief.ellipse((0, 0), (0.26, 0.26), height=4.5, roundness=9)


def ship(rng: np.random.Generator, relief: Relief) -> None:
    """A sailing ship on the waves."""
    relief.polygon(curve([(-.50, .18), (-.30, .22), (.30, .22), (.56, .08), (.40, .40), (-.36, .40)]), 6, 9)
    for mast, top in ((-.20, -.42), (.20, -.50)):
        relief.stroke([(mast, .2), (mast, top - .08)], 3, 3)
        for level in range(int(rng.integers(1, 3)) + 1):
            low = .14 - level * .23
            wide = .20 - .035 * level
            sail = [(mast - wide, low), (mast - wide * .8, low - .18), (mast + wide * .8, low - .18),
                    (mast + wide, low), (mast + .02, low - .05)]
            relief.polygon(curve(sail), 4.5, 8)
    for row in range(3):
        depth = .47 + .075 * row
        reach = math.sqrt(0.66**2 - depth**2)
        wave = [(t, depth + .018 * math.sin(24 * t + 2 * row)) for t in np.linspace(-reach, reach, 40)]
        relief.stroke(wave, 3, 2.2)


def tree(rng: np.random.Generator, relief: Relief) -> None:
    """An old tree on a hill."""
    trunk = [(-.09, .5), (-.05, .1), (-.16, -.1), (.0, .0), (.16, -.12), (.05, .1), (.1, .5)]
    relief.polygon(curve(trunk), 5, 6)
    for _ in range(26):
        angle, far = rng.uniform(0, 2 * math.pi), 0.40 * math.sqrt(rng.random())
        size = rng.uniform(0.055, 0.12)
        relief.ellipse((far * 1.25 * math.cos(angle), -.25 + far * .85 * math.sin(angle)), (size, size * .85),
                       height=2.4, roundness=5)
    relief.polygon(curve([(-.50, .56), (-.2, .48), (.2, .48), (.50, .56), (.2, .60), (-.2, .60)]), 3.5, 6)


def eagle(rng: np.random.Generator, relief: Relief) -> None:
    """A bird with its wings spread, a star over its head or not."""
    droop = rng.uniform(-6, 14)
    for side in (-1, 1):
        for feather in range(7):
            angle = math.radians(-38 + 20 * feather + droop)
            reach = 0.56 - 0.035 * abs(feather - 2)
            middle = (side * (.10 + reach / 2 * math.cos(angle)), -.12 + reach / 2 * math.sin(angle))
            relief.ellipse(middle, (reach / 2, .052), side * math.degrees(angle), height=3.4, roundness=4)
    for spread in (-24, -8, 8, 24):
        lean = math.radians(90 + spread)
        relief.ellipse((.40 * math.cos(lean), .10 + .30 * math.sin(lean)), (.20, .045), 90 + spread, 3.0, 4)
    relief.ellipse((0, .06), (.125, .30), height=6, roundness=9)
    relief.polygon(curve([(-.07, -.20), (-.06, -.36), (.04, -.41), (.10, -.35), (.20, -.31), (.10, -.28),
                          (.08, -.18)]), height=5, roundness=5)


def castle(rng: np.random.Generator, relief: Relief) -> None:
    """A gate between towers with battlements."""
    for left, right, top in ((-.46, -.22, -.30), (.22, .46, -.30), (-.22, .22, rng.uniform(-.18, .0))):
        teeth = 3
        step = (right - left) / (2 * teeth - 1)
        wall = [(left, .46)]
        for tooth in range(teeth):
            at = left + 2 * tooth * step
            wall += [(at, top + .09), (at, top), (at + step, top), (at + step, top + .09)]
        relief.polygon([*wall, (right, .46)], height=5, roundness=4)
    gate = [(-.09, .46), (-.09, .22), (-.05, .14), (.05, .14), (.09, .22), (.09, .46)]
    relief.polygon(gate, height=-4.5, roundness=3)
    for row in range(5):
        for tower in (-.34, .34):
            y = .36 - .13 * row
            relief.stroke([(tower - .10, y), (tower + .10, y)], 1, -1.4)
    relief.stroke([(-.58, .50), (.58, .50)], 5, 3)


MOTIFS = (portrait, portrait, numeral, numeral, star, ship, tree, eagle, castle)
