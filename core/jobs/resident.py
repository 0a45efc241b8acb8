"""A process beside the server that answers one request at a time, each a line, for as long as somebody asks.

It is started with the first request and ends by itself when none comes; `answering` is its other end.
"""

import os
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

import core
from core.errors import MachineFault

START_SECONDS = 20.0         # on top, for the first answer of a process: its imports, on a busy machine
ATTEMPTS = 2


class Resident:
    """The door to the process, safe between threads. `what`: what it makes, for people: "preview"."""

    def __init__(self, command: Sequence[str], what: str, patience_seconds: float, threads: int = 1) -> None:
        self._command = tuple(command)
        self._what = what
        self._patience_seconds = patience_seconds
        self._threads = threads
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The number of the process that waits for a request, or None."""
        process = self._process
        return process.pid if process and process.poll() is None else None

    def ask(self, line: bytes) -> bytes:
        """Wait for one's turn and for the answer's line; b"" where the process dies over the request, twice.

        Raises MachineFault where it takes too long or cannot be started.
        """
        with self._lock:
            for _ in range(ATTEMPTS):
                try:
                    answer = self._asked(line)
                except BaseException:    # an answer left in the pipe would go to whoever asks next
                    self._end()
                    raise
                if answer:
                    return answer
                self._end()
        return b""

    def close(self) -> None:
        """End the process; a later request would start another."""
        with self._lock:
            self._end()

    def _asked(self, line: bytes) -> bytes:
        """The answer's line; empty where the process died. Raises MachineFault when it takes too long."""
        waited_for = self._patience_seconds
        if self.pid is None:
            self._end()
            self._process = self._started()
            waited_for += START_SECONDS
        process = self._process
        assert process and process.stdin and process.stdout
        too_long = threading.Event()

        def give_up() -> None:
            too_long.set()
            process.kill()

        watch = threading.Timer(waited_for, give_up)
        watch.daemon = True
        watch.start()
        try:
            process.stdin.write(line)
            process.stdin.flush()
            answer = process.stdout.readline()
        except OSError:              # it ended between two requests
            answer = b""
        finally:
            watch.cancel()
        if answer.endswith(b"\n"):
            return answer
        if too_long.is_set():
            raise MachineFault(f"The {self._what} took longer than {waited_for:.0f} seconds.",
                               remedy="Try again in a moment, or with less at once.")
        return b""

    def _started(self) -> subprocess.Popen[bytes]:
        """A session of its own, so that a Ctrl-C at the server's terminal lets it end by the closing pipe."""
        few = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), str(self._threads))
        # Beside a training, threads that wait for each other shall sleep: spinning took half of the speed.
        few["OMP_WAIT_POLICY"] = "PASSIVE"
        try:
            return subprocess.Popen(  # noqa: S603 # our own module
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
                cwd=Path(core.__file__).parent.parent, env=os.environ | few)
        except OSError as error:
            raise MachineFault(f"The {self._what} could not be started: {error.strerror}.",
                               remedy="Try again in a moment; nothing else is affected.") from error

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.communicate()        # closes the pipes and collects the process
