"""What a visitor has and may do: data sets, jobs, limits. Every read and every change names the visitor."""

import shutil
import sqlite3
import time
from collections.abc import Iterator

from core.data import store
from core.data.store import StoredDataset
from core.errors import LimitReached, NotHere, UserMistake
from core.jobs.database import Database
from core.jobs.entries import LOCAL, DatasetEntry, Job, drop_upload, new_id
from core.jobs.orders import BringIn, Kind, Order
from core.jobs.turns import Waiting, fair
from core.settings import Settings
from core.training.recipe import Recipe


class Desk:
    """The queue and the shelves, for pages and scheduler alike."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database(settings.home / "playground.db")

    # ---- visitors

    def saw(self, visitor: str) -> None:
        """Note a visit; a visitor's data stay for `keep_days` after the last one."""
        now = time.time()
        self.database.change("INSERT INTO visitors (id, created, seen) VALUES (?, ?, ?) "
                             "ON CONFLICT (id) DO UPDATE SET seen = excluded.seen", visitor, now, now)

    def forget(self, visitor: str) -> None:
        """Delete everything of a visitor's: pictures, runs, jobs. Running jobs are told to stop first."""
        for job in self.jobs(visitor):
            if not job.over:
                self.cancel(visitor, job.id)
        folders = [entry.folder for entry in self.datasets(visitor)]
        with self.database.changed() as connection:
            for table in ("datasets", "jobs"):
                connection.execute(f"DELETE FROM {table} WHERE owner = ?", (visitor,))  # noqa: S608 (our names)
            connection.execute("DELETE FROM visitors WHERE id = ?", (visitor,))
        room = self.settings.of(visitor)
        for place in (room.datasets, room.jobs, room.uploads):
            shutil.rmtree(place, ignore_errors=True)
        if visitor != LOCAL:
            shutil.rmtree(room.room, ignore_errors=True)
        for folder in folders:
            self._drop_cache(folder)

    # ---- data sets

    def shelve(self, visitor: str, folder: str, name: str, size_bytes: int, recipe: Recipe) -> DatasetEntry:
        """Give a stored data set its entry and show it; the same folder again is the same entry."""
        with self.database.changed() as connection:
            connection.execute(
                "INSERT INTO datasets (id, owner, folder, name, bytes, created, recipe) VALUES (?, ?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (owner, folder) DO NOTHING",
                (new_id(), visitor, folder, name, size_bytes, time.time(), recipe.model_dump_json()))
            row = connection.execute("SELECT * FROM datasets WHERE owner = ? AND folder = ?",
                                     (visitor, folder)).fetchone()
            _show(connection, visitor, row["id"])
        return DatasetEntry.of(row)

    def datasets(self, visitor: str) -> tuple[DatasetEntry, ...]:
        """The newest first."""
        rows = self.database.rows("SELECT * FROM datasets WHERE owner = ? ORDER BY created DESC", visitor)
        return tuple(DatasetEntry.of(row) for row in rows)

    def dataset(self, visitor: str, id: str) -> DatasetEntry:
        """Raises NotHere for an id that is none of this visitor's, as if it were none at all."""
        row = self.database.row("SELECT * FROM datasets WHERE owner = ? AND id = ?", visitor, id)
        if row is None:
            raise NotHere("There is no such data set here.", remedy="Choose one of yours on the first page.")
        return DatasetEntry.of(row)

    def stored(self, visitor: str, id: str) -> StoredDataset:
        entry = self.dataset(visitor, id)
        return store.load(self.settings.of(visitor).datasets / entry.folder)

    def chosen(self, visitor: str) -> DatasetEntry | None:
        """The data set that this visitor's pages show."""
        row = self.database.row("SELECT d.* FROM visitors v JOIN datasets d ON d.id = v.dataset AND d.owner = v.id "
                                "WHERE v.id = ?", visitor)
        return DatasetEntry.of(row) if row else None

    def choose(self, visitor: str, id: str) -> None:
        self.dataset(visitor, id)
        with self.database.changed() as connection:
            _show(connection, visitor, id)

    def confirm(self, visitor: str, id: str) -> None:
        self.dataset(visitor, id)
        self.database.change("UPDATE datasets SET confirmed = 1 WHERE id = ?", id)

    def save_recipe(self, visitor: str, id: str, recipe: Recipe) -> None:
        """Keep what was clicked, so that a reload or another tab finds it."""
        self.dataset(visitor, id)
        self.database.change("UPDATE datasets SET recipe = ? WHERE id = ?", recipe.model_dump_json(), id)

    def remove_dataset(self, visitor: str, id: str) -> None:
        """Delete the pictures, and the jobs that rest on them. Raises UserMistake while one of these runs."""
        entry = self.dataset(visitor, id)
        jobs = self.jobs(visitor, dataset=id)
        if any(job.state == "running" and job.kind != "prepare" for job in jobs):
            raise UserMistake(f"A job works on '{entry.name}' just now.", remedy="Stop it first, then delete.")
        for job in jobs:
            if not job.over:
                self.cancel(visitor, job.id)
        with self.database.changed() as connection:
            connection.execute("DELETE FROM datasets WHERE id = ?", (id,))
            connection.execute("DELETE FROM jobs WHERE dataset = ? AND owner = ?", (id, visitor))
            connection.execute("UPDATE visitors SET dataset = NULL WHERE dataset = ?", (id,))
        shutil.rmtree(self.settings.of(visitor).datasets / entry.folder, ignore_errors=True)
        for job in jobs:
            shutil.rmtree(job.folder, ignore_errors=True)
        self._drop_cache(entry.folder)

    def _drop_cache(self, folder: str) -> None:
        """Pixels are pictures too: they go with the last copy of the data set that they were made of."""
        home = self.settings.home
        if not (home / "datasets" / folder).exists() and not any(home.glob(f"visitors/*/datasets/{folder}")):
            shutil.rmtree(self.settings.cache / folder, ignore_errors=True)

    # ---- jobs

    def submit(self, visitor: str, order: Order, dataset: str | None = None) -> Job:
        """Put a job into the queue. Raises NotHere for another's data set, LimitReached."""
        if dataset is not None:
            self.dataset(visitor, dataset)
        if visitor != LOCAL:
            self._require_room_for(visitor, order)
        id = new_id()
        self.database.change(
            'INSERT INTO jobs (id, owner, kind, dataset, "order", state, created) VALUES (?, ?, ?, ?, ?, ?, ?)',
            id, visitor, order.kind, dataset, order.model_dump_json(), "queued", time.time())
        return self.job(visitor, id)

    def job(self, visitor: str, id: str) -> Job:
        """Raises NotHere for an id that is none of this visitor's, as if it were none at all."""
        row = self.database.row("SELECT * FROM jobs WHERE owner = ? AND id = ?", visitor, id)
        if row is None:
            raise NotHere("There is no such run here.", remedy="Choose one of yours, or train a new one.")
        return Job.of(row, self.settings)

    def jobs(self, visitor: str, dataset: str | None = None, kind: Kind | None = None) -> tuple[Job, ...]:
        """The newest first."""
        rows = self.database.rows(
            "SELECT * FROM jobs WHERE owner = ? AND (? IS NULL OR dataset = ?) AND (? IS NULL OR kind = ?) "
            "ORDER BY created DESC", visitor, dataset, dataset, kind, kind)
        return tuple(Job.of(row, self.settings) for row in rows)

    def ahead_of(self, job: Job) -> int:
        """How many queued and running jobs come before a queued one."""
        waiting = [other.id for other in self._turns()]
        running = self.database.rows("SELECT kind FROM jobs WHERE state = 'running'")
        computing = sum(row["kind"] not in ("bring-in", "prepare") for row in running)
        return waiting.index(job.id) + computing if job.id in waiting else 0

    def waiting(self) -> Iterator[Job]:
        """Every queued job in the order in which they will start, were all of them of one lane."""
        for turn in self._turns():
            row = self.database.row("SELECT * FROM jobs WHERE id = ?", turn.id)
            if row is not None and row["state"] == "queued":
                yield Job.of(row, self.settings)

    def _turns(self) -> tuple[Waiting, ...]:
        rows = self.database.rows("SELECT id, owner, kind, created FROM jobs WHERE state = 'queued' ORDER BY created")
        served = self.database.rows("SELECT owner, MAX(started) AS last FROM jobs WHERE started IS NOT NULL "
                                    "AND kind != 'prepare' GROUP BY owner")
        return fair([Waiting(**row) for row in rows], {row["owner"]: row["last"] for row in served})

    def cancel(self, visitor: str, id: str, why: str = "") -> None:
        """A queued job is over at once; a running one is asked to stop, and keeps its best epoch."""
        job = self.job(visitor, id)
        now = time.time()
        if self.database.change("UPDATE jobs SET state = 'cancelled', ended = ?, why_stopped = ? "
                                "WHERE id = ? AND state = 'queued'", now, why, id):
            drop_upload(job.order)
            return
        if self.database.change("UPDATE jobs SET stop_asked = COALESCE(stop_asked, ?), why_stopped = ? "
                                "WHERE id = ? AND state = 'running'", now, why, id):
            job.folder.mkdir(parents=True, exist_ok=True)
            job.run.stop.touch()

    def _require_room_for(self, visitor: str, order: Order) -> None:
        limits = self.settings
        unfinished = [job for job in self.jobs(visitor) if not job.over and job.kind != "prepare"]
        if order.kind != "prepare" and len(unfinished) >= limits.visitor_jobs:
            raise LimitReached(f"You have {len(unfinished)} jobs waiting or running already.",
                               remedy="Wait for one of them to end, or stop one.")
        if isinstance(order, BringIn):
            shelved = self.datasets(visitor)
            if len(shelved) >= limits.visitor_datasets:
                raise LimitReached(f"You have {len(shelved)} data sets already.",
                                   remedy="Delete one that you no longer need.")
            if (held := sum(entry.bytes for entry in shelved)) >= limits.visitor_bytes:
                raise LimitReached(f"Your pictures take {held / 1e6:,.0f} MB of the "
                                   f"{limits.visitor_bytes / 1e6:,.0f} MB that a visitor may use.",
                                   remedy="Delete a data set that you no longer need.")


def _show(connection: sqlite3.Connection, visitor: str, dataset: str) -> None:
    now = time.time()
    connection.execute("INSERT INTO visitors (id, created, seen, dataset) VALUES (?, ?, ?, ?) "
                       "ON CONFLICT (id) DO UPDATE SET dataset = excluded.dataset", (visitor, now, now, dataset))
