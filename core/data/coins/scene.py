"""A picture of one flat thing on a ground: placed in space, lit, with its shadow, through a lens."""

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from core.data.coins.light import Light
from core.data.coins.motifs import RADIUS, SIDE
from core.data.coins.noise import blend, ramp, soften, times, tinted

AROUND = np.linspace(0, 2 * math.pi, 145)[:-1]
TONES = 4096


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a thing of radius 1 lies and how it is turned: first in its plane, then tilted."""

    middle: tuple[float, float]    # pixels
    radius: float                  # pixels
    turned_radians: float
    tilt_radians: float            # away from the camera's axis
    tilt_axis_radians: float       # in the picture's plane

    def project(self, points: np.ndarray) -> np.ndarray:
        """Points (N, 3) of the thing's own space, in radii, as pixels (N, 2)."""
        turned = points @ _about_z(self.turned_radians).T
        axis = _about_z(self.tilt_axis_radians)
        tilted = turned @ (axis @ _about_x(self.tilt_radians) @ axis.T).T
        scale = self.radius * 6 / (6 - tilted[:, 2:])  # the camera stands six radii away
        return np.asarray(np.asarray(self.middle) + scale * tilted[:, :2])

    def lean(self) -> tuple[float, float]:
        """The slopes that the tilt gives to the thing's own height map."""
        slope = 0.45 * math.tan(self.tilt_radians)
        direction = self.tilt_axis_radians - self.turned_radians
        return -slope * math.sin(direction), slope * math.cos(direction)


def _about_z(radians: float) -> np.ndarray:
    cosine, sine = math.cos(radians), math.sin(radians)
    return np.array(((cosine, -sine, 0), (sine, cosine, 0), (0, 0, 1)))


def _about_x(radians: float) -> np.ndarray:
    cosine, sine = math.cos(radians), math.sin(radians)
    return np.array(((1, 0, 0), (0, cosine, -sine), (0, sine, cosine)))


def illuminate(ground: np.ndarray, light: Light, rng: np.random.Generator) -> np.ndarray:
    """The ground under the lamp: brighter towards it."""
    height, width = ground.shape[:2]
    x, y, z = light.towards()
    across = np.linspace(-0.5, 0.5, width, dtype=np.float32)[None, :] * x
    down = np.linspace(-0.5, 0.5, height, dtype=np.float32)[:, None] * y
    fall = (0.35 + 0.75 * z) * (1 + rng.uniform(0.2, 0.8) * (across + down))
    return times(ground, fall)


def outline(pose: Pose, below: float = 0.0) -> np.ndarray:
    """The thing's circular edge in pixels (144, 2), `below` radii under its face."""
    circle = np.stack((np.cos(AROUND), np.sin(AROUND), np.full_like(AROUND, -below)), axis=1)
    return pose.project(circle)


def cast_shadow(scene: np.ndarray, shape: np.ndarray, light: Light, thickness: float) -> np.ndarray:
    """The scene darkened by a thing's silhouette `shape` (N, 2); it and its `thickness` in pixels."""
    reach = thickness / math.tan(light.elevation_radians)
    x, y, _ = light.towards()
    near, far = (np.zeros(scene.shape[:2], np.uint8) for _ in range(2))
    cv2.fillPoly(near, [_fixed(shape)], 255, cv2.LINE_AA, shift=4)
    cv2.fillPoly(far, [_fixed(shape - 1.6 * reach * np.array((x, y)))], 255, cv2.LINE_AA, shift=4)
    contact = soften(near, 2 + 0.35 * thickness)
    thrown = soften(far, 1.5 + 0.5 * reach)
    dark = np.maximum(thrown * np.float32(0.85 * (1 - light.ambient) / 255), contact * np.float32(0.6 / 255))
    return times(scene, 1 - dark)


