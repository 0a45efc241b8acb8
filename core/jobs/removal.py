"""Deleting for good: all of a visitor's, or a data set and what rests on it.

What lies on the disk goes at once. What a job that still runs may write in its last moments goes when its process has
ended (`clear_away`).
"""

import shutil
import sqlite3
from pathlib import Path

from core.errors import UserMistake
from core.jobs.arrived import drop_drafts
from core.jobs.database import Database
from core.jobs.entries import LOCAL, DatasetEntry
from core.jobs.leaving import LEAVING, Leaver, dismiss
from core.jobs.orders import UNASKED
from core.settings import Settings


def forget(database: Database, settings: Settings, visitor: str) -> None:
    """Everything of a visitor's. Of the home itself, which the command line uses too, what the desk put there."""
    with database.changed() as connection:
        folders = [row["folder"] for row in
                   connection.execute("SELECT folder FROM datasets WHERE owner = ?", (visitor,))]
        jobs = connection.execute("SELECT id FROM jobs WHERE owner = ?", (visitor,)).fetchall()
        running = dismiss(connection, jobs)
        connection.execute("DELETE FROM datasets WHERE owner = ?", (visitor,))
        connection.execute("DELETE FROM visitors WHERE id = ?", (visitor,))
    _end(running)
    room = settings.of(visitor)
    for place in (*(room.datasets / folder for folder in folders), *_folders_of(jobs, room), room.uploads):
        shutil.rmtree(place, ignore_errors=True)
    if visitor != LOCAL:
        shutil.rmtree(room.room, ignore_errors=True)
    for folder in folders:
        _drop_cache(settings, folder)


def remove_dataset(database: Database, settings: Settings, entry: DatasetEntry) -> None:
    """The pictures, and the jobs that rest on them. Raises UserMistake while one of these runs."""
    room = settings.of(entry.owner)
    with database.changed() as connection:
        jobs = connection.execute("SELECT id, kind, state FROM jobs WHERE dataset = ? AND owner = ?",
                                  (entry.id, entry.owner)).fetchall()
        if any(job["state"] == "running" and job["kind"] not in UNASKED for job in jobs):
            raise UserMistake(f"A job works on '{entry.name}' just now.", remedy="Stop it first, then delete.")
        running = dismiss(connection, jobs)
        connection.execute("DELETE FROM datasets WHERE id = ?", (entry.id,))
        connection.execute("UPDATE visitors SET dataset = NULL WHERE dataset = ?", (entry.id,))
    _end(running)
    for job in jobs:
        if job["state"] == "finished":
            drop_drafts(job["id"], room)
    for place in (room.datasets / entry.folder, *_folders_of(jobs, room)):
        shutil.rmtree(place, ignore_errors=True)
    _drop_cache(settings, entry.folder)


def clear_away(database: Database, settings: Settings, leaver: Leaver) -> None:
    """What a job leaves behind whose process has ended. One of another version has failed, and keeps its folder."""
    if leaver.problem:
        database.change("UPDATE jobs SET state = 'failed' WHERE id = ? AND state = ?", leaver.id, LEAVING)
        return
    room = settings.of(leaver.owner)
    shutil.rmtree(room.jobs / leaver.id, ignore_errors=True)
    database.change("DELETE FROM jobs WHERE id = ? AND state = ?", leaver.id, LEAVING)
    if leaver.owner != LOCAL:       # the home has pictures of which the desk knows nothing
        _drop_unshelved(database, room)
    if leaver.folder is not None:
        _drop_cache(settings, leaver.folder)


def _drop_unshelved(database: Database, room: Settings) -> None:
    """Pictures that came in when nobody wanted them any longer, unless others are just coming in."""
    if database.row("SELECT 1 FROM jobs WHERE owner = ? AND state IN ('queued', 'running', ?)", room.visitor, LEAVING):
        return
    shelved = {row["folder"] for row in database.rows("SELECT folder FROM datasets WHERE owner = ?", room.visitor)}
    for folder in list(room.datasets.glob("*")):
        if folder.name not in shelved:
            shutil.rmtree(folder, ignore_errors=True)
    if database.row("SELECT 1 FROM visitors WHERE id = ?", room.visitor) is None:
        shutil.rmtree(room.room, ignore_errors=True)


def _folders_of(jobs: list[sqlite3.Row], room: Settings) -> list[Path]:
    return [room.jobs / job["id"] for job in jobs]


def _end(running: tuple[Leaver, ...]) -> None:
    for leaver in running:
        leaver.end()


def _drop_cache(settings: Settings, folder: str) -> None:
    """Pixels are pictures too: they go with the last copy of the data set that they were made of."""
    home = settings.home
    if not (home / "datasets" / folder).exists() and not any(home.glob(f"visitors/*/datasets/{folder}")):
        shutil.rmtree(settings.cache / folder, ignore_errors=True)
