"""What the cleaning room's tests share: pictures without bytes, clusters of activations, measures by hand."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset, Part, Sample, collect
from core.data.measures import ROW, Measures


def sample(name: str, label: str = "cat", content: str = "", size: tuple[int, int] = (224, 224),
           part: Part | None = None) -> Sample:
    """Its id is its name; `content`, where it is given, is the same for exact copies."""
    return Sample(id=name, label=label, original_name=f"{label}/{name}.jpg", stored_name="", width=size[0],
                  height=size[1], sha256=content or name, format="JPEG", size_bytes=1, part=part)


def pictures(labels: Sequence[str]) -> list[Sample]:
    return [sample(f"{place:04}", label) for place, label in enumerate(labels)]


def dataset(samples: Sequence[Sample]) -> Dataset:
    return collect("made by hand", samples)


def clusters(counts: Sequence[int], width: int = 16, spread: float = 1.0, seed: int = 0
             ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """(N, width) activations around a far centre a class, none below 0, and (N,) its number: class after class."""
    random = np.random.default_rng(seed)
    numbers = np.repeat(np.arange(len(counts)), counts)
    centres = 20 + random.normal(0, 6, (len(counts), width))
    return (centres[numbers] + random.normal(0, spread, (len(numbers), width))).astype(np.float32), numbers


def measures(samples: Sequence[Sample], **columns: Sequence[float] | NDArray[np.uint64]) -> Measures:
    """Of pictures that break no rule, but in the columns that are named."""
    table = np.zeros(len(samples), ROW)
    table["brightness"], table["contrast"], table["sharpness"] = 0.5, 0.2, 1.0
    table["hash"] = hashes(len(samples))
    for name, values in columns.items():
        table[name] = values
    return Measures(table, {one.id: row for row, one in enumerate(samples)})


def hashes(count: int, seed: int = 0) -> NDArray[np.uint64]:
    """(count,) of which no two are alike to the eye."""
    return np.random.default_rng(seed).integers(0, 2**63, count, dtype=np.uint64)
