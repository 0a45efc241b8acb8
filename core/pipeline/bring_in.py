"""From what a person names (a folder, a zip, a built-in set) to a stored data set and its split."""

from collections.abc import Generator
from pathlib import Path

from core.data import builtin, store
from core.data.dataset import Dataset
from core.data.files import printable
from core.data.ingest import ingest
from core.data.split import Split, leaks, split
from core.data.store import StoredDataset
from core.errors import BadSource
from core.events import Event, Note, SplitReady
from core.settings import Settings
from core.training.recipe import SplitSpec

BUILTIN_ROOM = "builtin"     # whose copy of a built-in set the visitors' own ones are linked to


def bring_in(source: str | StoredDataset, settings: Settings) -> Generator[Event, None, StoredDataset]:
    """The data set of a path, of a built-in set's name where no such path exists, or one that stands already."""
    if isinstance(source, StoredDataset):
        return source
    path = _standing(source)
    if path is None and source in builtin.NAMES:
        return (yield from bring_in_builtin(source, settings))
    if path is None:
        raise BadSource(f"There is no folder or zip '{printable(source)}'.",
                        remedy=f"Check the path, or use a built-in set: {', '.join(builtin.NAMES)}.")
    return (yield from ingest(path, settings))


def bring_in_builtin(name: str, settings: Settings) -> Generator[Event, None, StoredDataset]:
    """A built-in set in this visitor's room: drawn and read once a home, and linked from then on."""
    drawn = settings.home / "builtin" / name
    yield from builtin.write(name, drawn, threads=settings.threads)
    shared = yield from ingest(drawn, settings.of(BUILTIN_ROOM), name)
    return store.linked(shared, settings.datasets)


def _standing(source: str) -> Path | None:
    try:
        path = Path(source).expanduser()
        return path if path.exists() else None
    except (OSError, RuntimeError):     # a name that is too long; "~nobody"
        return None


def divide(dataset: Dataset, spec: SplitSpec) -> Generator[Event, None, Split]:
    """Training, validation and test pictures, with a word about pictures that stand on both sides."""
    division = split(dataset, spec.valid_share, spec.seed)
    yield SplitReady(len(division.train), len(division.valid), len(division.test), division.source, division.seed)
    if shared := leaks(dataset, division):
        yield Note(f"{len(shared)} picture{'s stand' if len(shared) > 1 else ' stands'} in more than one of the "
                   "training, validation and test folders: the accuracy will look better than it is.")
    return division