def reeded_edge(scene: np.ndarray, pose: Pose, thickness: float, colour: np.ndarray, light: Light,
                reeds: bool) -> np.ndarray:
    """The scene with the side of a tilted coin: `thickness` radii high, ridged all round where `reeds`."""
    top, bottom = outline(pose), outline(pose, thickness)
    sides = _fixed(np.stack((top, np.roll(top, -1, axis=0), np.roll(bottom, -1, axis=0), bottom), axis=1))
    lamp = math.atan2(light.towards()[1], light.towards()[0])
    levels = 150 + 85 * np.cos(AROUND + pose.turned_radians - lamp)
    if reeds:
        levels[::2] *= 0.6
    hull = cv2.convexHull(_fixed(np.concatenate((top, bottom))))
    cover, bright = (np.zeros(scene.shape[:2], np.uint8) for _ in range(2))
    cv2.fillConvexPoly(cover, hull, 255, cv2.LINE_AA, shift=4)
    cv2.fillConvexPoly(bright, hull, 110, cv2.LINE_AA, shift=4)
    for side, level in zip(sides, levels.tolist(), strict=True):
        cv2.fillConvexPoly(bright, side, level, cv2.LINE_AA, shift=4)
    metal = tinted(colour, bright * np.float32(0.75 / 255))
    return blend(scene, metal, cover * np.float32(1 / 255))


def lay_face(scene: np.ndarray, face: np.ndarray, pose: Pose) -> np.ndarray:
    """The scene with the thing's face (SIDE, SIDE, 4; linear RGB and alpha) on top of it."""
    corners = np.array(((-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0))) * (SIDE / 2 / RADIUS)
    source = np.array(((0, 0), (SIDE, 0), (SIDE, SIDE), (0, SIDE)), np.float32) - np.float32(0.5)
    matrix = cv2.getPerspectiveTransform(source, pose.project(corners).astype(np.float32))
    shrunk = RADIUS / pose.radius
    if shrunk > 1.15:  # else fine relief would flicker between the pixels
        face = cv2.GaussianBlur(face, (0, 0), 0.42 * shrunk)
    height, width = scene.shape[:2]
    laid = cv2.warpPerspective(face, matrix, (width, height))
    return blend(scene, np.ascontiguousarray(laid[..., :3]), laid[..., 3])


def develop(scene: np.ndarray, light: Light, rng: np.random.Generator) -> np.ndarray:
    """The photo, (H, W, 3) uint8 RGB: the light's colour, exposure, lens, sensor and film curve."""
    height, width = scene.shape[:2]
    key = float(rng.normal(0.29, 0.05))
    level = float(scene.mean())
    exposure = key / (0.4 * level + 0.6 * 0.22)  # automatic, but a dark cloth does not bleach the coin
    exposed = cv2.transform(scene, np.diag(light.colour() * np.float32(exposure)))
    if rng.random() < 0.85:
        exposed = cv2.GaussianBlur(exposed, (0, 0), float(0.3 + rng.exponential(0.35)))
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    exposed = times(exposed, 1 - rng.uniform(0.0, 0.45) * ramp(np.hypot(x, y), 0.5, 1.6))
    grain = np.float32(rng.uniform(0.01, 0.06))
    exposed += (rng.random(exposed.shape, np.float32) - np.float32(0.5)) * grain * (exposed + np.float32(0.2))
    tones = np.clip(exposed * np.float32(TONES / 2), 0, TONES - 1)
    return np.asarray(np.take(_film(), tones.astype(np.uint16)))


@lru_cache
def _film() -> np.ndarray:
    """sRGB bytes of linear light 0-2, the brightest parts rolled off softly: (TONES,) uint8."""
    linear = np.arange(TONES) / (TONES / 2)
    rolled = np.where(linear < 0.5, linear, 0.5 + 0.5 * np.tanh((linear - 0.5) / 0.7))
    encoded = np.where(rolled <= 0.0031308, 12.92 * rolled, 1.055 * rolled ** (1 / 2.4) - 0.055)
    contrasty = 0.7 * encoded + 0.3 * ramp(encoded, 0, 1)
    return np.asarray(np.rint(contrasty * 255), np.uint8)


def _fixed(points: np.ndarray) -> np.ndarray:
    """Pixels as cv2 takes them: fixed-point numbers with four binary places."""
    return np.asarray(np.rint(points * 16), np.int32)
