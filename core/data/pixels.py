"""Decode once: every picture of a data set as memory-mapped uint8, so that no epoch decodes a photo."""

import mmap
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import PIL
from PIL import Image

from core.data import cache
from core.data.dataset import Sample
from core.data.decoding import opened, pillow_warnings_off, upright_size
from core.data.preprocessing import Preprocessing, upright_rgb
from core.data.store import StoredDataset
from core.errors import BadPicture
from core.events import Event, Progress
from core.settings import Settings

Decode = Callable[[Image.Image], np.ndarray]

# Part of every key: raise it when the same inputs would give other pixels.
PIXELS_VERSION = 1
CROP_MARGIN = 1.25      # a random crop is drawn from a picture this much larger than the network's square
LONGEST_TO_SHORTEST = 2.0  # what of a panorama lies beyond is cut off, as a crop would hardly reach it
PICTURES_AT_A_TIME = 16  # a thread: bounds how long a cancel waits


@dataclass(frozen=True, slots=True, eq=False)
class Pixels:
    """Decoded pictures of a data set, one behind the other in one flat array."""

    flat: np.ndarray       # uint8, all pictures' (h, w, 3) bytes
    shapes: np.ndarray     # (N, 2) int64: height, width
    offsets: np.ndarray    # (N + 1,) int64: where each begins
    rows: dict[str, int]   # Sample.id to its row
    key: str
    place: Path            # where what is made of these pictures is cached

    def picture(self, row: int) -> np.ndarray:
        """(h, w, 3) uint8, a read-only view. Raises MachineFault where the cache was cut short."""
        cache.require_whole(self.flat)
        height, width = self.shapes[row]
        return self.flat[self.offsets[row]:self.offsets[row + 1]].reshape(height, width, 3)

    def squares(self, rows: Sequence[int] | np.ndarray) -> np.ndarray:
        """(n, size, size, 3) uint8 copy of pictures of equal shape."""
        copied = np.stack([self.picture(row) for row in rows])
        self.let_go()
        return copied

    def let_go(self) -> None:
        """Take what was read out of this process's memory, where it is mapped: the system's file cache keeps it.

        So a process does not seem to grow by as much as it has read, which is a whole data set.
        """
        if isinstance(mapped := self.flat.base, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
            mapped.madvise(mmap.MADV_DONTNEED)

    def __len__(self) -> int:
        return len(self.shapes)


def squares(stored: StoredDataset, preprocessing: Preprocessing,
            settings: Settings) -> Generator[Event, None, Pixels]:
    """Every original as `Preprocessing.square`: what evaluation sees, from the cache where it is there."""
    samples = stored.catalogue.samples
    shapes = np.full((len(samples), 2), preprocessing.size, dtype=np.int64)
    wanted = {"kind": "squares", "size": preprocessing.size, "how": preprocessing.how,
              "filter": preprocessing.filter}
    return (yield from _cached(stored, shapes, wanted, preprocessing.square, settings))


def for_random_crops(stored: StoredDataset, preprocessing: Preprocessing,
                     settings: Settings) -> Generator[Event, None, Pixels]:
    """Every original, whole and a little larger than the square, for augmentation to cut from."""
    samples = stored.catalogue.samples
    shorter = round(preprocessing.size * CROP_MARGIN)
    shapes = np.array([_larger_shape(sample.width, sample.height, shorter) for sample in samples], dtype=np.int64)
    wanted = {"kind": "larger", "shorter": shorter, "filter": preprocessing.filter}
    return (yield from _cached(stored, shapes, wanted, partial(larger, preprocessing), settings))


def larger(preprocessing: Preprocessing, image: Image.Image) -> np.ndarray:
    """What random crops are cut from: the shorter side CROP_MARGIN times the square's, (h, w, 3) uint8."""
    shorter = round(preprocessing.size * CROP_MARGIN)
    # Of the whole picture: a JPEG decoded at a fraction has rounded sides, which can give a pixel more or less.
    target_height, target_width = _larger_shape(*upright_size(image), shorter)
    rgb = upright_rgb(image, 2 * shorter)
    keep = min(rgb.size) * LONGEST_TO_SHORTEST
    left, top = max(0.0, (rgb.width - keep) / 2), max(0.0, (rgb.height - keep) / 2)
    return np.asarray(rgb.resize((target_width, target_height), Image.Resampling[preprocessing.filter.upper()],
                                 box=(left, top, rgb.width - left, rgb.height - top)))


def _larger_shape(width: int, height: int, shorter: int) -> tuple[int, int]:
    """Height and width of what `larger` makes of a picture, in pixels."""
    scale = shorter / min(width, height)
    return _scaled(height, width, scale), _scaled(width, height, scale)


def _scaled(side: int, other: int, scale: float) -> int:
    return round(min(side, other * LONGEST_TO_SHORTEST) * scale)


def _cached(stored: StoredDataset, shapes: np.ndarray, wanted: dict[str, object], decode: Decode,
            settings: Settings) -> Generator[Event, None, Pixels]:
    samples = stored.catalogue.samples
    offsets = np.concatenate([[0], np.cumsum(shapes.prod(axis=1) * 3)])
    key = cache.key_of(PIXELS_VERSION, PIL.__version__, wanted, [sample.sha256 for sample in samples])
    file = settings.cache / stored.path.name / f"pixels-{key}.npy"

    def fill(new: np.ndarray) -> Generator[Event, None, None]:
        return _fill(Pixels(new, shapes, offsets, {}, key, file.parent), stored, samples, decode, settings.threads)

    flat = yield from cache.filled(file, (int(offsets[-1]),), np.dtype(np.uint8), settings.min_free_bytes, fill)
    rows = {sample.id: row for row, sample in enumerate(samples)}
    made = Pixels(flat, shapes, offsets, rows, key, file.parent)
    made.let_go()
    return made


def _fill(pixels: Pixels, stored: StoredDataset, samples: Sequence[Sample], decode: Decode,
          threads: int) -> Generator[Event, None, None]:
    def one(row: int) -> None:
        pixels.picture(row)[:] = _decoded(stored.original(samples[row]), samples[row], decode,
                                          tuple(pixels.shapes[row]))

    step = PICTURES_AT_A_TIME * threads
    with ThreadPoolExecutor(threads) as pool:
        for start in range(0, len(samples), step):
            rows = range(start, min(start + step, len(samples)))
            with pillow_warnings_off():
                list(pool.map(one, rows))
            yield Progress("preparing pixels", rows.stop, len(samples))


def _decoded(file: Path, sample: Sample, decode: Decode, shape: tuple[int, ...]) -> np.ndarray:
    lost = f"The stored picture of '{sample.original_name}' can no longer be read"
    again = "Delete the data set and bring it in again."
    try:
        with opened(file, sample.width * sample.height) as image:
            array = decode(image)
    except BadPicture as error:
        raise BadPicture(f"{lost}. {error.problem}", remedy=again) from error
    if array.shape[:2] != shape:
        raise BadPicture(f"{lost}: it has another shape than it had.", remedy=again)
    return array
