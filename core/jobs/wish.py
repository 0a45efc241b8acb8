"""When a worker is to stop: it was asked to, or the server that it works for is gone."""

import signal
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType

from core.jobs.orders import Assignment
from core.runs.folder import RunFolder

SECONDS_BETWEEN_LEASE_LOOKS = 5.0
LONGEST_STEP_SECONDS = 60.0


class Wish:
    """Whether to stop: the system asked us to, or the server has been gone for too long.

    The server's time away is the time in which its lease was not renewed while we looked. A machine that sleeps, and
    its server with it, is no reason to stop.
    """

    def __init__(self, assignment: Assignment) -> None:
        self._asked = False
        self._lease = Path(assignment.lease) if assignment.lease else None
        self._patience_minutes = assignment.settings.lease_minutes
        self._stop = RunFolder(assignment.settings.jobs / assignment.job).stop
        self._looked = time.monotonic()
        self._renewed: int | None = None         # the lease's time of change: only whether it differs counts
        self._away_seconds = 0.0
        signal.signal(signal.SIGTERM, self._ask)

    def _ask(self, signal: int, frame: FrameType | None) -> None:
        self._asked = True

    def __call__(self) -> bool:
        passed = time.monotonic() - self._looked
        if self._lease and passed > SECONDS_BETWEEN_LEASE_LOOKS:
            self._looked += passed
            self._asked = self._asked or self._abandoned(self._lease, passed)
        return self._asked

    def _abandoned(self, lease: Path, passed_seconds: float) -> bool:
        try:
            renewed = lease.stat().st_mtime_ns
        except OSError:         # the home was deleted: there is nobody to work for
            return True
        # Where clocks go on while the machine sleeps, one step of them is no long absence.
        self._away_seconds += min(passed_seconds, LONGEST_STEP_SECONDS)
        if renewed != self._renewed:
            self._renewed, self._away_seconds = renewed, 0.0
        if self._away_seconds <= self._patience_minutes * 60:
            return False
        with suppress(OSError):
            self._stop.write_text(f"The server was gone for {self._patience_minutes:g} minutes.", encoding="utf-8")
        return True
