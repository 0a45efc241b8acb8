"""A data set as a zip of labelled folders, as it stands after its edits; it can be brought in again anywhere."""

import zipfile
from collections import defaultdict
from collections.abc import Generator
from pathlib import Path, PurePosixPath

from core.data.cache import require_free, written_aside
from core.data.dataset import Dataset, Sample
from core.data.layout import CLASS_LIST, PICTURE_SUFFIXES
from core.data.safe_names import safe_name, told_apart
from core.data.store import StoredDataset
from core.data.tables import write_table
from core.errors import BadPicture
from core.events import Event, Progress

HEAD_BYTES = 400            # a member's entries in the zip, about


def pack(stored: StoredDataset, file: Path, keep_free_bytes: int = 0) -> Generator[Event, None, int]:
    """Write the zip; returns how many pictures it holds. `file` appears whole, or not at all.

    Pictures are the bytes that came, and are not packed any tighter. Raises BadPicture for an original that can no
    longer be read, DiskFull, and what `StoredDataset.dataset` raises.
    """
    dataset = stored.dataset()
    places = members(dataset)
    needed = sum(sample.size_bytes + HEAD_BYTES for sample in dataset.samples)
    require_free(file.parent, needed, keep_free_bytes)
    yield Progress("packing", 0, len(places))
    with written_aside(file) as aside, zipfile.ZipFile(aside, "w", zipfile.ZIP_STORED, strict_timestamps=False) as out:
        if labels := _labels(dataset, places):
            out.writestr(CLASS_LIST, labels)
        for done, sample in enumerate(dataset.samples, start=1):
            _add(out, stored.original(sample), places[sample.id], sample)
            yield Progress("packing", done, len(places))
    return len(places)


def members(dataset: Dataset) -> dict[str, str]:
    """The name in the zip of each picture, by its id: `<class>/<file>`, below split folders where any came in one.

    Folders and files keep their names where every system takes them; else they are made like them, and told apart.
    """
    folders = folder_names(dataset.classes)
    parted = any(sample.part for sample in dataset.samples)
    by_folder: dict[str, list[Sample]] = defaultdict(list)
    for sample in dataset.samples:
        part = f"{sample.part or 'train'}/" if parted else ""
        by_folder[f"{part}{folders[sample.label]}"].append(sample)
    places = {}
    for folder, samples in by_folder.items():
        for sample, name in zip(samples, told_apart(map(_file_name, samples)), strict=True):
            places[sample.id] = f"{folder}/{name}"
    return places


def folder_names(classes: tuple[str, ...]) -> dict[str, str]:
    """A folder's name for each class; the classes whose own name will do come first to it."""
    ordered = sorted(classes, key=lambda label: safe_name(label) != label)
    return dict(zip(ordered, told_apart(map(safe_name, ordered)), strict=True))


def renamed(classes: tuple[str, ...]) -> tuple[str, ...]:
    """The classes whose name no folder can have, so that a list beside the folders tells it."""
    return tuple(label for label, folder in folder_names(classes).items() if label != folder)


def _file_name(sample: Sample) -> str:
    path = PurePosixPath(sample.original_name)
    suffix = path.suffix if path.suffix.lower() in PICTURE_SUFFIXES else PurePosixPath(sample.stored_name).suffix
    return f"{safe_name(path.name.removesuffix(path.suffix))}{suffix}"


def _labels(dataset: Dataset, places: dict[str, str]) -> bytes:
    """A row a picture: its file and its class. Nothing where the folders say it all."""
    if not renamed(dataset.classes):
        return b""
    return write_table(("file", "label"), ((places[sample.id], sample.label) for sample in dataset.samples))


def _add(out: zipfile.ZipFile, original: Path, name: str, sample: Sample) -> None:
    if not original.is_file():
        raise BadPicture(f"The file of '{sample.original_name}' is gone from the playground's folder.",
                         remedy="Remove that picture from the data set, or bring the pictures in again.")
    out.write(original, name)
