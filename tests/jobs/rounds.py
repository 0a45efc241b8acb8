"""A scheduler's rounds without workers: each test says what they did meanwhile, or has a process that only waits."""

import os
import subprocess
import sys
import time

import psutil

from core.jobs.desk import Desk
from core.jobs.entries import Job
from core.jobs.orders import Assignment
from core.jobs.scheduler import Scheduler
from core.runs.folder import RunFolder


class Launched:
    """Takes assignments, and gives each the process number of this test (which lives)."""

    def __init__(self) -> None:
        self.jobs: list[str] = []
        self.assignments: dict[str, Assignment] = {}
        self.warmed = 0

    def launch(self, assignment: Assignment) -> int:
        self.jobs.append(assignment.job)
        self.assignments[assignment.job] = assignment
        return os.getpid()

    def warm(self) -> None:
        self.warmed += 1

    def reap(self) -> None:
        pass

    def close(self) -> None:
        pass


def ready(desk: Desk, launched: Launched) -> Scheduler:
    scheduler = Scheduler(desk)
    scheduler._launcher = launched  # type: ignore[assignment]
    desk.settings.home.mkdir(parents=True, exist_ok=True)
    return scheduler


def began(job: Job) -> RunFolder:
    return RunFolder.create(job.folder)


def ends(desk: Desk, job: Job, state: str, problem: str = "", remedy: str = "") -> None:
    run = began(job) if not job.folder.exists() else RunFolder.open(job.folder)
    run.set_status(state, problem=problem, remedy=remedy)  # type: ignore[arg-type]


def state(desk: Desk, job: Job) -> str:
    return desk.job(job.owner, job.id).state


def worker(deaf: bool = False) -> subprocess.Popen[bytes]:
    """A process that leads a group of its own, as workers do, and works for a minute. A deaf one hears no SIGTERM."""
    hearing = "signal.signal(signal.SIGTERM, signal.SIG_IGN);" if deaf else ""
    code = f"import signal, time; {hearing} print(flush=True); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    process.stdout.readline()
    return process


def run(desk: Desk, job: Job, process: subprocess.Popen[bytes] | None = None) -> None:
    """The job's row, as it stands while the process works on it; without one, before it has a process."""
    desk.database.change("UPDATE jobs SET state = 'running', started = COALESCE(started, ?) WHERE id = ?",
                         time.time(), job.id)
    if process is not None:
        desk.database.change("UPDATE jobs SET pid = ?, pid_started = ? WHERE id = ?", process.pid,
                             psutil.Process(process.pid).create_time(), job.id)


def strange(desk: Desk, job: Job) -> None:
    """The job's order becomes one that this version cannot read."""
    desk.database.change("""UPDATE jobs SET "order" = '{"kind": "dream"}' WHERE id = ?""", job.id)
