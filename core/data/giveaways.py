"""What might give a class away that is not the thing itself: its light, its files' format, what its pictures share.

NumPy on `overview.Columns`, a row a picture.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data.measures import SMALL_SIDE, Measures
from core.data.overview import Columns, rows_of

PICTURES_AT_A_TIME = 1024      # of 3 kB each, while a mean is taken: they fit a processor's cache
ODD_PAIRS = 0.85               # share of pairs, above which a class's light tells its pictures from the others
ODD_BRIGHTNESS = 0.06          # ... and by so much at least, of 1, or nobody would see it
LEAST_TO_JUDGE = 8             # pictures a class, below which its light or its format says nothing
NEARLY_ALL = 0.9               # of a class in one format, and at most the rest of all others


@dataclass(frozen=True, slots=True)
class Spread:
    """Five figures of a class's values: nine of ten lie between low and high, half between the quartiles."""

    label: str
    count: int
    low: float                        # the 5th percentile
    quarter: float
    median: float
    three_quarters: float
    high: float                       # the 95th percentile


@dataclass(frozen=True, slots=True)
class OddLight:
    """A class whose light alone tells much of it: `pairs` is how often its picture is the darker (the brighter)."""

    label: str
    darker: bool
    pairs: float                      # share of all pairs of one of its pictures and one of the others


@dataclass(frozen=True, slots=True)
class OddFormat:
    """A format that nearly all pictures of one class have, and hardly any other."""

    label: str
    format: str


def spreads(columns: Columns, values: NDArray[np.float32]) -> tuple[Spread, ...]:
    """Of the values (N,), by class, in the order of the classes."""
    told = []
    for place, label in enumerate(columns.classes):
        own = values[columns.labels == place]
        told.append(Spread(label, len(own), *(float(each) for each in np.quantile(own, (0.05, 0.25, 0.5, 0.75, 0.95)))))
    return tuple(told)


def odd_light(columns: Columns, brightness: NDArray[np.float32]) -> tuple[OddLight, ...]:
    """Classes that stand out by their light, the oddest first.

    A pair is a picture of the class and one of another; its share is the area under the curve of telling the class by
    brightness alone (Mann and Whitney 1947): half for a class like the others.
    """
    ranks = _mean_ranks(brightness)
    odd = []
    for place, label in enumerate(columns.classes):
        own = columns.labels == place
        inside, outside = int(own.sum()), int((~own).sum())
        if min(inside, outside) < LEAST_TO_JUDGE:
            continue
        brighter = float((ranks[own].sum() - inside * (inside + 1) / 2) / (inside * outside))
        apart = abs(float(np.median(brightness[own]) - np.median(brightness[~own])))
        if max(brighter, 1 - brighter) >= ODD_PAIRS and apart >= ODD_BRIGHTNESS:
            odd.append(OddLight(label, darker=brighter < 0.5, pairs=max(brighter, 1 - brighter)))
    return tuple(sorted(odd, key=lambda each: -each.pairs))


def odd_formats(columns: Columns) -> tuple[OddFormat, ...]:
    """Formats whose traces would give a class away, in the order of the classes."""
    formats, odd = np.array(columns.formats), []
    for place, label in enumerate(columns.classes):
        own = columns.labels == place
        if min(own.sum(), (~own).sum()) < LEAST_TO_JUDGE:
            continue
        name = Counter(formats[own].tolist()).most_common(1)[0][0]
        has = formats == name
        if has[own].mean() >= NEARLY_ALL and has[~own].mean() <= 1 - NEARLY_ALL:
            odd.append(OddFormat(label, name))
    return tuple(odd)


def mean_pictures(columns: Columns, measures: Measures) -> NDArray[np.uint8]:
    """(K, 32, 32, 3): the mean of each class's small squares."""
    small, rows = measures.table["small"], rows_of(columns, measures)
    means = np.empty((len(columns.classes), SMALL_SIDE, SMALL_SIDE, 3), dtype=np.uint8)
    for place in range(len(columns.classes)):
        own = rows[columns.labels == place]
        total = np.zeros(means.shape[1:], dtype=np.uint32)
        for start in range(0, len(own), PICTURES_AT_A_TIME):
            total += small[own[start:start + PICTURES_AT_A_TIME]].sum(axis=0, dtype=np.uint32)
        means[place] = (total / len(own)).round()
    return means


def _mean_ranks(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """From 1; equal values share the mean of theirs."""
    _, of, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: NDArray[np.float64] = (last - (counts - 1) / 2)[of]
    return ranks
