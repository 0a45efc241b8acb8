"""A data set's folder on disk: originals by content, thumbnails, the catalogue, the log of edits.

    <id>/catalogue.json                 classes and samples as they came; never changed
    <id>/edits.jsonl                    one edit a line (core.data.edits); only ever appended to
    <id>/originals/ab/abcd….jpg         bytes as they came, named by their sha256
    <id>/thumbnails/abcd….jpg           upright, at display size
"""

import json
import os
import re
import shutil
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from core.data.cache import disk_full_told, require_free
from core.data.dataset import Dataset, Sample, collect
from core.data.edits import Edit, apply_edits, named, new_gesture
from core.errors import BadSource, MachineFault, UserMistake

VERSION = 1
CATALOGUE, EDITS = "catalogue.json", "edits.jsonl"
INCOMING = ".incoming-"    # what such a folder holds is not whole yet; a killed process leaves it behind
BRING_AGAIN = "Delete that folder and bring the pictures in again."
STORED_NAME = re.compile(r"[0-9a-f]{2}/[0-9a-f]{64}\.[a-z]{3,4}")
SHA256 = re.compile(r"[0-9a-f]{64}")
_EDIT = TypeAdapter(Edit)      # takes longer to make than a hundred lines to read


class Catalogue(BaseModel):
    """`catalogue.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1]
    name: str
    fingerprint: str
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class EditLog:
    """The edits in order; `torn` is an unfinished last line, left when the machine stopped while writing."""

    edits: tuple[Edit, ...]
    torn: str | None


@dataclass(frozen=True, slots=True)
class StoredDataset:
    """A data set on disk. `catalogue` is as the pictures came, `dataset()` as it stands after the edits."""

    path: Path
    catalogue: Dataset

    def dataset(self) -> Dataset:
        """The data set with its edits. Raises what `apply_edits` and `edit_log` raise."""
        return apply_edits(self.catalogue, self.edit_log().edits)

    def original(self, sample: Sample) -> Path:
        return original_file(self.path, sample.stored_name)

    def thumbnail(self, sample: Sample) -> Path:
        return thumbnail_file(self.path, sample.sha256)

    def edit_log(self) -> EditLog:
        """What people changed so far. Raises BadSource for a line that is no edit."""
        file = self.path / EDITS
        *whole, torn = (file.read_bytes() if file.exists() else b"").split(b"\n")
        edits = named([self._edit(line, number) for number, line in enumerate(whole, start=1)])
        return EditLog(edits, torn.decode(errors="replace") or None)

    def append_edit(self, edit: Edit) -> Edit:
        """`append_edits` of a single one."""
        return self.append_edits([edit])[0]

    def append_edits(self, edits: Sequence[Edit]) -> tuple[Edit, ...]:
        """Add the edits of one gesture for good, all or none: they are on the disk when this returns.

        `when` and `gesture` are filled in where they are blank. Raises UserMistake for a sample that the data set
        lacks, or a gesture that the log lacks; TooFewImages where a class would be left with one picture, DiskFull.
        """
        known = {sample.id for sample in self.catalogue.samples}
        before = self.edit_log().edits
        gestures = {edit.gesture for edit in before}
        when, gesture = datetime.now(UTC).isoformat(timespec="seconds"), new_gesture()
        for edit in edits:
            if edit.action == "undo" and edit.value not in gestures:
                raise UserMistake("There is no such edit to undo.", remedy="Take one from the log of this data set.")
            if edit.action != "undo" and edit.sample not in known:
                raise UserMistake(f"There is no sample '{edit.sample}' in '{self.catalogue.name}'.",
                                  remedy="Take a sample's id from this data set.")
        done = tuple(replace(edit, when=edit.when or when, gesture=edit.gesture or gesture) for edit in edits)
        if any(edit.action != "keep" for edit in done):
            apply_edits(self.catalogue, (*before, *done))
        file = self.path / EDITS
        lines = _lines(done)
        with disk_full_told(file), file.open("ab", buffering=0) as log:
            _drop_torn_line(file)
            whole = file.stat().st_size
            try:
                while lines:
                    lines = lines[log.write(lines):]
                os.fsync(log.fileno())
            except OSError:      # a full disk may have taken some of the lines
                os.truncate(file, whole)
                raise
        return done

    def _edit(self, line: bytes, number: int) -> Edit:
        try:
            return _EDIT.validate_json(line)
        except (ValidationError, UserMistake) as error:
            raise BadSource(f"Line {number} of '{self.path / EDITS}' is no edit.",
                            remedy="Correct or delete that line; the pictures are unharmed.") from error


def original_file(folder: Path, stored_name: str) -> Path:
    return folder / "originals" / stored_name


def thumbnail_file(folder: Path, sha256: str) -> Path:
    return folder / "thumbnails" / f"{sha256}.jpg"


def keep(incoming: Path, catalogue: Dataset, datasets: Path) -> StoredDataset:
    """Give a filled folder its catalogue and its place, `datasets/<first 16 digits of the fingerprint>`.

    Where the same pictures, labels and split folders are there already, with the edits that people made
    since, the standing folder is returned and the incoming one is left for the caller to delete.
    """
    place = datasets / catalogue.fingerprint[:16]
    if not place.exists():
        _write_catalogue(incoming / CATALOGUE, catalogue)
        try:
            incoming.rename(place)
        except OSError:
            if not place.exists():   # else another process brought the same pictures at the same time
                raise
    return load(place)


def write_edits(folder: Path, edits: Sequence[Edit]) -> None:
    """The log of a data set that is in the making."""
    with (folder / EDITS).open("wb") as log:
        log.write(_lines(edits))
        log.flush()
        os.fsync(log.fileno())


@contextmanager
def incoming(datasets: Path, size_bytes: int = 0, keep_free_bytes: int = 0) -> Iterator[Path]:
    """A fresh folder that is gone when the block ends, unless it was renamed by then.

    Raises DiskFull where as many bytes would not leave `keep_free_bytes` on the disk, MachineFault.
    """
    folder = datasets / f"{INCOMING}{uuid.uuid4().hex}"
    with disk_full_told(folder):
        try:
            folder.mkdir(parents=True)
        except (PermissionError, FileExistsError, NotADirectoryError) as error:
            raise MachineFault(f"The playground cannot write to '{datasets}': {error.strerror}.",
                               remedy="Set PLAYGROUND_HOME to a folder that you may write to.") from error
        try:
            require_free(folder, size_bytes, keep_free_bytes)
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def load(path: Path) -> StoredDataset:
    """The data set in a folder. Raises BadSource where it is none, damaged, or of a newer version."""
    try:
        text = (path / CATALOGUE).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadSource(f"'{path}' is no data set of the playground: its {CATALOGUE} cannot be read.",
                        remedy="Name another folder, or bring the pictures in again.") from error
    try:
        document = Catalogue.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "its text"
        if first["type"] == "literal_error" and first["loc"] == ("version",):
            raise BadSource(f"The data set '{path}' was written by another version of the playground.",
                            remedy=f"Update the playground. Or else: {BRING_AGAIN}") from error
        raise _damaged(path, f"{place}: {first['msg']}") from error
    for sample in document.samples:
        if not (STORED_NAME.fullmatch(sample.stored_name) and SHA256.fullmatch(sample.sha256)):
            raise _damaged(path, f"'{sample.original_name}' has a stored name that is not ours")
    catalogue = collect(document.name, document.samples)
    if catalogue.fingerprint != document.fingerprint:
        raise _damaged(path, "its samples do not match its fingerprint")
    return StoredDataset(path, catalogue)


def _damaged(path: Path, reason: str) -> BadSource:
    return BadSource(f"The {CATALOGUE} of the data set '{path}' is damaged ({reason}).", remedy=BRING_AGAIN)


def _write_catalogue(file: Path, dataset: Dataset) -> None:
    document = Catalogue(version=VERSION, name=dataset.name, fingerprint=dataset.fingerprint,
                         samples=dataset.samples)
    aside = file.with_suffix(".aside")
    with aside.open("w", encoding="utf-8") as handle:
        handle.write(document.model_dump_json(indent=1))
        handle.flush()
        os.fsync(handle.fileno())
    aside.replace(file)


def _lines(edits: Iterable[Edit]) -> bytes:
    return b"".join(json.dumps(asdict(edit)).encode() + b"\n" for edit in edits)


def _drop_torn_line(file: Path) -> None:
    """An unfinished line was never acknowledged; the next edit must not be glued to it."""
    content = file.read_bytes()
    if content and not content.endswith(b"\n"):
        os.truncate(file, content.rfind(b"\n") + 1)
