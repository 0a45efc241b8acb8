"""Lists of web addresses that a visitor drops and pastes, one after another: kept on disk until they are fetched.

    uploads/addresses/collected.json    what was brought together so far
    uploads/addresses/handed            the job that fetches it, once it was handed in
"""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from core.data.cache import disk_full_told, written_aside
from core.jobs import uploads
from core.jobs.drafts import Draft
from core.web.lists import Pair

FILE = "collected.json"
NAMED_CLASSES = 3                # in the name of a data set of several lists


class Collected(BaseModel):
    """What was brought together so far, as it was written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pairs: tuple[Pair, ...] = ()
    files: tuple[str, ...] = ()      # names of the lists that were dropped

    @property
    def name(self) -> str:
        """Of the data set: the one table's, or the first classes'."""
        labels = list(dict.fromkeys(pair.label for pair in self.pairs))
        if len(self.files) == 1 and len(labels) > 1:
            return uploads.display_name(Path(self.files[0]).stem)
        more = f" and {len(labels) - NAMED_CLASSES} more" if len(labels) > NAMED_CLASSES else ""
        return uploads.display_name(", ".join(labels[:NAMED_CLASSES]).replace("/", " ")) + more


class Addresses(Draft):
    """A visitor's addresses that are not fetched yet, on disk alone: every tab and a reload find them."""

    name = "addresses"

    def read(self) -> Collected:
        """Nothing, where nothing was brought yet, it was swept away, or another version wrote it."""
        try:
            return Collected.model_validate_json((self.folder / FILE).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, ValidationError):
            return Collected()

    def keep(self, collected: Collected) -> None:
        """In the place of what was there. A job that fetches that one does not take this one with it at its end.
        Raises DiskFull; what was there then stays."""
        file = self.folder / FILE
        with disk_full_told(file):
            self.folder.mkdir(parents=True, exist_ok=True)
            with written_aside(file) as aside:
                aside.write_text(collected.model_dump_json(), encoding="utf-8")
        self.take_back()
