"""A built-in set in a visitor's room: drawn and read once a home, then linked for everyone."""

from collections.abc import Generator
from pathlib import Path

from core.data import builtin, cache, copies, store
from core.data.ingest import ingest, ready, told_edits
from core.data.store import StoredDataset
from core.errors import BadSource
from core.events import DatasetReady, Event
from core.settings import Settings

ROOM = "builtin"     # whose copy the visitors' own ones are linked to


def bring_in_builtin(name: str, settings: Settings) -> Generator[Event, None, StoredDataset]:
    """The built-in set in the settings' room. Thirty who ask at once wait for one drawing."""
    drawn = settings.home / "builtin" / name
    note = drawn.with_suffix(".dataset")      # names the folder, so that it is not read again to find that it stands
    shared = _standing(note, settings.of(ROOM))
    if shared is None:
        with (yield from cache.made_once(note)):
            shared = _standing(note, settings.of(ROOM)) or (yield from _made(name, drawn, note, settings))
    stored = copies.linked(shared, settings.datasets)
    yield from told_edits(stored)
    yield ready(stored.dataset())
    return stored


def _standing(note: Path, settings: Settings) -> StoredDataset | None:
    try:
        return store.load(settings.datasets / note.read_text())
    except (OSError, BadSource):
        return None


def _made(name: str, drawn: Path, note: Path, settings: Settings) -> Generator[Event, None, StoredDataset]:
    yield from builtin.write(name, drawn, threads=settings.threads)
    reading = ingest(drawn, settings.of(ROOM), name)
    while True:
        try:
            event = next(reading)
        except StopIteration as end:
            stored: StoredDataset = end.value
            break
        if not isinstance(event, DatasetReady):      # what is ready is the visitor's own
            yield event
    with cache.written_aside(note) as aside:
        aside.write_text(stored.path.name)
    return stored
