"""The desk's nouns: a data set on the shelf, a job in the queue."""

import secrets
import sqlite3
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self

from core.errors import UserMistake
from core.jobs.orders import BringIn, FetchAddresses, Kind, Order, parse
from core.runs.folder import RunFolder
from core.settings import Settings
from core.training import presets
from core.training.recipe import Recipe

State = Literal["queued", "running", "finished", "failed", "cancelled", "killed"]
SEEN = "seen"   # a file of the job's folder
LOCAL = ""      # the one identity on one's own machine, and its room: the home itself


@dataclass(frozen=True, slots=True)
class Grant:
    """What lets somebody who is not its owner look at a training: see `core.jobs.shares`."""

    token: str = field(repr=False)       # what the link says; whoever knows it may look
    allows_export: bool


@dataclass(frozen=True, slots=True)
class Job:
    """A line of the queue. Its folder is a run folder, once a worker has begun."""

    id: str
    owner: str
    kind: Kind
    dataset: str | None          # DatasetEntry.id
    order: Order
    state: State
    created: float               # seconds since 1970
    started: float | None
    ended: float | None
    pid: int | None
    pid_started: float | None
    gpu: int | None
    stop_asked: float | None
    why_stopped: str
    problem: str
    remedy: str
    folder: Path
    grant: Grant | None = None   # by which it is looked at; None: its owner asked for it

    @property
    def over(self) -> bool:
        return self.state not in ("queued", "running")

    @property
    def run(self) -> RunFolder:
        return RunFolder(self.folder)

    @property
    def seen(self) -> bool:
        """Whether the visitor was told how it ended."""
        return (self.folder / SEEN).exists()

    def mark_seen(self) -> None:
        with suppress(OSError):         # the disk is full: it is told of once more
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / SEEN).touch()

    @classmethod
    def of(cls, row: sqlite3.Row, settings: Settings) -> Self:
        values = dict(row) | {"order": parse(row["order"]), "folder": settings.of(row["owner"]).jobs / row["id"]}
        return cls(**values)


@dataclass(frozen=True, slots=True)
class DatasetEntry:
    """A data set of a visitor's, and the recipe that the pages edit for it."""

    id: str
    owner: str
    folder: str                  # its name below the owner's `datasets/`
    name: str
    bytes: int
    created: float               # seconds since 1970
    confirmed: bool
    recipe: Recipe

    @classmethod
    def of(cls, row: sqlite3.Row) -> Self:
        try:
            recipe = Recipe.model_validate_json(row["recipe"])
        except (ValueError, UserMistake):      # a draft of another version: a person can click it together again
            recipe = presets.load("quick")
        return cls(row["id"], row["owner"], row["folder"], row["name"], row["bytes"], row["created"],
                   bool(row["confirmed"]), recipe)


def new_id() -> str:
    """128 bits that nobody guesses, fit for a folder's name and an address."""
    return secrets.token_hex(16)


def drop_upload(order: Order, arrived: bool = False) -> None:
    """Delete the files that were uploaded for this job alone. A list of addresses, which can be gone on with, stays
    until its pictures have arrived, or the sweeper comes."""
    if isinstance(order, BringIn):
        for file in order.uploads:
            file.unlink(missing_ok=True)
    elif isinstance(order, FetchAddresses) and arrived:
        Path(order.source).unlink(missing_ok=True)
