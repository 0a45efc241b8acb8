"""A ready-made set in a visitor's room: fetched once a home, then read as any labelled folder."""

import json
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Generator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from core.data import builtin, cache, ready
from core.data.ingest import ingest
from core.data.ready import ReadySet
from core.data.store import StoredDataset
from core.errors import DownloadFailed
from core.events import Event, Note, Progress
from core.pipeline.ready_fetch import TOLD, Wanted
from core.settings import Settings

HERE = Path(__file__).parents[2]
LOOK_SECONDS = 0.3
SEED = 42
UNPACKED = 2             # what is fetched, unpacked beside its archive
OTHERWISE = f"Check the connection and try again, or take a built-in set, which needs none: {', '.join(builtin.NAMES)}."


def bring_in_ready(name: str, per_class: int, settings: Settings) -> Generator[Event, None, StoredDataset]:
    """The set, with up to so many pictures a class; its archives stay in the home, so that it is fetched once.

    Raises BadSource for an unknown name, DownloadFailed (without a network, too), DiskFull, and what `ingest` raises.
    """
    known = ready.describe(name)
    per_class = min(per_class, known.most_per_class(settings.max_files))
    root = known.root(settings.home)
    with (yield from cache.made_once(root / "set")):
        cache.require_free(root, (1 + UNPACKED) * known.download_bytes, settings.min_free_bytes)
        place = root / f".{uuid.uuid4().hex}"
        try:
            place.mkdir()
            yield from _fetched(known, per_class, place / name, root, settings)
            if per_class < known.largest_class:
                yield Note(f"Up to {per_class:,} pictures of each class were taken, drawn by chance.")
            return (yield from ingest(place / name, settings, known.title))
        finally:
            shutil.rmtree(place, ignore_errors=True)
            _drop_unpacked(known, root)


def _fetched(known: ReadySet, per_class: int, target: Path, root: Path,
             settings: Settings) -> Generator[Event, None, None]:
    wanted = Wanted(known.name, str(root), str(target), per_class, SEED, settings.download_timeout_seconds,
                    settings.offline)
    log = target.with_name("log.txt")
    with log.open("wb") as out:
        # In our process group: whoever ends that ends both.
        process = subprocess.Popen(_command(wanted), cwd=HERE, stdin=subprocess.DEVNULL, stdout=out,  # noqa: S603
                                   stderr=out)
        try:
            while process.poll() is None:
                yield _progress(known, root, target)
                time.sleep(LOOK_SECONDS)
        finally:
            process.kill()
            process.wait()
    if process.returncode:
        raise _failure(known, _told(target), log, settings.offline)


def _command(wanted: Wanted) -> list[str]:
    return [sys.executable, "-m", "core.pipeline.ready_fetch", json.dumps(asdict(wanted))]


def _progress(known: ReadySet, root: Path, target: Path) -> Progress:
    told = _told(target)
    if "total" in told:
        return Progress("sorting pictures into folders", told["done"], told["total"])
    done = sum((root / archive).stat().st_size for archive in known.archives if (root / archive).is_file())
    return Progress("downloading", min(done, known.download_bytes) // 1_000_000,
                    known.download_bytes // 1_000_000, "MB")


def _told(target: Path) -> dict[str, int]:
    try:
        told: dict[str, int] = json.loads(target.with_name(TOLD).read_text(encoding="utf-8"))
    except (OSError, ValueError):       # nothing yet
        return {}
    return told


def _failure(known: ReadySet, told: dict[str, int], log: Path, offline: bool) -> DownloadFailed:
    title = known.title
    if "network" in told and offline:
        return DownloadFailed(f"'{title}' is not on this machine, and this playground is set to use no network.",
                              remedy="Start it with PLAYGROUND_OFFLINE=0 once to download the set, or take a built-in "
                                     f"set: {', '.join(builtin.NAMES)}.")
    if "network" in told:
        return DownloadFailed(f"'{title}' could not be downloaded: there seems to be no network ({told['network']}).",
                              remedy=OTHERWISE)
    if "broken" in told:
        return DownloadFailed(f"'{title}' could not be downloaded whole ({told['broken']}).", remedy=OTHERWISE)
    last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
    return DownloadFailed(f"'{title}' could not be made ready ({''.join(last) or 'its process was ended'}).",
                          remedy=OTHERWISE)


def _drop_unpacked(known: ReadySet, root: Path) -> None:
    """What was unpacked is on the shelf by now; the archives stay for the next one who asks."""
    kept = {root / archive for archive in known.archives}
    for path in sorted(root.rglob("*"), reverse=True):
        if path.is_file() and path not in kept and path.name != "set.lock":
            path.unlink(missing_ok=True)
        elif path.is_dir():
            with suppress(OSError):      # an archive lies in it
                path.rmdir()
