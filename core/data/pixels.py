"""Decode once: every picture of a data set as memory-mapped uint8, so that no epoch decodes a photo."""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import PIL
from PIL import Image

from core.data import cache
from core.data.dataset import Sample
from core.data.decoding import opened, pillow_warnings_off
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


@dataclass(frozen=True, slots=True, eq=False)
class Pixels:
    """Decoded pictures of a data set, one behind the other in one flat array."""

    flat: np.ndarray       # uint8, all pictures' (h, w, 3) bytes
    shapes: np.ndarray     # (N, 2) int64: height, width
    offsets: np.ndarray    # (N + 1,) int64: where each begins
    rows: dict[str, int]   # Sample.id to its row
    key: str

    def picture(self, row: int) -> np.ndarray:
        """(h, w, 3) uint8, a read-only view."""
        height, width = self.shapes[row]
        return self.flat[self.offsets[row]:self.offsets[row + 1]].reshape(height, width, 3)

    def squares(self, rows: Sequence[int] | np.ndarray) -> np.ndarray:
        """(n, size, size, 3) uint8 copy of pictures of equal shape."""
        return np.stack([self.picture(row) for row in rows])

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
    shapes = np.array([_larger_shape(sample, shorter) for sample in samples], dtype=np.int64)
    wanted = {"kind": "larger", "shorter": shorter, "filter": preprocessing.filter}
    return (yield from _cached(stored, shapes, wanted, partial(larger, preprocessing), settings))


def larger(preprocessing: Preprocessing, image: Image.Image) -> np.ndarray:
    """What random crops are cut from: the shorter side CROP_MARGIN times the square's, (h, w, 3) uint8."""
    shorter = round(preprocessing.size * CROP_MARGIN)
    rgb = upright_rgb(image, 2 * shorter)
    width, height = rgb.size
    keep = min(width, height) * LONGEST_TO_SHORTEST
    left, top = max(0.0, (width - keep) / 2), max(0.0, (height - keep) / 2)
    scale = shorter / min(width, height)
    target = (_scaled(width, height, scale), _scaled(height, width, scale))
    return np.asarray(rgb.resize(target, Image.Resampling[preprocessing.filter.upper()],
                                 box=(left, top, width - left, height - top)))


def _larger_shape(sample: Sample, shorter: int) -> tuple[int, int]:
    scale = shorter / min(sample.width, sample.height)
    return (_scaled(sample.height, sample.width, scale), _scaled(sample.width, sample.height, scale))


def _scaled(side: int, other: int, scale: float) -> int:
    return round(min(side, other * LONGEST_TO_SHORTEST) * scale)


def _cached(stored: StoredDataset, shapes: np.ndarray, wanted: dict[str, object], decode: Decode,
            settings: Settings) -> Generator[Event, None, Pixels]:
    samples = stored.catalogue.samples
    offsets = np.concatenate([[0], np.cumsum(shapes.prod(axis=1) * 3)])
    key = cache.key_of(PIXELS_VERSION, PIL.__version__, wanted, [sample.sha256 for sample in samples])
    file = settings.cache / "pixels" / f"{key}.npy"
    shape = (int(offsets[-1]),)
    flat = cache.open_array(file, shape, np.dtype(np.uint8))
    if flat is None:
        with cache.new_array(file, shape, np.dtype(np.uint8)) as flat:
            fresh = Pixels(flat, shapes, offsets, {}, key)
            yield from _fill(fresh, stored, samples, decode, settings.threads)
    return Pixels(flat, shapes, offsets, {sample.id: row for row, sample in enumerate(samples)}, key)


def _fill(pixels: Pixels, stored: StoredDataset, samples: Sequence[Sample], decode: Decode,
          threads: int) -> Generator[Event, None, None]:
    def one(row: int) -> None:
        pixels.picture(row)[:] = _decoded(stored.original(samples[row]), samples[row], decode,
                                          tuple(pixels.shapes[row]))

    with pillow_warnings_off(), ThreadPoolExecutor(threads) as pool:
        try:
            work = [pool.submit(one, row) for row in range(len(samples))]
            for done, finished in enumerate(as_completed(work), start=1):
                finished.result()
                if done % 16 == 0 or done == len(samples):
                    yield Progress("preparing pixels", done, len(samples))
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


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
