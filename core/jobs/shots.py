"""Pictures that a visitor takes with a camera, one after another: kept on disk at once, until they are handed in.

    uploads/camera/<class>/0001.jpg     a folder a class, named as the class is, or nearly so
    uploads/camera/<class>/label.txt    the class's name, where no folder can be called so
    uploads/camera/handed               the job that reads them, once they were handed in
"""

import csv
import io
import os
import zipfile
from pathlib import Path

from PIL import Image

from core.data.cache import disk_full_told, written_aside
from core.data.classes import LONGEST_NAME, alike, tidy
from core.data.safe_names import safe_name, told_apart
from core.errors import BadPicture, LimitReached, UserMistake
from core.jobs.drafts import HANDED, Draft
from core.jobs.orders import BringIn
from core.jobs.uploads import new_file, require_space

LABEL = "label.txt"
MOST_SHOTS = 2000
MOST_SHOT_BYTES = 20_000_000
MOST_SIDE = 4096            # pixels: pages show shots as they are


class Shots(Draft):
    """A visitor's shots that are not a data set yet, on disk alone: every tab and a reload find them."""

    name = "camera"

    def classes(self) -> dict[str, tuple[Path, ...]]:
        """The shots of each class, the newest first."""
        found = {label: tuple(sorted(folder.glob("[0-9]*.jpg"), reverse=True))
                 for label, folder in self._folders().items()}
        return {label: shots for label, shots in sorted(found.items()) if shots}

    def add(self, label: str, content: bytes) -> Path:
        """Keep a shot. Raises UserMistake for what no class can be called, BadPicture for what no camera makes,
        LimitReached for too many or a disk that is nearly full, DiskFull."""
        _require_picture(content)
        standing = self.classes()
        if sum(map(len, standing.values())) >= MOST_SHOTS:
            raise LimitReached(f"There are {MOST_SHOTS:,} pictures already.",
                               remedy="Bring these in, and add more to them afterwards.")
        name = alike(standing, label) or self.checked(label)
        folder = self._folder_of(name)
        require_space(folder, len(content), self._settings.min_free_bytes)
        number = 1 + max((int(shot.stem) for shot in standing.get(name, ())), default=0)
        file = folder / f"{number:04d}.jpg"
        with written_aside(file) as aside:
            aside.write_bytes(content)
        os.utime(self.folder)           # what lies here untouched for a day is swept away
        return file

    def remove(self, label: str, name: str) -> None:
        """Delete a shot; one that is gone already is no error."""
        for shot in self.classes().get(label, ()):
            if shot.name == name:
                shot.unlink(missing_ok=True)

    def order(self, name: str) -> BringIn:
        """What a job is told, with files of its own, which go when it ends; the shots stay until `drop_all`. `name`: of
        the data set. Raises UserMistake where there is no shot, LimitReached, DiskFull."""
        classes = tuple(self.classes())
        if not classes:
            raise UserMistake("The pictures are not there any more.", remedy="Take them again.")
        file, labels = self.packed(), self._listed()
        if labels is None:
            alone = classes[0] if len(classes) == 1 else None      # it joins other classes
            return BringIn(source=str(file), name=name, disposable=True, label=alone)
        beside = file.with_suffix(".list")
        try:
            with disk_full_told(beside):
                beside.write_text(labels, encoding="utf-8")
        except BaseException:
            beside.unlink(missing_ok=True)
            file.unlink(missing_ok=True)
            raise
        return BringIn(source=str(file), name=name, labels=str(beside), disposable=True)

    def packed(self) -> Path:
        """A zip of a folder a class for a job to read; the shots stay until `drop_all`. Raises LimitReached,
        DiskFull."""
        shots = [shot for each in self.classes().values() for shot in reversed(each)]
        size_bytes = sum(shot.stat().st_size for shot in shots)
        with new_file(size_bytes, self._settings) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for shot in shots:
                archive.write(shot, shot.relative_to(self.folder).as_posix())
        return file

    @staticmethod
    def checked(label: str) -> str:
        """The class's name as it will stand. Raises UserMistake for what no class can be called."""
        name = tidy(label)
        if not name:
            raise UserMistake("The class has no name.", remedy="Type what you will show the camera.")
        if len(name) > LONGEST_NAME:
            raise UserMistake(f"The name of the class has {len(name)} letters; {LONGEST_NAME} are allowed.",
                              remedy="Choose a shorter one.")
        if not name.isprintable():
            raise UserMistake("The name of the class holds signs that cannot be shown.",
                              remedy="Type it, instead of pasting it.")
        return name

    def _listed(self) -> str | None:
        """A list of the classes, as CSV; None for a single one, and where every folder of `packed` is called like its
        class."""
        classes = self.classes()
        if len(classes) == 1 or all(shot.parent.name == label for label, each in classes.items() for shot in each):
            return None
        text = io.StringIO()
        table = csv.writer(text)
        table.writerow(("file", "label"))
        table.writerows((shot.relative_to(self.folder).as_posix(), label)
                        for label, each in classes.items() for shot in reversed(each))
        return text.getvalue()

    def _folders(self) -> dict[str, Path]:
        """Each class's, also one without a shot."""
        folders = [path for path in self.folder.iterdir() if path.is_dir()] if self.folder.is_dir() else []
        return {_label_of(folder): folder for folder in folders}

    def _folder_of(self, label: str) -> Path:
        """The class's folder, made where there is none: called like the class, if every system takes that."""
        standing = self._folders()
        if label in standing:
            return standing[label]
        taken = [HANDED, *(folder.name for folder in standing.values())]
        folder = self.folder / told_apart([safe_name(label)], taken)[0]
        folder.mkdir(parents=True, exist_ok=True)
        if folder.name != label:
            with written_aside(folder / LABEL) as aside:
                aside.write_text(label, encoding="utf-8")
        return folder


def _label_of(folder: Path) -> str:
    try:
        return (folder / LABEL).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return folder.name


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
