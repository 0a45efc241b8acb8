"""What names say: which files are pictures, which class and which split folder they belong to."""

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Container, Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from core.data.dataset import Part

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".jfif", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"})
LIST_SUFFIXES = frozenset({".csv", ".tsv"})
CLASS_LIST = "labels.csv"      # beside class folders: the true names, where a folder cannot have a class's
SPLIT_FOLDERS: dict[str, Part] = {"train": "train", "training": "train", "valid": "valid", "val": "valid",
                                  "validation": "valid", "test": "test"}

Parts = tuple[str, ...]   # a name's folders and file


@dataclass(frozen=True, slots=True)
class Place:
    """Where a picture belongs. `part` is None where the source has no split folders."""

    label: str
    part: Part | None


def is_picture(name: str) -> bool:
    """Whether a name is a picture's by its extension, and neither hidden nor among macOS's `__MACOSX`."""
    return _is_one_of(PICTURE_SUFFIXES, name)


def is_list(name: str) -> bool:
    """The same for a list of labels."""
    return _is_one_of(LIST_SUFFIXES, name)


def _is_one_of(suffixes: Container[str], name: str) -> bool:
    parts = PurePosixPath(name).parts
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in parts)
    return not hidden and PurePosixPath(name).suffix.lower() in suffixes


def places(pictures: Iterable[str]) -> dict[str, Place]:
    """The place of each picture, by its name; those outside any class folder are not in the answer.

    A single top folder that holds folders is looked through. Folders are split folders only if every one
    of them is called so and holds class folders. Class names are NFC-normalised, which merges those
    that a Mac and a PC write with different bytes.
    """
    inner = _without_wrapper({name: PurePosixPath(name).parts for name in pictures})
    if _are_split_folders(inner.values()):
        return {name: Place(_label(parts[1]), SPLIT_FOLDERS[parts[0].casefold()])
                for name, parts in inner.items() if len(parts) > 2}
    return {name: Place(_label(parts[0]), None) for name, parts in inner.items() if len(parts) > 1}


def flat_split_folders(pictures: Iterable[str]) -> tuple[str, ...]:
    """Split folders' names that had to count as classes, because one of them holds no class folders."""
    inner = _without_wrapper({name: PurePosixPath(name).parts for name in pictures}).values()
    tops = _top_folders(inner)
    named_so = len(tops) > 1 and all(top.casefold() in SPLIT_FOLDERS for top in tops)
    return tuple(sorted(tops)) if named_so and not _are_split_folders(inner) else ()


def have_class_folders(pictures: Collection[str]) -> bool:
    """Whether the folders tell at least two classes, and none of them is called like a part of a split."""
    return len({place.label for place in places(pictures).values()}) > 1 and not flat_split_folders(pictures)


def lists_beside(pictures: Iterable[str], lists: Iterable[str]) -> tuple[str, ...]:
    """Lists that stand at the top, or in the single folder that holds everything."""
    tops = {PurePosixPath(name).parts[0] if "/" in name else "" for name in pictures}
    return tuple(name for name in lists if len(parts := PurePosixPath(name).parts) == 1
                 or (len(parts) == 2 and tops == {parts[0]}))


def alike(labels: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Groups of class names that differ in upper and lower case only."""
    groups: dict[str, set[str]] = defaultdict(set)
    for label in labels:
        groups[label.casefold()].add(label)
    return tuple(tuple(sorted(group)) for _, group in sorted(groups.items()) if len(group) > 1)


def _without_wrapper(paths: dict[str, Parts]) -> dict[str, Parts]:
    inner = {name: parts[1:] for name, parts in paths.items()}
    single = len(_top_folders(paths.values())) == 1 and any(len(parts) > 2 for parts in paths.values())
    # A lone `train` with classes inside is a split folder, unless it wraps split folders itself.
    wrapper = single and (_are_split_folders(inner.values()) or not _are_split_folders(paths.values()))
    return inner if wrapper else paths


def _are_split_folders(paths: Collection[Parts]) -> bool:
    tops = _top_folders(paths)
    with_classes = {parts[0] for parts in paths if len(parts) > 2}
    return bool(tops) and tops == with_classes and all(top.casefold() in SPLIT_FOLDERS for top in tops)


def _top_folders(paths: Iterable[Parts]) -> set[str]:
    return {parts[0] for parts in paths if len(parts) > 1}


def _label(folder: str) -> str:
    return unicodedata.normalize("NFC", folder)
