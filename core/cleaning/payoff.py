"""What cleaning is worth: a head fitted before and after the edits, judged by the same pictures.

Edits to validation pictures change the ruler too, so each head is judged by both: as the pictures came, and as they
are now. Only what a ruler says of both heads is a gain.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.cleaning.finding import Document
from core.cleaning.head import head, one_thread
from core.data.cache import open_array
from core.data.dataset import Dataset
from core.data.split import Split
from core.errors import MachineFault, TooFewImages


class Labelled(Document):
    """Some pictures with their labels: rows of the activations, and a class's number each."""

    rows: tuple[int, ...]
    labels: tuple[int, ...]


class State(Document):
    """The pictures to learn from and those to check with, at one time."""

    train: Labelled
    valid: Labelled


class PayoffRequest(Document):
    """Two states of one data set; `activations` is (pictures, width) float32."""

    activations: Path
    pictures: int
    width: int
    before: State
    now: State


class Score(Document):
    """How many pictures a head tells wrongly, of how many."""

    wrong: int
    total: int


class Payoff(Document):
    """Both heads by both rulers."""

    before: Score                # the head of the pictures as they came, judged by the validation pictures as they came
    now_by_old_ruler: Score      # the head of today's pictures, by the same ruler
    before_by_new_ruler: Score
    now: Score                   # today's head by today's validation pictures


@dataclass(frozen=True, slots=True)
class _Key:
    file: Path
    changed: int
    shape: tuple[int, int]


def request(activations: Path, width: int, catalogue: Dataset, dataset: Dataset, division: Split, edited: Split,
            ) -> PayoffRequest:
    """What to ask for: `catalogue` with its split `division`, and the data set as it stands with `edited`."""
    classes = {label: number for number, label in enumerate(sorted({*catalogue.classes, *dataset.classes}))}
    row = {sample.id: place for place, sample in enumerate(catalogue.samples)}

    def state(of: Dataset, split: Split) -> State:
        labels = {sample.id: classes[sample.label] for sample in of.samples}

        def labelled(ids: Sequence[str]) -> Labelled:
            return Labelled(rows=tuple(row[id] for id in ids), labels=tuple(labels[id] for id in ids))

        return State(train=labelled(split.train), valid=labelled(split.valid))

    return PayoffRequest(activations=activations, pictures=len(catalogue.samples), width=width,
                         before=state(catalogue, division), now=state(dataset, edited))


def payoff(asked: PayoffRequest) -> Payoff:
    """Fit both heads, look at both rulers. Raises MachineFault where the activations are gone, TooFewImages."""
    try:
        changed = asked.activations.stat().st_mtime_ns
    except OSError as error:
        raise _gone() from error
    key = _Key(asked.activations, changed, (asked.pictures, asked.width))
    old, new = asked.before.valid, asked.now.valid
    return Payoff(before=_judged(key, asked.before.train, old), now_by_old_ruler=_judged(key, asked.now.train, old),
                  before_by_new_ruler=_judged(key, asked.before.train, new), now=_judged(key, asked.now.train, new))


def _gone() -> MachineFault:
    return MachineFault("What the network saw of these pictures is no longer there.",
                        remedy="Look through the pictures again.")


def _judged(key: _Key, learn: Labelled, ruler: Labelled) -> Score:
    answers = _answers(key, learn)[list(ruler.rows)]
    return Score(wrong=int((answers != np.array(ruler.labels, dtype=np.int64)).sum()), total=len(ruler.rows))


# The first state is asked for with every edit.
@lru_cache(maxsize=16)
def _answers(key: _Key, learn: Labelled) -> NDArray[np.int64]:
    """(N,): what a head that learned from these says of every picture."""
    seen = _activations(key)
    labels = np.array(learn.labels, dtype=np.int64)
    if not len(labels):
        raise TooFewImages("No picture is left to learn from.", remedy="Undo some of the changes.")
    if len(np.unique(labels)) == 1:
        return np.full(len(seen), labels[0], dtype=np.int64)
    with one_thread():
        answers: NDArray[np.int64] = head().fit(seen[list(learn.rows)], labels).predict(seen)
    return answers


@lru_cache(maxsize=2)
def _activations(key: _Key) -> NDArray[np.float32]:
    seen = open_array(key.file, key.shape, np.dtype(np.float32))
    if seen is None:
        raise _gone()
    return seen
