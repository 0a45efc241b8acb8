"""Links by which others look at a training: read-only, unguessable, and ended by its owner at any time.

A link holds 256 random bits. The desk keeps only their digest, so that neither the database nor a copy of it opens
anything (as with passwords, OWASP's Password Storage Cheat Sheet; so many random bits need no slow digest).
"""

import hashlib
import re
import secrets
import time
from dataclasses import dataclass, replace

from core.errors import LimitReached, NotHere, UserMistake
from core.jobs.desk import Desk
from core.jobs.entries import Grant, Job
from core.jobs.leaving import LEAVING

TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")      # 256 bits as base64 for addresses
MOST_LINKS = 20                               # to a training at a time


@dataclass(frozen=True, slots=True)
class Share:
    """A link that stands, as its owner sees it: what it says is known to those alone who have it."""

    digest: str                  # names it
    job: str                     # Job.id of the training
    allows_export: bool          # whether the network may be taken home by it
    created: float               # seconds since 1970


def share(desk: Desk, visitor: str, job: str, allows_export: bool = False) -> str:
    """The token of a new link to a training of the visitor's; it is told this once.

    Raises NotHere for another's, UserMistake for a job that is no training, LimitReached.
    """
    if desk.job(visitor, job).kind != "train":
        raise UserMistake("Only a training can be shared.", remedy="Choose one on the page Runs.")
    if len(shares_of(desk, visitor, job)) >= MOST_LINKS:
        raise LimitReached(f"There are {MOST_LINKS} links to this training already.", remedy="End one of them first.")
    token = secrets.token_urlsafe(32)
    desk.database.change("INSERT INTO shares (digest, job, allows_export, created) VALUES (?, ?, ?, ?)",
                         _digest(token), job, allows_export, time.time())
    return token


def shares_of(desk: Desk, visitor: str, job: str) -> tuple[Share, ...]:
    """The links to a training of the visitor's, the newest first. Raises NotHere for another's."""
    desk.job(visitor, job)
    rows = desk.database.rows("SELECT * FROM shares WHERE job = ? ORDER BY created DESC, digest", job)
    return tuple(Share(row["digest"], row["job"], bool(row["allows_export"]), row["created"]) for row in rows)


def allow(desk: Desk, visitor: str, digest: str, allows_export: bool) -> None:
    """Whether the network may be taken home by this link; another's stays as it is."""
    desk.database.change("UPDATE shares SET allows_export = ? WHERE digest = ? AND job IN "
                         "(SELECT id FROM jobs WHERE owner = ?)", allows_export, digest, visitor)


def unshare(desk: Desk, visitor: str, digest: str) -> None:
    """From now on the link opens nothing, for those who look just now as well; another's stays as it is."""
    desk.database.change("DELETE FROM shares WHERE digest = ? AND job IN (SELECT id FROM jobs WHERE owner = ?)",
                         digest, visitor)


def shared(desk: Desk, token: str) -> Job:
    """The training to which a link with this token leads, with its grant.

    Raises NotHere for a token that opens nothing, whether it was made up, has ended, or its training was deleted.
    """
    link = desk.database.row("SELECT job, allows_export FROM shares WHERE digest = ?",
                             _digest(token)) if TOKEN.fullmatch(token) else None
    row = desk.database.row("SELECT * FROM jobs WHERE id = ? AND kind = 'train' AND state != ? AND id NOT IN "
                            "(SELECT job FROM runs WHERE deleted IS NOT NULL)", link["job"], LEAVING) if link else None
    job = desk.read(row) if row else None
    if link is None or job is None:
        raise NotHere("This link opens nothing: whoever shared it has ended it, or a part of it is missing.",
                      remedy="See that it is whole, or ask for a new one.")
    return replace(job, grant=Grant(token, bool(link["allows_export"])))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
