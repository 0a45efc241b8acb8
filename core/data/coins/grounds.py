"""What coins lie on: wood, cloth, paper, stone, a palm, felt. Flat colours, before light falls on them."""

import math

import cv2
import numpy as np

from core.data.coins.noise import blend, fractal, ramp, smooth, soften, stain, tinted

WOODS = ((0.30, 0.15, 0.065), (0.16, 0.07, 0.03), (0.50, 0.31, 0.16), (0.36, 0.24, 0.15), (0.07, 0.04, 0.025))
CLOTHS = ((0.62, 0.56, 0.44), (0.05, 0.09, 0.20), (0.30, 0.03, 0.04), (0.55, 0.55, 0.56), (0.10, 0.12, 0.11),
          (0.22, 0.16, 0.10), (0.40, 0.45, 0.38))
SKINS = ((0.68, 0.40, 0.29), (0.56, 0.31, 0.21), (0.40, 0.20, 0.12), (0.24, 0.115, 0.07), (0.74, 0.48, 0.38))
FELTS = ((0.02, 0.14, 0.07), (0.25, 0.01, 0.03), (0.02, 0.04, 0.16), (0.03, 0.03, 0.035), (0.11, 0.05, 0.13),
         (0.42, 0.40, 0.36))


def _pick(colours: tuple[tuple[float, ...], ...], rng: np.random.Generator) -> np.ndarray:
    """One of the colours, a little lighter or darker, (3,)."""
    return np.asarray(colours[rng.integers(len(colours))], np.float32) * np.float32(rng.uniform(0.8, 1.2))


def _painted(colour: np.ndarray, brightness: np.ndarray) -> np.ndarray:
    return tinted(colour, np.maximum(brightness, 0.05))


