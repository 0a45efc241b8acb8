"""The other end of `resident`: a process that answers requests, one line each, until the pipe closes or nobody asks."""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import IO

NICENESS = 5


def serve(answer: Callable[[bytes], bytes], idle_seconds: float, memory_bytes: int) -> None:
    """Answer every line of standard input with a line of standard output.

    What a library might print goes to the server's log and never between the answers.
    """
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    _bounded(memory_bytes)
    for line in _lines(sys.stdin.buffer, idle_seconds):
        answers.write(answer(line))
        answers.flush()


def _lines(source: IO[bytes], idle_seconds: float) -> Iterator[bytes]:
    """Lines until the pipe closes; the process ends when none comes for so long."""
    while True:
        watch = threading.Timer(idle_seconds, partial(os._exit, 0))
        watch.daemon = True
        watch.start()
        line = source.readline()
        watch.cancel()
        if not line:
            return
        yield line


def _bounded(memory_bytes: int) -> None:
    """Behind the server in the queue for the cores, and not more memory than its work needs."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    try:
        import resource
    except ImportError:      # Windows has none
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or hard > memory_bytes:      # a lower one may not be raised
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
