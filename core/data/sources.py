"""A labelled folder or zip as it comes: which pictures, of which class, from which part of a split."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from core.data.dataset import Part, require_classes
from core.data.files import File, Listing, listed
from core.data.labels_file import Labels, read_labels
from core.data.labels_match import matched
from core.data.layout import CLASS_LIST, Place, flat_split_folders, have_class_folders, lists_beside, places
from core.errors import BadSource
from core.settings import Settings

ONE_FOLDER_A_CLASS = "Give a folder or zip with one folder of pictures a class: cat/1.jpg, dog/1.jpg ..."


@dataclass(frozen=True, slots=True)
class Entry:
    """A picture with its label, not yet read."""

    file: File
    label: str            # class name, NFC
    part: Part | None     # of the split, where the source says one


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
def open_source(path: Path, settings: Settings, labels: File | None = None) -> Iterator[Source]:
    """What stands in a labelled folder or zip; no picture is read yet.

    Classes are what folders are called, or what a list says: `labels`, else one that stands beside pictures
    without class folders. Raises BadSource (nothing there, no pictures, no class folders, no training folder, a list
    that is not understood), BadArchive, TooLarge, and TooFewImages for a single class or a class with a single picture.
    """
    with listed(path, settings) as listing:
        source = _with_training(_labelled(listing, labels))
        require_classes(listing.name, [entry.label for entry in source.entries])
        yield source


@contextmanager
def open_addition(path: Path, settings: Settings, label: str | None = None,
                  labels: File | None = None) -> Iterator[Source]:
    """As `open_source`, of pictures that join others: they may be of a single class, and few.

    With a `label` every picture is of that class, NFC, and folders count for nothing.
    """
    with listed(path, settings) as listing:
        yield _labelled(listing, labels) if label is None else _of_class(listing, unicodedata.normalize("NFC", label))


def _of_class(listing: Listing, label: str) -> Source:
    if not listing.files:
        raise BadSource(f"'{listing.name}' holds no pictures.", remedy="Choose at least one picture.")
    entries = tuple(Entry(replace(file, name=f"{label}/{file.name}"), label, None) for file in listing.files)
    return Source(listing.name, entries, listing.skipped, listing.ignored, ())


def _labelled(listing: Listing, labels: File | None) -> Source:
    if not listing.files:
        raise BadSource(f"'{listing.name}' holds no pictures.", remedy=ONE_FOLDER_A_CLASS)
    if labels is not None:
        return _by_list(listing, labels)
    names = [file.name for file in listing.files]
    beside = lists_beside(names, [file.name for file in listing.lists])
    if have_class_folders(names):
        return _by_named_folders(listing, beside) or _by_folders(listing, _idle(beside))
    chosen = _of_labels(beside)
    if chosen is not None:
        return _by_list(listing, next(file for file in listing.lists if file.name == chosen))
    return _by_folders(listing, beside=beside)


def _by_named_folders(listing: Listing, beside: Sequence[str]) -> Source | None:
    """As `packing` writes a data set: folders divide the pictures, and the list CLASS_LIST gives each folder its class.

    Nothing where there is no such list, it does not cover every picture, or it divides them otherwise than folders do.
    """
    own = [file for file in listing.lists if file.name in beside and PurePosixPath(file.name).name == CLASS_LIST]
    placed = places([file.name for file in listing.files])
    if not own or len(placed) < len(listing.files):
        return None
    try:
        found = matched(_labels_in(own[0]), list(placed))
    except BadSource:            # it is another list: the folders tell the classes
        return None
    pairs = {(placed[name].label, place.label) for name, place in found.places.items()}
    if len(found.places) < len(placed) or len({folder for folder, _ in pairs}) < len(pairs) \
            or len({label for _, label in pairs}) < len(pairs):
        return None
    named = {name: replace(placed[name], label=place.label) for name, place in found.places.items()}
    return _source(listing, named, (), (f"The list '{CLASS_LIST}' gives the folders the names of their classes.",),
                   listing.ignored - 1)


def _labels_in(file: File) -> Labels:
    """Of a list in the folder or zip itself, which messages call by its last name."""
    return read_labels(replace(file, name=PurePosixPath(file.name).name))


def _of_labels(lists: Sequence[str]) -> str | None:
    """The list that holds the classes: the only one, or the only one that is called so, beside sample answers."""
    called = [name for name in lists if "label" in PurePosixPath(name).stem.casefold()]
    return next((found[0] for found in (lists, called) if len(found) == 1), None)


def _idle(lists: Sequence[str]) -> tuple[str, ...]:
    """A word about a list whose classes nobody asks for, since folders tell them."""
    if len(lists) != 1:
        return ()
    return (f"The names of the folders are the classes; the list '{PurePosixPath(lists[0]).name}' beside them was left "
            "aside. To take the classes from it, bring in the zip and the list together.",)


def _by_list(listing: Listing, file: File) -> Source:
    within = file in listing.lists
    labels = _labels_in(file) if within else read_labels(file)
    found = matched(labels, [picture.name for picture in listing.files])
    notes = (*((labels.origin,) if labels.name else ()), *labels.notes, *found.notes)
    return _source(listing, found.places, found.skipped, notes,
                   listing.ignored - within)


def _by_folders(listing: Listing, notes: tuple[str, ...] = (), beside: Sequence[str] = ()) -> Source:
    names = [file.name for file in listing.files]
    placed = places(names)
    if not placed:
        several = f" There are several lists beside them: {', '.join(beside)}." if beside else ""
        raise BadSource(f"'{listing.name}' holds pictures, but no class folders.{several}",
                        remedy="Leave one list in it, or call the one with the classes 'labels.csv'." if beside
                        else f"{ONE_FOLDER_A_CLASS} Or put a list of the classes beside the pictures: a CSV with the "
                             "columns 'file' and 'label'.")
    outside = tuple((name, "It stands outside any class folder.") for name in names if name not in placed)
    return _source(listing, placed, outside, (*_flat(names), *notes), listing.ignored)


def _source(listing: Listing, placed: dict[str, Place], left_out: Iterable[tuple[str, str]], notes: Iterable[str],
            ignored: int) -> Source:
    entries = tuple(Entry(file, placed[file.name].label, placed[file.name].part)
                    for file in listing.files if file.name in placed)
    return Source(listing.name, entries, tuple(sorted((*listing.skipped, *left_out))), ignored, tuple(notes))


def _with_training(source: Source) -> Source:
    """With pictures to learn from. A division into a single part is none. Raises BadSource for more without training.
    """
    parts = sorted({entry.part or "train" for entry in source.entries})
    if "train" in parts:
        return source
    if len(parts) > 1:
        raise BadSource(f"'{source.name}' has the parts {' and '.join(parts)}, but none to learn from.",
                        remedy="Add a folder 'train' with class folders, or bring in the class folders alone. In a "
                               "list, write 'train' beside the pictures to learn from.")
    note = (f"All pictures came in one part, '{parts[0]}': they are taken as undivided, and those to check with are "
            "drawn by chance.")
    return replace(source, entries=tuple(replace(entry, part=None) for entry in source.entries),
                   notes=(*source.notes, note))


def _flat(names: list[str]) -> tuple[str, ...]:
    flat = flat_split_folders(names)
    if not flat:
        return ()
    return (f"The folders {', '.join(flat)} are taken for classes, because not each of them holds folders.",)