def wood(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Boards with rings stretched along the grain, fibres, and now and then a gap between two."""
    y = np.linspace(0, 1, shape[0], dtype=np.float32)[:, None]
    stretched = smooth(rng, shape, (5, 2)) + 0.4 * smooth(rng, shape, (16, 3))
    rings = np.sin(2 * math.pi * (y * rng.uniform(5, 12) + stretched * rng.uniform(0.3, 0.9)))
    fibres = smooth(rng, shape, (shape[0], 9)) + 0.6 * smooth(rng, shape, (shape[0] // 2, 4))
    bright = 1 + 0.16 * rings + 0.09 * fibres + 0.10 * stretched
    if rng.random() < 0.5:
        gap = rng.uniform(0.1, 0.9)
        bright *= 1 - 0.85 * cv2.exp(-(((y - np.float32(gap)) * np.float32(shape[0] / 1.8)) ** 2))
    return _painted(_pick(WOODS, rng), bright)


def cloth(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """A plain weave with soft folds, sometimes with stripes both ways."""
    period = rng.uniform(4, 8)
    y, x = (math.pi / period * np.mgrid[:shape[0], :shape[1]]).astype(np.float32)
    over = np.sin(x) * np.sin(y) > 0
    weave = np.where(over, np.abs(np.sin(x)), np.abs(np.sin(y)))
    count = int(shape[0] / period)
    threads = smooth(rng, shape, (count, 3)) + smooth(rng, shape, (3, count))
    bright = 0.62 + 0.45 * weave + 0.07 * threads + 0.16 * smooth(rng, shape, (3, 4))
    ground = _painted(_pick(CLOTHS, rng), bright)
    if rng.random() < 0.35:
        stripes = [ramp(np.sin(way / rng.uniform(7, 12)), 0.55, 0.75) for way in (x, y)]
        ground = blend(ground, _painted(_pick(CLOTHS, rng), bright), 0.35 * (stripes[0] + stripes[1]))
    return ground


def paper(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """A sheet: blank, ruled, squared or printed."""
    bright = 1 + 0.012 * smooth(rng, shape, (shape[0] // 2, shape[1] // 2)) + 0.03 * fractal(rng, shape, 3)
    white = np.asarray((0.80, 0.775, rng.uniform(0.62, 0.76)), np.float32) * np.float32(rng.uniform(0.8, 1.0))
    ground = _painted(white, bright)
    ink = np.zeros(shape, np.uint8)
    pitch, kind = int(rng.integers(15, 26)), rng.integers(4)
    for row in range(pitch, shape[0], pitch):
        if kind in (1, 2):
            cv2.line(ink, (0, row), (shape[1], row), 110, 1, cv2.LINE_AA)
        elif kind == 3:
            at = int(rng.integers(0, 40))
            while at < shape[1]:
                word = int(rng.integers(6, 34))
                cv2.line(ink, (at, row), (at + word, row), 150, 4)
                at += word + 7
    if kind == 2:
        for column in range(pitch, shape[1], pitch):
            cv2.line(ink, (column, 0), (column, shape[0]), 110, 1, cv2.LINE_AA)
    dark = ink.astype(np.float32) / 255
    if kind != 3:
        return stain(ground, (0.20, 0.32, 0.55), dark)
    letters = dark * (rng.random(shape, np.float32) < 0.62)  # a line of type is no bar
    return stain(ground, (0.05, 0.05, 0.06), cv2.GaussianBlur(letters, (0, 0), 0.7))


def stone(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Veined marble, speckled granite or slate."""
    cloud = fractal(rng, shape, 3, octaves=5)
    match rng.integers(3):
        case 0:
            veins = cv2.exp(-np.abs(cloud + 0.3 * smooth(rng, shape, (2, 2))) * np.float32(9))
            white = np.float32(rng.uniform(0.55, 0.8)) * np.ones(3, np.float32)
            return stain(_painted(white, 1 + 0.05 * cloud), (0.28, 0.27, 0.27), 0.55 * veins)
        case 1:
            grains = smooth(rng, shape, (shape[0] // 2, shape[1] // 2))
            return _painted(_pick(((0.32, 0.30, 0.29), (0.36, 0.25, 0.21), (0.14, 0.14, 0.15)), rng),
                           1 + 0.36 * grains + 0.08 * cloud)
        case _:
            layers = smooth(rng, shape, (shape[0] // 5, 6))
            return _painted(_pick(((0.10, 0.11, 0.12), (0.16, 0.15, 0.13)), rng),
                            1 + 0.22 * cloud + 0.14 * layers)


def palm(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Skin with soft cushions, redder here and there, and the creases of a palm."""
    cushions = smooth(rng, shape, (3, 3))
    pores = smooth(rng, shape, (shape[0] // 3, shape[1] // 3))
    ground = _painted(_pick(SKINS, rng), 1 + 0.10 * cushions + 0.035 * pores)
    red = ground * np.asarray((1.08, 0.82, 0.80), np.float32)
    ground = blend(ground, red, ramp(smooth(rng, shape, (4, 4)), 0, 2))
    lines = np.zeros(shape, np.uint8)
    t = np.linspace(0, 1, 24)
    for start in np.linspace(0.1, 0.9, int(rng.integers(2, 4))):
        bow, reach = rng.uniform(0.15, 0.45), rng.uniform(0.6, 1.0)
        x = start + bow * (t - 0.5) ** 2 * 4 - bow + 0.02 * np.sin(9 * t + rng.uniform(0, 6))
        y = t * reach + rng.uniform(-0.1, 0.1)
        points = np.rint(np.stack((x, y), axis=1) * shape[0])
        cv2.polylines(lines, [points.astype(np.int32)], False, int(rng.integers(90, 150)), 2, cv2.LINE_AA)
    creases = soften(lines, 2.2).astype(np.float32) / 255
    return blend(ground, ground * np.asarray((0.38, 0.22, 0.18), np.float32), creases)


def felt(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Short fibres every way in one deep colour."""
    fine, coarse = shape[0] // 2, shape[0] // 7
    fibres = smooth(rng, shape, (fine, coarse)) + smooth(rng, shape, (coarse, fine))
    return _painted(_pick(FELTS, rng), 1 + 0.16 * fibres + 0.08 * fractal(rng, shape, 3))


GROUNDS = (wood, cloth, paper, stone, palm, felt)


def lay(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """A ground that fills a picture of `shape`, at any angle: (H, W, 3) linear RGB, reflectances."""
    reach = int(max(shape) * 1.05) + 2
    flat = GROUNDS[rng.integers(len(GROUNDS))](rng, (reach, reach))
    degrees, zoom = float(rng.uniform(-180, 180)), float(rng.uniform(1, 1.3))
    turn = np.asarray(cv2.getRotationMatrix2D((reach / 2, reach / 2), degrees, zoom), np.float64)
    turn[:, 2] += (np.asarray(shape[::-1]) - reach) / 2
    return cv2.warpAffine(flat.astype(np.float32), turn, shape[::-1], borderMode=cv2.BORDER_REFLECT_101)
