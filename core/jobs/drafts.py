"""What a visitor brings together bit by bit, before it is a data set: a folder of the room, and who reads it."""

import shutil

from core.settings import Settings

HANDED = "handed"


class Draft:
    """A folder below `uploads/`, on disk alone: every tab and a reload find it."""

    name: str                       # the folder's

    def __init__(self, settings: Settings) -> None:
        self.folder = settings.uploads / self.name
        self._settings = settings

    @property
    def changed(self) -> float:
        """When something last came or went, in seconds since 1970; 0 where nothing lies here."""
        try:
            return self.folder.stat().st_mtime
        except OSError:
            return 0.0

    def hand_to(self, job: str) -> None:
        """Note which job reads it."""
        (self.folder / HANDED).write_text(job, encoding="utf-8")

    def take_back(self) -> None:
        """Nobody reads it any more."""
        (self.folder / HANDED).unlink(missing_ok=True)

    @property
    def handed(self) -> str | None:
        """The id of the job to which it was handed."""
        try:
            return (self.folder / HANDED).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def drop_all(self) -> None:
        """Delete it, with the note of who reads it."""
        shutil.rmtree(self.folder, ignore_errors=True)
