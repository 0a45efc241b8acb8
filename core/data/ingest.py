"""Bring a labelled folder or zip in: a stream that reads each picture once, and returns the data set."""

from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from core.data.dataset import Dataset, Sample, collect
from core.data.decoding import pillow_warnings_off
from core.data.files import File, printable
from core.data.ingest_picture import ingest_picture
from core.data.sources import Entry, Source, open_source
from core.data.store import StoredDataset, incoming, keep
from core.errors import BadPicture
from core.events import DatasetReady, Event, Note, PictureSkipped, Progress
from core.settings import Settings

PICTURES_AT_A_TIME = 16   # a thread: bounds what is in flight, and how long a cancel waits


def ingest(source: Path, settings: Settings, name: str | None = None,
           labels: File | None = None) -> Generator[Event, None, StoredDataset]:
    """Read a folder or zip into the store; the same pictures and labels again give the standing data set.

    `labels`, a list, tells the classes; without it folders do, or a list that stands among them.

    The source is only read. Pictures that cannot be used are told of and left out. Raises BadSource,
    BadArchive, TooLarge and TooFewImages for the source, DiskFull and MachineFault for the store; then,
    and when the stream is closed early, nothing of it stays.
    """
    with open_source(source, settings, labels) as found:
        return (yield from take_in(found, settings, name))


def take_in(found: Source, settings: Settings, name: str | None = None,
            told: int = 0) -> Generator[Event, None, StoredDataset]:
    """The same for pictures that were found already, while they can be read. `told`: how many more were left out,
    and told of before."""
    with incoming(settings.datasets, found.size_bytes, settings.min_free_bytes) as folder:
        yield from (Note(note) for note in found.notes)
        yield from (PictureSkipped(*skipped) for skipped in found.skipped)
        samples, unusable = yield from read_pictures(found.entries, folder, settings)
        catalogue = collect(printable(name or found.name), samples)
        stored = keep(folder, catalogue, settings.datasets)
        yield from _lost_classes(found, stored)
        yield from told_edits(stored)
        yield ready(stored.dataset(), told + len(found.skipped) + unusable, found.ignored)
        return stored


def ready(dataset: Dataset, skipped: int = 0, ignored: int = 0) -> DatasetReady:
    return DatasetReady(dataset.name, dataset.classes, tuple(dataset.counts().values()), skipped, ignored,
                        dataset.fingerprint)


def read_pictures(entries: Sequence[Entry], folder: Path,
                  settings: Settings) -> Generator[Event, None, tuple[list[Sample], int]]:
    """Store pictures below a data set's folder: the samples in the entries' order, and how many could not be used."""
    def one(entry: Entry) -> Sample | PictureSkipped:
        try:
            return ingest_picture(entry, folder, settings.max_picture_pixels)
        except BadPicture as error:
            return PictureSkipped(entry.file.name, error.problem)

    samples: list[Sample] = []
    step = PICTURES_AT_A_TIME * settings.threads
    yield Progress("reading pictures", 0, len(entries))
    with ThreadPoolExecutor(settings.threads) as pool:
        for start in range(0, len(entries), step):
            chunk = entries[start:start + step]
            with pillow_warnings_off():
                results = list(pool.map(one, chunk))
            samples += [result for result in results if isinstance(result, Sample)]
            yield from (result for result in results if isinstance(result, PictureSkipped))
            yield Progress("reading pictures", start + len(chunk), len(entries))
    return samples, len(entries) - len(samples)


def _lost_classes(found: Source, stored: StoredDataset) -> Iterator[Note]:
    for label in sorted({entry.label for entry in found.entries} - set(stored.catalogue.classes)):
        yield Note(f"None of the pictures of class '{label}' can be read, so the class is left out.")


def told_edits(stored: StoredDataset) -> Iterator[Note]:
    """A word about edits that the standing pictures have already."""
    log = stored.edit_log()
    if log.edits:
        yield Note(f"These pictures were brought in before: {len(log.edits)} edits made since then apply.")
    if log.torn:
        yield Note(f"The last edit of '{stored.catalogue.name}' was cut off and does not count.")
