"""A run's folder: its files, its state, and who may write there. Needs no torch to read."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Self

import psutil
from pydantic import BaseModel, ConfigDict, ValidationError

from core import events
from core.data.cache import disk_full_told, written_aside
from core.data.dataset import Dataset
from core.data.files import printable
from core.data.split import Split
from core.errors import BadRun
from core.events import Event
from core.interpretation.predictions import Predictions
from core.interpretation.views import Views

SAMPLE_ID = re.compile(r"[0-9a-f]{16}")     # as ingest makes them: fit for a file's name

PACKED = "pictures.zip"                     # what a job that packs a data set leaves
EXPORTED = "export.zip"                     # and one that exports a training

State = Literal["running", "finished", "failed", "cancelled", "killed"]


class Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Status(Document):
    """What `status.json` says. A state of 'running' is only believed while its process lives."""

    state: State
    pid: int
    pid_started: float              # seconds since 1970: a process number may be given out again
    updated: str                    # ISO 8601, UTC
    doing: str = ""                 # in words
    problem: str = ""
    remedy: str = ""


class DatasetDocument(Document):
    """What `dataset.json` says: which pictures, labelled and split how."""

    dataset: str                    # the data set's folder below `datasets/`
    name: str
    fingerprint: str
    classes: tuple[str, ...]
    ids: tuple[str, ...]
    names: tuple[str, ...]          # original names, in the order of ids
    labels: tuple[int, ...]         # indices into classes
    split: dict[str, tuple[str, ...]]  # "train", "valid", "test": ids
    split_source: Literal["folders", "drawn"]
    seed: int

    @classmethod
    def of(cls, stored: str, dataset: Dataset, split: Split) -> Self:
        place = {label: index for index, label in enumerate(dataset.classes)}
        return cls(
            dataset=stored, name=dataset.name, fingerprint=dataset.fingerprint, classes=dataset.classes,
            ids=tuple(sample.id for sample in dataset.samples),
            names=tuple(sample.original_name for sample in dataset.samples),
            labels=tuple(place[sample.label] for sample in dataset.samples),
            split={"train": split.train, "valid": split.valid, "test": split.test},
            split_source=split.source, seed=split.seed,
        )


class RunFolder:
    """The paths of a run and the reading and writing of its small documents."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.recipe = path / "recipe.json"
        self.dataset = path / "dataset.json"
        self.events = path / "events.jsonl"
        self.status = path / "status.json"
        self.weights = path / "weights.safetensors"
        self.checkpoint = path / "checkpoint.pt"
        self.predictions = path / "predictions"
        self.seen = path / "seen"
        self.landscape = path / "landscape"
        self.served = path / "served"                # core.runs.served
        self.certainty = path / "certainty.json"
        self.shortcuts = path / "shortcuts.json"     # core.interpretation.shortcuts: made of it by a later job
        self.scratch = path / "scratch"          # goes when the run ends
        self.stop = path / "STOP"
        self.traceback = path / "traceback.txt"

    @classmethod
    def create(cls, path: Path) -> Self:
        """A new run at `path`, which must not exist or be empty. Raises BadRun otherwise."""
        run = cls(path)
        if (name := printable(str(path))) != str(path):
            raise BadRun(f"The name of the run folder '{name}' is no valid text.",
                         remedy="Name another folder with --out.")
        with _unwritable_told(path), disk_full_told(path):
            if path.exists() and (not path.is_dir() or any(file != run.stop for file in path.iterdir())):
                raise BadRun(f"The run folder '{path}' exists and is not empty.",
                             remedy="Name another folder with --out, or go on with that run with --resume.")
            run.predictions.mkdir(parents=True)
        run.set_status("running", "starting")
        return run

    @classmethod
    def open(cls, path: Path) -> Self:
        """An existing run. Raises BadRun where the folder holds none."""
        run = cls(path)
        with suppress(OSError):      # a name that is too long for the file system
            if run.status.is_file():
                return run
        raise BadRun(f"'{printable(str(path))}' is no run folder (it has no status.json).",
                     remedy="Give the folder that `python -m core train` named at its end.")

    def set_status(self, state: State, doing: str = "", problem: str = "", remedy: str = "") -> None:
        status = Status(state=state, pid=os.getpid(), pid_started=psutil.Process().create_time(),
                        updated=datetime.now(UTC).isoformat(timespec="seconds"),
                        doing=doing, problem=problem, remedy=remedy)
        self._replace(self.status, status.model_dump_json())

    def read_status(self) -> Status:
        """The status as it stands; 'running' becomes 'killed' where its process is gone."""
        status = self._written_status()
        if status.state != "running" or process_lives(status.pid, status.pid_started):
            return status
        status = self._written_status()      # it may have written its last word, and gone, between the two looks
        if status.state != "running":
            return status
        return status.model_copy(update={
            "state": "killed", "problem": "The process of this run ended without a word: it was killed, or the "
                                          "machine was switched off.",
            "remedy": f"Go on from its last checkpoint with --resume {self.path}."
                      if self.checkpoint.is_file() else "Start it again; it had no checkpoint yet.",
        })

    def _written_status(self) -> Status:
        try:
            return Status.model_validate_json(self.status.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise BadRun(f"The status of the run '{self.path}' cannot be read.",
                         remedy="Start the run again; its folder was damaged.") from error

    def append(self, event: Event) -> None:
        """One more line of events.jsonl."""
        # A lone surrogate, of a file's name that is no text, is written as JSON's own escape.
        with disk_full_told(self.path), self.events.open("a", encoding="utf-8", errors="backslashreplace") as lines:
            lines.write(event.to_json() + "\n")

    def read_events(self) -> Iterator[Event]:
        """The events so far; a torn last line is left out. Raises BadRun for a damaged one."""
        if not self.events.is_file():
            return
        with self.events.open(encoding="utf-8") as lines:
            for line in lines:
                if line.endswith("\n"):
                    yield self._event(line)

    def read_events_from(self, offset: int) -> tuple[list[Event], int]:
        """The events from this byte on, and the byte to read from next; a line in the writing is left for later."""
        if not self.events.is_file():
            return [], offset
        with self.events.open("rb") as lines:
            lines.seek(offset)
            whole, _, _ = lines.read().rpartition(b"\n")
        if not whole:
            return [], offset
        return [self._event(line) for line in whole.split(b"\n")], offset + len(whole) + 1

    def _event(self, line: str | bytes) -> Event:
        try:
            return events.from_dict(json.loads(line))
        except (ValueError, TypeError, KeyError) as error:
            raise BadRun("A line of this run's events.jsonl is damaged, or of another version of the playground.",
                         remedy="Train again, or delete that line.") from error

    def drop_torn_event(self) -> None:
        """Cut off a last line that a killed process left unfinished: the next event must not be glued to it."""
        content = self.events.read_bytes() if self.events.is_file() else b""
        if not content.endswith(b"\n") and content:
            os.truncate(self.events, content.rfind(b"\n") + 1)

    def write_dataset(self, document: DatasetDocument) -> None:
        self._replace(self.dataset, document.model_dump_json())

    def read_dataset(self) -> DatasetDocument:
        try:
            return DatasetDocument.model_validate_json(self.dataset.read_text(encoding="utf-8"))
        except (OSError, ValidationError) as error:
            raise BadRun(f"The run '{self.path}' has no readable dataset.json.",
                         remedy="It ended before its pictures were ready, or was damaged: train again.") from error

    def save_predictions(self, name: str, values: Predictions) -> None:
        """`name` is train, valid, test or valid-epoch-NNN."""
        with disk_full_told(self.predictions):
            values.save(self.predictions / f"{name}.npz")

    def read_predictions(self, name: str) -> Predictions:
        return Predictions.load(self.predictions / f"{name}.npz")

    def save_views(self, part: str, values: Views) -> None:
        """What was said of several looks at each picture of `part`, valid or test."""
        with disk_full_told(self.predictions):
            values.save(self.views_file(part))

    def views_file(self, part: str) -> Path:
        return self.predictions / f"{part}-views.npz"

    def seen_file(self, id: str) -> Path:
        """Where what the network sees of a picture belongs. Raises BadRun for an id that is none of ours."""
        if not SAMPLE_ID.fullmatch(id):
            raise BadRun(f"'{printable(id)}' is no picture's id.",
                         remedy="Bring the pictures in again, and train anew.")
        return self.seen / f"{id}.jpg"

    def seen_picture(self, id: str) -> bytes | None:
        """The square that the network saw, as a JPEG; None where the run has none. Raises what `seen_file` raises."""
        file = self.seen_file(id)
        return file.read_bytes() if file.is_file() else None

    def _replace(self, file: Path, text: str) -> None:
        with _unwritable_told(file), written_aside(file) as aside:
            aside.write_text(text, encoding="utf-8")


def process_lives(pid: int, started: float) -> bool:
    """Whether that very process runs; its start time tells it from a later one of the same number."""
    try:
        process = psutil.Process(pid)
        return abs(process.create_time() - started) < 1.0 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


@contextmanager
def _unwritable_told(place: Path) -> Iterator[None]:
    """Turns a missing permission, a name that is too long and their like into BadRun."""
    try:
        yield
    except OSError as error:
        raise BadRun(f"The run cannot be written to '{place}': {error.strerror}.",
                     remedy="Name a folder with --out in which you may write.") from error
