"""1,000 web addresses, 50 ms to an answer: pictures a second, memory, seconds to stop, what is fetched again."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO

import numpy as np
from PIL import Image

from bench.common import ROOT, fresh_home, row
from bench.memory import peak_bytes
from core.events import Progress
from core.settings import Settings
from core.web.fetch import fetch
from core.web.lists import Listed

ADDRESSES = 1000
ANSWER_SECONDS = 0.05
CLASSES = ("black", "grizzly", "teddy")


def main() -> None:
    with _server() as port:
        for servers in (1, 4):
            with fresh_home() as settings:
                listed, online = _list(port, servers), _online(settings, port)
                told = _worker(listed, online)
                row(f"{servers} server{'s' if servers > 1 else ''}: pictures a second, fetched",
                    f"{ADDRESSES / told['fetched']:.0f}")
                row("  the whole, read into the store (s)", f"{told['seconds']:.1f}")
                row("  the worker's memory before and at most (MB)", f"{told['before'] / 1e6:.0f}",
                    f"{told['peak'] / 1e6:.0f}")
        with fresh_home() as settings:
            listed, online = _list(port, 4), _online(settings, port)
            seconds, had = _stopped(listed, online)
            row("stopped half-way: seconds until it had ended", f"{seconds:.3f}")
            before = _asked(port)
            told = _worker(listed, online)
            row("gone on with: kept, fetched now", had, _asked(port) - before - 1)


def _list(port: int, servers: int) -> Listed:
    return Listed(name="bears", rows=tuple(
        (CLASSES[number % len(CLASSES)], f"http://127.0.0.{1 + number % servers}:{port}/{number}.jpg")
        for number in range(ADDRESSES)))


def _online(settings: Settings, port: int) -> Settings:
    hosts = tuple(f"127.0.0.{number}:{port}" for number in range(1, 5))
    return settings.model_copy(update={"offline": False, "test_hosts": hosts})


def _worker(listed: Listed, settings: Settings) -> dict[str, float]:
    """What a process of its own needs for a list."""
    done = subprocess.run([sys.executable, "-m", "bench.addresses", "fetch"], cwd=ROOT, check=True, text=True,
                          input=f"{listed.model_dump_json()}\n{settings.model_dump_json()}\n", stdout=subprocess.PIPE)
    told: dict[str, float] = json.loads(done.stdout)
    return told


def _fetch() -> None:
    listed = Listed.model_validate_json(sys.stdin.readline())
    settings = Settings.model_validate_json(sys.stdin.readline())
    before, began, fetched = peak_bytes(os.getpid()), time.perf_counter(), 0.0
    for event in fetch(listed, settings):
        if isinstance(event, Progress) and event.work == "fetching pictures":
            fetched = time.perf_counter() - began
    print(json.dumps({"fetched": fetched, "seconds": time.perf_counter() - began, "before": before,
                      "peak": peak_bytes(os.getpid())}))


def _stopped(listed: Listed, settings: Settings) -> tuple[float, int]:
    """The seconds that closing the stream takes half-way, and how many pictures stay."""
    stream = fetch(listed, settings)
    for event in stream:
        if isinstance(event, Progress) and event.done >= ADDRESSES // 2:
            break
    began = time.perf_counter()
    stream.close()
    return time.perf_counter() - began, len(list((settings.uploads / "fetched").glob("*.jpg")))


class _Answer(BaseHTTPRequestHandler):
    picture = b""
    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        if self.path == "/asked":
            content = str(self.asked).encode()
        else:
            time.sleep(ANSWER_SECONDS)
            content = self.picture + self.path.encode()      # behind a JPEG's end: another content, the same picture
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        with suppress(OSError):      # it was stopped
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


def _serve() -> None:
    rough = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    buffer = BytesIO()
    Image.fromarray(rough).resize((800, 600), Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=92)
    _Answer.picture = buffer.getvalue()
    ThreadingHTTPServer.request_queue_size = 64
    server = ThreadingHTTPServer(("0.0.0.0", 0), _Answer)
    print(server.server_address[1], len(_Answer.picture), flush=True)
    server.serve_forever()


@contextmanager
def _server() -> Iterator[int]:
    process = subprocess.Popen([sys.executable, "-m", "bench.addresses", "serve"], cwd=ROOT, text=True,
                               stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        port, size = map(int, process.stdout.readline().split())
        row(f"{ADDRESSES:,} pictures of {size / 1e3:.0f} kB, {os.cpu_count()} cores", "")
        yield port
    finally:
        process.kill()
        process.wait()


def _asked(port: int) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/asked", timeout=10) as answer:
        return int(answer.read())


if __name__ == "__main__":
    {"fetch": _fetch, "serve": _serve}.get(sys.argv[1] if len(sys.argv) > 1 else "", main)()
