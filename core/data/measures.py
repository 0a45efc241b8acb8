"""What can be counted of every picture without a network: light, contrast, sharpness, a fingerprint for the eye.

Taken from thumbnails, once, into the cache; read by pages as one memory-mapped table.
"""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import PIL
from PIL import Image

from core.data import cache
from core.data.store import StoredDataset
from core.errors import BadPicture
from core.events import Event, Progress
from core.settings import Settings

# Part of the key: raise it when the same thumbnails would give other measures.
MEASURES_VERSION = 1
SMALL_SIDE = 32              # pixels of the square that a class's mean picture is made of
PICTURES_AT_A_TIME = 64      # a thread: a tenth of a second, so long a cancel waits
ROW = np.dtype([
    ("brightness", np.float32),      # mean luma, 0 black to 1 white
    ("contrast", np.float32),        # standard deviation of the luma, 0 to 0.5
    ("sharpness", np.float32),       # how strongly neighbours differ, as a share of the contrast
    ("detail", np.float32),          # entropy of the luma's histogram, in bits, 0 to 8
    ("hash", np.uint64),             # perceptual hash: pictures that look alike differ in few bits
    ("small", np.uint8, (SMALL_SIDE, SMALL_SIDE, 3)),    # the centre square
])


@dataclass(frozen=True, slots=True, eq=False)
class Measures:
    """A row a picture of the catalogue, in its order; read-only."""

    table: np.ndarray        # (N,) of ROW
    rows: dict[str, int]     # Sample.id to its row

    def column(self, name: str) -> np.ndarray:
        """(N,) of the column's type, as a copy that lies together; `small` is (N, 32, 32, 3)."""
        return np.ascontiguousarray(self.table[name])

    def __len__(self) -> int:
        return len(self.table)


def known(stored: StoredDataset, settings: Settings) -> Measures | None:
    """The measures of these pictures where they are in the cache."""
    table = cache.open_array(_file(stored, settings), (len(stored.catalogue.samples),), ROW)
    return None if table is None else _of(stored, table)


def measured(stored: StoredDataset, settings: Settings) -> Generator[Event, None, Measures]:
    """The measures of every picture of the catalogue, from the cache where they are there.

    Raises BadPicture for a thumbnail that can no longer be read, DiskFull.
    """
    table = yield from cache.filled(_file(stored, settings), (len(stored.catalogue.samples),), ROW,
                                    settings.min_free_bytes, lambda new: _fill(new, stored, settings.threads))
    return _of(stored, table)


def row_of(image: Image.Image) -> tuple[float, float, float, float, int, np.ndarray]:
    """The measures of one RGB picture, in the order of ROW."""
    import imagehash  # with SciPy: half a second that no page needs

    luma = np.asarray(image.convert("L"), dtype=np.float32) / 255
    contrast = float(luma.std())
    # The discrete Laplacian (Pech-Pacheco et al. 2000, doi:10.1109/ICPR.2000.903548), a share of the contrast, so that
    # a faint sharp picture is not taken for a blurred one.
    inner = luma[1:-1, 1:-1]
    edges = 4 * inner - luma[:-2, 1:-1] - luma[2:, 1:-1] - luma[1:-1, :-2] - luma[1:-1, 2:]
    sharpness = float(edges.std()) / max(contrast, 1 / 255) if edges.size else 0.0
    shares = np.bincount((luma * 255).astype(np.uint8).ravel(), minlength=256) / luma.size
    detail = float(-(shares[shares > 0] * np.log2(shares[shares > 0])).sum())
    bits = imagehash.phash(image).hash.ravel()
    edge = min(image.size)
    left, top = (image.width - edge) / 2, (image.height - edge) / 2
    small = image.resize((SMALL_SIDE, SMALL_SIDE), Image.Resampling.BOX, box=(left, top, left + edge, top + edge))
    return (float(luma.mean()), contrast, sharpness, detail,
            int.from_bytes(np.packbits(bits).tobytes(), "big"), np.asarray(small))


def _fill(table: np.ndarray, stored: StoredDataset, threads: int) -> Generator[Event, None, None]:
    samples = stored.catalogue.samples

    def one(row: int) -> None:
        try:
            with Image.open(stored.thumbnail(samples[row]), formats=("JPEG",)) as image:
                table[row] = row_of(image.convert("RGB"))
        except OSError as error:
            raise BadPicture(f"The thumbnail of '{samples[row].original_name}' can no longer be read.",
                             remedy="Delete the data set and bring it in again.") from error

    step = PICTURES_AT_A_TIME * threads
    yield Progress("measuring pictures", 0, len(samples))
    with ThreadPoolExecutor(threads) as pool:
        for start in range(0, len(samples), step):
            rows = range(start, min(start + step, len(samples)))
            list(pool.map(one, rows))
            yield Progress("measuring pictures", rows.stop, len(samples))


def _of(stored: StoredDataset, table: np.ndarray) -> Measures:
    return Measures(table, {sample.id: row for row, sample in enumerate(stored.catalogue.samples)})


def _file(stored: StoredDataset, settings: Settings) -> Path:
    key = cache.key_of(MEASURES_VERSION, PIL.__version__, [sample.sha256 for sample in stored.catalogue.samples])
    return settings.cache / stored.path.name / f"measures-{key}.npy"
