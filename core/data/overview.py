"""What a data set's pictures are like: sizes, shapes, files, and the split by class.

NumPy on columns with a row a picture, in the order of `Dataset.samples` as they stand after the edits.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset, Part
from core.data.measures import Measures
from core.data.split import Split

PARTS: tuple[Part, ...] = ("train", "valid", "test")
SQUARE_WITHIN = 1.05           # the longer side over the shorter one, up to which a picture counts as square
MOST_MARKERS = 1200            # groups of sizes that a browser draws at once
FINEST_STEP = 0.01             # of the logarithm of a side, where sizes are many and are rounded


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """What the catalogue tells of each picture."""

    classes: tuple[str, ...]
    ids: tuple[str, ...]
    labels: NDArray[np.int64]         # (N,), places in `classes`
    widths: NDArray[np.int64]         # (N,) pixels
    heights: NDArray[np.int64]        # (N,) pixels
    bytes: NDArray[np.int64]          # (N,) of the files
    formats: tuple[str, ...]          # Pillow's names

    @property
    def shorter(self) -> NDArray[np.int64]:
        return np.minimum(self.widths, self.heights)

    @property
    def ratios(self) -> NDArray[np.float64]:
        """Width over height."""
        return self.widths / self.heights

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What was measured of each picture, without the small squares."""

    brightness: NDArray[np.float32]   # (N,) 0 black to 1 white
    sharpness: NDArray[np.float32]    # (N,)


@dataclass(frozen=True, slots=True, eq=False)
class SizeGroups:
    """Pictures of one size (or nearly one, where `rounded`) and one class, as one marker each: G of them.

    Groups of one place stand together, the fullest first; `stacked` counts the group and those after it at its place,
    so that discs of this area, drawn in order, leave each group a ring of its count.
    """

    widths: NDArray[np.int64]         # (G,) pixels
    heights: NDArray[np.int64]        # (G,)
    labels: NDArray[np.int64]         # (G,); 0 where classes are not told apart
    counts: NDArray[np.int64]         # (G,)
    stacked: NDArray[np.int64]        # (G,)
    of: NDArray[np.int64]             # (N,), each picture's group
    rounded: bool


@dataclass(frozen=True, slots=True)
class Commonest:
    """The size that most pictures have, and the smallest and the largest picture's; all (width, height)."""

    size: tuple[int, int]
    count: int
    smallest: tuple[int, int]         # by the shorter side
    largest: tuple[int, int]          # by the number of pixels


@dataclass(frozen=True, slots=True)
class FormatFiles:
    """The files of one format."""

    format: str
    count: int
    bytes: int
    median_bytes: int
    largest_bytes: int


def columns(dataset: Dataset) -> Columns:
    place = {label: number for number, label in enumerate(dataset.classes)}
    samples = dataset.samples

    def numbers(values: list[int]) -> NDArray[np.int64]:
        return np.array(values, dtype=np.int64)

    return Columns(
        dataset.classes, tuple(sample.id for sample in samples), numbers([place[sample.label] for sample in samples]),
        numbers([sample.width for sample in samples]), numbers([sample.height for sample in samples]),
        numbers([sample.size_bytes for sample in samples]), tuple(sample.format for sample in samples))


def seen(columns: Columns, measures: Measures) -> Seen:
    """The measures of the pictures that stand, without those that edits removed."""
    rows = rows_of(columns, measures)
    return Seen(measures.column("brightness")[rows], measures.column("sharpness")[rows])


def rows_of(columns: Columns, measures: Measures) -> NDArray[np.int64]:
    """(N,), each picture's row of the measures."""
    return np.fromiter((measures.rows[id] for id in columns.ids), np.int64, len(columns))


def size_groups(columns: Columns, by_class: bool = True, most: int = MOST_MARKERS) -> SizeGroups:
    """One group for every size (of every class); where these are more than `most`, of nearly the same size."""
    step, sides = 0.0, (columns.widths, columns.heights)
    labels = columns.labels if by_class else np.zeros_like(columns.labels)
    while True:
        first, of = np.unique(np.stack([*sides, labels]), axis=1, return_inverse=True)
        of = of.reshape(-1)
        if first.shape[1] <= most:
            break
        step = max(FINEST_STEP, 2 * step)
        sides = (_rounded(columns.widths, step), _rounded(columns.heights, step))
    counts = np.bincount(of, minlength=first.shape[1])
    _, place = np.unique(first[:2], axis=1, return_inverse=True)
    place = place.reshape(-1)
    fullest = np.bincount(place, weights=counts)
    # Full places first, so that none of their discs hides a smaller one's; within a place the fullest group first.
    order = np.lexsort((-counts, place, -fullest[place]))
    counts, place = counts[order], place[order]
    before = np.cumsum(counts) - counts
    starts = np.concatenate([[True], place[1:] != place[:-1]])
    before -= np.maximum.accumulate(np.where(starts, before, 0))
    now = np.empty_like(order)
    now[order] = np.arange(len(order))
    return SizeGroups(first[0][order], first[1][order], first[2][order], counts,
                      fullest[place].astype(np.int64) - before, now[of], rounded=step > 0)


def commonest_size(columns: Columns) -> Commonest:
    pairs = np.stack([columns.widths, columns.heights])
    sizes, counts = np.unique(pairs, axis=1, return_counts=True)
    most = int(counts.argmax())
    small, large = int(columns.shorter.argmin()), int((columns.widths * columns.heights).argmax())

    def pair(of: NDArray[np.int64], at: int) -> tuple[int, int]:
        return int(of[0, at]), int(of[1, at])

    return Commonest(pair(sizes, most), int(counts[most]), pair(pairs, small), pair(pairs, large))


def shapes(columns: Columns) -> dict[str, int]:
    """Pictures that are portrait, square (nearly) and landscape."""
    ratios = columns.ratios
    portrait, landscape = int((ratios < 1 / SQUARE_WITHIN).sum()), int((ratios > SQUARE_WITHIN).sum())
    return {"portrait": portrait, "square": len(columns) - portrait - landscape, "landscape": landscape}


def cropped_share(columns: Columns) -> float:
    """How much of a typical (median) picture lies outside its centre square: 0 to 1."""
    return float(np.median(1 - columns.shorter / np.maximum(columns.widths, columns.heights)))


def files(columns: Columns) -> tuple[FormatFiles, ...]:
    """By format, the commonest first."""
    formats = np.array(columns.formats)
    told = []
    for name, count in Counter(columns.formats).most_common():
        sizes = columns.bytes[formats == name]
        told.append(FormatFiles(name, count, int(sizes.sum()), int(np.median(sizes)), int(sizes.max())))
    return tuple(told)


def divided(columns: Columns, split: Split) -> NDArray[np.int64]:
    """(K, 3): pictures of each class in each of PARTS."""
    counts = np.zeros((len(columns.classes), len(PARTS)), dtype=np.int64)
    label = dict(zip(columns.ids, columns.labels.tolist(), strict=True))
    for part, ids in enumerate((split.train, split.valid, split.test)):
        counts[:, part] = np.bincount([label[id] for id in ids], minlength=len(columns.classes))
    return counts


def _rounded(sides: NDArray[np.int64], step: float) -> NDArray[np.int64]:
    return np.exp(np.round(np.log(sides) / step) * step).round().astype(np.int64)
