"""The noise lab: some training labels of a copy are wrong, nobody tells which, and a person hunts them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from pydantic import Field, ValidationError

from core.cleaning.finding import Document
from core.data.cache import written_aside
from core.data.copies import variant
from core.data.dataset import Dataset, collect
from core.data.edits import Edit, standing
from core.data.split import Split
from core.data.store import StoredDataset
from core.errors import BadSource, TooFewImages

FILE = "noise-lab.json"


class Secret(Document):
    """What was hidden in a copy: kept in its folder, and shown when the hunter asks for it."""

    share: float = Field(gt=0, lt=1)     # of the training labels
    seed: int
    truth: dict[str, str]                # the true label of every flipped picture, by its id
    base: str                            # the folder of the data set that it is a copy of
    told: bool = False                   # it was shown

    def save(self, folder: Path) -> None:
        with written_aside(folder / FILE) as aside:
            aside.write_text(self.model_dump_json(), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Hunt:
    """How well somebody found what was hidden, among the training pictures that they changed."""

    hidden: int
    changed: frozenset[str]      # relabelled or removed
    caught: frozenset[str]       # of these, flipped ones
    put_right: frozenset[str]    # of these, with the true label again
    missed: frozenset[str]

    @property
    def precision(self) -> float | None:
        return len(self.caught) / len(self.changed) if self.changed else None

    @property
    def recall(self) -> float:
        return len(self.caught) / self.hidden


def read(folder: Path) -> Secret | None:
    """The secret of a copy, None of any other data set. Raises BadSource where it is damaged."""
    file = folder / FILE
    if not file.is_file():
        return None
    try:
        return Secret.model_validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise BadSource("What was hidden in this copy can no longer be read.",
                        remedy="Delete the copy, and make another.") from error


def flips(dataset: Dataset, train: Sequence[str], share: float, seed: int) -> dict[str, str]:
    """Another label, drawn by chance, for this share of the training pictures, by id. No class loses its last two.

    Raises TooFewImages where that makes less than one.
    """
    label = {sample.id: sample.label for sample in dataset.samples}
    left = {name: sum(label[id] == name for id in train) for name in dataset.classes}
    chance = np.random.default_rng(seed)
    count = round(share * len(train))
    drawn: dict[str, str] = {}
    for place in chance.permutation(len(train)):
        id = train[place]
        if len(drawn) == count:
            break
        if left[label[id]] > 2:
            left[label[id]] -= 1
            others = [name for name in dataset.classes if name != label[id]]
            drawn[id] = others[int(chance.integers(len(others)))]
    if not drawn:
        raise TooFewImages(f"'{dataset.name}' has too few training pictures for that.",
                           remedy="Take a data set with at least 20 pictures a class.")
    return drawn


def hidden_copy(base: StoredDataset, dataset: Dataset, division: Split, share: float, seed: int,
                datasets: Path) -> StoredDataset:
    """A data set with the same pictures, some labels flipped, and the secret of which.

    `dataset`: the base with its edits; the copy begins without any, and keeps the base's split as folders would.
    """
    flipped, side = flips(dataset, division.train, share, seed), division.sides
    label = {sample.id: sample.label for sample in dataset.samples}
    samples = [replace(sample, label=flipped.get(sample.id, sample.label), part=side[sample.id])
               for sample in dataset.samples if sample.id in side]
    copy = variant(base, collect(f"{dataset.name} · noise lab", samples), datasets)
    if read(copy.path) is None:
        Secret(share=share, seed=seed, truth={id: label[id] for id in flipped}, base=base.path.name).save(copy.path)
    return copy


def hunt(secret: Secret, copy: Dataset, edits: Sequence[Edit]) -> Hunt:
    """`copy`: as it was made; `edits`: its whole log."""
    train = {sample.id: sample.label for sample in copy.samples if sample.part == "train"}
    now: dict[str, str | None] = dict(train)
    for edit in standing(edits):
        if edit.sample not in now:
            continue
        if edit.action == "relabel":
            now[edit.sample] = edit.value
        elif edit.action == "remove":
            now[edit.sample] = None
        elif edit.action == "restore":
            now[edit.sample] = train[edit.sample]
    changed = frozenset(id for id, label in now.items() if label != train[id])
    caught = changed & secret.truth.keys()
    return Hunt(len(secret.truth), changed, frozenset(caught),
                frozenset(id for id in caught if now[id] == secret.truth[id]),
                frozenset(secret.truth.keys() - changed))


def without_flips(secret: Secret, copy: Dataset) -> Dataset:
    """The copy with every true label."""
    return collect(copy.name, [replace(sample, label=secret.truth.get(sample.id, sample.label))
                               for sample in copy.samples])
