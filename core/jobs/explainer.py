"""The process behind `explanations`: `python -m core.jobs.explainer` answers requests, one JSON line each, until idle.

It looks through trained networks on the CPU alone, and decodes strangers' pictures, so its memory is bounded.
"""

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import numpy as np
import psutil
from PIL import Image

from core import machine
from core.data import crops as other_squares
from core.data.decoding import opened, pillow_warnings_off
from core.data.pixels import larger
from core.errors import BadPicture, PlaygroundError, UserMistake
from core.inference.predictor import Trained
from core.jobs.answering import serve
from core.jobs.explanations import (
    ANSWERS,
    IDLE_SECONDS,
    REQUESTS,
    ROWS_A_TURN,
    Activations,
    Answer,
    AskActivations,
    AskCovered,
    AskCrops,
    AskLooks,
    AskWhere,
    Covered,
    Crop,
    Crops,
    Look,
    Looks,
    Map,
    Maps,
    Picture,
    Problem,
    Request,
    Where,
)
from core.jobs.previewer import in_words
from core.pipeline.of_training import network_of
from core.runs.folder import RunFolder
from core.vision.augmentation import build
from core.vision.fast import pooled
from core.vision.saliency import Frozen, grad_cam, occlusion, patches
from core.vision.views import require_variety, view_seed

NETWORKS = 2                 # at hand: two people who look at one training each
WORK_BYTES = 4 << 30         # of addresses, besides those of the libraries
QUALITY = 92
MAP_DIGITS = 4
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """A run's network, frozen, and how it came to be."""

    run: RunFolder
    frozen: Frozen
    trained: Trained

    def require_class(self, target: int) -> None:
        if not 0 <= target < len(self.trained.classes):
            raise UserMistake("This network knows no such class.", remedy="Choose one of its classes.")


def answered(request: Request) -> Answer:
    """Raises UserMistake."""
    network = _network(request.run)
    match request:
        case AskWhere():
            return _where(network, request)
        case AskCovered():
            return _covered(network, request)
        case AskCrops():
            return _crops(network, request)
        case AskLooks():
            return _looks(network, request)
        case AskActivations():
            return _activations(network, request)


def _where(network: Network, request: AskWhere) -> Maps:
    if len(request.targets) != len(request.pictures):
        raise UserMistake("Each picture needs a class to ask about.", remedy="Name as many classes as pictures.")
    for target in request.targets:
        network.require_class(target)
    squares = [_square_or_problem(network, picture) for picture in request.pictures]
    readable = [square for square in squares if not isinstance(square, Problem)]
    if not readable:
        return Maps(pictures=tuple(problem for problem in squares if isinstance(problem, Problem)))
    targets = [target for target, square in zip(request.targets, squares, strict=True)
               if not isinstance(square, Problem)]
    frozen = network.frozen
    maps = frozen.maps(frozen.inputs(np.stack([pixels for pixels, _ in readable])))
    found = iter(zip(readable, grad_cam(frozen, maps, targets), frozen.probabilities(maps), strict=True))

    def one() -> Where:
        (pixels, from_seen), saliency, chances = next(found)
        return Where(jpeg=_jpeg(pixels), probabilities=_numbers(chances), map=_map(saliency.map),
                     anything=saliency.anything, from_seen=from_seen)

    return Maps(pictures=tuple(square if isinstance(square, Problem) else one() for square in squares))


def _covered(network: Network, request: AskCovered) -> Covered:
    network.require_class(request.target)
    pixels, from_seen = _square(network, request.picture)
    size = pixels.shape[0]
    positions, patch_pixels = patches(network.frozen.architecture, size)
    rows = slice(request.row, request.row + ROWS_A_TURN)
    found = occlusion(network.frozen, pixels, request.target, positions, patch_pixels, rows)
    return Covered(jpeg=_jpeg(pixels), probabilities=_numbers(_probabilities(network, np.stack([pixels]))[0]),
                   before=found.before, falls=_map(found.falls), rows=positions, patch_share=patch_pixels / size,
                   from_seen=from_seen)


def _crops(network: Network, request: AskCrops) -> Crops:
    preprocessing = network.trained.preprocessing
    squares = _original(request.picture, lambda image: other_squares.crops(preprocessing, image))
    chances = _probabilities(network, np.stack(list(squares.values())))
    usual = other_squares.usual(preprocessing)
    return Crops(crops=tuple(
        Crop(name=name, usual=name == usual, jpeg=_jpeg(pixels), probabilities=_numbers(row))
        for (name, pixels), row in zip(squares.items(), chances, strict=True)))


