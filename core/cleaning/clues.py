"""How well a picture's label can be told from what is not the thing itself: its light, its size, its file's format."""

from collections.abc import Generator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.cleaning.agreement import beside
from core.cleaning.head import one_thread
from core.cleaning.labels import folds
from core.data.dataset import Sample
from core.data.measures import Measures
from core.events import Event, Progress
from core.interpretation.shortcuts import Clue, ClueName, Standing

if TYPE_CHECKING:
    from sklearn.tree import DecisionTreeClassifier

WORK = "trying what gives the classes away"
SEED = 42
SHUFFLES = 1000
TABLES_AT_A_TIME = 50    # of 120 classes: 6 MB
LEAST_LEAF = 5           # pictures that a rule of the tree must rest on
LEAVES_A_CLASS = 4
EXAMPLES = 4             # pictures of a class, the most usual ones for it
CONFIDENCE_Z = 1.96
Values = Mapping[ClueName, NDArray[np.float64]]


def tried(samples: Sequence[Sample], labels: NDArray[np.int64], classes: Sequence[str], measures: Measures,
          network: Mapping[str, bool]) -> Generator[Event, None, tuple[Clue, ...]]:
    """Each clue alone, then all together; `labels` (N,) are places in `classes`, in the order of the samples.

    `network` tells by their ids on which samples the network is right that had not learned from them.
    """
    clues = values(samples, measures)
    judged = np.flatnonzero([sample.id in network for sample in samples])
    right = np.array([network[samples[row].id] for row in judged.tolist()], dtype=bool)
    copies = np.unique([sample.sha256 for sample in samples], return_inverse=True)[1].astype(np.int64)
    division = folds(labels, copies)
    made = []
    for done, (name, columns) in enumerate(clues.items()):
        yield Progress(WORK, done, len(clues), "clues")
        told = _told_by(columns, labels, division)
        score, low, high = balanced_accuracy(told, labels)
        made.append(Clue(name=name, score=score, low=low, high=high, p=luck(told, labels),
                         beside=beside((told == labels)[judged], right, labels[judged]),
                         ends=ends(name, columns, samples, labels, classes)))
    yield Progress(WORK, len(clues), len(clues), "clues")
    return tuple(made)


def values(samples: Sequence[Sample], measures: Measures) -> dict[ClueName, NDArray[np.float64]]:
    """The columns (N, d) of each clue: light 0 to 1, pixels and their ratio as logarithms, colour 0 to 1, formats."""
    rows = [measures.rows[sample.id] for sample in samples]
    sides = np.log([(sample.width, sample.height) for sample in samples])
    formats = np.array([sample.format for sample in samples])
    alone: dict[ClueName, NDArray[np.float64]] = {
        "brightness": measures.table["brightness"][rows, None].astype(np.float64),
        "colour": measures.table["small"][rows].mean(axis=(1, 2)) / 255,
        "size": sides.sum(axis=1, keepdims=True),
        "shape": sides[:, :1] - sides[:, 1:],
        "format": (formats[:, None] == np.unique(formats)).astype(np.float64)}
    return alone | {"together": np.concatenate(list(alone.values()), axis=1)}


def balanced_accuracy(told: NDArray[np.int64], labels: NDArray[np.int64]) -> tuple[float, float, float]:
    """The mean over the classes of the share that is right (Brodersen et al. 2010, doi:10.1109/ICPR.2010.764), and the
    figures between which it lies 19 times out of 20, all 0 to 1.

    The interval is that of a mean over strata (Cochran 1977, chapter 5), with one right and one wrong picture added to
    each class, so that a class that is all right is not taken for certain. Classes without a picture are left out.
    """
    counts = np.bincount(labels)
    right = np.bincount(labels, weights=told == labels, minlength=len(counts))
    counts, right = counts[counts > 0], right[counts > 0]
    score = float((right / counts).mean())
    smoothed = (right + 1) / (counts + 2)
    reach = CONFIDENCE_Z * float(np.sqrt((smoothed * (1 - smoothed) / counts).sum())) / len(counts)
    return score, max(0.0, score - reach), min(1.0, score + reach)


