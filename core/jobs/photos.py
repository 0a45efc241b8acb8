"""Photos that a visitor shows to a network: on disk as they came, for a day, with the right labels that were given.

    uploads/photos/<key>            the bytes; a key is "<drop>-<place in it>-<what nobody guesses>"
    uploads/photos/<key>.json       its name, its right label, and the job that took it to a data set
"""

import csv
import io
import os
import re
import shutil
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pydantic import BaseModel, ConfigDict

from core.data.cache import disk_full_told, written_aside
from core.data.files import printable
from core.data.layout import is_picture
from core.data.safe_names import safe_name, told_apart
from core.errors import LimitReached, NotHere, UserMistake
from core.jobs.entries import new_id
from core.jobs.orders import BringIn
from core.jobs.uploads import new_file, require_space
from core.settings import Settings

FOLDER = "photos"
MOST_PHOTOS = 500                # at a time
MOST_BYTES = 500_000_000         # of all of them
MOST_PHOTO_BYTES = 50_000_000
KEY = re.compile(r"\d{5}-\d{4}-[0-9a-f]{32}")
LONGEST_NAME = 200


class Note(BaseModel):
    """What is known of a photo."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str                    # as its owner calls it: data, never a path
    label: str | None = None     # the right one, where its owner says so
    dataset: str | None = None   # for which the label was given, by the id of its first state
    sent: str | None = None      # the job that takes it, with this label, to a data set


@dataclass(frozen=True, slots=True)
class Photo:
    key: str
    file: Path
    note: Note

    @property
    def name(self) -> str:
        return self.note.name


class Photos:
    """A visitor's, on disk alone: every tab and a reload find them. `settings`: in the visitor's room."""

    def __init__(self, settings: Settings) -> None:
        self.folder = settings.uploads / FOLDER
        self._settings = settings

    def all(self) -> tuple[Photo, ...]:
        """The last drop first, each in the order in which it came; of another version of the playground none."""
        keys = [name for name in self._names() if KEY.fullmatch(name)]
        keys.sort(key=lambda key: (-int(key[:5]), key))
        return tuple(photo for key in keys if (photo := self._read(key)) is not None)

    def add(self, files: Sequence[tuple[str, bytes]]) -> None:
        """Keep (name, content) of one drop. What they are is looked at later, by another process.

        Raises LimitReached, DiskFull; those before the one that did not fit are kept.
        """
        standing = [name for name in self._names() if KEY.fullmatch(name)]
        drop = 1 + max((int(key[:5]) for key in standing), default=0)
        held_bytes, count = sum(map(self._bytes, standing)), len(standing)
        for place, (name, content) in enumerate(files):
            if count + place >= MOST_PHOTOS:
                raise _too_many(f"There are {MOST_PHOTOS:,} photos here already", place)
            held_bytes += len(content)
            if len(content) > MOST_PHOTO_BYTES or held_bytes > MOST_BYTES:
                raise _too_many(f"'{printable(name)}' is too large to be kept beside the others "
                                f"({MOST_BYTES / 1e6:,.0f} MB in all, {MOST_PHOTO_BYTES / 1e6:,.0f} MB each)", place)
            self._keep(f"{drop:05d}-{place:04d}-{new_id()}", name, content)

    def label(self, key: str, label: str | None, dataset: str | None = None) -> None:
        """Note the right label, for a data set; None takes it back. Raises NotHere, DiskFull."""
        photo = self._required(key)
        os.utime(photo.file)                 # what somebody works on stays another day
        self._write(key, photo.note.model_copy(update={"label": label, "dataset": dataset, "sent": None}))

    def remove(self, key: str) -> None:
        """Delete a photo; one that is gone already is no error."""
        if KEY.fullmatch(key):
            for file in (self.folder / key, self._note_file(key)):
                file.unlink(missing_ok=True)

    def drop_all(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def order(self, photos: Sequence[Photo], name: str) -> BringIn:
        """What a job is told that takes these to a data set, with files of its own, which go when it ends; the photos
        stay. `name`: of the lot. Raises UserMistake where there is none, LimitReached, DiskFull."""
        labels = [photo.note.label for photo in photos if photo.note.label is not None]
        if not photos or len(labels) < len(photos):
            raise UserMistake("Nobody said what is right.", remedy="Give a photo its right label first.")
        names = told_apart(_member_name(photo.name) for photo in photos)
        file = self._packed(photos, names)
        if len(set(labels)) == 1:
            return BringIn(source=str(file), name=name, disposable=True, label=labels[0])
        beside, text = file.with_suffix(".list"), io.StringIO()
        csv.writer(text).writerows((("file", "label"), *zip(names, labels, strict=True)))
        try:
            with disk_full_told(beside):
                beside.write_text(text.getvalue(), encoding="utf-8")
        except BaseException:
            beside.unlink(missing_ok=True)
            file.unlink(missing_ok=True)
            raise
        return BringIn(source=str(file), name=name, labels=str(beside), disposable=True)

    def note_sent(self, photos: Sequence[Photo], job: str) -> None:
        for photo in photos:
            with suppress(NotHere):          # removed in another tab
                note = self._required(photo.key).note
                self._write(photo.key, note.model_copy(update={"sent": job}))

    def _packed(self, photos: Sequence[Photo], names: Sequence[str]) -> Path:
        size_bytes = sum(self._bytes(photo.key) for photo in photos)
        try:
            with (new_file(size_bytes, self._settings) as file,
                  zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive):
                for photo, name in zip(photos, names, strict=True):
                    archive.write(photo.file, name)
        except FileNotFoundError as error:
            raise UserMistake("One of the photos is not there any more.", remedy="Drop it again.") from error
        return file

    def _keep(self, key: str, name: str, content: bytes) -> None:
        with disk_full_told(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        require_space(self.folder, len(content), self._settings.min_free_bytes)
        self._write(key, Note(name=printable(name)[:LONGEST_NAME] or "photo"))
        with written_aside(self.folder / key) as aside:
            aside.write_bytes(content)

    def _write(self, key: str, note: Note) -> None:
        with written_aside(self._note_file(key)) as aside:
            aside.write_text(note.model_dump_json(), encoding="utf-8")

    def _read(self, key: str) -> Photo | None:
        try:
            note = Note.model_validate_json(self._note_file(key).read_text(encoding="utf-8"))
        except (OSError, ValueError):        # removed at this moment, or of another version
            return None
        return Photo(key, self.folder / key, note)

    def _required(self, key: str) -> Photo:
        photo = self._read(key) if KEY.fullmatch(key) and (self.folder / key).is_file() else None
        if photo is None:
            raise NotHere("This photo is not there any more.", remedy="Photos are kept for a day: drop it again.")
        return photo

    def _names(self) -> list[str]:
        try:
            return [path.name for path in self.folder.iterdir()]
        except OSError:
            return []

    def _bytes(self, key: str) -> int:
        try:
            return (self.folder / key).stat().st_size
        except OSError:
            return 0

    def _note_file(self, key: str) -> Path:
        return self.folder / f"{key}.json"


def _member_name(name: str) -> str:
    """A picture's name for a zip; what it is, its bytes tell."""
    path = PurePosixPath(name)
    return f"{safe_name(path.stem)}{path.suffix if is_picture(path.name) else '.jpg'}"


def _too_many(problem: str, kept: int) -> LimitReached:
    return LimitReached(f"{problem}." + (f" The first {kept:,} of what you chose are kept." if kept else ""),
                        remedy="Remove photos that you no longer need, then go on with the others.")
