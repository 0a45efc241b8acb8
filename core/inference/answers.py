"""Answers for pictures, folders and zips, one after another; an unreadable picture is told of and the rest goes on."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from core import machine
from core.data.decoding import opened, pillow_warnings_off
from core.data.files import File, listed, printable
from core.errors import BadPicture, BadSource
from core.inference.predictor import Predictor, Views
from core.interpretation.views import Averaging
from core.settings import Settings

BATCH = 32
ARCHIVE_SUFFIXES = (".zip",)


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What the network says of one picture, or why it says nothing."""

    file: str                             # as given, or relative to the folder or zip that was given
    classes: tuple[str, ...]
    probabilities: np.ndarray | None      # (K,) float32; None with a problem
    problem: str = ""
    threshold: float | None = None        # of the top probability; None: every answer counts

    @property
    def prediction(self) -> str | None:
        return None if self.probabilities is None else self.classes[int(self.probabilities.argmax())]

    @property
    def refused(self) -> bool:
        """Is it less sure than it has to be?"""
        return self.probabilities is not None and self.threshold is not None \
            and float(self.probabilities.max()) < self.threshold

    @property
    def in_words(self) -> str:
        """The line that `predict` prints."""
        if self.probabilities is None:
            return f"{self.file}: {self.problem}"
        best = float(self.probabilities.max())
        if self.refused:     # rounded down: what is below a threshold of 0.7 is never called 0.700
            return f"{self.file}: I don't know (best guess: {self.prediction} {int(1000 * best) / 1000:.3f})"
        return f"{self.file}: {self.prediction} {best:.3f}"

    def to_dict(self) -> dict[str, Any]:
        """The line that `predict --json` prints."""
        if self.probabilities is None:
            return {"file": self.file, "problem": self.problem}
        line = {"file": self.file, "prediction": self.prediction,
                "probabilities": dict(zip(self.classes, map(float, self.probabilities), strict=True))}
        return line if self.threshold is None else line | {"refused": self.refused}


def answers(predictor: Predictor, paths: list[Path], settings: Settings, averaging: Averaging | None = None
            ) -> Iterator[Answer]:
    """An answer a picture, in order, a batch at a time; with an averaging, by test-time augmentation.

    Raises BadSource for a path that does not exist or a folder without pictures, BadArchive and TooLarge
    for zips that are not read.
    """
    machine.settle(settings.threads)
    if averaging is not None:
        predictor = predictor.in_several_ways(averaging, settings)
    for path in paths:
        with ExitStack() as stack:
            files = iter(_pictures(path, settings, stack))
            pool = stack.enter_context(ThreadPoolExecutor(settings.threads))
            yield from _answered(predictor, files, pool, settings)


def _pictures(path: Path, settings: Settings, stack: ExitStack) -> tuple[File, ...]:
    """The picture itself, or all of a folder or zip. A single file is tried whatever its name says."""
    with suppress(OSError):     # a name that is too long: `listed` tells of it
        if path.is_file() and path.suffix.lower() not in ARCHIVE_SUFFIXES:
            return (File(printable(str(path)), path.stat().st_size, lambda: path.open("rb")),)
    listing = stack.enter_context(listed(path, settings))
    if not listing.files:
        raise BadSource(f"'{path}' holds no pictures.", remedy="Give pictures, or a folder or zip with some.")
    return listing.files


def _answered(predictor: Predictor, files: Iterator[File], pool: ThreadPoolExecutor, settings: Settings
              ) -> Iterator[Answer]:
    """While the network looks at a batch, the pool reads the next one."""
    def look(file: File) -> Views | str:
        try:
            with opened(BytesIO(b"".join(file.pieces())), settings.max_picture_pixels) as image:
                return predictor.views(image)
        except BadPicture as error:
            return error.problem

    with pillow_warnings_off():         # for all threads or none: so long as any of them reads
        batch, reading = _begun(files, pool, look)
        wait(reading)
    while batch:
        seen = [work.result() for work in reading]
        readable = [views for views in seen if isinstance(views, Views)]
        with pillow_warnings_off():
            following, reading = _begun(files, pool, look)
            rows = iter(predictor.probabilities(readable) if readable else ())
            wait(reading)
        for file, views in zip(batch, seen, strict=True):
            if isinstance(views, str):
                yield Answer(file.name, predictor.classes, None, views)
            else:
                yield Answer(file.name, predictor.classes, next(rows), threshold=predictor.threshold)
        batch = following


def _begun(files: Iterator[File], pool: ThreadPoolExecutor, look: Callable[[File], Views | str]
           ) -> tuple[list[File], list[Future[Views | str]]]:
    """The next files, and the pool's work on them."""
    batch = list(islice(files, BATCH))
    return batch, [pool.submit(look, file) for file in batch]