def _looks(network: Network, request: AskLooks) -> Looks:
    """The very views of `pipeline.look_again`, which is why the original is needed."""
    preprocessing, spec = network.trained.preprocessing, network.trained.recipe.augmentation
    require_variety(spec)
    square = _original(request.picture, preprocessing.square)
    whole = _original(request.picture, lambda image: larger(preprocessing, image))
    augmenter = build(spec, preprocessing.size)
    drawn = [augmenter.explain(whole, view_seed(spec, view)) for view in range(request.views)]
    area = whole.shape[0] * whole.shape[1] if spec.cut == "random-resized-crop" else None
    squares = [square, *(pixels for pixels, _ in drawn)]
    words = [(), *(in_words(applied, area) for _, applied in drawn)]
    return Looks(looks=tuple(
        Look(applied=applied, jpeg=_jpeg(pixels), probabilities=_numbers(row))
        for pixels, applied, row in zip(squares, words, _probabilities(network, np.stack(squares)), strict=True)))


def _activations(network: Network, request: AskActivations) -> Activations:
    pixels, _ = _square(network, request.picture)
    seen = pooled(network.frozen.maps(network.frozen.inputs(np.stack([pixels]))))[0]
    return Activations(values=tuple(seen.tolist()))


def _network(run: Path) -> Network:
    """Raises BadRun."""
    folder = RunFolder(run)
    kept = folder.weights.stat() if folder.weights.is_file() else None
    return _read(run, (kept.st_mtime_ns, kept.st_size) if kept else None)


@lru_cache(maxsize=NETWORKS)
def _read(run: Path, weights: tuple[int, int] | None) -> Network:
    """`weights`: when they were written, and how long they are; a training that goes on replaces them."""
    folder = RunFolder(run)
    trained = network_of(folder)
    return Network(folder, Frozen(trained.classifier, trained.preprocessing), trained)


def _probabilities(network: Network, squares: np.ndarray) -> np.ndarray:
    return network.frozen.probabilities(network.frozen.maps(network.frozen.inputs(squares)))


def _square_or_problem(network: Network, picture: Picture) -> tuple[np.ndarray, bool] | Problem:
    try:
        return _square(network, picture)
    except PlaygroundError as error:
        return Problem(problem=error.problem, remedy=error.remedy)


def _square(network: Network, picture: Picture) -> tuple[np.ndarray, bool]:
    """What the network sees, (size, size, 3) uint8; True where it is the run's own copy of it. Raises UserMistake."""
    preprocessing = network.trained.preprocessing
    if picture.sample and not _there(picture):
        seen = network.run.seen_file(picture.sample)
        if seen.is_file():
            with _decoding(seen, preprocessing.size ** 2) as image:
                return preprocessing.square(image), True
    return _original(picture, preprocessing.square), False


def _original(picture: Picture, make: Callable[[Image.Image], Made]) -> Made:
    """Raises BadPicture."""
    if picture.file is None or not _there(picture):
        raise BadPicture("The whole picture is gone: its data set was deleted.",
                         remedy="Bring the pictures in again to look at it in other ways.")
    with _decoding(picture.file, picture.pixels) as image:
        return make(image)


def _there(picture: Picture) -> bool:
    return picture.file is not None and picture.file.is_file()


@contextmanager
def _decoding(file: Path, pixels: int) -> Iterator[Image.Image]:
    with pillow_warnings_off(), opened(file, pixels) as image:
        yield image


def _map(values: np.ndarray) -> Map:
    return tuple(tuple(row) for row in np.round(values.astype(np.float64), MAP_DIGITS).tolist())


def _numbers(probabilities: np.ndarray) -> tuple[float, ...]:
    return tuple(map(float, probabilities))


def _jpeg(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=QUALITY, subsampling=0)
    return buffer.getvalue()


def answer(line: bytes) -> bytes:
    """The answer's line to a request's line."""
    try:
        told: Answer = answered(REQUESTS.validate_json(line))
    except PlaygroundError as error:
        told = Problem(problem=error.problem, remedy=error.remedy)
    finally:
        machine.give_back_memory()
    return ANSWERS.dump_json(told) + b"\n"


if __name__ == "__main__":
    libraries = psutil.Process().memory_info().vms     # torch with CUDA maps gigabytes that it never touches
    serve(answer, float(sys.argv[1]) if len(sys.argv) > 1 else IDLE_SECONDS, libraries + WORK_BYTES)
