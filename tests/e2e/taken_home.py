"""An exported app as a process of its own, with nothing of the playground in reach."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.e2e.playground import HEALTHY_SECONDS, STOP_SECONDS, free_port


class ExportedApp:
    """`streamlit run app/app.py` in an unpacked export, by a Python that is isolated (-I): it finds no `core`."""

    def __init__(self, export: Path, python: Path) -> None:
        self.port = free_port()
        self._export, self._python = export, python
        self._log = export.with_name(f"{export.name}.log")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}/"

    def __enter__(self) -> Self:
        command = [self._python, "-I", "-m", "streamlit", "run", "app/app.py", "--server.port", str(self.port),
                   "--server.headless", "true", "--browser.gatherUsageStats", "false"]
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith(("PYTHON", "PLAYGROUND"))}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, cwd=self._export, env=environment, stdin=subprocess.DEVNULL,
                                             stdout=log, stderr=log)
        until = time.monotonic() + HEALTHY_SECONDS
        while not self._healthy():
            if self._process.poll() is not None or time.monotonic() > until:
                self._stop()
                raise RuntimeError(f"The exported app did not start:\n{self._log.read_text(errors='replace')}")
            time.sleep(0.1)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._stop()

    def _stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}_stcore/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def fresh_python(folder: Path, requirements: Path) -> Path:
    """The Python of a new virtual environment with these requirements alone.

    Raises CalledProcessError where they cannot be installed.
    """
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1",
                    "-r", requirements], check=True, capture_output=True)
    return python
