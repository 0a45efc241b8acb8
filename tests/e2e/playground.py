"""The whole app as a process of its own, for a browser to visit."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode

import psutil

ROOT = Path(__file__).parents[2]
HEALTHY_SECONDS = 60.0       # until the server answers, on a busy machine
STOP_SECONDS = 20.0


class Playground:
    """A server on a port and a home of its own. It may be stopped and started again: port and home stay the same.

    `close` ends the server, and every worker that it ever started.
    """

    def __init__(self, home: Path, *, hosted: bool = False, environment: Mapping[str, str] | None = None) -> None:
        self.home = home
        self.log = home.with_name(f"{home.name}.log")
        self.port = free_port()
        self._environment = dict(os.environ) | {
            "PLAYGROUND_HOME": str(home), "PLAYGROUND_OFFLINE": "1", "PLAYGROUND_HOSTED": "1" if hosted else "0",
            "OMP_NUM_THREADS": "1", "PLAYGROUND_THREADS": "1"} | dict(environment or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._workers: set[psutil.Process] = set()
        self.start()

    def address(self, page: str = "", **query: str) -> str:
        """Of a page by its name ("" is home), with what stands behind the `?`."""
        return f"http://localhost:{self.port}/{page}" + (f"?{urlencode(query)}" if query else "")

    def start(self) -> None:
        command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.port", str(self.port),
                   "--server.headless", "true"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, env=self._environment, stdin=subprocess.DEVNULL,
                                             stdout=log, stderr=log, start_new_session=True)
        until = time.monotonic() + HEALTHY_SECONDS
        while not self._healthy():
            if self._process.poll() is not None or time.monotonic() > until:
                self.close()
                raise RuntimeError(f"The app did not start:\n{self.log.read_text(errors='replace')}")
            time.sleep(0.1)

    def stop(self) -> None:
        """End the server as Ctrl-C does. Its jobs go on."""
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(psutil.NoSuchProcess):
            self._workers.update(psutil.Process(process.pid).children(recursive=True))
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def restart(self) -> None:
        self.stop()
        self.start()

    @property
    def pid(self) -> int | None:
        """Of the server's process; None while it is stopped."""
        return self._process.pid if self._process else None

    def workers(self) -> tuple[psutil.Process, ...]:
        """Those that a server which was stopped had started, and that run still."""
        return tuple(worker for worker in self._workers if worker.is_running())

    def close(self) -> None:
        self.stop()
        for worker in self._workers:
            with suppress(psutil.NoSuchProcess):      # psutil knows a number that was given out again
                worker.kill()

    def _healthy(self) -> bool:
        try:
            with urllib.request.urlopen(self.address("_stcore/health"), timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port: int = free.getsockname()[1]
        return port
