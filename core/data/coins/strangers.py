"""Things that are no coin, as they slip into every collection of pictures."""

import math

import cv2
import numpy as np

from core.data.coins.grounds import lay
from core.data.coins.light import Light, draw_light, glossy, matte, normals
from core.data.coins.motifs import RADIUS, SIDE, Relief, curve
from core.data.coins.noise import fractal, ramp
from core.data.coins.relief import polar
from core.data.coins.scene import Pose, cast_shadow, develop, illuminate, lay_face

PLASTICS = ((0.02, 0.02, 0.025), (0.50, 0.04, 0.04), (0.03, 0.08, 0.35), (0.70, 0.66, 0.55),
            (0.05, 0.24, 0.10), (0.30, 0.14, 0.05))


def stranger(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """A photo without a coin, (H, W, 3) uint8 RGB of `shape`: a thing, a shadow or nothing at all."""
    light = draw_light(rng)
    scene = illuminate(lay(rng, shape), light, rng)
    short = min(shape)
    pose = Pose((shape[1] / 2, shape[0] / 2), short * float(rng.uniform(0.28, 0.42)),
                float(rng.uniform(-3, 3)), 0.0, 0.0)
    things = (button, bottle_cap, leaf, key)
    kind = rng.integers(len(things) + 2)
    if kind < len(things):
        face = things[kind](rng, light, pose.turned_radians)
        scene = cast_shadow(scene, _silhouette(face[..., 3], pose), light, 0.09 * pose.radius)
        return develop(lay_face(scene, face, pose), light, rng)
    if kind == len(things):
        blot = [tuple(point) for point in rng.normal(0, 0.1, (9, 2)) + [
            (math.cos(turn), math.sin(turn)) for turn in np.linspace(0, 2 * math.pi, 10)[:-1]]]
        shadow = np.asarray(curve(blot)) * pose.radius + np.asarray(pose.middle)
        scene = cast_shadow(scene, shadow, light, 0.25 * pose.radius)
    return develop(scene, light, rng)


def button(rng: np.random.Generator, light: Light, turned_radians: float) -> np.ndarray:
    """A plastic button with two or four holes: (SIDE, SIDE, 4), as all things here."""
    radius, _ = polar()
    height = 5 * ramp(radius, 0.62, 0.78) + 4 * ramp(radius, 1.0, 0.9)
    alpha = np.clip((1 - radius) * RADIUS, 0, 1)
    holes = int(rng.choice([2, 4]))
    for turn in np.arange(holes) * 2 * math.pi / holes:
        y, x = (np.mgrid[:SIDE, :SIDE] - SIDE / 2) / RADIUS
        hole = np.hypot(x - 0.24 * math.cos(turn), y - 0.24 * math.sin(turn))
        alpha = alpha * np.clip((hole - 0.11) * RADIUS, 0, 1)
    return _plastic(height, alpha, _pick(rng), light, turned_radians)


def bottle_cap(rng: np.random.Generator, light: Light, turned_radians: float) -> np.ndarray:
    """A crown cap with its 21 teeth and a painted ring."""
    radius, angle = polar()
    wave = 0.5 + 0.5 * np.cos(21 * angle)
    edge = 0.94 + 0.05 * wave
    height = 9 * ramp(radius, 0.97, 0.74) + 3 * wave * ramp(radius, 0.72, 0.95)
    paint = np.where((np.abs(radius - 0.5) < 0.06)[..., None], _pick(rng), _pick(rng))
    return _plastic(height, np.clip((edge - radius) * RADIUS, 0, 1), paint, light, turned_radians)


def leaf(rng: np.random.Generator, light: Light, turned_radians: float) -> np.ndarray:
    """An autumn leaf with its veins."""
    relief = Relief()
    half = ((0, -.95), (.30, -.55), (.42, -.1), (.34, .35), (.10, .70))
    relief.polygon(curve([*half, *((-x, y) for x, y in half[:0:-1])]), 3, 20)
    blade = np.clip(relief.height * 4, 0, 1)
    stem = np.zeros((SIDE, SIDE), np.uint8)
    cv2.line(stem, (SIDE // 2, 205), (SIDE // 2 + 6, 244), 255, 4, cv2.LINE_AA)
    relief.stroke([(0, -.9), (0, .72)], 3, -2)
    for level in np.linspace(-.6, .5, 7):
        for side in (-1, 1):
            relief.stroke([(0, level + .16), (side * .36, level - .12)], 2, -1.2)
    colours = ((0.40, 0.16, 0.03), (0.45, 0.30, 0.04), (0.10, 0.20, 0.04), (0.28, 0.05, 0.02))
    colour = np.asarray(colours[rng.integers(len(colours))], np.float32)
    mottled = colour * (1 + 0.18 * fractal(rng, (SIDE, SIDE), 6))[..., None]
    alpha = np.maximum(blade, stem.astype(np.float32) / 255)
    lit = matte(normals(relief.height), light, turned_radians)
    return np.dstack((mottled * lit[..., None], alpha)).astype(np.float32)


def key(rng: np.random.Generator, light: Light, turned_radians: float) -> np.ndarray:
    """An old key of iron or brass."""
    relief = Relief()
    mask = np.zeros((SIDE, SIDE), np.uint8)
    middle = SIDE // 2
    cv2.circle(mask, (middle, 58), 34, 255, 13, cv2.LINE_AA)
    cv2.line(mask, (middle, 92), (middle, 232), 255, 12, cv2.LINE_AA)
    for row in rng.choice([180, 196, 212, 226], 3, replace=False).tolist():
        cv2.line(mask, (middle, row), (middle + int(rng.integers(20, 38)), row), 255, 9, cv2.LINE_AA)
    relief.mask(mask, height=7, roundness=5)
    metals = ((0.30, 0.29, 0.28), (0.60, 0.46, 0.20))
    colour = np.asarray(metals[rng.integers(len(metals))], np.float32)
    bright = glossy(normals(relief.height), light, 0.6, turned_radians)
    return np.dstack((colour * bright[..., None], mask.astype(np.float32) / 255)).astype(np.float32)


def _plastic(height: np.ndarray, alpha: np.ndarray, colour: np.ndarray, light: Light,
             turned_radians: float) -> np.ndarray:
    normal = normals(height.astype(np.float32))
    lit = matte(normal, light, turned_radians)[..., None]
    shine = 0.06 * glossy(normal, light, 0.1, turned_radians)[..., None]
    return np.dstack((colour * lit + shine, alpha)).astype(np.float32)


def _pick(rng: np.random.Generator) -> np.ndarray:
    return np.asarray(PLASTICS[rng.integers(len(PLASTICS))], np.float32)


def _silhouette(alpha: np.ndarray, pose: Pose) -> np.ndarray:
    """The outer contour of a thing in pixels (N, 2)."""
    contours, _ = cv2.findContours((alpha > 0.5).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    flat = max(contours, key=len)[:, 0, :].astype(np.float64)
    points = np.column_stack(((flat - SIDE / 2) / RADIUS, np.zeros(len(flat))))
    return pose.project(points)
