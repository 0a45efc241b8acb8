"""The nouns of the data room: `Sample`, `Dataset`, `Edit`. Immutable, and checked at birth."""

import hashlib
import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from core.errors import BadSource, TooFewImages, UserMistake

Part = Literal["train", "valid", "test"]


@dataclass(frozen=True, slots=True)
class Sample:
    """One labelled picture. `original_name` is data, never a path; `stored_name` is ours."""

    id: str                    # stable: made of the original name and the content
    label: str                 # class name, NFC
    original_name: str         # as it came, e.g. "ants-bees/train/ants/0013035.jpg"
    stored_name: str           # below the dataset's `originals/`
    sha256: str                # of the original bytes, hex
    width: int                 # pixels, after EXIF rotation
    height: int
    format: str                # Pillow's name: "JPEG", "PNG", ...
    size_bytes: int
    part: Part | None = None   # the split folder it came in, if any


@dataclass(frozen=True, slots=True)
class Edit:
    """One line of the append-only log. `restore` undoes every earlier edit of the sample."""

    sample: str                                    # Sample.id
    action: Literal["relabel", "remove", "restore"]
    value: str | None = None                       # the new label of a relabel
    when: str = ""                                 # ISO 8601, UTC

    def __post_init__(self) -> None:
        if (self.action == "relabel") != (self.value is not None):
            raise UserMistake(
                f"An edit '{self.action}' of sample {self.sample} has the value {self.value!r}.",
                remedy="Give a new label to 'relabel', and to nothing else.",
            )
        if self.value is not None and not self.value.strip():
            raise UserMistake(f"An edit gives sample {self.sample} a blank label.",
                              remedy="Give the name of a class.")


@dataclass(frozen=True, slots=True)
class Dataset:
    """Samples with their classes, as they stand after the edits.

    Raises TooFewImages where there are fewer than two classes or a class has a single picture.
    """

    name: str                        # for people: the folder's or zip's name
    classes: tuple[str, ...]         # sorted
    samples: tuple[Sample, ...]      # in the order of their original names
    fingerprint: str                 # covers images, labels, split folders and edits

    def __post_init__(self) -> None:
        require_classes(self.name, [sample.label for sample in self.samples])

    def counts(self) -> dict[str, int]:
        """Pictures a class, in the order of `classes`."""
        counts = dict.fromkeys(self.classes, 0)
        for sample in self.samples:
            counts[sample.label] += 1
        return counts


def require_classes(name: str, labels: Sequence[str]) -> None:
    """Raises BadSource for no picture at all, TooFewImages for a single class or a class with one picture."""
    counts = Counter(labels)
    if not counts:
        raise BadSource(f"'{name}' holds no picture that can be read.",
                        remedy="Give a folder or zip with one folder of pictures a class.")
    if len(counts) == 1:
        raise TooFewImages(
            f"'{name}' has a single class, '{labels[0]}'.",
            remedy="Give at least two classes: a folder of pictures for each, side by side.",
        )
    for label, count in sorted(counts.items()):
        if count == 1:
            raise TooFewImages(
                f"Class '{label}' has 1 image.",
                remedy="Add at least one more (20 is a good start), or remove the class.",
            )


def collect(name: str, samples: Iterable[Sample]) -> Dataset:
    """A dataset of these samples, before any edit."""
    ordered = tuple(sorted(samples, key=lambda sample: sample.original_name))
    return Dataset(name, _classes(ordered), ordered, _fingerprint(ordered))


def apply_edits(dataset: Dataset, edits: Sequence[Edit]) -> Dataset:
    """The dataset after the log's edits, in order. An edit of an unknown sample is an error.

    A relabel may name a new class; a class that lost its last picture disappears.
    """
    original = {sample.id: sample for sample in dataset.samples}
    current: dict[str, Sample | None] = dict(original)
    for edit in edits:
        if edit.sample not in original:
            raise UserMistake(f"An edit names the sample '{edit.sample}', which '{dataset.name}' lacks.",
                              remedy="Use the edit log of this very dataset.")
        standing = current[edit.sample]
        if edit.action == "restore":
            current[edit.sample] = original[edit.sample]
        elif edit.action == "remove":
            current[edit.sample] = None
        elif edit.value is not None:
            label = unicodedata.normalize("NFC", edit.value)
            current[edit.sample] = replace(standing or original[edit.sample], label=label)
    kept = tuple(sample for sample in current.values() if sample is not None)
    return Dataset(dataset.name, _classes(kept), kept, _fingerprint(kept))


def _classes(samples: Iterable[Sample]) -> tuple[str, ...]:
    return tuple(sorted({sample.label for sample in samples}))


def _fingerprint(samples: Iterable[Sample]) -> str:
    rows = sorted((sample.original_name, sample.sha256, sample.label, sample.part) for sample in samples)
    return hashlib.sha256(json.dumps(rows, ensure_ascii=True).encode()).hexdigest()
