"""Growth: resnet18 @64, the head on activations, for 1,000, 10,000 and 100,000 pictures: seconds and memory.

The pictures are drawn by the bench: 64 pixels a side, ten classes, a folder each. 100,000 take about half an hour on
two cores; name other counts on the command line: python -m bench.growth 1000 10000
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from bench import memory
from bench.common import ROOT, row

COUNTS = (1_000, 10_000, 100_000)
CLASSES, SIDE, EPOCHS = 10, 64, 5


def main(counts: tuple[int, ...] = COUNTS) -> None:
    row("pictures", "seconds", "pictures/s", "own memory", "accuracy", widths=(14, 12, 14, 14, 10))
    for count in counts:
        with tempfile.TemporaryDirectory() as place:
            source = Path(place) / "pictures"
            with ProcessPoolExecutor() as pool:
                list(pool.map(partial(_draw, source, count // CLASSES), range(CLASSES)))
            seconds, own_bytes, accuracy = _trained(source, Path(place) / "home")
        row(f"{count:,}", f"{seconds:.0f}", f"{count / seconds:,.0f}", f"{own_bytes / 1e6:,.0f} MB", f"{accuracy:.3f}",
            widths=(14, 12, 14, 14, 10))


def _draw(source: Path, count: int, label: int) -> None:
    """Stripes of the class's own direction and colour, in noise."""
    random = np.random.default_rng(label)
    folder = source / f"class {label}"
    folder.mkdir(parents=True)
    across, down = np.meshgrid(np.arange(SIDE), np.arange(SIDE))
    angle = np.pi * label / CLASSES
    for number in range(count):
        wave = np.sin((across * np.cos(angle) + down * np.sin(angle)) / random.uniform(2, 5) + random.uniform(0, 6))
        pixels = 128 + 50 * wave[..., None] * random.uniform(0.3, 1, 3) + random.normal(0, 40, (SIDE, SIDE, 3))
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / f"{number}.jpg", quality=85)


def _trained(source: Path, home: Path) -> tuple[float, int, float]:
    """Seconds of the whole command, the most memory that is its own (page cache left out), and the accuracy."""
    command = [sys.executable, "-m", "core", "train", str(source), "--model", "resnet18", "--weights", "bundled",
               "--size", "64", "--epochs", str(EPOCHS), "--json"]
    environment = {**os.environ, "PLAYGROUND_HOME": str(home), "PLAYGROUND_MAX_FILES": "200000",
                   "PLAYGROUND_MAX_UNPACKED_BYTES": str(20_000_000_000)}
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment) as process:
        assert process.stdout is not None
        most, last = 0, ""
        for line in process.stdout:
            last = line
            most = max(most, memory.own_bytes(process.pid))
    if process.returncode:
        raise RuntimeError(f"the training failed: {last}")
    return time.perf_counter() - started, most, float(json.loads(last)["accuracy"])


if __name__ == "__main__":
    main(tuple(map(int, sys.argv[1:])) or COUNTS)
