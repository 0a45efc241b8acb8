"""Which pictures come together in which batch. Needs no torch."""

from collections.abc import Iterator, Sequence

import numpy as np


def batch_sizes(images: int, batch_size: int) -> tuple[int, ...]:
    """Sizes of an epoch's batches: all pictures, the rest in a short last one.

    A rest of one joins the batch before it, since batch-norm cannot learn from a single picture.
    """
    full, rest = divmod(images, batch_size)
    if rest == 1 and full:
        return (batch_size,) * (full - 1) + (batch_size + 1,)
    return (batch_size,) * full + ((rest,) if rest else ())


def suitable_batch_size(images: int) -> int:
    """64, or fewer where a small set would give the optimizer fewer than a dozen steps an epoch; at least 8."""
    batch_size = 64
    while batch_size > 8 and images < 12 * batch_size:
        batch_size //= 2
    return batch_size


def shuffled(images: int, seed: int) -> np.ndarray:
    """Positions 0..images-1 in a new order: (images,) int64."""
    return np.random.default_rng(seed).permutation(images)


def balanced(labels: np.ndarray, seed: int) -> np.ndarray:
    """As many positions (N,) int64 as there are labels, drawn so that every class comes equally often.

    A picture of a rare class comes several times, one of a common class perhaps not at all in this epoch.
    """
    random = np.random.default_rng(seed)
    counts = np.bincount(labels)
    chances = 1 / counts[labels]
    return random.choice(len(labels), len(labels), p=chances / chances.sum())


def split_into(order: np.ndarray, sizes: Sequence[int]) -> Iterator[np.ndarray]:
    """The order batch by batch: (n,) int64 each."""
    return iter(np.split(order, np.cumsum(sizes)[:-1]))


def class_weights(labels: np.ndarray, classes: int) -> np.ndarray:
    """(K,) float32: a class weighs the less the more pictures it has; over the pictures (N,) they average to 1.

    As scikit-learn's "balanced": N / (K * count). A class without a picture weighs nothing.
    """
    counts = np.bincount(labels, minlength=classes)
    present = np.count_nonzero(counts)
    return np.where(counts > 0, len(labels) / (present * np.maximum(counts, 1)), 0.0).astype(np.float32)
