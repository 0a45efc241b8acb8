"""Light on small things: one lamp, relief as slopes, and what metal and dull stuff make of it.

Colours are linear RGB. In the picture x goes right, y goes down and z comes to the eye.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np

WARM = np.array((1.12, 0.92, 0.66), np.float32)
COOL = np.array((0.90, 0.98, 1.12), np.float32)


@dataclass(frozen=True, slots=True)
class Light:
    azimuth_radians: float     # where the lamp stands, seen from above
    elevation_radians: float   # over the table
    warmth: float              # -1 a cloudy window, 0 white, 1 a bulb in the evening
    ambient: float             # what comes from everywhere, of 1

    def colour(self) -> np.ndarray:
        tint = WARM if self.warmth > 0 else COOL
        return 1 + abs(self.warmth) * (tint - 1)

    def towards(self, turned_radians: float = 0.0) -> tuple[float, float, float]:
        """Unit vector to the lamp, for a thing that was turned by so much in the picture's plane."""
        azimuth, flat = self.azimuth_radians - turned_radians, math.cos(self.elevation_radians)
        return math.cos(azimuth) * flat, math.sin(azimuth) * flat, math.sin(self.elevation_radians)


def draw_light(rng: np.random.Generator) -> Light:
    return Light(azimuth_radians=float(rng.uniform(0, 2 * math.pi)),
                 elevation_radians=math.radians(rng.uniform(34, 58)),
                 warmth=float(np.clip(rng.normal(0.2, 0.6), -1, 1)),
                 ambient=float(rng.uniform(0.12, 0.32)))


def normals(height: np.ndarray, lean: tuple[float, float] = (0.0, 0.0)) -> tuple[np.ndarray, ...]:
    """Unit normals x, y, z of a height map (pixels) that leans by the slopes `lean`."""
    slope_x = cv2.Sobel(height, cv2.CV_32F, 1, 0, scale=1 / 8) + np.float32(lean[0])
    slope_y = cv2.Sobel(height, cv2.CV_32F, 0, 1, scale=1 / 8) + np.float32(lean[1])
    z = 1 / np.sqrt(slope_x * slope_x + slope_y * slope_y + 1)
    return -slope_x * z, -slope_y * z, z


def matte(normal: tuple[np.ndarray, ...], light: Light, turned_radians: float = 0.0) -> np.ndarray:
    """How bright a dull surface is (Lambert), about 0-1."""
    x, y, z = light.towards(turned_radians)
    lit = np.maximum(normal[0] * x + normal[1] * y + normal[2] * z, 0)
    return np.asarray(light.ambient + (1 - light.ambient) * lit)


def glossy(normal: tuple[np.ndarray, ...], light: Light, roughness: float,
           turned_radians: float = 0.0) -> np.ndarray:
    """How bright a mirror-like surface is: the lamp and its wide glow, as the surface reflects them.

    `roughness` 0 is polished and 1 is satin. Highlights exceed 1.
    """
    x, y, z = light.towards(turned_radians)
    twice = 2 * normal[2]
    nearness = twice * (normal[0] * x + normal[1] * y + normal[2] * z) - z - 1  # cosine - 1
    glow = cv2.exp(nearness * np.float32(3.6 - 1.4 * roughness))
    lamp = cv2.exp(nearness * np.float32(10 + 22 * (1 - roughness)))
    return np.asarray(light.ambient * normal[2] + 0.8 * glow + (0.35 + 1.1 * (1 - roughness)) * lamp)
