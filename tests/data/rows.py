"""Data sets of rows alone, without a picture on the disk, and measures for them."""

from collections.abc import Sequence

import numpy as np

from core.data.dataset import Dataset, Sample, collect
from core.data.measures import ROW, Measures


def sample(label: str, number: int, size: tuple[int, int] = (500, 375), format: str = "JPEG",
           size_bytes: int = 1000) -> Sample:
    sha256 = f"{number:064x}"
    return Sample(f"{label}-{number:05}", label, f"{label}/{number:05}.jpg", f"{sha256[:2]}/{sha256}.jpg", sha256,
                  *size, format, size_bytes)


def of_sizes(sizes: Sequence[tuple[str, int, int]]) -> Dataset:
    return collect("hand-made", [sample(label, number, (width, height))
                                 for number, (label, width, height) in enumerate(sizes)])


def measured(dataset: Dataset, **values: Sequence[object]) -> Measures:
    """Measures in an order of their own: the catalogue's is not the data set's once labels were changed."""
    table = np.zeros(len(dataset.samples), ROW)
    for name, column in values.items():
        table[name] = np.array(column)[::-1]
    return Measures(table, {each.id: row for row, each in enumerate(reversed(dataset.samples))})
