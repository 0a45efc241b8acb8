"""Draws the example pictures that home shows of the built-in sets: `python -m pages.ui.pictures.draw`."""

import io
import tempfile
from pathlib import Path

from PIL import Image, ImageOps

from core.data import builtin
from core.data.coins import pictures
from core.events import drain

COINS = (("gold", 6), ("silver", 7), ("copper", 6))     # class, index
DIGITS = (("2", 13), ("4", 15), ("5", 1))
SIDE = 240                                               # pixels, as thumbnails have


def draw(folder: Path) -> None:
    """The pictures `<set>-<number>.jpg`, in that folder."""
    for number, (label, index) in enumerate(COINS):
        _keep(pictures.picture(label, index, builtin.SEED, None), folder / f"coins-{number}.jpg")
    with tempfile.TemporaryDirectory() as aside:
        drawn = Path(aside) / "digits"
        drain(builtin.write("digits", drawn))
        for number, (label, index) in enumerate(DIGITS):
            _keep((drawn / label / f"{index:04d}.png").read_bytes(), folder / f"digits-{number}.jpg")


def _keep(content: bytes, file: Path) -> None:
    with Image.open(io.BytesIO(content)) as picture:
        ImageOps.fit(picture.convert("RGB"), (SIDE, SIDE), Image.Resampling.LANCZOS).save(file, quality=88)


if __name__ == "__main__":
    draw(Path(__file__).parent)
