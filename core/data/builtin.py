"""The data sets that come with the playground and need no network: coins and digits."""

import dataclasses
import errno
import io
import json
import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from pydantic import TypeAdapter, ValidationError

from core.data.coins import faults, pictures
from core.data.coins.faults import Fault
from core.errors import BadSource, DiskFull, MachineFault
from core.events import Event, Progress

FAULTS_FILE = "faults.json"
SEED = 42
PER_CLASS = 200
DIGIT_SIDE = 64  # pixels; scikit-learn carries them at 8


@dataclass(frozen=True, slots=True)
class BuiltinSet:
    """A built-in set in words for someone who sees it for the first time."""

    name: str
    title: str
    sentence: str
    classes: tuple[str, ...]


SETS = (
    BuiltinSet("coins", "Gold, silver or copper?",
               "600 drawn photos of coins to be told apart by their metal, with some faults planted among "
               "them for you to find.", pictures.CLASSES),
    BuiltinSet("digits", "Handwritten digits",
               "1,797 small scans of the digits 0 to 9, which show why not every picture may be flipped: "
               "a mirrored 2 is no 2.", tuple("0123456789")),
)
NAMES: tuple[str, ...] = tuple(known.name for known in SETS)

# Where a picture goes, relative to the set's folder, and what makes its bytes.
Drawing = tuple[str, Callable[[], bytes]]


def describe(name: str) -> BuiltinSet:
    """Raises BadSource for a name that is none of NAMES."""
    for known in SETS:
        if known.name == name:
            return known
    raise BadSource(f"There is no built-in data set '{name}'.", remedy=f"Choose one of: {', '.join(NAMES)}.")


def write(name: str, folder: Path, seed: int = SEED, per_class: int = PER_CLASS,
          threads: int = 1) -> Generator[Event, None, None]:
    """Write a built-in set as the labelled folder `<folder>/<class>/<NNNN>.jpg` (digits: .png).

    The folder appears when it is complete, or not at all; where it already holds the set, nothing is
    drawn, whatever its seed. The same seed gives the same bytes, whatever the number of threads.
    `per_class` is exact for coins and an upper limit for digits, which are as they are for any seed.
    Raises BadSource for an unknown name or a folder that holds something else, DiskFull and
    MachineFault where the folder cannot be written.
    """
    known = describe(name)
    if _holds(folder, known):
        return
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise BadSource(f"'{folder}' is already there and is not the data set '{name}'.",
                        remedy="Name a folder that does not exist yet.")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as aside:
            drawn = Path(aside) / folder.name
            for label in known.classes:
                (drawn / label).mkdir(parents=True)
            if name == "coins":
                planted = faults.plan(pictures.CLASSES, per_class, seed)
                _note(planted, drawn / FAULTS_FILE)
                drawings = _coins(per_class, seed, planted)
            else:
                drawings = _digits(per_class)
            yield from _draw(drawings, drawn, f"drawing {name}", threads)
            _publish(drawn, folder, known)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(f"The disk is full: the data set '{name}' did not fit into '{folder.parent}'.",
                           remedy="Free about 50 MB, or set PLAYGROUND_HOME to another disk.") from error
        raise MachineFault(f"The data set '{name}' could not be written to '{folder}': {error.strerror}.",
                           remedy="Choose a folder that you may write to.") from error


def planned_faults(folder: Path) -> tuple[Fault, ...]:
    """The faults that were planted in the set at `folder`, by file; none where it keeps no list.

    Raises BadSource where the list is there but cannot be read.
    """
    file = folder / FAULTS_FILE
    if not file.exists():
        return ()
    try:
        return TypeAdapter(tuple[Fault, ...]).validate_json(file.read_bytes())
    except (ValidationError, OSError) as error:
        raise BadSource(f"The list of planted faults '{file}' cannot be read.",
                        remedy=f"Delete '{folder}': the set is drawn anew when next used.") from error


def _holds(folder: Path, known: BuiltinSet) -> bool:
    """A set appears complete or not at all, so its class folders prove it."""
    if not folder.is_dir():
        return False
    return {child.name for child in folder.iterdir() if child.is_dir()} == set(known.classes)


def _publish(drawn: Path, folder: Path, known: BuiltinSet) -> None:
    try:
        drawn.replace(folder)
    except OSError:
        if not _holds(folder, known):  # else another process drew the same set and was faster
            raise


def _note(planted: Sequence[Fault], file: Path) -> None:
    file.write_text(json.dumps([dataclasses.asdict(fault) for fault in planted], indent=1))


def _draw(drawings: Sequence[Drawing], folder: Path, work: str, threads: int) -> Generator[Event, None, None]:
    def draw(drawing: Drawing) -> None:
        file, make = drawing
        (folder / file).write_bytes(make())

    with _sequential_cv2(), ThreadPoolExecutor(threads) as pool:
        try:
            for done, _ in enumerate(pool.map(draw, drawings), start=1):
                yield Progress(work, done, len(drawings))
        finally:
            pool.shutdown(cancel_futures=True)


@contextmanager
def _sequential_cv2() -> Iterator[None]:
    """cv2 rounds differently (by one or two of 255) when it splits a picture among its own threads."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


def _coins(per_class: int, seed: int, planted: Sequence[Fault]) -> list[Drawing]:
    by_file = {fault.file: fault for fault in planted}
    drawings: list[Drawing] = []
    for label in pictures.CLASSES:
        for index in range(per_class):
            file = faults.name(label, index)
            drawings.append((file, partial(pictures.picture, label, index, seed, by_file.get(file))))
    return drawings


def _digits(per_class: int) -> list[Drawing]:
    """Alpaydin & Kaynak 1998, Optical Recognition of Handwritten Digits (UCI, CC BY 4.0)."""
    from sklearn.datasets import load_digits  # takes a second, which coins need not wait for

    digits = load_digits()
    drawings: list[Drawing] = []
    for label in range(10):
        scans = digits.images[digits.target == label][:per_class]
        drawings += [(f"{label}/{index:04d}.png", partial(_digit, scan)) for index, scan in enumerate(scans)]
    return drawings


def _digit(scan: np.ndarray) -> bytes:
    """A scan (8, 8) of 0-16 as a smooth grey PNG of DIGIT_SIDE pixels."""
    small = Image.fromarray(np.rint(scan * (255 / 16)).astype(np.uint8))
    stream = io.BytesIO()
    small.resize((DIGIT_SIDE, DIGIT_SIDE), Image.Resampling.BICUBIC).save(stream, "PNG")
    return stream.getvalue()
