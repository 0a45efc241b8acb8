"""What a visitor writes on trainings that are over or under way: a name, tags; and deleting them, with a way back."""

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass

from core.data.files import printable
from core.errors import UserMistake
from core.jobs.desk import Desk
from core.jobs.entries import Job

UNDO_SECONDS = 86_400.0          # so long a deleted run can be brought back; then its folder goes
LONGEST_NAME = 80                # letters
LONGEST_TAG = 30
MOST_TAGS = 10


@dataclass(frozen=True, slots=True)
class Label:
    """What is written on a run; by default nothing."""

    name: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Deleted:
    """A run that no page shows any more, and can still be brought back."""

    job: Job
    label: Label
    since: float                 # seconds since 1970

    @property
    def gone_at(self) -> float:
        """When its folder is removed at the earliest, in seconds since 1970."""
        return self.since + UNDO_SECONDS


def labels(desk: Desk, visitor: str) -> dict[str, Label]:
    """Of the visitor's runs by their job's id; those without a word on them are left out."""
    rows = desk.database.rows("SELECT r.* FROM runs r JOIN jobs j ON j.id = r.job WHERE j.owner = ?", visitor)
    return {row["job"]: Label(row["name"], _parted(row["tags"])) for row in rows}


def rename(desk: Desk, visitor: str, id: str, name: str) -> None:
    """An empty name takes it off. Raises NotHere, and UserMistake for one that is too long."""
    desk.job(visitor, id)
    name = _clean(name)
    if len(name) > LONGEST_NAME:
        raise UserMistake(f"The name has {len(name)} letters.", remedy=f"Use {LONGEST_NAME} at most.")
    desk.database.change("INSERT INTO runs (job, name) VALUES (?, ?) ON CONFLICT (job) DO UPDATE SET name = ?",
                         id, name, name)


def tag(desk: Desk, visitor: str, id: str, tags: Sequence[str]) -> None:
    """These tags and no others. Raises NotHere, and UserMistake for too many or too long ones."""
    desk.job(visitor, id)
    wanted = tuple(dict.fromkeys(clean for each in tags if (clean := _clean(each))))
    if len(wanted) > MOST_TAGS or any(len(each) > LONGEST_TAG for each in wanted):
        raise UserMistake("These are too many tags, or one of them is too long.",
                          remedy=f"Use {MOST_TAGS} at most, of {LONGEST_TAG} letters each.")
    text = "\n".join(wanted)
    desk.database.change("INSERT INTO runs (job, tags) VALUES (?, ?) ON CONFLICT (job) DO UPDATE SET tags = ?",
                         id, text, text)


def delete(desk: Desk, visitor: str, id: str) -> None:
    """From now on no page finds the run, and no link opens it; `restore` brings it back, without its links.

    Raises NotHere, and UserMistake while it goes on.
    """
    job = desk.job(visitor, id)
    if not job.over:
        raise UserMistake("This training still goes on.", remedy="Stop it first, then delete it.")
    now = time.time()
    with desk.database.changed() as connection:
        connection.execute("INSERT INTO runs (job, deleted) VALUES (?, ?) ON CONFLICT (job) DO UPDATE SET deleted = ?",
                           (id, now, now))
        connection.execute("DELETE FROM shares WHERE job = ?", (id,))


def restore(desk: Desk, visitor: str, id: str) -> None:
    """Bring a deleted run back, with its name and tags; one that is gone, or another's, stays as it is."""
    desk.database.change("UPDATE runs SET deleted = NULL WHERE job = ? AND EXISTS "
                         "(SELECT 1 FROM jobs WHERE id = runs.job AND owner = ?)", id, visitor)


def deleted(desk: Desk, visitor: str) -> tuple[Deleted, ...]:
    """Those that can be brought back, the last deleted first."""
    rows = desk.database.rows("SELECT * FROM jobs WHERE owner = ? AND id IN (SELECT job FROM runs WHERE "
                              "deleted IS NOT NULL)", visitor)
    written = {row["job"]: row for row in desk.database.rows("SELECT * FROM runs WHERE deleted IS NOT NULL")}
    found = [Deleted(job, Label(mark["name"], _parted(mark["tags"])), mark["deleted"])
             for row in rows if (mark := written.get(row["id"])) is not None and (job := desk.read(row)) is not None]
    return tuple(sorted(found, key=lambda each: -each.since))


def remove_for_good(desk: Desk, now: float) -> None:
    """What was deleted long enough ago, with its folder; what an unfinished job still reads is left for later."""
    gone = desk.database.rows(
        "SELECT j.id, j.owner FROM runs r JOIN jobs j ON j.id = r.job WHERE r.deleted < ? AND NOT EXISTS (SELECT 1 "
        "FROM jobs reader WHERE reader.state IN ('queued', 'running') AND instr(reader.\"order\", j.id) > 0)",
        now - UNDO_SECONDS)
    for row in gone:
        shutil.rmtree(desk.settings.of(row["owner"]).jobs / row["id"], ignore_errors=True)
        desk.database.change("DELETE FROM jobs WHERE id = ?", row["id"])
    desk.database.change("DELETE FROM runs WHERE job NOT IN (SELECT id FROM jobs)")
    desk.database.change("DELETE FROM shares WHERE job NOT IN (SELECT id FROM jobs)")


def _clean(text: str) -> str:
    """In one line, without spaces around it."""
    return " ".join(printable(text).split())


def _parted(tags: str) -> tuple[str, ...]:
    return tuple(tags.split("\n")) if tags else ()
