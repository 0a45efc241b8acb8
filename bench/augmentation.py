"""Side-on augmentation: one matrix and one sampling, beside the library's chain of transforms, on one thread."""

import os
import time
from collections.abc import Callable
from functools import partial

import numpy as np

from bench.common import row
from core.vision.augmentation import build, preset

PICTURES = 600


def main() -> None:
    row("side-on, pictures a second, one thread", "library's chain", "ours", "ratio")
    for size in (128, 224):
        larger = np.random.default_rng(0).integers(0, 256, (round(size * 1.25), round(size * 1.6), 3), dtype=np.uint8)
        theirs = _rate(partial(_chained, _chain(size), larger))
        ours = _rate(partial(build(preset("side-on"), size).apply, larger))
        row(f"{size} px", f"{theirs:,.0f}", f"{ours:,.0f}", f"{ours / theirs:.1f}x")


def _chained(chain: Callable[..., dict[str, np.ndarray]], pixels: np.ndarray, _: int) -> np.ndarray:
    return chain(image=pixels)["image"]


def _chain(size: int) -> Callable[..., dict[str, np.ndarray]]:
    """The same strengths as separate transforms, not reseeded for each picture (which would cost it more)."""
    os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"
    import albumentations as A

    return A.Compose([
        A.RandomResizedCrop(size=(size, size), scale=(0.75, 1), ratio=(3 / 4, 4 / 3)),
        A.HorizontalFlip(p=0.5), A.Affine(rotate=(-10, 10), scale=(1, 1.1), p=0.75),
        A.Perspective(scale=(0.02, 0.1), p=0.75),
        A.RandomBrightnessContrast(brightness_limit=0.1, contrast_limit=0.2, p=0.75),
    ], seed=0)


def _rate(draw: Callable[[int], np.ndarray]) -> float:
    for number in range(20):
        draw(number)
    started = time.perf_counter()
    for number in range(PICTURES):
        draw(number)
    return PICTURES / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
