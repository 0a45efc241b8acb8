"""One thread that starts queued jobs when there is a slot, and sees to it that every job ends and is concluded."""

import logging
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

import psutil

from core.errors import NotHere
from core.jobs.conclusion import prepared_already
from core.jobs.desk import Desk
from core.jobs.ending import MADE_ROOM, ended, still_leaving
from core.jobs.entries import Job
from core.jobs.launcher import Launcher, worker_environment
from core.jobs.leaving import Leaver
from core.jobs.orders import LIGHT, Assignment, Prepare

LOOK_SECONDS = 0.2               # while a job runs; a new job wakes us at once
IDLE_SECONDS = 1.0
LEASE_SECONDS = 10.0
WARM_AFTER_SECONDS = 5.0         # a new spare's imports would compete with a short job
LIGHT_SLOTS = 2                  # of each kind: who waits for far servers keeps nobody from reading a zip
log = logging.getLogger(__name__)


class Scheduler:
    """Slots, fairness and limits; jobs themselves are processes that need neither this thread nor this server."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.settings = desk.settings
        self.lease = self.settings.home / "server.lease"
        self._gpus: tuple[int, ...] = ()
        self._slots = self.settings.slots or 1
        self._wake = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._launcher: Launcher | None = None
        self._leased = 0.0

    def start(self) -> None:
        """Take up the queue, with what a server before us left in it."""
        if self._thread is None:
            self._stopping = False
            self._thread = threading.Thread(target=self._run, name="scheduler", daemon=True)
            self._thread.start()

    def wake(self) -> None:
        self._wake.set()

    def stop(self) -> None:
        """Start no more; running jobs go on."""
        self._stopping = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
            self._thread = None
        if self._launcher is not None:
            self._launcher.close()

    def look(self) -> bool:
        """One round: end what is over, start what fits. Whether anything runs."""
        self._renew_lease()
        if self._launcher is not None:
            self._launcher.reap()
        running = [job for job in self._running() if not ended(self.desk, job)]
        leaving = still_leaving(self.desk)
        self._start_what_fits(running, leaving)
        self._keep_warm(running)
        return bool(running or leaving)

    def _run(self) -> None:
        self._gpus = gpus()
        self._slots = self.settings.slots or max(1, len(self._gpus))
        self._launcher = Launcher(worker_environment(self._threads))
        busy = False
        while not self._stopping:
            self._wake.wait(LOOK_SECONDS if busy else IDLE_SECONDS)
            self._wake.clear()
            if self._stopping:
                break
            try:
                busy = self.look()
            except Exception:
                log.exception("the scheduler's round failed")
                time.sleep(IDLE_SECONDS)

    @property
    def _threads(self) -> int:
        """Threads a job: two jobs that each take every core wait for each other, many times as long."""
        return max(1, self.settings.threads // self._slots)

    def _running(self) -> list[Job]:
        rows = self.desk.database.rows("SELECT * FROM jobs WHERE state = 'running' ORDER BY created")
        return [job for row in rows if (job := self.desk.read(row)) is not None]

    # ---- the start of jobs

    def _start_what_fits(self, running: list[Job], leaving: list[Leaver]) -> None:
        light: list[str] = [job.kind for job in running if job.kind in LIGHT]
        light += [leaver.kind for leaver in leaving if leaver.kind in LIGHT]
        heavy = [job for job in running if job.kind not in LIGHT]
        others = [leaver for leaver in leaving if leaver.kind not in LIGHT]
        for job in self.desk.waiting():
            if isinstance(job.order, Prepare) and prepared_already(self.settings, job.order):
                self._finish_unstarted(job)
            elif job.kind in LIGHT:
                if light.count(job.kind) < LIGHT_SLOTS and self._start(job, running, None):
                    light.append(job.kind)
            elif len(heavy) + len(others) < self._slots:
                gpu = self._free_gpu((*heavy, *others))
                if self._start(job, running, gpu):
                    heavy.append(replace(job, gpu=gpu))
            elif not others:
                self._make_room(job, heavy)

    def _start(self, job: Job, running: list[Job], gpu: int | None) -> bool:
        if not self.desk.database.change("UPDATE jobs SET state = 'running', started = ?, gpu = ? "
                                         "WHERE id = ? AND state = 'queued'", time.time(), gpu, job.id):
            return False            # cancelled meanwhile, or taken by another server of this home
        assert self._launcher is not None
        settings = self.settings.of(job.owner).model_copy(update={"threads": self._threads})
        pid = self._launcher.launch(Assignment(job=job.id, order=job.order, settings=settings,
                                               lease=str(self.lease), gpu=gpu))
        with suppress(psutil.Error):
            self.desk.database.change("UPDATE jobs SET pid = ?, pid_started = ? WHERE id = ?",
                                      pid, psutil.Process(pid).create_time(), job.id)
        running.append(job)
        return True

    def _free_gpu(self, heavy: Iterable[Job | Leaver]) -> int | None:
        taken = {job.gpu for job in heavy}
        return next((gpu for gpu in self._gpus if gpu not in taken), None)

    def _make_room(self, waiting: Job, heavy: list[Job]) -> None:
        """Stop a preparation for a job that someone waits for, unless it prepares just that."""
        if waiting.kind == "prepare" or isinstance(waiting.order, Prepare):
            return
        idle = [job for job in heavy if isinstance(job.order, Prepare) and job.stop_asked is None
                and job.dataset != waiting.dataset]
        if idle:
            with suppress(NotHere):         # deleted at this moment
                self.desk.cancel(idle[0].owner, idle[0].id, MADE_ROOM)

    def _finish_unstarted(self, job: Job) -> None:
        now = time.time()
        self.desk.database.change("UPDATE jobs SET state = 'finished', started = ?, ended = ? "
                                  "WHERE id = ? AND state = 'queued'", now, now, job.id)

    def _keep_warm(self, running: list[Job]) -> None:
        """A new spare once no short job is at work that its imports would slow; a preparation may be slowed."""
        now = time.time()
        hurried = [job for job in running if not isinstance(job.order, Prepare)]
        if self._launcher and all(now - (job.started or now) > WARM_AFTER_SECONDS for job in hurried):
            self._launcher.warm()

    def _renew_lease(self) -> None:
        if time.monotonic() - self._leased > LEASE_SECONDS:
            self._leased = time.monotonic()
            self.lease.touch()


def gpus() -> tuple[int, ...]:
    """The numbers of this machine's NVIDIA GPUs, asked without torch; none where the driver does not answer."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return ()
    try:
        listed = subprocess.run([tool, "--list-gpus"], capture_output=True, text=True, timeout=10, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return ()
    count = sum(line.startswith("GPU ") for line in listed.stdout.splitlines())
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is None:
        return tuple(range(count))
    return tuple(int(number) for number in chosen.split(",") if number.strip().isdigit())
