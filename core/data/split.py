"""Which pictures train, which validate, which are kept for the end."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from core.data.dataset import Dataset, Part, Sample
from core.data.joined import joined
from core.errors import TooFewImages, UserMistake

Groups = dict[str, list[Sample]]   # by the least sha256 of each: pictures that must stand on one side
Together = tuple[tuple[str, ...], ...]     # ids of pictures that are alike, such as two shots of one moment


@dataclass(frozen=True, slots=True)
class Split:
    """Sample ids by their use, each in the order of the original names; no id stands twice."""

    train: tuple[str, ...]
    valid: tuple[str, ...]
    test: tuple[str, ...]
    seed: int                              # of the drawing, where the split was drawn
    source: Literal["folders", "drawn"]    # of `valid`

    @property
    def sides(self) -> dict[str, Part]:
        """Where each picture stands, by its id."""
        parts: tuple[Part, ...] = ("train", "valid", "test")
        return {id: part for part in parts for id in getattr(self, part)}

    def __post_init__(self) -> None:
        for part, ids in (("training", self.train), ("validation", self.valid)):
            if not ids:
                raise TooFewImages(f"The split has no {part} pictures.",
                                   remedy=f"Leave at least one {part} picture of each class.")
        everything = [*self.train, *self.valid, *self.test]
        if len(set(everything)) < len(everything):
            raise UserMistake("The split names a picture twice.",
                              remedy="Give each picture to one of training, validation and test.")


def split(dataset: Dataset, valid_share: float = 0.2, seed: int = 42, together: Together = ()) -> Split:
    """The split folders where the pictures came in some, else `valid_share` of each class drawn by chance.

    A test folder is kept apart, and validation is then drawn off the rest. Identical pictures, and those that
    `together` names, stay on one side of a drawn split; where they carry different labels they train, so that
    validation asks no question with two answers. Raises TooFewImages where a class would lack training pictures or,
    drawn, validation pictures; UserMistake for a share outside (0, 0.9].
    """
    if not 0 < valid_share <= 0.9:
        raise UserMistake(f"The validation share is {valid_share:g}.",
                          remedy="Give a share above 0 and up to 0.9; 0.2 is usual.")
    standing: dict[Part, list[Sample]] = {"train": [], "valid": [], "test": []}
    for sample in dataset.samples:
        standing[sample.part or "train"].append(sample)
    _require_training(dataset, standing["train"])
    if standing["valid"]:
        train, valid = standing["train"], standing["valid"]
        return Split(_ids(train), _ids(valid), _ids(standing["test"]), seed, "folders")
    groups = _groups(standing["train"], together)
    drawn = {sample.id for key in _draw(dataset.classes, groups, valid_share, seed) for sample in groups[key]}
    train = [sample for sample in standing["train"] if sample.id not in drawn]
    valid = [sample for sample in standing["train"] if sample.id in drawn]
    return Split(_ids(train), _ids(valid), _ids(standing["test"]), seed, "drawn")


def split_edited(catalogue: Dataset, dataset: Dataset, valid_share: float = 0.2, seed: int = 42,
                 together: Together = ()) -> Split:
    """The split of a data set after its edits: that of its pictures as they came, without those that are removed.

    So no edit moves another picture to the other side: what validated before a cleaning validates after it. Where the
    pictures as they came cannot be split, those that stand are. Raises what `split` raises.
    """
    if dataset is catalogue or dataset.fingerprint == catalogue.fingerprint:
        return split(catalogue, valid_share, seed, together)
    try:
        before = split(catalogue, valid_share, seed, together)
    except TooFewImages:         # the edits may have cured it
        return split(dataset, valid_share, seed, together)
    stands = {sample.id: sample for sample in dataset.samples}
    parts = {part: tuple(id for id in getattr(before, part) if id in stands) for part in ("train", "valid", "test")}
    _require_training(dataset, [stands[id] for id in parts["train"]])
    return Split(**parts, seed=before.seed, source=before.source)


def leaks(dataset: Dataset, split: Split) -> tuple[tuple[str, ...], ...]:
    """Groups of ids of identical pictures that stand on more than one side of a split.

    The validation or test pictures among them are known from training, so their accuracy flatters.
    """
    side = split.sides
    members = [sample for sample in dataset.samples if sample.id in side]
    return tuple(_ids(group) for group in _groups(members).values()
                 if len({side[sample.id] for sample in group}) > 1)


def _draw(classes: Iterable[str], groups: Groups, valid_share: float, seed: int) -> set[str]:
    """The groups that validate: of each class the share, at least one, and never its last."""
    from sklearn.model_selection import train_test_split  # takes a second to import

    pure: dict[str, list[str]] = defaultdict(list)    # groups of this class alone
    holding: dict[str, int] = defaultdict(int)        # groups with a picture of this class
    for sha256, group in sorted(groups.items()):
        labels = {sample.label for sample in group}
        for label in labels:
            holding[label] += 1
        if len(labels) == 1:
            pure[labels.pop()].append(sha256)
    valid: set[str] = set()
    for label in classes:
        if not pure[label] or holding[label] < 2:
            raise TooFewImages(f"Class '{label}' has too few different pictures to train and to validate.",
                               remedy="Add pictures that are no copies of others, or remove the class.")
        most = min(len(pure[label]), holding[label] - 1)
        count = min(max(1, round(valid_share * holding[label])), most)
        if count == len(pure[label]):
            valid.update(pure[label])
        else:
            valid.update(train_test_split(pure[label], test_size=count, random_state=seed)[1])
    return valid


def _require_training(dataset: Dataset, train: Iterable[Sample]) -> None:
    present = {sample.label for sample in train}
    for label in dataset.classes:
        if label not in present:
            raise TooFewImages(f"Class '{label}' has no training pictures: all are among the validation or "
                               "test pictures.",
                               remedy=f"Put some of them into the folder 'train/{label}', or give that label to some "
                                      "training pictures too.")


def _groups(samples: Iterable[Sample], together: Together = ()) -> Groups:
    """Pictures of one content, and whatever `together` ties to each other, directly or through others."""
    members = {sample.id: sample for sample in samples}
    present = ([members[id].sha256 for id in alike if id in members] for alike in together)
    least = {sha256: group[0] for group in joined(pair for contents in present for pair in pairwise(contents))
             for sha256 in group}
    groups: Groups = defaultdict(list)
    for sample in members.values():
        groups[least.get(sample.sha256, sample.sha256)].append(sample)
    return groups


def _ids(samples: Iterable[Sample]) -> tuple[str, ...]:
    return tuple(sample.id for sample in sorted(samples, key=lambda sample: sample.original_name))
