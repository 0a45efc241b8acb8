"""Removes what nobody needs any longer: rooms of visitors long gone, caches without pictures, halves of broken work."""

import logging
import shutil
import threading
import time
from collections.abc import Container, Iterable, Iterator
from pathlib import Path

from core.data.bring_builtin import ROOM
from core.data.store import INCOMING
from core.jobs.desk import Desk
from core.jobs.entries import LOCAL
from core.jobs.leaving import LEAVING
from core.jobs.orders import ARRIVALS, BringIn, FetchAddresses
from core.jobs.photos import FOLDER as PHOTOS
from core.jobs.shelf_of_runs import remove_for_good
from core.runs.folder import EXPORTED, PACKED
from core.web import pantry

SECONDS_BETWEEN_SWEEPS = 3600.0
STALE_SECONDS = 86_400.0          # whatever is younger may still be somebody's work
log = logging.getLogger(__name__)


class Sweeper:
    """A thread that sweeps at the start and every hour."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._stopping = threading.Event()

    def start(self) -> None:
        self._stopping.clear()
        threading.Thread(target=self._run, name="sweeper", daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()

    def _run(self) -> None:
        while True:
            try:
                sweep(self.desk)
            except Exception:
                log.exception("the sweeper failed")
            if self._stopping.wait(SECONDS_BETWEEN_SWEEPS):
                return


def sweep(desk: Desk, now: float | None = None) -> None:
    """One round. `now` is in seconds since 1970. A running job, and what it uses, is left alone."""
    now = time.time() if now is None else now
    _forget_visitors(desk, now)
    remove_for_good(desk, now)
    rooms = [desk.settings.of(visitor) for visitor in _rooms(desk)]
    known = {row["id"] for row in desk.database.rows("SELECT id FROM jobs")}
    wanted = _uploads_that_wait(desk)
    for room in rooms:
        _remove(_stale(room.datasets.glob(f"{INCOMING}*"), now))
        _remove(upload for upload in _stale(room.uploads.glob("*"), now)
                if upload.name not in (*wanted, pantry.FOLDER))
        _remove(_stale([*room.uploads.glob(f"{pantry.FOLDER}/*"), *room.uploads.glob(f"{PHOTOS}/*")], now))
        _remove(folder for folder in _stale(room.jobs.glob("*"), now) if folder.name not in known)
        _remove(_stale([*room.jobs.glob("*/.*"), *room.jobs.glob(f"*/{PACKED}"),
                        *room.jobs.glob(f"*/{EXPORTED}")], now))
    standing = {folder.name for room in rooms for folder in room.datasets.glob("*")}
    _sweep_cache(desk.settings.cache, standing, now)


def _sweep_cache(cache: Path, standing: Container[str], now: float) -> None:
    """Caches without pictures, files whose writer was killed, and locks of nothing."""
    _remove(folder for folder in _stale(cache.glob("*/"), now) if folder.name not in standing)
    _remove(_stale([*cache.glob(".*"), *cache.glob("*/.*")], now))
    _remove(lock for lock in _stale(cache.glob("*/*.lock"), now) if not lock.with_suffix("").exists())


def _uploads_that_wait(desk: Desk) -> set[str]:
    """Names of files that a job will read, however long the queue is."""
    rows = desk.database.rows("SELECT * FROM jobs WHERE kind IN (?, ?) AND state IN ('queued', 'running')", *ARRIVALS)
    orders = [job.order for row in rows if (job := desk.read(row)) is not None]
    fetched = {Path(order.source).name for order in orders if isinstance(order, FetchAddresses)}
    return fetched | {file.name for order in orders if isinstance(order, BringIn) for file in order.uploads}


def _forget_visitors(desk: Desk, now: float) -> None:
    """Visitors unseen for `keep_days`, and rooms that no visitor of the desk has."""
    gone = desk.database.rows(
        "SELECT id FROM visitors WHERE seen < ? AND id != ? AND NOT EXISTS "
        "(SELECT 1 FROM jobs WHERE owner = visitors.id AND state IN ('queued', 'running', ?))",
        now - desk.settings.keep_days * 86_400, LOCAL, LEAVING)
    for row in gone:
        desk.forget(row["id"])
    known = {row["id"] for row in desk.database.rows("SELECT id FROM visitors")} | {ROOM}
    _remove(room for room in _stale((desk.settings.home / "visitors").glob("*"), now) if room.name not in known)


def _rooms(desk: Desk) -> list[str]:
    return [LOCAL, *(room.name for room in (desk.settings.home / "visitors").glob("*"))]


def _stale(paths: Iterable[Path], now: float) -> Iterator[Path]:
    for path in paths:
        try:
            if now - path.stat().st_mtime > STALE_SECONDS:
                yield path
        except OSError:         # gone meanwhile
            continue


def _remove(paths: Iterable[Path]) -> None:
    for path in list(paths):
        log.info("removing %s", path)
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
