"""What a visitor has and may do: data sets, jobs, limits. Every read and every change names the visitor."""

import logging
import sqlite3
import time
from collections.abc import Iterator

from core.data import store
from core.data.store import StoredDataset
from core.errors import NotHere, UserMistake
from core.jobs import removal
from core.jobs.database import Database
from core.jobs.entries import LOCAL, DatasetEntry, Job, drop_upload, new_id
from core.jobs.leaving import LEAVING, OF_ANOTHER_VERSION, set_aside
from core.jobs.limits import require_room_for
from core.jobs.orders import LIGHT, Kind, Order
from core.jobs.turns import Waiting, fair
from core.settings import Settings
from core.training.recipe import Recipe

log = logging.getLogger(__name__)


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
        """Delete everything of a visitor's: pictures, runs, jobs. Running jobs are ended."""
        removal.forget(self.database, self.settings, visitor)

    # ---- data sets

    def shelve(self, visitor: str, folder: str, name: str, size_bytes: int, recipe: Recipe) -> DatasetEntry:
        """Give a stored data set its entry and show it; the same folder again is the same entry."""
        with self.database.changed() as connection:
            return shelved(connection, visitor, folder, name, size_bytes, recipe)

    def require_room(self, visitor: str, order: Order) -> None:
        """Raises LimitReached where a visitor may not have this one more."""
        if visitor != LOCAL:
            require_room_for(order, self.jobs(visitor), self.datasets(visitor), self.settings)

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
        removal.remove_dataset(self.database, self.settings, self.dataset(visitor, id))

    # ---- jobs

    def submit(self, visitor: str, order: Order, dataset: str | None = None) -> Job:
        """Put a job into the queue. Raises NotHere for another's data set, LimitReached."""
        if dataset is not None:
            self.dataset(visitor, dataset)
        self.require_room(visitor, order)
        id = new_id()
        self.database.change(
            'INSERT INTO jobs (id, owner, kind, dataset, "order", state, created) VALUES (?, ?, ?, ?, ?, ?, ?)',
            id, visitor, order.kind, dataset, order.model_dump_json(), "queued", time.time())
        return self.job(visitor, id)

    def job(self, visitor: str, id: str) -> Job:
        """Raises NotHere for an id that is none of this visitor's, as if it were none at all, and for a job whose
        order another version of the playground wrote."""
        row = self.database.row("SELECT * FROM jobs WHERE owner = ? AND id = ? AND state != ? AND id NOT IN "
                                "(SELECT job FROM runs WHERE deleted IS NOT NULL)", visitor, id, LEAVING)
        if row is None:
            raise NotHere("There is no such run here.", remedy="Choose one of yours, or train a new one.")
        job = self.read(row)
        if job is None:
            problem, remedy = OF_ANOTHER_VERSION
            raise NotHere(problem, remedy=remedy)
        return job

    def jobs(self, visitor: str, dataset: str | None = None, kind: Kind | None = None) -> tuple[Job, ...]:
        """The newest first."""
        rows = self.database.rows(
            "SELECT * FROM jobs WHERE owner = ? AND (? IS NULL OR dataset = ?) AND (? IS NULL OR kind = ?) "
            "AND state != ? AND id NOT IN (SELECT job FROM runs WHERE deleted IS NOT NULL) ORDER BY created DESC",
            visitor, dataset, dataset, kind, kind, LEAVING)
        return tuple(job for row in rows if (job := self.read(row)) is not None)

    def read(self, row: sqlite3.Row) -> Job | None:
        """The job of a row; None where its order is of another version, which neither starts nor goes on."""
        try:
            return Job.of(row, self.settings)
        except (ValueError, UserMistake):
            if row["state"] in ("queued", "running"):
                log.warning("job %s was written by another version of the playground", row["id"])
                set_aside(self.database, row)
            return None

    def ahead_of(self, job: Job) -> int:
        """How many queued and running jobs of its lane come before a queued one. What is prepared ahead makes room."""
        lane = [other.id for other in self._turns() if (other.kind in LIGHT) == (job.kind in LIGHT)]
        if job.id not in lane:
            return 0
        running = self.database.rows("SELECT kind FROM jobs WHERE state IN ('running', ?) AND kind != 'prepare'",
                                     LEAVING)
        return lane.index(job.id) + sum((row["kind"] in LIGHT) == (job.kind in LIGHT) for row in running)

    def waiting(self) -> Iterator[Job]:
        """Every queued job in the order in which they will start, were all of them of one lane."""
        for turn in self._turns():
            row = self.database.row("SELECT * FROM jobs WHERE id = ? AND state = 'queued'", turn.id)
            if row is not None and (job := self.read(row)) is not None:
                yield job

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


def shelved(connection: sqlite3.Connection, owner: str, folder: str, name: str, size_bytes: int,
            recipe: Recipe) -> DatasetEntry:
    """`Desk.shelve` as a part of a larger transaction."""
    connection.execute(
        "INSERT INTO datasets (id, owner, folder, name, bytes, created, recipe) VALUES (?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (owner, folder) DO NOTHING",
        (new_id(), owner, folder, name, size_bytes, time.time(), recipe.model_dump_json()))
    row = connection.execute("SELECT * FROM datasets WHERE owner = ? AND folder = ?", (owner, folder)).fetchone()
    _show(connection, owner, row["id"])
    return DatasetEntry.of(row)


def _show(connection: sqlite3.Connection, visitor: str, dataset: str) -> None:
    now = time.time()
    connection.execute("INSERT INTO visitors (id, created, seen, dataset) VALUES (?, ?, ?, ?) "
                       "ON CONFLICT (id) DO UPDATE SET dataset = excluded.dataset", (visitor, now, now, dataset))
