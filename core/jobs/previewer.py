"""The process behind `previews`: `python -m core.jobs.previewer` answers requests, one JSON line each, until idle.

It decodes strangers' pictures, so its memory is bounded; it runs no network, so torch stays out: albumentations
would load it where it is installed (576 MB instead of 91).
"""

import io
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from core.data.decoding import opened, pillow_warnings_off
from core.data.pixels import LONGEST_TO_SHORTEST, Decode, larger
from core.data.preprocessing import Preprocessing, upright_rgb
from core.errors import BadPicture
from core.jobs.answering import serve
from core.jobs.previews import IDLE_SECONDS, Answer, Point, Preview, PreviewRequest, Variant
from core.vision.augmentation import build, draw_seed

if TYPE_CHECKING:
    from core.vision.augmenter import Applied, Augmenter

MEMORY_BYTES = 2 << 30
DISPLAY_SIDE = 480           # pixels of the original's longer side
QUALITY = 92
NOTICED = 0.02               # a smaller change is not worth a word
SHRUNK_WHEN_DECODED = ("JPEG", "MPO")


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """A picture in the three forms that a preview needs."""

    original: Image.Image    # upright, at display size
    tested: np.ndarray       # (size, size, 3) uint8: what validation sees
    larger: np.ndarray       # (h, w, 3) uint8: what training cuts from


def preview(request: PreviewRequest) -> Preview:
    """Raises BadPicture."""
    decoded = _decoded(request.file, request.pixels, request.preprocessing)
    augmenter = _augmenter(request.spec, request.preprocessing.size)
    epochs = range(request.first_epoch, request.first_epoch + request.count)
    return Preview(
        original=_jpeg(decoded.original), width=decoded.original.width, height=decoded.original.height,
        tested=_jpeg(Image.fromarray(decoded.tested)),
        variants=tuple(_variant(augmenter, decoded, draw_seed(request.spec.seed, epoch, request.row))
                       for epoch in epochs))


def in_words(applied: Sequence["Applied"], area: float | None) -> tuple[str, ...]:
    """What was done, for a person; what nobody would notice is left out.

    `area`, in pixels, is the picture's where each draw cuts another part; else nothing is said of the cut.
    """
    done = dict(applied)
    words = _placed_in_words(done["Placed"], area)
    if light := done.get("RandomBrightnessContrast"):
        words += _changed(light["beta"] / 255, "brighter", "darker")
        words += _changed(light["alpha"] - 1, "more contrast", "less contrast")
    if "GaussianBlur" in done:
        words.append("blurred")
    if "CoarseDropout" in done:
        words.append("a patch covered")
    return tuple(words)


def _placed_in_words(placed: Mapping[str, Any], area: float | None) -> list[str]:
    # To flip a picture upside down is to mirror it and to turn it by half: two flips are one turn.
    mirrored = placed["flipped"] != placed["upside_down"]
    turned = abs((placed["rotate_degrees"] + 180 * placed["upside_down"] + 180) % 360 - 180)
    upside_down = turned > 135
    askew = 180 - turned if upside_down else turned
    tilted = max(abs(placed["tilt_x"]), abs(placed["tilt_y"]))
    share = placed["width"] * placed["height"] / area if area else 1.0
    told = (
        (mirrored, "mirrored"),
        (upside_down, "upside down"),
        (askew >= 1, f"turned {askew:.0f}°"),
        (placed["zoom"] >= 1 + NOTICED, f"zoomed {placed['zoom']:.2f}×"),
        (tilted >= NOTICED, f"tilted {_percent(tilted)}"),
        (share <= 1 - NOTICED, f"cut to {_percent(share)}"),
    )
    return [words for happened, words in told if happened]


def _changed(share: float, more: str, less: str) -> list[str]:
    return [f"{_percent(abs(share))} {more if share > 0 else less}"] if abs(share) >= NOTICED else []


def _percent(share: float) -> str:
    return f"{share * 100:.0f}\u00a0%"      # the sign stays on the number's line


def _variant(augmenter: "Augmenter", decoded: Decoded, seed: int) -> Variant:
    height, width = decoded.larger.shape[:2]
    area = height * width if augmenter.spec.cut == "random-resized-crop" else None
    square, applied = augmenter.explain(decoded.larger, seed)
    top_left, top_right, bottom_right, bottom_left = (
        _in_original(corner, decoded) for corner in dict(applied)["Placed"]["corners"])
    return Variant(jpeg=_jpeg(Image.fromarray(square)), applied=in_words(applied, area),
                   corners=(top_left, top_right, bottom_right, bottom_left))


def _in_original(point: Sequence[float], decoded: Decoded) -> Point:
    """A point of `larger` in pixels (centres at whole numbers) as a share of the original's width and height.

    `larger` shows a panorama's middle alone.
    """
    height, width = decoded.larger.shape[:2]
    across, down = decoded.original.size
    shown_x, shown_y = min(1.0, LONGEST_TO_SHORTEST * down / across), min(1.0, LONGEST_TO_SHORTEST * across / down)
    x = (1 - shown_x) / 2 + (point[0] + 0.5) / width * shown_x
    y = (1 - shown_y) / 2 + (point[1] + 0.5) / height * shown_y
    return round(x, 4), round(y, 4)


# A person moves the controls and looks at the same picture again: then nothing is decoded anew.
@lru_cache(maxsize=2)
def _decoded(file: Path, pixels: int, preprocessing: Preprocessing) -> Decoded:
    if not file.is_file():
        raise BadPicture("The stored picture is no longer there.",
                         remedy="Delete the data set and bring it in again.")
    with pillow_warnings_off():
        with opened(file, pixels) as image:
            rgb, shrunk = upright_rgb(image, DISPLAY_SIDE), image.format in SHRUNK_WHEN_DECODED

        def form(make: Decode) -> np.ndarray:
            if not shrunk:
                return make(rgb)
            with opened(file, pixels) as image:  # training decodes it at the fraction that suits its size
                return make(image)

        tested, to_cut_from = form(preprocessing.square), form(partial(larger, preprocessing))
        rgb.thumbnail((DISPLAY_SIDE, DISPLAY_SIDE), Image.Resampling.LANCZOS)
        return Decoded(rgb, tested, to_cut_from)


_augmenter = lru_cache(maxsize=8)(build)


def _jpeg(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=QUALITY, subsampling=0)
    return file.getvalue()


def answer(line: bytes) -> bytes:
    """The answer's line to a request's line."""
    try:
        told = Answer(preview=preview(PreviewRequest.model_validate_json(line)))
    except BadPicture as error:
        told = Answer(problem=error.problem, remedy=error.remedy)
    return told.model_dump_json().encode() + b"\n"


def main(idle_seconds: float) -> None:
    sys.modules["torch"] = None  # type: ignore[assignment] # to albumentations it is not installed
    serve(answer, idle_seconds, MEMORY_BYTES)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else IDLE_SECONDS)
