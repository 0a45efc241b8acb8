"""Jobs whose processes are to end: no visitor sees them, and each keeps its place until its process is gone.

Their orders are not understood here: a job of another version of the playground leaves in the same way.
"""

import json
import os
import signal
import sqlite3
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from core.jobs.database import Database
from core.runs.folder import process_lives

LEAVING = "leaving"              # a state of the table alone: what has it is no job of a visitor's any more
KILL_AFTER_SECONDS = 90.0        # from the wish to stop
LOST_AFTER_SECONDS = 10.0        # a job that was taken, but got no process: the server died in between
OF_ANOTHER_VERSION = ("This run was written by another version of the playground.", "Start it again.")


@dataclass(frozen=True, slots=True)
class Leaver:
    """A job as far as its process and its place are concerned."""

    id: str
    owner: str
    kind: str
    folder: str | None           # of the data set that it works on, below the owner's `datasets/`
    started: float               # seconds since 1970
    pid: int | None
    pid_started: float | None
    gpu: int | None
    stop_asked: float
    problem: str                 # "" for one that was deleted

    @classmethod
    def of(cls, row: sqlite3.Row) -> Self:
        return cls(row["id"], row["owner"], row["kind"], _folder_in(row["order"]), row["started"] or 0.0, row["pid"],
                   row["pid_started"], row["gpu"], row["stop_asked"], row["problem"])

    @property
    def stays(self) -> bool:
        """Whether its process is there still, or may be on its way."""
        if self.pid is None:
            return time.time() - self.started < LOST_AFTER_SECONDS
        return process_lives(self.pid, self.pid_started or 0.0)

    def end(self) -> None:
        """Ask its process to end, and make it end where that takes too long."""
        if self.pid is not None and self.stays:
            late = time.time() - self.stop_asked > KILL_AFTER_SECONDS
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL if late else signal.SIGTERM)


def leavers(database: Database) -> tuple[Leaver, ...]:
    """The oldest first."""
    return tuple(Leaver.of(row) for row in
                 database.rows("SELECT * FROM jobs WHERE state = ? ORDER BY created", LEAVING))


def dismiss(connection: sqlite3.Connection, jobs: Sequence[sqlite3.Row]) -> tuple[Leaver, ...]:
    """Delete these jobs from the desk; those that run are returned, and leave when their processes have ended."""
    for job in jobs:
        connection.execute("DELETE FROM runs WHERE job = ?", (job["id"],))
        connection.execute("DELETE FROM shares WHERE job = ?", (job["id"],))
        connection.execute("DELETE FROM jobs WHERE id = ? AND state NOT IN ('running', ?)", (job["id"], LEAVING))
        connection.execute("UPDATE jobs SET state = ?, problem = '', stop_asked = COALESCE(stop_asked, ?) WHERE id = ?",
                           (LEAVING, time.time(), job["id"]))
    left = [connection.execute("SELECT * FROM jobs WHERE id = ?", (job["id"],)).fetchone() for job in jobs]
    return tuple(Leaver.of(row) for row in left if row is not None)


def set_aside(database: Database, job: sqlite3.Row) -> None:
    """A job whose order cannot be read: it fails, as soon as no process works on it."""
    now = time.time()
    database.change("UPDATE jobs SET state = CASE state WHEN 'queued' THEN 'failed' ELSE ? END, ended = ?, "
                    "stop_asked = ?, problem = ?, remedy = ? WHERE id = ? AND state IN ('queued', 'running')",
                    LEAVING, now, now, *OF_ANOTHER_VERSION, job["id"])


def _folder_in(order: str) -> str | None:
    try:
        values = json.loads(order)
    except ValueError:
        return None
    folder = values.get("dataset") if isinstance(values, dict) else None
    return folder if isinstance(folder, str) else None
