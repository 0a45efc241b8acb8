"""Gold, silver and copper: their colours, and what light and years make of them.

Tarnish is thinnest where hands rub, so the peaks and the rim show the metal best.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from core.data.coins.light import Light, glossy, matte, normals
from core.data.coins.motifs import SIDE
from core.data.coins.noise import blend, fractal, ramp, stain, times, tinted
from core.data.coins.relief import disc, polar

Colour = tuple[float, float, float]  # linear RGB


@dataclass(frozen=True, slots=True)
class Metal:
    """A metal's colours; a coin's own lies between its `shades`, and its tarnish between `tarnishes`."""

    shades: tuple[Colour, ...]
    tarnishes: tuple[Colour, ...]
    tarnished: tuple[float, float]    # Beta distribution of how much, 0-1
    bloom: Colour | None = None       # spots that grow on it
    rainbow: float = 0.0              # share of coins with coloured rings


METALS = {
    "gold": Metal(shades=((1.00, 0.70, 0.27), (0.98, 0.76, 0.40), (0.97, 0.66, 0.34)),
                  tarnishes=((0.50, 0.28, 0.11), (0.62, 0.42, 0.16)), tarnished=(1.3, 4.0)),
    "silver": Metal(shades=((0.93, 0.93, 0.91), (0.88, 0.91, 0.94), (0.94, 0.90, 0.82)),
                    tarnishes=((0.12, 0.12, 0.13), (0.42, 0.34, 0.20), (0.28, 0.26, 0.25)),
                    tarnished=(1.5, 2.6), rainbow=0.12),
    "copper": Metal(shades=((0.95, 0.44, 0.25), (0.90, 0.38, 0.20), (0.93, 0.50, 0.34)),
                    tarnishes=((0.26, 0.12, 0.06), (0.14, 0.075, 0.05), (0.38, 0.19, 0.08)),
                    tarnished=(2.2, 1.8), bloom=(0.16, 0.36, 0.27)),
}


def base_colour(metal: Metal, rng: np.random.Generator) -> np.ndarray:
    """This coin's own alloy, untarnished: (3,)."""
    return np.asarray(_between(metal.shades, rng) * np.float32(rng.uniform(0.94, 1.04)))


def shade(height: np.ndarray, metal: Metal, colour: np.ndarray, wear: float, light: Light,
          turned_radians: float, lean: tuple[float, float], rng: np.random.Generator) -> np.ndarray:
    """The coin's face under a white light: (SIDE, SIDE, 4), linear RGB and alpha."""
    shape = (SIDE, SIDE)
    tarnish = float(rng.beta(*metal.tarnished))
    roughness = float(np.clip(0.15 + 0.5 * wear + 0.5 * tarnish + rng.normal(0, 0.12), 0.05, 1))
    normal = normals(height, lean)
    bright = glossy(normal, light, roughness, turned_radians)
    bright += (1 - roughness) * 0.35 * _cartwheel(light, turned_radians)
    recess = cv2.blur(height, (21, 21)) - height
    patches = fractal(rng, shape, 4)
    cover = np.clip(tarnish * 1.15 + 0.22 * tarnish * patches + 0.09 * recess, 0, 1) * min(1.0, 2.5 * tarnish)
    surface = tinted(colour, 1 - cover) + tinted(_between(metal.tarnishes, rng), cover)
    if rng.random() < metal.rainbow:
        surface = surface * _thin_film(rng, patches)
    face = times(surface, bright)
    dull = matte(normal, light, turned_radians)
    if metal.bloom is not None:
        least = 2.6 - 1.6 * tarnish * rng.random()
        spots = ramp(fractal(rng, shape, 7) + 0.35 * recess, least, 3.2)
        face = blend(face, tinted(metal.bloom, dull), spots * tarnish)
    dirt = ramp(recess, 0.3, 2.5) * rng.uniform(0.15, 0.8)
    face = stain(face, (0.05, 0.04, 0.03), dirt)
    return np.dstack((face, disc()))


def _between(colours: tuple[Colour, ...], rng: np.random.Generator) -> np.ndarray:
    """A random mixture of the colours, near one of them more often than in the middle."""
    return np.asarray(rng.dirichlet(np.full(len(colours), 0.7)) @ np.asarray(colours), np.float32)


def _cartwheel(light: Light, turned_radians: float) -> np.ndarray:
    """The two bright spokes on a fresh coin's field, from its fine radial flow lines."""
    radius, angle = polar()
    x, y, _ = light.towards(turned_radians)
    along = np.cos(2 * (angle - np.float32(np.arctan2(x, -y))))
    return np.asarray(np.exp((along - 1) * np.float32(4)) * ramp(radius, 0.05, 0.5))


def _thin_film(rng: np.random.Generator, patches: np.ndarray) -> np.ndarray:
    """Rings of gold, violet and blue from the edge inwards, as old silver has (interference colours)."""
    radius, _ = polar()
    thickness = 2.4 * ramp(radius + 0.08 * patches, rng.uniform(0.0, 0.4), 1.05)
    phase = thickness[..., None] * np.asarray((1.15, 1.45, 1.9), np.float32)
    return np.asarray(1 - 0.34 * (1 - np.cos(phase)))
