"""How it is found that a job is over, from its folder and its process, and what is done with one that should be.

Another server of the same home may look at the same moment: a job is changed only where it stands as it was seen.
"""

import logging
import os
import shutil
import signal
import time
from contextlib import suppress

from core.errors import BadRun, NotHere
from core.jobs.conclusion import conclude
from core.jobs.desk import Desk
from core.jobs.entries import LOCAL, Job, new_id
from core.jobs.leaving import KILL_AFTER_SECONDS, LOST_AFTER_SECONDS, Leaver, leavers
from core.jobs.removal import clear_away
from core.runs.folder import process_lives

TERMINATE_AFTER_SECONDS = 15.0   # from the wish to stop, which is looked at each batch
MADE_ROOM = "made room"          # a preparation that was stopped for someone's job, and comes again
log = logging.getLogger(__name__)


def ended(desk: Desk, job: Job) -> bool:
    """Conclude a job whose process is gone or has said its last word; push one that should have stopped."""
    state = _state(job)
    if state == "running":
        _push(desk, job)
        return False
    if state == "queued" or (state == "cancelled" and job.why_stopped == MADE_ROOM):
        _queue_again(desk, job)
        return True
    try:
        conclude(desk, job, state)
    except Exception:
        log.exception("job %s could not be concluded", job.id)
        desk.database.change(
            "UPDATE jobs SET state = 'failed', ended = ?, problem = ?, remedy = ? "
            "WHERE id = ? AND state = 'running' AND pid IS ?", time.time(),
            "Something went wrong inside the playground when this job ended.", "Start it again.", job.id, job.pid)
    return True


def still_leaving(desk: Desk) -> list[Leaver]:
    """Jobs that nobody wants any longer, and whose processes are there still; the others are cleared away."""
    staying = []
    for leaver in leavers(desk.database):
        if leaver.stays:
            leaver.end()
            staying.append(leaver)
        else:
            clear_away(desk.database, desk.settings, leaver)
    return staying


def _state(job: Job) -> str:
    """From the job's folder and its process; 'queued' for one that a dying server took and never started."""
    try:
        status = job.run.read_status()
    except BadRun:
        lives = job.pid is not None and process_lives(job.pid, job.pid_started or 0.0)
        if lives or (job.pid is None and time.time() - (job.started or 0.0) < LOST_AFTER_SECONDS):
            return "running"
        return "queued" if job.pid is None else "killed"
    return "cancelled" if status.state == "killed" and job.stop_asked else status.state


def _queue_again(desk: Desk, job: Job) -> None:
    """Back into the queue, without what it wrote: that is out of the way before anyone can start it anew."""
    old = job.folder.with_name(f".{job.id}.{new_id()}")
    with desk.database.changed() as connection:
        claimed = connection.execute(
            "UPDATE jobs SET state = 'queued', started = NULL, pid = NULL, pid_started = NULL, gpu = NULL, "
            "stop_asked = NULL, why_stopped = '' WHERE id = ? AND state = 'running' AND pid IS ? AND started IS ?",
            (job.id, job.pid, job.started)).rowcount
        if claimed:
            with suppress(FileNotFoundError):
                job.folder.rename(old)
    shutil.rmtree(old, ignore_errors=True)


def _push(desk: Desk, job: Job) -> None:
    now = time.time()
    if job.stop_asked is None:
        if job.owner != LOCAL and now - (job.started or now) > desk.settings.job_minutes * 60:
            with suppress(NotHere):         # deleted at this moment
                desk.cancel(job.owner, job.id, f"It took longer than the {desk.settings.job_minutes:g} minutes "
                                               "that a job may take here.")
        return
    if job.pid is None or not process_lives(job.pid, job.pid_started or 0.0):
        return
    for seconds, word in ((KILL_AFTER_SECONDS, signal.SIGKILL), (TERMINATE_AFTER_SECONDS, signal.SIGTERM)):
        if now - job.stop_asked > seconds:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(job.pid, word)
            return
