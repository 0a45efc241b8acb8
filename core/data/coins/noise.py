"""Smooth noise, the stuff that wood, stone, tarnish and skin are made of."""

import cv2
import numpy as np


def smooth(rng: np.random.Generator, shape: tuple[int, int], cells: tuple[int, int]) -> np.ndarray:
    """Smooth noise of about -2 to 2, float32 of `shape`, with so many bumps down and across."""
    grid = rng.standard_normal((max(2, cells[0]), max(2, cells[1])), dtype=np.float32)
    return cv2.resize(grid, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)


def fractal(rng: np.random.Generator, shape: tuple[int, int], cells: int, octaves: int = 4) -> np.ndarray:
    """Noise with detail at every scale, about -2 to 2: each octave twice as fine and half as strong."""
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        fine = cells << octave
        total += smooth(rng, shape, (fine, fine)) * np.float32(0.5**octave)
    return total


def ramp(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """0 up to `low`, 1 from `high`, and a smooth S between; `high` may lie below `low`."""
    t = np.clip((values - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def tinted(colour: np.ndarray | tuple[float, ...], brightness: np.ndarray) -> np.ndarray:
    """A colour at every brightness (H, W): (H, W, 3) float32."""
    # Merged planes: NumPy's broadcasting over a last axis of three is five times slower.
    plane = brightness.astype(np.float32)
    return cv2.merge([plane * np.float32(channel) for channel in colour])


def times(picture: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Every channel of `picture` (H, W, 3) times `share` (H, W)."""
    share = share.astype(np.float32)
    return cv2.multiply(picture, cv2.merge((share, share, share)))


def soften(mask: np.ndarray, sigma: float) -> np.ndarray:
    """A uint8 mask blurred as by a Gaussian of `sigma` pixels, at a quarter of its cost."""
    edge = 2 * round(2 * sigma) + 1
    return cv2.stackBlur(mask, (edge, edge))


def blend(under: np.ndarray, over: np.ndarray, share: np.ndarray) -> np.ndarray:
    """`over` laid on `under` where `share` (H, W) is 1; both (H, W, 3)."""
    return cv2.add(under, times(over - under, share))


def stain(under: np.ndarray, colour: np.ndarray | tuple[float, ...], share: np.ndarray) -> np.ndarray:
    """One colour laid on `under` (H, W, 3) where `share` (H, W) is 1."""
    return cv2.add(times(under, 1 - share), tinted(colour, share))