def luck(told: NDArray[np.int64], labels: NDArray[np.int64]) -> float:
    """How often answers that know nothing of the labels would be at least as right: the p of a permutation test.

    The labels are shuffled SHUFFLES times; the answers stay (Phipson & Smyth 2010, arXiv:1603.05766, for the 1 added).
    Only how many of each label fall to each answer counts, so these tables are drawn (Patefield 1981, Applied
    Statistics 30:91) and no labels moved: a busy machine took 86 s to shuffle 20,000 of 120 classes, and 19 s for this.
    """
    from scipy.stats import random_table

    answers = np.unique(told)
    counts = np.bincount(labels)
    known = (answers >= 0) & (answers < len(counts))
    of, weights = answers[known], 1 / np.maximum(counts[answers[known]], 1)
    reached = float(np.bincount(labels[told == labels], minlength=len(counts))[of] @ weights)
    shuffled = random_table(np.unique(told, return_counts=True)[1], counts)
    random, at_least = np.random.default_rng(SEED), 0
    for _ in range(SHUFFLES // TABLES_AT_A_TIME):
        tables = shuffled.rvs(TABLES_AT_A_TIME, random_state=random)
        at_least += int((tables[:, np.flatnonzero(known), of] @ weights >= reached - 1e-9).sum())
    return (at_least + 1) / (SHUFFLES + 1)


def ends(name: ClueName, columns: NDArray[np.float64], samples: Sequence[Sample], labels: NDArray[np.int64],
         classes: Sequence[str]) -> tuple[Standing, ...]:
    """The class with the least of it and the one with the most, each with its most usual pictures; () for a clue that
    has no more or less."""
    scale = _scale(name, columns)
    if scale is None:
        return ()
    present = np.unique(labels)
    medians = np.array([np.median(scale[labels == kind]) for kind in present])
    if not np.ptp(medians):
        return ()
    return tuple(_standing(present[place], float(medians[place]), scale, samples, labels, classes)
                 for place in (int(medians.argmin()), int(medians.argmax())))


def _standing(kind: int, median: float, scale: NDArray[np.float64], samples: Sequence[Sample],
              labels: NDArray[np.int64], classes: Sequence[str]) -> Standing:
    own = np.flatnonzero(labels == kind)
    usual = own[np.argsort(np.abs(scale[own] - median), kind="stable")[:EXAMPLES]]
    return Standing(label=classes[kind], value=median, examples=tuple(samples[row].id for row in usual.tolist()))


def _scale(name: ClueName, columns: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """(N,): one number a picture, in the unit that people read."""
    match name:
        case "brightness":
            return columns[:, 0]
        case "size" | "shape":
            return np.asarray(np.exp(columns[:, 0]), dtype=np.float64)
        case "colour":           # from cold to warm
            return np.asarray(columns[:, 0] - columns[:, 2], dtype=np.float64)
        case _:
            return None


def _told_by(columns: NDArray[np.float64], labels: NDArray[np.int64],
             division: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]]) -> NDArray[np.int64]:
    """(N,): the class that rules which have not seen the picture, nor a copy of it, give it; -1 where none could be."""
    told = np.full(len(labels), -1, dtype=np.int64)
    with one_thread():
        for learn, look in division:
            told[look] = _rules(len(np.unique(labels[learn]))).fit(columns[learn], labels[learn]).predict(columns[look])
    return told


def _rules(kinds: int) -> "DecisionTreeClassifier":
    """Few and coarse ones, each class of equal weight."""
    from sklearn.tree import DecisionTreeClassifier

    return DecisionTreeClassifier(max_leaf_nodes=LEAVES_A_CLASS * kinds, min_samples_leaf=LEAST_LEAF,
                                  class_weight="balanced", random_state=SEED)
