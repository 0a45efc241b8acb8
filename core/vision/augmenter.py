"""From an `AugmentationSpec` to albumentations 2.0.8 and back to plain pixels.

Only `augmentation.build` imports this module, because albumentations brings OpenCV and torch along.
"""

import copy
import dataclasses
import random
import threading
import warnings
from collections.abc import Callable
from typing import Any

import albumentations as A
import cv2
import numpy as np

from core.vision.augmentation import AugmentationSpec, build
from core.vision.placement import DRAWN_SHARE, Placement, draw

Applied = tuple[str, dict[str, Any]]


class Augmenter:
    """Draws training squares of one spec and size; safe to share between threads and to pickle.

    A draw is a pure function of (spec, size, pixels, seed), so workers cannot repeat each other.
    Raises the library's warning as an error where a transform does not know an argument.
    """

    libraries = (A.__version__, cv2.__version__)     # another version may draw other pixels

    def __init__(self, spec: AugmentationSpec, size: int) -> None:
        self.spec = spec
        self.size = size
        self._prototype = _pipeline(spec, size)
        self._own = threading.local()  # a Compose keeps the draw in itself: each thread has its own
        cv2.setNumThreads(0)           # workers are the parallelism; OpenCV's threads would fight them

    def __reduce__(self) -> tuple[Callable[..., "Augmenter"], tuple[AugmentationSpec, int]]:
        return build, (self.spec, self.size)

    def apply(self, pixels: np.ndarray, seed: int) -> np.ndarray:
        """A drawn (size, size, 3) uint8 square of a (H, W, 3) uint8 picture."""
        drawn: np.ndarray = self._seeded(pixels, seed)(image=pixels)["image"]
        return drawn

    def explain(self, pixels: np.ndarray, seed: int) -> tuple[np.ndarray, tuple[Applied, ...]]:
        """`apply`, and what was done: a (name, parameters as for JSON) for each transform that acted."""
        pipeline = self._seeded(pixels, seed)
        drawn = pipeline(image=pixels)["image"]
        acted = [transform for transform in pipeline.transforms
                 if isinstance(transform, A.BasicTransform) and transform.params]
        return drawn, tuple((type(transform).__name__, _told(transform.get_applied_params()))
                            for transform in acted)

    def _seeded(self, pixels: np.ndarray, seed: int) -> A.Compose:
        """This thread's pipeline, its random state set anew for these pixels."""
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
            raise ValueError(f"pixels must be uint8 (H, W, 3), not {pixels.dtype} {pixels.shape}")
        pipeline: A.Compose | None = getattr(self._own, "pipeline", None)
        if pipeline is None:
            pipeline = self._own.pipeline = copy.deepcopy(self._prototype)
        # Not set_random_seed: it gives every transform the SAME seed, so that their draws go in step
        # (two flips of probability 0.5 always act together), and takes 38 us instead of 13.
        pipeline.set_random_state(np.random.default_rng(seed), random.Random(seed))  # noqa: S311
        return pipeline


class Placed(A.ImageOnlyTransform):
    """Cut, flips, rotation, zoom and warp in one sampling of the pixels (see `placement`)."""

    def __init__(self, spec: AugmentationSpec, size: int) -> None:
        super().__init__(p=1.0)
        self.spec = spec
        self.size = size
        self.border = cv2.BORDER_CONSTANT if spec.cut == "pad" else cv2.BORDER_REFLECT_101

    def get_params_dependent_on_data(self, params: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
        height, width = params["shape"][:2]
        return {"placement": draw(self.spec, height, width, self.py_random)}

    def get_applied_params(self) -> dict[str, Any]:
        drawn: Placement = self.params["placement"]
        return dataclasses.asdict(drawn) | {"corners": drawn.corners(self.size)}

    def apply(self, img: np.ndarray, placement: Placement, **params: Any) -> np.ndarray:
        matrix = placement.matrix(self.size)
        # Linear sampling reads 2 x 2 pixels and would skip most of a much larger picture: shrink it first.
        shrink = int(min(placement.width, placement.height) / placement.zoom / self.size)
        if shrink >= 2:
            height, width = img.shape[:2]
            smaller = max(1, width // shrink), max(1, height // shrink)
            img = cv2.resize(img, smaller, interpolation=cv2.INTER_AREA)
            across, down = smaller[0] / width, smaller[1] / height
            matrix = np.array([[across, 0, (across - 1) / 2], [0, down, (down - 1) / 2], [0, 0, 1]]) @ matrix
        return cv2.warpPerspective(img, matrix, (self.size, self.size), borderMode=self.border,
                                   flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)


def _pipeline(spec: AugmentationSpec, size: int) -> A.Compose:
    """Placement first, so that everything after it works on few pixels."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # albumentations only warns of an argument that it does not know
        transforms: list[A.BasicTransform | A.BaseCompose] = [Placed(spec, size)]
        if spec.lighting:
            transforms.append(A.RandomBrightnessContrast(
                brightness_limit=spec.lighting / 2, contrast_limit=spec.lighting, p=DRAWN_SHARE))
        if spec.blur_share:
            # Relative to the size, so that a preview and every stage of resizing look alike.
            transforms.append(A.GaussianBlur(sigma_limit=(size / 256, size / 96), p=spec.blur_share))
        if spec.erase_share:
            # Zhong 2017 (arXiv:1708.04896): a rectangle of one random colour.
            transforms.append(A.CoarseDropout(num_holes_range=(1, 1), hole_height_range=(0.15, 0.4),
                                              hole_width_range=(0.15, 0.4), fill="random_uniform",
                                              p=spec.erase_share))
        return A.Compose(transforms)


def _told(params: dict[str, Any]) -> dict[str, Any]:
    """A transform's parameters as plain Python, without what is the same in every draw."""
    constant = {"shape", "fill", "fill_mask", "interpolation", "seed"}
    return {name: _plain(value) for name, value in params.items() if name not in constant}


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return [_plain(item) for item in value] if isinstance(value, tuple | list) else value
