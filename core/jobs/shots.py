"""Pictures that a visitor takes with a camera, one after another: kept on disk at once, until they are handed in.

    uploads/camera/<class>/0001.jpg     a folder a class, named as the class is
    uploads/camera/handed               the job that reads them, once they were handed in
"""

import io
import os
import shutil
import zipfile
from pathlib import Path

from PIL import Image

from core.data.cache import written_aside
from core.data.classes import alike, tidy
from core.data.safe_names import safe_name
from core.errors import BadPicture, LimitReached, UserMistake
from core.jobs.uploads import new_file, require_space
from core.settings import Settings

DRAFT, HANDED = "camera", "handed"
MOST_SHOTS = 2000
MOST_SHOT_BYTES = 20_000_000
MOST_SIDE = 4096            # pixels: pages show shots as they are


class Shots:
    """A visitor's shots that are not a data set yet, on disk alone: every tab and a reload find them."""

    def __init__(self, settings: Settings) -> None:
        self.folder = settings.uploads / DRAFT
        self._settings = settings

    def classes(self) -> dict[str, tuple[Path, ...]]:
        """The shots of each class, the newest first."""
        if not self.folder.is_dir():
            return {}
        folders = sorted(path for path in self.folder.iterdir() if path.is_dir())
        found = {path.name: tuple(sorted(path.glob("[0-9]*.jpg"), reverse=True)) for path in folders}
        return {label: shots for label, shots in found.items() if shots}

    def add(self, label: str, content: bytes) -> Path:
        """Keep a shot. Raises UserMistake for a class's name that no folder can have, BadPicture for what no camera
        makes, LimitReached for too many or a disk that is nearly full, DiskFull."""
        _require_picture(content)
        standing = self.classes()
        if sum(map(len, standing.values())) >= MOST_SHOTS:
            raise LimitReached(f"There are {MOST_SHOTS:,} pictures already.",
                               remedy="Use these, and add more to them afterwards.")
        name = alike(standing, label) or self.checked(label)
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        require_space(folder, len(content), self._settings.min_free_bytes)
        number = 1 + max((int(shot.stem) for shot in standing.get(name, ())), default=0)
        file = folder / f"{number:04d}.jpg"
        with written_aside(file) as aside:
            aside.write_bytes(content)
        os.utime(self.folder)           # what lies here untouched for a day is swept away
        return file

    def remove(self, label: str, name: str) -> None:
        """Delete a shot; one that is gone already is no error."""
        if any(name == shot.name for shot in self.classes().get(label, ())):
            (self.folder / label / name).unlink(missing_ok=True)

    def drop(self) -> None:
        """Delete all of them."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def packed(self) -> Path:
        """A zip of labelled folders for a job to read; the shots stay until `drop`. Raises LimitReached, DiskFull."""
        shots = [(label, shot) for label, each in self.classes().items() for shot in reversed(each)]
        size_bytes = sum(shot.stat().st_size for _, shot in shots)
        with new_file(size_bytes, self._settings) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for label, shot in shots:
                archive.write(shot, f"{label}/{shot.name}")
        return file

    def hand_to(self, job: str) -> None:
        """Note which job reads them."""
        (self.folder / HANDED).write_text(job, encoding="utf-8")

    def take_back(self) -> None:
        """Nobody reads them any more."""
        (self.folder / HANDED).unlink(missing_ok=True)

    @property
    def handed(self) -> str | None:
        """The id of the job to which they were handed."""
        try:
            return (self.folder / HANDED).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    @staticmethod
    def checked(label: str) -> str:
        """The class's name as it will stand. Raises UserMistake for one that no folder can have."""
        name = tidy(label)
        if not name:
            raise UserMistake("The class has no name.", remedy="Type what you will show the camera.")
        if safe_name(name) != name:
            raise UserMistake(f"A class that the camera takes cannot be called '{name}'.",
                              remedy=f"Call it '{safe_name(name)}', for example; you can rename it afterwards.")
        return name


def _require_picture(content: bytes) -> None:
    """Its head alone is read: pictures are decoded by jobs."""
    remedy = "Take the picture again."
    if not content or len(content) > MOST_SHOT_BYTES:
        raise BadPicture(f"The picture has {len(content) / 1e6:,.1f} MB.", remedy=remedy)
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG",)) as image:
            width, height = image.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadPicture("What the camera sent is no picture.", remedy=remedy) from error
    if max(width, height) > MOST_SIDE:
        raise BadPicture(f"The picture has {width:,} x {height:,} pixels; {MOST_SIDE:,} a side are allowed.",
                         remedy="Choose a smaller resolution of your camera.")
