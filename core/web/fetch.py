"""From a list of addresses to a stored data set: fetch what is not there yet, then read it in like any other."""

from collections.abc import Generator
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO
from urllib.parse import unquote

from core.data.cache import made_once
from core.data.files import File
from core.data.ingest import take_in
from core.data.sources import Entry, Source
from core.data.store import StoredDataset
from core.errors import BadSource, DownloadFailed, TooFewImages
from core.events import Event, Note, PictureSkipped
from core.settings import Settings
from core.web import guard
from core.web.download import Download
from core.web.guard import Address
from core.web.lists import Listed
from core.web.pantry import Pantry
from core.web.visit import Rules

LONGEST_PART = 60                # characters of a name that is shown
LOOK_AT_WHY = "Look at what failed, and why; give other addresses."


def fetch(listed: Listed, settings: Settings, rules: Rules | None = None) -> Generator[Event, None, StoredDataset]:
    """Bring in the pictures of a list; each that cannot be fetched or read is told of, by its address.

    What was fetched stays until all are in the store: the same addresses again fetch only what lacks, after a stop,
    an error and a crash. Raises DownloadFailed offline, BadSource and TooFewImages where too little came, TooLarge,
    and what `take_in` raises.
    """
    if settings.offline:
        raise DownloadFailed("Pictures cannot be fetched from the web: this playground works without a network.",
                             remedy="Bring them in as a zip or a folder.")
    pantry = Pantry(settings)
    with (yield from made_once(pantry.turn)):
        rows = {guard.parsed(address, settings.test_hosts): label for label, address in listed.rows}
        download = Download(list(rows), pantry, settings, rules or Rules.of(settings))
        yield from download.run()
        found, addresses = _source(listed.name, rows, download.files)
        yield from _lost_classes(rows, found)
        stored = yield from _told_by_address(take_in(found, settings, listed.name, download.skipped), addresses)
        pantry.clear(download.files.values())
    return stored


def _source(name: str, rows: dict[Address, str], files: dict[Address, Path]) -> tuple[Source, dict[str, Address]]:
    """What came, as pictures with their labels, and the address of each by its name."""
    addresses: dict[str, Address] = {}
    entries = []
    for number, (address, label) in enumerate(rows.items(), start=1):
        if (file := files.get(address)) is not None:
            shown = _shown_name(label, number, address, file.suffix)
            addresses[shown] = address
            entries.append(Entry(File(shown, file.stat().st_size, partial(_open, file)), label, None))
    _require_enough(len(rows), [entry.label for entry in entries])
    return Source(name, tuple(sorted(entries, key=lambda entry: entry.file.name)), (), 0, ()), addresses


def _open(file: Path) -> IO[bytes]:
    return file.open("rb")


def _shown_name(label: str, number: int, address: Address, suffix: str) -> str:
    """"teddy/0012 example.org-bear.jpg": for people, and fit for a file's name on any system."""
    last = PurePosixPath(unquote(address.target.partition("?")[0])).stem
    return f"{_fit(label) or 'class'}/{number:04} {_fit(f'{address.host}-{last}').rstrip('-')}{suffix}"


def _fit(text: str) -> str:
    fit = "".join(sign if sign.isprintable() and sign not in '/\\:*?"<>|' else "-" for sign in text)
    return fit[:LONGEST_PART].strip(" .")


def _require_enough(asked: int, labels: list[str]) -> None:
    """Raises BadSource where nothing came, TooFewImages where it was of one class, or a class has one picture."""
    if not labels:
        raise BadSource(f"None of the {asked:,} addresses gave a picture.", remedy=LOOK_AT_WHY)
    if len(set(labels)) == 1:
        raise TooFewImages(f"Pictures came for the class '{labels[0]}' alone; at least two classes are needed.",
                           remedy=LOOK_AT_WHY)
    for label in dict.fromkeys(labels):
        if labels.count(label) == 1:
            raise TooFewImages(f"A single picture came for the class '{label}'.", remedy=LOOK_AT_WHY)


def _lost_classes(rows: dict[Address, str], found: Source) -> Generator[Event, None, None]:
    came = {entry.label for entry in found.entries}
    for label in dict.fromkeys(rows.values()):
        if label not in came:
            yield Note(f"None of the addresses of class '{label}' gave a picture, so the class is left out.")


def _told_by_address(stream: Generator[Event, None, StoredDataset],
                     addresses: dict[str, Address]) -> Generator[Event, None, StoredDataset]:
    """The stream's events, each skipped picture named by its address."""
    try:
        while True:
            event = next(stream)
            if isinstance(event, PictureSkipped) and event.name in addresses:
                event = replace(event, name=str(addresses[event.name]))
            yield event
    except StopIteration as end:
        stored: StoredDataset = end.value
        return stored
    finally:
        stream.close()
