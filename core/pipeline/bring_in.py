"""From what a person names (a folder, a zip, a built-in set) to a stored data set and its split."""

from collections.abc import Generator
from pathlib import Path

from core.data import builtin
from core.data.bring_builtin import bring_in_builtin
from core.data.dataset import Dataset
from core.data.files import printable
from core.data.ingest import ingest
from core.data.split import Split, leaks, split_edited
from core.data.store import StoredDataset
from core.errors import BadSource
from core.events import Event, Note, SplitReady
from core.settings import Settings
from core.training.recipe import SplitSpec


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


def _standing(source: str) -> Path | None:
    try:
        path = Path(source).expanduser()
        return path if path.exists() else None
    except (OSError, RuntimeError):     # a name that is too long; "~nobody"
        return None


def divide(stored: StoredDataset, dataset: Dataset, spec: SplitSpec) -> Generator[Event, None, Split]:
    """Training, validation and test pictures, with a word about pictures that stand on both sides.

    `dataset`: what `stored` holds after its edits.
    """
    division = split_edited(stored.catalogue, dataset, spec.valid_share, spec.seed, spec.together)
    yield SplitReady(len(division.train), len(division.valid), len(division.test), division.source, division.seed)
    if shared := leaks(dataset, division):
        yield Note(f"{len(shared)} picture{'s stand' if len(shared) > 1 else ' stands'} in more than one of the "
                   "training, validation and test folders: the accuracy will look better than it is.")
    labels = {sample.id: sample.label for sample in dataset.samples}
    for label in sorted(set(dataset.classes) - {labels[id] for id in division.valid}):
        yield Note(f"No picture of class '{label}' is set aside to check with: how well it is told will not be "
                   "known.")
    return division
