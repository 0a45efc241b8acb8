"""A labelled folder or zip as it comes: which pictures, of which class, from which split folder."""

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from core.data.dataset import Part, require_classes
from core.data.files import File, Listing, listed
from core.data.layout import flat_split_folders, places
from core.errors import BadSource
from core.settings import Settings

ONE_FOLDER_A_CLASS = "Give a folder or zip with one folder of pictures a class: cat/1.jpg, dog/1.jpg ..."


@dataclass(frozen=True, slots=True)
class Entry:
    """A picture with its label, not yet read."""

    file: File
    label: str            # class name, NFC
    part: Part | None     # the split folder it stands in, if any


@dataclass(frozen=True, slots=True)
class Source:
    """A labelled folder or zip; its entries can be read while `open_source`'s block lasts."""

    name: str
    entries: tuple[Entry, ...]             # sorted by name
    skipped: tuple[tuple[str, str], ...]   # (name, problem)
    ignored: int                           # files that are no pictures
    notes: tuple[str, ...]                 # what a person should know of how it was understood

    @property
    def size_bytes(self) -> int:
        """Of the pictures, unpacked."""
        return sum(entry.file.size_bytes for entry in self.entries)


@contextmanager
def open_source(path: Path, settings: Settings) -> Iterator[Source]:
    """What stands in a labelled folder or zip; no picture is read yet.

    Raises BadSource (nothing there, no pictures, no class folders, no training folder), BadArchive,
    TooLarge, and TooFewImages for a single class or a class with a single picture.
    """
    with listed(path, settings) as listing:
        source = _labelled(listing)
        require_classes(listing.name, [entry.label for entry in source.entries])
        yield source


@contextmanager
def open_addition(path: Path, settings: Settings, label: str | None = None) -> Iterator[Source]:
    """As `open_source`, of pictures that join others: they may be of a single class, and few.

    With a `label` every picture is of that class, NFC, and folders count for nothing.
    """
    with listed(path, settings) as listing:
        yield _labelled(listing) if label is None else _of_class(listing, unicodedata.normalize("NFC", label))


def _of_class(listing: Listing, label: str) -> Source:
    if not listing.files:
        raise BadSource(f"'{listing.name}' holds no pictures.", remedy="Choose at least one picture.")
    entries = tuple(Entry(replace(file, name=f"{label}/{file.name}"), label, None) for file in listing.files)
    return Source(listing.name, entries, listing.skipped, listing.ignored, ())


def _labelled(listing: Listing) -> Source:
    if not listing.files:
        raise BadSource(f"'{listing.name}' holds no pictures.", remedy=ONE_FOLDER_A_CLASS)
    names = [file.name for file in listing.files]
    placed = places(names)
    if not placed:
        raise BadSource(f"'{listing.name}' holds pictures, but no class folders.", remedy=ONE_FOLDER_A_CLASS)
    entries = tuple(Entry(file, placed[file.name].label, placed[file.name].part)
                    for file in listing.files if file.name in placed)
    parts = {entry.part for entry in entries}
    if None not in parts and "train" not in parts:
        raise BadSource(f"'{listing.name}' has the split folders {', '.join(sorted(map(str, parts)))}, "
                        "but none for training.",
                        remedy="Add a folder 'train' with class folders, or give the class folders alone.")
    outside = tuple((name, "It stands outside any class folder.") for name in names if name not in placed)
    return Source(listing.name, entries, tuple(sorted(listing.skipped + outside)), listing.ignored,
                  _notes(names))


def _notes(names: list[str]) -> tuple[str, ...]:
    flat = flat_split_folders(names)
    if not flat:
        return ()
    return (f"The folders {', '.join(flat)} are taken for classes, because not each of them holds folders.",)
