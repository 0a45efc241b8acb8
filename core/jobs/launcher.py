"""Starts workers, and keeps a warm spare of the kind that takes seconds to start."""

import logging
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from core.jobs.orders import LIGHT, Assignment

Lane = Literal["heavy", "light"]
ROOT = Path(__file__).parents[2]
log = logging.getLogger(__name__)


class Launcher:
    """One spare at most. Used by the scheduler's thread alone."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = dict(environment)
        self._spare: subprocess.Popen[str] | None = None
        self._children: list[subprocess.Popen[str]] = []

    def warm(self) -> None:
        """Have a spare, if there is none. It imports for some seconds, and can be given its job meanwhile."""
        if self._spare is None or self._spare.poll() is not None:
            self._spare = self._started("heavy")

    def launch(self, assignment: Assignment) -> int:
        """Give the job to the spare, or to a new worker; the process's number.

        A spare that died meanwhile is replaced. The job's end is seen in its folder, and by its process.
        """
        if assignment.order.kind in LIGHT:
            worker = self._started("light")
        else:
            self.warm()
            assert self._spare is not None
            worker, self._spare = self._spare, None
        assert worker.stdin is not None
        try:
            worker.stdin.write(assignment.model_dump_json() + "\n")
            worker.stdin.close()
        except BrokenPipeError:
            log.warning("worker %s died before it took job %s", worker.pid, assignment.job)
        self._children.append(worker)
        return worker.pid

    def reap(self) -> None:
        """Take note of workers that ended, so that none stays behind as a zombie."""
        self._children = [child for child in self._children if child.poll() is None]

    def close(self) -> None:
        """End the spare. Workers that have a job go on."""
        if self._spare is not None:
            assert self._spare.stdin is not None
            self._spare.stdin.close()
            self._spare = None

    def _started(self, lane: Lane) -> subprocess.Popen[str]:
        return subprocess.Popen(  # noqa: S603 (our own module)
            [sys.executable, "-m", "core.jobs.worker", lane], cwd=ROOT, env=self._environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True)


def worker_environment(threads: int) -> dict[str, str]:
    """What a worker inherits; its libraries keep to `threads`, and wait without turning the processor."""
    return os.environ | {
        "OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": "1",
        "OMP_WAIT_POLICY": "PASSIVE", "NO_ALBUMENTATIONS_UPDATE": "1",
    }
