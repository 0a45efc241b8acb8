"""The process behind `photo_answers`: `python -m core.jobs.answerer` answers requests, one JSON line each, until idle.

It runs networks by onnxruntime, with the lines that an export carries, and decodes strangers' photos: its memory is
bounded. Torch stays out, so that it starts in a second.
"""

import io
import sys
from functools import lru_cache
from pathlib import Path

import numpy as np
import onnxruntime
import psutil
from PIL import Image

from core.data.decoding import opened, pillow_warnings_off, upright_size
from core.data.preprocessing import upright_rgb
from core.errors import BadPicture, BadRun, PlaygroundError
from core.export.predict_template import Model
from core.jobs.answering import serve
from core.jobs.photo_answers import (
    IDLE_SECONDS,
    REPLIES,
    REQUESTS,
    Ask,
    AskPhoto,
    Ready,
    Reply,
    Said,
    Unfit,
    Unreadable,
)
from core.runs import certainty
from core.runs.folder import RunFolder

NETWORKS = 3                 # at hand: classes use a few at a time
WORK_BYTES = 3 << 30         # of addresses, besides those of the libraries
DISPLAY_SIDE = 480           # pixels of a photo's longer side
QUALITY = 88
_threads = 0                 # of a network at work; 0: as many as there are cores


def answered(request: Ask | AskPhoto) -> Reply:
    """Raises BadRun where the network cannot be used."""
    model = _model(request.network)
    if isinstance(request, Ask):
        return Ready()
    kept = certainty.read(RunFolder(request.run))
    model.temperature, model.threshold = kept.heat or 1.0, kept.least
    try:
        square, photo, (width, height) = _looked_at(request.file, model, request.pixels)
    except BadPicture as error:
        return Unreadable(problem=error.problem, remedy=error.remedy)
    probabilities = model.probabilities(square)
    refused = model.threshold is not None and float(probabilities.max()) < model.threshold
    return Said(probabilities=tuple(map(float, probabilities)), threshold=model.threshold, refused=refused,
                square=_jpeg(Image.fromarray(square)), photo=_jpeg(photo), width=width, height=height)


def _looked_at(file: Path, model: Model, pixels: int) -> tuple[np.ndarray, Image.Image, tuple[int, int]]:
    """The network's square (size, size, 3) uint8, the whole photo at display size, its upright size in pixels.

    Raises BadPicture.
    """
    if not file.is_file():
        raise BadPicture("The photo is no longer there: photos are kept for a day.", remedy="Drop it again.")
    if file.stat().st_size == 0:
        raise BadPicture("The file is empty (0 bytes).", remedy="Copy it again from where it came.")
    with pillow_warnings_off():
        with opened(file, pixels) as image:
            size = upright_size(image)
            square = model.preprocessing.square(image)
            # A JPEG may have been decoded at a fraction of its size for that: the photo is of the same decoding.
            photo = upright_rgb(image, DISPLAY_SIDE)
        if max(photo.size) < min(DISPLAY_SIDE, max(size)):
            with opened(file, pixels) as image:
                photo = upright_rgb(image, DISPLAY_SIDE)
    photo.thumbnail((DISPLAY_SIDE, DISPLAY_SIDE))
    return square, photo, size


@lru_cache(maxsize=NETWORKS)
def _model(network: Path) -> Model:
    """Raises BadRun."""
    options = onnxruntime.SessionOptions()    # type: ignore[attr-defined]
    options.intra_op_num_threads = _threads
    # Beside a training, threads that wait for each other shall sleep.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return Model(network, options)
    except BadRun as error:          # it speaks of an export
        raise BadRun("The network that was made ready to answer is damaged.", remedy="Make it ready again.") from error


def _jpeg(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


def answer(line: bytes) -> bytes:
    """The answer's line to a request's line."""
    try:
        told: Reply = answered(REQUESTS.validate_json(line))
    except PlaygroundError as error:
        told = Unfit(problem=error.problem, remedy=error.remedy)
    return REPLIES.dump_json(told) + b"\n"


if __name__ == "__main__":
    _threads = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    libraries = psutil.Process().memory_info().vms
    serve(answer, float(sys.argv[1]) if len(sys.argv) > 1 else IDLE_SECONDS, libraries + WORK_BYTES)
