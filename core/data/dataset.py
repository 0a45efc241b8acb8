"""The nouns of the data room: `Sample` and `Dataset`. Immutable, and checked at birth."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from core.errors import BadSource, TooFewImages

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
            remedy="Give at least two classes, each with pictures of its own: a folder for each, side by side.",
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


def _classes(samples: Iterable[Sample]) -> tuple[str, ...]:
    return tuple(sorted({sample.label for sample in samples}))


def _fingerprint(samples: Iterable[Sample]) -> str:
    rows = sorted((sample.original_name, sample.sha256, sample.label, sample.part) for sample in samples)
    return hashlib.sha256(json.dumps(rows, ensure_ascii=True).encode()).hexdigest()
