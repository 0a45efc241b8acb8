"""A zip of 5,000 photos of 640 x 480: pictures a second, memory, seconds to stop, and what a stop leaves behind."""

import io
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from bench import memory
from bench.common import ROOT, fresh_home, row
from core.data.ingest import ingest
from core.data.measures import measured
from core.events import Progress, drain
from core.settings import Settings, from_environment

PICTURES, CLASSES = 5_000, 5
WIDTH, HEIGHT = 640, 480
DRAWN = 100               # different photos; each file differs by its last bytes, so that none is a copy of another


def main() -> None:
    with fresh_home() as settings:
        file = settings.home / "photos.zip"
        _pack(file)
        row("the zip (MB)", f"{file.stat().st_size / 1e6:.0f}")
        row("stopped half-way: seconds until it had ended, files left", *_stopped(file, settings))
        seconds, before, peak = _read(file, settings)
        row("read in and measured: seconds, pictures a second", f"{seconds:.1f}", f"{PICTURES / seconds:.0f}")
        row("  the process's memory before and at most (MB)", f"{before / 1e6:.0f}", f"{peak / 1e6:.0f}")


def _pack(file: Path) -> None:
    chance = np.random.default_rng(0)
    photos = []
    for _ in range(DRAWN):
        coarse = chance.integers(0, 256, (12, 16, 3), dtype=np.uint8)
        photo = Image.fromarray(coarse).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
        noisy = np.asarray(photo, dtype=np.int16) + chance.integers(-12, 13, (HEIGHT, WIDTH, 3))
        stream = io.BytesIO()
        Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(stream, "JPEG", quality=85)
        photos.append(stream.getvalue())
    file.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for number in range(PICTURES):
            archive.writestr(f"photos/class {number % CLASSES}/{number}.jpg",
                             photos[number % DRAWN] + number.to_bytes(4, "big"))


def _stopped(file: Path, settings: Settings) -> tuple[str, int]:
    stream = ingest(file, settings)
    for event in stream:
        if isinstance(event, Progress) and event.done >= PICTURES // 2:
            break
    started = time.perf_counter()
    stream.close()
    return f"{time.perf_counter() - started:.3f}", sum(path.is_file() for path in settings.datasets.rglob("*"))


def _read(file: Path, settings: Settings) -> tuple[float, int, int]:
    """In a process of its own: seconds, and its memory before and at most."""
    environment = {**os.environ, "PLAYGROUND_HOME": str(settings.home)}
    told = subprocess.run([sys.executable, "-m", "bench.intake", str(file)], cwd=ROOT, env=environment, check=True,
                          capture_output=True, text=True)
    seconds, before, peak = told.stdout.split()
    return float(seconds), int(before), int(peak)


def _alone(file: Path) -> None:
    settings = from_environment()
    before, started = memory.peak_bytes(os.getpid()), time.perf_counter()
    _, stored = drain(ingest(file, settings))
    drain(measured(stored, settings))
    print(time.perf_counter() - started, before, memory.peak_bytes(os.getpid()))


if __name__ == "__main__":
    _alone(Path(sys.argv[1])) if len(sys.argv) > 1 else main()
