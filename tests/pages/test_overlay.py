import io

import numpy as np
from PIL import Image

from pages.ui.overlay import PALETTE, overlaid


def grey(side: int = 32) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), "#808080").save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


def pixels(jpeg: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(jpeg)) as image:
        return np.asarray(image.convert("RGB"), dtype=np.float64)


def test_the_palette_grows_brighter_all_the_way_so_that_any_eye_can_read_it() -> None:
    luminance = PALETTE @ (0.2126, 0.7152, 0.0722)
    assert PALETTE.shape == (256, 3)
    assert (np.diff(luminance) > 0).all()
    assert luminance[0] < 5 and luminance[-1] > 220


def test_a_map_lies_over_its_own_places_of_the_picture() -> None:
    values = np.zeros((4, 4))
    values[0, 3] = 1                                 # upper right
    shown = pixels(overlaid(grey(), values, 1.0))
    assert shown.shape == (32, 32, 3)
    assert shown[:6, -6:].mean() > 150 and shown[16:, :16].mean() < 30


def test_at_opacity_nought_the_picture_stays_as_it_is_and_between_it_is_mixed() -> None:
    values = np.zeros((4, 4))
    assert abs(pixels(overlaid(grey(), values, 0)) - 128).max() <= 2
    assert abs(pixels(overlaid(grey(), values, 0.5)).mean() - 64) < 3


def test_a_long_picture_keeps_its_shape() -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 20)).save(buffer, "PNG")
    assert pixels(overlaid(buffer.getvalue(), np.ones((2, 2)), 0.5)).shape == (20, 40, 3)
