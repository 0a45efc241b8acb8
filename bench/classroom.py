"""Thirty visitors at once on the built-in coins, ten quick trainings among them: seconds a rerun, errors, memory."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil

from bench.common import ROOT, row
from bench.visitor import Visitor

VISITORS, TRAINERS = 30, 10
SECONDS_BETWEEN_CLICKS = 1.0
CLICKS = 20
READY_SECONDS = 60.0
TRAINED_SECONDS = 900.0
PAGES = ("data", "augment", "learning_rate", "train", "results")


def main() -> None:
    with tempfile.TemporaryDirectory() as home, serving(Path(home)) as (port, server):
        before = _memory(server)
        started = time.perf_counter()
        visitors = asyncio.run(_classroom(port))
        elapsed = time.perf_counter() - started
        seconds = np.array([second for visitor in visitors for second in visitor.seconds])
        errors = [error for visitor in visitors for error in visitor.errors]
        log = (Path(home) / "server.log").read_text()
        caches = len(list(Path(home).glob("cache/*/activations-*.npy")))
        row(f"{VISITORS} visitors, {TRAINERS} trainings, {os.cpu_count()} cores", "")
        row("reruns", len(seconds))
        row("seconds a rerun: median, p95, longest", *(f"{value:.3f}" for value in (
            np.median(seconds), np.quantile(seconds, 0.95), seconds.max())))
        row("errors shown, tracebacks logged", len(errors), log.count("Traceback"))
        row("visitors who saw their place in the queue", sum(
            any("before you" in text for text in visitor.heard) for visitor in visitors))
        row("activations computed (files)", caches)
        row("server's memory before, after (MB)", f"{before:.0f}", f"{_memory(server):.0f}")
        row("the whole (s)", f"{elapsed:.0f}")
        for error in errors[:5]:
            print("  ", error)


async def _classroom(port: int) -> list[Visitor]:
    visitors = [Visitor(port) for _ in range(VISITORS)]
    await asyncio.gather(*(_one(visitor, number) for number, visitor in enumerate(visitors)))
    return visitors


async def _one(visitor: Visitor, number: int) -> None:
    """Open the coins, look at them, confirm, walk through the pages; every third trains and waits for the end."""
    await asyncio.sleep(number * 0.2)        # a class does not click in one instant
    await visitor.come()
    await visitor.click("Use the coins")
    if not await visitor.idle(READY_SECONDS, lambda: any("Use these pictures" in text for text in visitor.texts())):
        raise TimeoutError(f"visitor {number} got no coins: {sorted(visitor.texts())}")
    await visitor.click("Use these pictures")
    trains = number % (VISITORS // TRAINERS) == 0
    if trains:
        await visitor.go("train")
        await visitor.click("Train")
        if not await visitor.idle(TRAINED_SECONDS, lambda: any("See the results" in text for text in visitor.texts())):
            raise TimeoutError(f"visitor {number}'s training did not end: {sorted(visitor.texts())}")
        await visitor.go("results")
    for click in range(CLICKS):
        await visitor.go(PAGES[(number + click) % len(PAGES)])
        await visitor.idle(SECONDS_BETWEEN_CLICKS)
    await visitor.leave()


@contextmanager
def serving(home: Path, hosted: bool = True) -> Iterator[tuple[int, psutil.Process]]:
    """The app, for strangers or for one's own machine, on a free port; its memory settles before anyone comes."""
    with socket.socket() as chosen:
        chosen.bind(("localhost", 0))
        port = chosen.getsockname()[1]
    environment = os.environ | {"PLAYGROUND_HOME": str(home), "PLAYGROUND_HOSTED": "1" if hosted else "0",
                                "PLAYGROUND_OFFLINE": "1"}
    with (home / "server.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.port", str(port),
             "--server.headless", "true"], cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        _healthy(port)
        time.sleep(10)          # the warm spare has its imports done
        yield port, psutil.Process(process.pid)
    finally:
        for child in psutil.Process(process.pid).children(recursive=True):
            child.kill()
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _healthy(port: int) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("the server did not start")


def _memory(process: psutil.Process) -> float:
    return float(process.memory_info().rss / 1e6)


if __name__ == "__main__":
    main()
