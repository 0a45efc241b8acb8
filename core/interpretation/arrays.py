"""Arrays of one thing in one npz file: written whole or not at all, and told in words where damaged."""

import os
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import BadRun

# What NumPy and `zipfile` stumble over in a damaged file, and what our own checks say of strange content.
DAMAGED = (OSError, ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile, zlib.error)


def write(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """An npz of these arrays; it stands there whole or not at all."""
    aside = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with aside.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


@contextmanager
def reading(path: Path, what: str, where_missing: str, where_damaged: str) -> Iterator[Mapping[str, np.ndarray]]:
    """The npz's arrays for a block that makes something of them. Raises BadRun for a missing or damaged file.

    `what` it holds ("predictions") is for the problem; the last two are the remedies.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            yield file
    except FileNotFoundError as error:
        raise BadRun(f"There are no {what} '{path.name}' in '{path.parent}'.", remedy=where_missing) from error
    except DAMAGED as error:
        raise BadRun(f"The {what} '{path.name}' in '{path.parent}' are damaged: {error}.",
                     remedy=where_damaged) from error


def words_in(values: np.ndarray) -> tuple[str, ...]:
    """A row of text. Raises ValueError for anything else."""
    if values.dtype.kind != "U" or values.ndim != 1:
        raise ValueError(f"names must be a row of text, not {values.dtype} {values.shape}")
    return tuple(values.tolist())


def of_words(values: tuple[str, ...]) -> NDArray[np.str_]:
    return np.array(values, dtype=np.str_)
