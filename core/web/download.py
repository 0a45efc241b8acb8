"""Fetch many pictures at a time into the pantry: bounded, polite, and over at once when the stream is closed."""

import time
from collections.abc import Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from core.data.cache import disk_full_told, require_free
from core.errors import BadPicture, TooLarge
from core.events import Event, PictureSkipped, Progress
from core.settings import Settings
from core.web.guard import Address
from core.web.pantry import Pantry
from core.web.schedule import Errand, Schedule
from core.web.visit import NotNow, Rules, Visit

AT_ONCE = 16                     # pictures of all servers
LOOK_SECONDS = 0.25              # between two events, however little comes: a wish to stop is looked for at each
CLOSE_SECONDS = 2.0              # that a visit may take to end; what waits for a name or a connection is left behind
NO_PICTURE = {"text/html": "There is a web page at this address, and no picture.",
              "image/svg+xml": "It is a drawing (SVG), which is not read here.",
              "image/avif": "It is an AVIF picture, which is not read here.",
              "image/heic": "It is a HEIC picture, which is not read here."}


@dataclass(slots=True, eq=False)
class _UnderWay:
    errand: Errand
    visit: Visit
    aside: Path


class Download:
    """The work on one list; `files` grows with what has come, and `skipped` counts what has not."""

    def __init__(self, addresses: Sequence[Address], pantry: Pantry, settings: Settings, rules: Rules) -> None:
        self._total = len(addresses)
        self._pantry, self._settings, self._rules = pantry, settings, rules
        with disk_full_told(pantry.folder):
            self.files = pantry.standing(addresses)
        self.skipped = 0
        self._bytes = sum(file.stat().st_size for file in self.files.values())
        self._schedule = Schedule(address for address in addresses if address not in self.files)
        self._under_way: dict[Future[str], _UnderWay] = {}

    def run(self) -> Generator[Event, None, None]:
        """Raises TooLarge and DiskFull; what has come by then, and when the stream is closed, stays in the pantry."""
        pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="fetch")
        try:
            yield self._progress()
            while not self._schedule.over:
                self._send_out(pool)
                for future in self._come_back():
                    yield from self._taken(future)
                self._end_the_late()
                yield self._progress()
        finally:
            for each in self._under_way.values():
                each.visit.end()
            pool.shutdown(wait=False, cancel_futures=True)
            wait([future for future in self._under_way if not future.cancelled()], CLOSE_SECONDS)
            for each in self._under_way.values():
                each.aside.unlink(missing_ok=True)

    def _send_out(self, pool: ThreadPoolExecutor) -> None:
        while len(self._under_way) < AT_ONCE and (errand := self._schedule.take(time.monotonic())) is not None:
            each = _UnderWay(errand, Visit(self._rules), self._pantry.aside())
            self._under_way[pool.submit(_fetched, each)] = each

    def _come_back(self) -> set[Future[str]]:
        if not self._under_way:          # every server asked for a pause
            time.sleep(LOOK_SECONDS)
        return wait(self._under_way, LOOK_SECONDS, return_when=FIRST_COMPLETED).done

    def _end_the_late(self) -> None:
        """A server that sends a byte now and then, or never the end of its headers, holds a thread for ever."""
        for each in self._under_way.values():
            if each.visit.late:
                each.visit.end()

    def _taken(self, future: Future[str]) -> Generator[Event, None, None]:
        """What came of a visit: a file more, a picture skipped, or an errand that is run again later."""
        each = self._under_way.pop(future)
        address = each.errand.address
        try:
            with disk_full_told(self._pantry.folder):
                self._keep(address, each.aside, future.result())
        except NotNow as error:
            for errand in self._schedule.failed(each.errand, time.monotonic(), error.pause_seconds):
                yield self._skip(errand.address, error.problem if errand is each.errand else
                                 f"Its server was left alone, since several pictures in a row failed: {error.problem}")
        except BadPicture as error:
            self._schedule.answered(each.errand)
            yield self._skip(address, error.problem)
        else:
            self._schedule.answered(each.errand)

    def _keep(self, address: Address, aside: Path, kind: str) -> None:
        require_free(self._pantry.folder, 0, self._settings.min_free_bytes)
        try:
            file = self._pantry.settle(address, aside)
        except BadPicture as error:
            raise BadPicture(NO_PICTURE.get(kind, error.problem), remedy=error.remedy) from error
        self.files[address] = file
        self._bytes += file.stat().st_size
        if self._bytes > self._settings.max_unpacked_bytes:
            raise TooLarge(f"The pictures together have more than "
                           f"{self._settings.max_unpacked_bytes / 1e6:,.0f} MB, which is the limit.",
                           remedy="Leave some addresses out, or take those of smaller pictures.")

    def _skip(self, address: Address, problem: str) -> PictureSkipped:
        self.skipped += 1
        return PictureSkipped(str(address), problem)

    def _progress(self) -> Progress:
        return Progress("fetching pictures", len(self.files) + self.skipped, self._total, "addresses")


def _fetched(each: _UnderWay) -> str:
    """In a thread: the picture's kind, as its server tells it; nothing stays aside where that fails."""
    try:
        return each.visit.fetch(each.errand.address, each.aside)
    except BaseException:
        each.aside.unlink(missing_ok=True)
        raise
