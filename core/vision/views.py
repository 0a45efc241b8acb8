"""The drawn views of a picture that test-time augmentation looks at. Cheap to import, as `augmentation` is."""

from typing import TYPE_CHECKING

import numpy as np

from core.data.pixels import Pixels
from core.errors import UserMistake
from core.vision.augmentation import AugmentationSpec, draw_seed

if TYPE_CHECKING:
    from core.vision.augmenter import Augmenter


def drawn(augmenter: "Augmenter", whole: np.ndarray, views: int) -> np.ndarray:
    """(views, size, size, 3) uint8 squares of a whole picture (H, W, 3) uint8.

    A view's draw is a function of the augmentation's seed and the view's number alone: a picture gets the same views
    wherever it is met, so what validation pictures say of these views holds for new pictures too.
    """
    return np.stack([augmenter.apply(whole, view_seed(augmenter.spec, view)) for view in range(views)])


def view_seed(spec: AugmentationSpec, view: int) -> int:
    """Of the draw that is the view of this number, from 0, of every picture."""
    return draw_seed(spec.seed, view, 0)


def drawn_of_many(augmenter: "Augmenter", larger: Pixels, rows: np.ndarray, number: int) -> np.ndarray:
    """(n, size, size, 3) uint8: of each of these rows the draw of this number, another for each picture."""
    seed = augmenter.spec.seed
    squares = np.stack([augmenter.apply(larger.picture(row), draw_seed(seed, number, int(row))) for row in rows])
    larger.let_go()
    return squares


def varies(spec: AugmentationSpec) -> bool:
    """Can two draws of a picture differ at all?"""
    return (spec.cut == "random-resized-crop" or spec.flip_horizontal or spec.flip_vertical or spec.quarter_turns
            or spec.max_zoom > 1
            or any((spec.rotate_degrees, spec.lighting, spec.warp, spec.blur_share, spec.erase_share)))


def require_variety(spec: AugmentationSpec) -> None:
    """Raises UserMistake where every drawn view of a picture would be the same."""
    if not varies(spec):
        raise UserMistake("This training varied no picture, so every view of one would be the same.",
                          remedy="Train again with an augmentation, such as side-on.")
