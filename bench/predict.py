"""Predict: seconds until a network is ready and until photos are answered, with resnet34 at 224 pixels.

The process is the page's own. "first" is what the first photo takes once the page has had the network loaded; "cold",
when no process ran. Photos are drawn, and stored as JPEG of a phone's size and of a web page's.
"""

import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from bench.common import DATA, fresh_home, row
from core import machine
from core.events import MadeReady, drain
from core.jobs.photo_answers import AskPhoto, PhotoAnswers, Said
from core.pipeline.make_ready import make_ready
from core.pipeline.train import train
from core.runs import served
from core.runs.folder import RunFolder
from core.settings import Settings
from core.training import presets

SIZES = {"web, 500 x 375": (500, 375), "phone, 4000 x 3000": (4000, 3000)}
PHOTOS = 20
WIDTHS = (24, 10, 10, 10)


def main() -> None:
    with fresh_home() as settings, tempfile.TemporaryDirectory() as place:
        _measure(settings, Path(place))


def _measure(settings: Settings, place: Path) -> None:
    machine.settle(settings.threads)
    recipe = presets.load("quick").changed(architecture="resnet34", size=224, epochs=1, learning_rate=0.003)
    run = RunFolder.create(place / "run")
    drain(train(str(DATA / "ants-bees.zip"), recipe, run, settings))
    events, _ = drain(make_ready(run, RunFolder.create(place / "job"), settings))
    print(f"made ready in {next(event.seconds for event in events if isinstance(event, MadeReady)):.1f} s")
    network = served.standing(run)
    assert network is not None
    row("photo", "cold (s)", "first (s)", "then (ms)", widths=WIDTHS)
    for name, size in SIZES.items():
        files = [_drawn(place / f"{size[0]}-{number}.jpg", size, number) for number in range(PHOTOS)]
        asks = [AskPhoto(network=network, run=run.path, file=file, pixels=settings.max_picture_pixels)
                for file in files]
        cold = PhotoAnswers(settings)
        from_nothing = _seconds(cold, asks[0])
        cold.close()
        door = PhotoAnswers(settings)
        door.warm(network)
        first, *others = [_seconds(door, ask) for ask in asks]
        door.close()
        row(name, f"{from_nothing:.2f}", f"{first:.2f}", f"{1000 * statistics.median(others):.0f}", widths=WIDTHS)


def _seconds(door: PhotoAnswers, ask: AskPhoto) -> float:
    started = time.perf_counter()
    said = door.said(ask)
    assert isinstance(said, Said), said
    return time.perf_counter() - started


def _drawn(file: Path, size: tuple[int, int], seed: int) -> Path:
    """Soft noise, which packs as photos do."""
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1] // 10, size[0] // 10, 3), dtype=np.uint8)
    Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC).save(file, quality=90)
    return file


if __name__ == "__main__":
    main()
