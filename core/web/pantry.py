"""Pictures that have come from the web and are not in the store yet: kept so that none is fetched twice."""

import hashlib
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from core.data.decoding import SUFFIX_OF_FORMAT, opened
from core.settings import Settings
from core.web.guard import Address

FOLDER = "fetched"               # below a room's `uploads/`
PART = ".part"                   # what such a file holds is not whole yet
KEEP_SECONDS = 86_400.0          # so long a stopped download may be gone on with


class Pantry:
    """A visitor's folder with a file for each address: named by the address's hash, its suffix by its content."""

    def __init__(self, settings: Settings) -> None:
        self.turn = settings.uploads / "fetch"      # `cache.made_once`: one list at a time, which clears up at its end
        self.folder = settings.uploads / FOLDER
        self._max_pixels = settings.max_picture_pixels

    def standing(self, addresses: Iterable[Address]) -> dict[Address, Path]:
        """What is there already; it stays for another while. Halves of a download that was killed go."""
        self.folder.mkdir(parents=True, exist_ok=True)
        _delete([*stale(self.folder, time.time()), *self.folder.glob(f"*{PART}")])
        files = {file.stem: file for file in self.folder.iterdir() if file.stat().st_size}
        found = {address: files[key] for address in addresses if (key := _key(address)) in files}
        for file in found.values():
            os.utime(file)
        return found

    def aside(self) -> Path:
        """A place for what is about to come."""
        return self.folder / f"{uuid4().hex}{PART}"

    def settle(self, address: Address, aside: Path) -> Path:
        """Keep what has come. Raises BadPicture where Pillow does not know it for a picture; then it is deleted."""
        try:
            with opened(aside, self._max_pixels) as image:
                suffix = SUFFIX_OF_FORMAT[str(image.format)]
            place = self.folder / f"{_key(address)}.{suffix}"
            aside.replace(place)
        finally:
            aside.unlink(missing_ok=True)
        return place

    def clear(self, files: Iterable[Path]) -> None:
        """Let go of these, and of the folder where none is left."""
        _delete(files)
        with suppress(OSError):
            self.folder.rmdir()


def stale(folder: Path, now: float) -> Iterator[Path]:
    """Files of the folder that nobody has gone on with for so long. `now` is in seconds since 1970."""
    for file in folder.glob("*"):
        if now - file.stat().st_mtime > KEEP_SECONDS:
            yield file


def _key(address: Address) -> str:
    return hashlib.sha256(str(address).encode()).hexdigest()[:32]


def _delete(files: Iterable[Path]) -> None:
    for file in list(files):
        file.unlink(missing_ok=True)
