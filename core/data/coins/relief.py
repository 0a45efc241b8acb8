"""A coin as it leaves the die and as years wear it: a height map."""

import math
from functools import lru_cache

import cv2
import numpy as np
from PIL import Image, ImageDraw

from core.data.coins.motifs import MOTIFS, RADIUS, SIDE, Relief, font
from core.data.coins.noise import fractal, ramp

WORDS = ("NOVA", "TERRA", "MARE", "VIRTVS", "LVNA", "SOLIS", "PAX", "FIDES", "MONTIS", "REGNVM", "VERITAS",
         "INSVLA", "CIVITAS", "AEQVITAS", "STELLA", "VENTVS", "FLVMEN", "SPES", "CONCORDIA", "HORA")
LEGEND = (0.69, 0.845)  # the ring of letters, in radii


@lru_cache
def polar() -> tuple[np.ndarray, np.ndarray]:
    """Radius (1 at the coin's edge) and angle (radians, clockwise from the top) of every pixel."""
    y, x = (np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2).astype(np.float32) / RADIUS
    return np.hypot(x, y), np.arctan2(x, -y)


def disc() -> np.ndarray:
    """1 on the coin and 0 around it, with a soft edge, (SIDE, SIDE)."""
    return np.asarray(np.clip((1 - polar()[0]) * RADIUS, 0, 1))


def strike(rng: np.random.Generator, wear: float) -> np.ndarray:
    """The height map of a coin in pixels, (SIDE, SIDE) float32; `wear` from 0 (mint) to 1 (smooth)."""
    radius, angle = polar()
    relief = Relief()
    MOTIFS[rng.integers(len(MOTIFS))](rng, relief)
    height = relief.height
    rim = rng.uniform(0.885, 0.925)
    height += 6 * ramp(radius, rim - 0.02, rim + 0.02)
    match rng.integers(4):
        case 0:
            beads = int(rng.integers(70, 110))
            height += 3.5 * np.maximum(np.cos(angle * beads), 0) * _ring(radius, rim - 0.05, 0.018)
        case 1:
            height += 3.0 * _ring(radius, rim - 0.045, 0.012)
        case 2:
            teeth = int(rng.integers(90, 140))
            height += 2.5 * (0.5 + 0.5 * np.cos(angle * teeth)) * ramp(radius, rim - 0.09, rim - 0.03)
        case _:
            pass
    if rng.random() < 0.75:
        height += 3.4 * _legend(rng)
    height += rng.uniform(4, 11) * radius * radius  # the field is dished: light runs across it
    return _worn(rng, height, wear)


def _ring(radius: np.ndarray, at: float, width: float) -> np.ndarray:
    return cv2.exp(-(((radius - np.float32(at)) / np.float32(width)) ** 2))


def _legend(rng: np.random.Generator) -> np.ndarray:
    """Letters around the edge, 0-1: a straight strip, bent round the coin; open at the bottom."""
    words = [str(word) for word in rng.choice(WORDS, int(rng.integers(2, 4)), replace=False)]
    words.append(str(rng.integers(1790, 1990)))
    width, tall = 620, 24
    board = Image.new("L", (width, tall))
    ImageDraw.Draw(board).text((width / 2, tall / 2), " • ".join(words), fill=255, font=font(22), anchor="mm",
                               stroke_width=1)
    radius, angle = polar()
    inner, outer = LEGEND
    bent = cv2.remap(np.asarray(board), (angle / (2 * math.pi) + 0.5) * width,
                     (outer - radius) / (outer - inner) * tall, cv2.INTER_LINEAR)
    return cv2.GaussianBlur(bent, (0, 0), 0.7).astype(np.float32) / 255


def _worn(rng: np.random.Generator, height: np.ndarray, wear: float) -> np.ndarray:
    """Wear rounds the relief and takes its peaks; use leaves scratches, dents and a fine grain."""
    smoothed = cv2.GaussianBlur(height, (0, 0), 0.6 + 1.9 * wear) * np.float32(1 - 0.5 * wear)
    marks = np.zeros((SIDE, SIDE), np.uint8)
    for _ in range(rng.poisson(3 + 12 * wear)):
        x, y = rng.uniform(0.1, 0.9, 2) * SIDE
        direction, length = rng.uniform(0, 2 * math.pi), rng.exponential(26) + 4
        end = (round(x + length * math.cos(direction)), round(y + length * math.sin(direction)))
        cv2.line(marks, (round(x), round(y)), end, int(rng.integers(60, 230)), 1, cv2.LINE_AA)
    for _ in range(rng.poisson(1 + 3 * wear)):
        x, y = rng.integers(30, SIDE - 30, 2)
        cv2.ellipse(marks, (int(x), int(y)), (int(rng.integers(1, 5)), int(rng.integers(1, 3))),
                    float(rng.uniform(0, 180)), 0, 360, int(rng.integers(90, 255)), -1, cv2.LINE_AA)
    grain = fractal(rng, (SIDE, SIDE), 24, octaves=3)
    marked = smoothed - marks * np.float32(0.9 / 255)
    return np.asarray(marked + grain * np.float32(0.05 + 0.13 * wear), np.float32)
