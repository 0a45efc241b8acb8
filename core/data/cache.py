"""Files that may be deleted at any time: arrays by key, written aside and renamed, checked when opened."""

import errno
import hashlib
import json
import math
import mmap
import os
import shutil
import uuid
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
from filelock import BaseFileLock, FileLock, Timeout
from numpy.lib.format import open_memmap

from core.errors import DiskFull, MachineFault
from core.events import Event, Progress

# What NumPy stumbles over in a damaged header, which it reads as Python's syntax.
DAMAGED = (OSError, ValueError, EOFError, SyntaxError, TypeError, TokenError, OverflowError, MemoryError)

LOOK_AGAIN_SECONDS = 0.2


def key_of(*parts: Any) -> str:
    """A name for content made of these JSON-able parts: another part, another key."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def open_array(file: Path, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray | None:
    """The cached array, memory-mapped read-only; None where it is missing, truncated or not what it should be."""
    try:
        array: np.ndarray = open_memmap(file, mode="r")  # unlike np.load, it opens neither a zip nor a pickle
    except DAMAGED:
        return None
    return array if array.shape == shape and array.dtype == dtype else None


def require_whole(array: np.ndarray) -> None:
    """Raises MachineFault where the file behind a mapped array was cut short meanwhile.

    Reading behind a file's end kills the process (SIGBUS), which can then say nothing.
    """
    if isinstance(mapped := array.base, mmap.mmap) and mapped.size() < len(mapped):
        raise MachineFault("A file of the playground's cache was cut short while it was in use.",
                           remedy="Nothing else is lost: train again, or go on with the run. The cache is made anew.")


def made_once(file: Path) -> Generator[Event, None, BaseFileLock]:
    """Enter the lock that this returns to make `file`; look again whether it is there, then make it.

    Two jobs that need the same array do the work once: the second waits here, and says so. The system
    frees the lock of a process that dies.
    """
    with disk_full_told(file):
        file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(file.with_name(f"{file.name}.lock"))
    while True:
        try:
            lock.acquire(timeout=LOOK_AGAIN_SECONDS)
        except Timeout:
            yield Progress("waiting for a job that prepares the same pictures", 0, 1, "jobs")
        else:
            return lock


def filled(file: Path, shape: tuple[int, ...], dtype: np.dtype, keep_free_bytes: int,
           fill: Callable[[np.ndarray], Generator[Event, None, None]]) -> Generator[Event, None, np.ndarray]:
    """The cached array where it is there, else a new one that `fill` fills; of several jobs one makes it.

    Raises DiskFull as `new_array` does, and what `fill` raises; then nothing stays.
    """
    known = open_array(file, shape, dtype)
    if known is None:
        with (yield from made_once(file)):
            known = open_array(file, shape, dtype)       # made by another job while this one waited
            if known is None:
                with new_array(file, shape, dtype, keep_free_bytes) as known:
                    yield from fill(known)
    return known


@contextmanager
def new_array(file: Path, shape: tuple[int, ...], dtype: np.dtype, keep_free_bytes: int = 0) -> Iterator[np.ndarray]:
    """A writable array that becomes `file` when the block ends well, and nothing when it does not.

    Two writers of one key do not meet: each writes its own, and the last rename wins with equal content.
    After the block the array is read-only, as a cached one is.
    Raises DiskFull before the first byte where the space is not there, `keep_free_bytes` included.
    """
    with disk_full_told(file):
        file.parent.mkdir(parents=True, exist_ok=True)
    require_free(file.parent, math.prod(shape) * dtype.itemsize, keep_free_bytes)
    with written_aside(file) as aside:
        array = open_memmap(aside, mode="w+", dtype=dtype, shape=shape)
        reserve(aside)  # a full disk is an error here, and would be a bus error in the mapping
        yield array
        array.flush()
        array.flags.writeable = False
    array.filename = str(file.absolute())    # its name when it was mapped is gone


@contextmanager
def written_aside(file: Path) -> Iterator[Path]:
    """A place beside `file` to write to, renamed to `file` when the block ends well and gone when it does not.

    So a reader finds the old content or the new, never a torn one. Raises DiskFull.
    """
    aside = file.with_name(f".{file.name}.{uuid.uuid4().hex}")
    with disk_full_told(file):
        try:
            yield aside
            aside.replace(file)
        finally:
            aside.unlink(missing_ok=True)


def reserve(file: Path) -> None:
    """Have the file system set the file's bytes aside, where it can."""
    if hasattr(os, "posix_fallocate"):
        with file.open("r+b") as handle:
            os.posix_fallocate(handle.fileno(), 0, file.stat().st_size)


def require_free(folder: Path, needed_bytes: int, keep_free_bytes: int) -> None:
    """Raises DiskFull where this much more would leave less than is to be kept free. 0 to keep: nothing is asked."""
    free_bytes = shutil.disk_usage(folder).free
    if keep_free_bytes and free_bytes - needed_bytes < keep_free_bytes:
        raise DiskFull(f"The disk that holds {folder} is nearly full: {free_bytes / 1e6:,.0f} MB are left and "
                       f"{needed_bytes / 1e6:,.0f} MB are needed, and {keep_free_bytes / 1e6:,.0f} MB stay free.",
                       remedy="Delete data sets that are no longer needed, free some space in another way, or set "
                              "PLAYGROUND_MIN_FREE_BYTES to less.")


@contextmanager
def disk_full_told(place: Path) -> Iterator[None]:
    """Turns the system's 'no space left' into DiskFull with a remedy."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise DiskFull(f"The disk that holds {place.parent} is full.",
                       remedy="Free some space (the playground's `cache` folder may be deleted at any time), "
                              "or set PLAYGROUND_HOME to a folder on another disk.") from error
