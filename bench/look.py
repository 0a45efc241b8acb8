"""The Data page at 10,000 pictures: seconds until each view has come, first and once more, and the bytes sent for it.

A real server, and a client that speaks as a browser does. The data sets are made on the disk as the app would have
stored them: a catalogue of 10,000 rows, but only 240 drawn pictures, each of which is the thumbnail of many (hard
links), and no originals. `usual`: ten classes, eight sizes. `unlike`: a hundred classes, each picture of a size of
its own. `edited`: `usual` with 500 labels changed and 500 pictures removed.
"""

import asyncio
import hashlib
import os
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from bench.classroom import serving
from bench.common import row
from bench.visitor import Visitor
from core.data import store
from core.data.dataset import Sample, collect
from core.data.edits import Edit
from core.data.measures import measured
from core.data.store import StoredDataset
from core.events import drain
from core.jobs.desk import Desk
from core.jobs.entries import LOCAL
from core.settings import Settings, from_environment
from core.training import presets

PICTURES, DRAWN = 10_000, 240
USUAL_SIZES = ((500, 375), (375, 500), (640, 480), (480, 640), (1024, 768), (800, 800), (300, 225), (90, 120))
VIEWS = ("Pictures", "Sizes", "Shapes", "Light", "Files", "Average picture", "Split")
WIDTHS = (22, 12, 12, 14)
EDITED = 500


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        settings = from_environment({**os.environ, "PLAYGROUND_HOME": place, "PLAYGROUND_OFFLINE": "1"})
        for name, classes in (("usual", 10), ("unlike", 100), ("edited", 10)):
            _shelve(name, classes, settings)
            with serving(Path(place), hosted=False) as (port, _):
                print(f"\n{name}", flush=True)
                asyncio.run(_look(port))


async def _look(port: int) -> None:
    """The first time nothing is known to the server; the second time it is asked for what it made."""
    visitor = Visitor(port)
    await visitor.come()
    row("view", "first (s)", "again (s)", "sent (kB)", widths=WIDTHS)
    await visitor.rerun()
    _told("Home", visitor.seconds[-2], visitor)         # it reads the catalogue, to say how many pictures there are
    await visitor.go("data")
    first = visitor.seconds[-1]
    await visitor.go("data")
    _told("the whole page", first, visitor)
    for view in (*VIEWS[1:], VIEWS[0]):
        await visitor.choose(view)
        first = visitor.seconds[-1]
        await visitor.choose(view)
        _told(view, first, visitor)
    await visitor.choose("Split")
    await visitor.click("Draw again")
    row("Draw again", f"{visitor.seconds[-1]:.3f}", "", f"{visitor.bytes[-1] / 1e3:,.0f}", widths=WIDTHS)
    if visitor.errors:
        print("  errors:", visitor.errors[:3])
    await visitor.leave()


def _told(name: str, first: float, visitor: Visitor) -> None:
    row(name, f"{first:.3f}", f"{visitor.seconds[-1]:.3f}", f"{visitor.bytes[-1] / 1e3:,.0f}", widths=WIDTHS)


def _shelve(name: str, classes: int, settings: Settings) -> None:
    """Put a data set on the shelf, measured, and say how long the measuring took."""
    stored = _stored(name, classes, settings)
    started = time.perf_counter()
    drain(measured(stored, settings))
    print(f"{name}: measuring {PICTURES:,} pictures took {time.perf_counter() - started:.1f} s", flush=True)
    if name == "edited":
        samples = stored.catalogue.samples
        stored.append_edits([Edit(each.id, "relabel", "class 1") for each in samples[:EDITED]])
        stored.append_edits([Edit(each.id, "remove") for each in samples[-EDITED:]])
    desk = Desk(settings)
    desk.saw(LOCAL)
    entry = desk.shelve(LOCAL, stored.path.name, name, 1, presets.load("quick"))
    desk.confirm(LOCAL, entry.id)


def _stored(name: str, classes: int, settings: Settings) -> StoredDataset:
    random = np.random.default_rng(len(name))
    with store.incoming(settings.datasets) as folder:
        (folder / "originals").mkdir()
        (folder / "thumbnails").mkdir()
        drawn = [_drawn(folder / f"{number}.jpg", random) for number in range(DRAWN)]
        samples = [_sample(name, number, classes, random) for number in range(PICTURES)]
        for number, sample in enumerate(samples):
            os.link(drawn[number % DRAWN], store.thumbnail_file(folder, sample.sha256))
        return store.keep(folder, collect(name, samples), settings.datasets)


def _drawn(file: Path, random: np.random.Generator) -> Path:
    """A ground of one colour with a disc, in noise."""
    across, down = np.meshgrid(np.arange(200), np.arange(150))
    disc = (across - random.integers(40, 160))**2 + (down - random.integers(40, 110))**2 < random.integers(300, 2500)
    pixels = np.where(disc[..., None], random.integers(0, 256, 3), random.integers(0, 256, 3))
    noise = random.normal(0, 12, pixels.shape)
    Image.fromarray((pixels + noise).clip(0, 255).astype(np.uint8)).save(file, quality=85)
    return file


def _sample(name: str, number: int, classes: int, random: np.random.Generator) -> Sample:
    label = f"class {number % classes}"
    sha256 = hashlib.sha256(f"{name} {number}".encode()).hexdigest()
    if name == "unlike":
        width, height = (int(side) for side in random.integers(60, 4000, 2))
    else:
        width, height = USUAL_SIZES[int(random.integers(len(USUAL_SIZES)))]
    size_bytes = int(width * height * random.uniform(0.1, 0.4)) + 400
    return Sample(f"{number:016x}", label, f"{name}/{label}/{number:06}.jpg", f"{sha256[:2]}/{sha256}.jpg", sha256,
                  width, height, "PNG" if random.random() < 0.1 else "JPEG", size_bytes)


if __name__ == "__main__":
    main()
