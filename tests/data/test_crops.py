from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from core.data.crops import crops, usual
from core.data.preprocessing import Preprocessing

CROP = Preprocessing(32)


def stripes(width: int, height: int) -> Image.Image:
    """Three equal fields along the longer side: red, green, blue."""
    pixels = np.zeros((height, width, 3), dtype=np.uint8)
    for channel in range(3):
        along = slice(channel * max(width, height) // 3, (channel + 1) * max(width, height) // 3)
        pixels[(slice(None), along, channel) if width > height else (along, slice(None), channel)] = 255
    return Image.fromarray(pixels)


@pytest.mark.parametrize(("size", "names"), [((300, 100), ["left", "middle", "right"]),
                                             ((100, 300), ["top", "middle", "bottom"])])
def test_a_long_picture_has_a_crop_of_each_third_and_two_of_all_of_it(size: tuple[int, int], names: list[str]) -> None:
    made = crops(CROP, stripes(*size))
    assert list(made) == [*names, "squeezed", "padded"]
    assert all(square.shape == (32, 32, 3) and square.dtype == np.uint8 for square in made.values())
    for channel, name in enumerate(names):
        assert made[name].mean(axis=(0, 1)).argmax() == channel          # type: ignore[index]
        assert made[name][..., channel].mean() > 250                     # type: ignore[index]
    assert {tuple(row) for row in made["squeezed"].reshape(-1, 3)} >= {(255, 0, 0), (0, 255, 0), (0, 0, 255)}
    assert (made["padded"] == 0).all(axis=2).mean() > 0.6


@pytest.mark.parametrize("how", ["crop", "squish", "pad"])
def test_the_usual_one_is_what_the_preprocessing_makes(how: str) -> None:
    buffer = BytesIO()
    stripes(700, 300).save(buffer, "JPEG")              # decoded at a fraction
    preprocessing = replace(CROP, how=how)              # type: ignore[arg-type]
    with Image.open(BytesIO(buffer.getvalue())) as image:
        made = crops(preprocessing, image)
    with Image.open(BytesIO(buffer.getvalue())) as image:
        assert np.array_equal(made[usual(preprocessing)], preprocessing.square(image))


def test_a_picture_turned_by_its_exif_is_cut_the_right_way_up() -> None:
    buffer, exif = BytesIO(), Image.Exif()
    exif[0x0112] = 6                                    # to be turned by a quarter
    stripes(300, 100).save(buffer, "PNG", exif=exif)
    with Image.open(BytesIO(buffer.getvalue())) as image:
        assert list(crops(CROP, image))[:3] == ["top", "middle", "bottom"]


def test_a_square_picture_has_the_usual_one_alone() -> None:
    assert list(crops(CROP, stripes(102, 100))) == ["middle"]
    assert list(crops(replace(CROP, how="pad"), stripes(100, 100))) == ["padded"]
