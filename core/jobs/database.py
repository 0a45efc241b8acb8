"""`playground.db`: who has which data sets and jobs. SQLite in WAL mode, safe between threads and processes."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.data.cache import disk_full_told
from core.errors import MachineFault

SCHEMA = """
CREATE TABLE IF NOT EXISTS visitors (
    id TEXT PRIMARY KEY,
    created REAL NOT NULL,           -- seconds since 1970, as every time here
    seen REAL NOT NULL,
    dataset TEXT                     -- the one that the pages show
);
CREATE TABLE IF NOT EXISTS datasets (
    id TEXT PRIMARY KEY,             -- unguessable
    owner TEXT NOT NULL,
    folder TEXT NOT NULL,            -- its name below the owner's datasets/
    name TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    created REAL NOT NULL,
    confirmed INTEGER NOT NULL DEFAULT 0,
    recipe TEXT NOT NULL,            -- the draft that the pages edit, as JSON
    UNIQUE (owner, folder)
);
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY,             -- unguessable, its folder's name
    owner TEXT NOT NULL,
    kind TEXT NOT NULL,
    dataset TEXT,                    -- datasets.id, once there is one
    "order" TEXT NOT NULL,           -- JSON
    state TEXT NOT NULL,
    created REAL NOT NULL,
    started REAL,
    ended REAL,
    pid INTEGER,
    pid_started REAL,
    gpu INTEGER,
    stop_asked REAL,
    why_stopped TEXT NOT NULL DEFAULT '',
    problem TEXT NOT NULL DEFAULT '',
    remedy TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS runs (    -- what is written on a training, most have no line here
    job TEXT PRIMARY KEY,            -- jobs.id
    name TEXT NOT NULL DEFAULT '',
    tags TEXT NOT NULL DEFAULT '',   -- one a line
    deleted REAL                     -- since when no page shows it
);
CREATE TABLE IF NOT EXISTS shares (  -- links by which others look at a training
    digest TEXT PRIMARY KEY,         -- of the token in the link, which is kept nowhere
    job TEXT NOT NULL,               -- jobs.id
    allows_export INTEGER NOT NULL DEFAULT 0,
    created REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS shares_by_job ON shares (job);
CREATE INDEX IF NOT EXISTS jobs_by_owner ON jobs (owner, created);
CREATE INDEX IF NOT EXISTS jobs_by_state ON jobs (state);
"""
VERSION = 1
BUSY_SECONDS = 10.0


class Database:
    """Connections to one file, one a thread."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._own = threading.local()
        with disk_full_told(file):
            file.parent.mkdir(parents=True, exist_ok=True)
        with self.changed() as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version not in (0, VERSION):
                raise MachineFault(f"'{file}' was written by another version of the playground.",
                                   remedy="Update the playground, or set PLAYGROUND_HOME to a new folder.")
            for statement in SCHEMA.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {VERSION}")

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        return self._connection().execute(query, values).fetchall()

    def row(self, query: str, *values: object) -> sqlite3.Row | None:
        found: sqlite3.Row | None = self._connection().execute(query, values).fetchone()
        return found

    @contextmanager
    def changed(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of the block's changes, or none where it raises."""
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def change(self, statement: str, *values: object) -> int:
        """One statement as a transaction; how many rows it changed."""
        with self.changed() as connection:
            return connection.execute(statement, values).rowcount

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self.file, timeout=BUSY_SECONDS, isolation_level=None)
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            self._own.connection = connection
        return connection
