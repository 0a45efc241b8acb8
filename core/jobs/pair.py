"""A zip and a list of its labels, which a visitor sends one after the other: kept on disk until they are brought in.

    uploads/pair/zip, list              as they came
    uploads/pair/zip.name, list.name    what the visitor calls them
    uploads/pair/handed                 the job that reads them, once they were handed in
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.data.cache import disk_full_told, written_aside
from core.data.copies import link
from core.data.files import printable
from core.errors import BadSource
from core.jobs import uploads
from core.jobs.drafts import Draft
from core.jobs.entries import drop_upload, new_id
from core.jobs.orders import BringIn
from core.settings import Settings

Half = Literal["zip", "list"]
KEEPERS: dict[Half, Callable[[str, bytes, Settings], Path]] = {"zip": uploads.keep_zip, "list": uploads.keep_list}


@dataclass(frozen=True, slots=True)
class Sent:
    """One of the two, as it lies there."""

    file: Path
    name: str            # for people
    size_bytes: int
    sent: int            # when, in nanoseconds since 1970: another one has another


class Pair(Draft):
    """A visitor's zip and list, on disk alone: every tab and a reload find them, and so does who chose a wrong list."""

    name = "pair"

    def sent(self, half: Half) -> Sent | None:
        """None where it was not sent yet, or was swept away: that happens a day after the last one came."""
        file = self.folder / half
        try:
            found = file.stat()
            name = file.with_suffix(".name").read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None
        return Sent(file, name, found.st_size, found.st_mtime_ns)

    def keep(self, half: Half, name: str, content: bytes) -> None:
        """Keep an upload, in the place of an earlier one. Raises what `keep_zip` and `keep_list` raise; the earlier
        one then stays."""
        file = KEEPERS[half](name, content, self._settings)
        try:
            with disk_full_told(file):
                self.folder.mkdir(parents=True, exist_ok=True)
                with written_aside((self.folder / half).with_suffix(".name")) as aside:
                    aside.write_text(printable(name), encoding="utf-8")
                file.replace(self.folder / half)
        except BaseException:
            file.unlink(missing_ok=True)
            raise

    def drop(self, *halves: Half) -> None:
        """Delete these; those that are gone already are no error."""
        for half in halves:
            for file in (self.folder / half, (self.folder / half).with_suffix(".name")):
                file.unlink(missing_ok=True)

    def order(self) -> BringIn:
        """What a job is told, with files of its own, which go when it ends; these stay until `drop_all`.

        Raises BadSource where one is not there any more, DiskFull.
        """
        pictures, labels = self.sent("zip"), self.sent("list")
        if pictures is None or labels is None:
            raise BadSource(f"The {'zip' if pictures is None else 'list'} is not there any more.",
                            remedy="Choose it again.")
        id = new_id()
        order = BringIn(source=str(self._settings.uploads / f"{id}.zip"), name=uploads.display_name(pictures.name),
                        labels=str(self._settings.uploads / f"{id}.list"), labels_name=labels.name, disposable=True)
        try:
            for sent, file in zip((pictures, labels), order.uploads, strict=True):
                _linked(sent.file, file)
        except BaseException:
            drop_upload(order)
            raise
        return order


def _linked(file: Path, other: Path) -> None:
    """The same content under another name, without a second copy of it where the file system can."""
    try:
        with disk_full_told(other):
            link(file, other)
    except FileNotFoundError as error:       # deleted in another tab at this moment
        raise BadSource("A file is not there any more.", remedy="Choose it again.") from error
