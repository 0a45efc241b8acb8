"""Data sets that share another one's files: hard links where the file system can, so that copies take no room."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from core.data.dataset import Dataset, Sample
from core.data.store import CATALOGUE, StoredDataset, incoming, keep, load, original_file, thumbnail_file
from core.errors import BadSource


def linked(stored: StoredDataset, datasets: Path) -> StoredDataset:
    """The same pictures in another place, without edits; where they stand there already, with theirs.

    Files are hard links where the file system can, so thirty visitors share one copy and each may delete it.
    """
    place = datasets / stored.path.name
    if not place.exists():
        with incoming(datasets) as folder:
            for part in ("originals", "thumbnails"):
                shutil.copytree(stored.path / part, folder / part, copy_function=link)
            shutil.copyfile(stored.path / CATALOGUE, folder / CATALOGUE)
            try:
                folder.rename(place)
            except OSError:
                if not place.exists():   # else the same was asked for twice at once
                    raise
    return load(place)


def variant(base: StoredDataset, catalogue: Dataset, datasets: Path) -> StoredDataset:
    """A data set of its own of pictures that `base` holds, with these labels and no edits. Files are links.

    Where it stands already, it is that one, with its edits.
    """
    place = datasets / catalogue.fingerprint[:16]
    if not place.exists():
        with incoming(datasets) as folder:
            link_pictures(base, catalogue.samples, folder)
            return keep(folder, catalogue, datasets)
    return load(place)


def link_pictures(stored: StoredDataset, samples: Iterable[Sample], folder: Path) -> None:
    """The files of these samples in another data set's folder, where they are not yet; hard links where they can be.

    Raises BadSource for a file that is gone.
    """
    for sample in samples:
        for source, target in ((stored.original(sample), original_file(folder, sample.stored_name)),
                               (stored.thumbnail(sample), thumbnail_file(folder, sample.sha256))):
            if target.exists():
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                link(source, target)
            except FileNotFoundError as error:
                raise BadSource(f"The file of '{sample.original_name}' is gone from the playground's folder.",
                                remedy="Bring the pictures in again.") from error


def link(source: Path | str, target: Path | str) -> None:
    """The same content under another name: a hard link where the file system can, else a copy."""
    try:
        os.link(source, target)
    except OSError:       # another disk, or a file system without links
        shutil.copyfile(source, target)
