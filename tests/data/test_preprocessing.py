import io
import warnings
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydantic import TypeAdapter, ValidationError

from core.data.preprocessing import IMAGENET_MEAN, IMAGENET_STD, Preprocessing, upright_rgb

RAMP = np.tile(np.linspace(0, 255, 64).astype(np.uint8), (48, 1))   # dark at the left, light at the right


def halves(width: int, height: int) -> Image.Image:
    """Red at the left, blue at the right."""
    image = Image.new("RGB", (width, height), "blue")
    image.paste("red", (0, 0, width // 2, height))
    return image


def stored(image: Image.Image, image_format: str, **options: Any) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, image_format, **options)
    return Image.open(buffer)


@pytest.mark.parametrize("how", ["crop", "squish", "pad"])
@pytest.mark.parametrize("size", [(64, 48), (48, 64), (5, 300), (1, 1), (640, 480)])
def test_every_shape_becomes_a_square(how: Any, size: tuple[int, int]) -> None:
    square = Preprocessing(32, how).square(halves(*size))
    assert square.shape == (32, 32, 3)
    assert square.dtype == np.uint8


def test_crop_keeps_the_centre_alone() -> None:
    image = Image.new("RGB", (300, 100), "red")
    image.paste("blue", (100, 0, 200, 100))
    square = Preprocessing(20, "crop").square(image)
    assert (square[:, 1:-1] == (0, 0, 255)).all()   # the outermost columns are mixed with their neighbours


def test_squish_keeps_everything() -> None:
    square = Preprocessing(20, "squish").square(halves(300, 100))
    assert tuple(square[10, 2]) == (255, 0, 0) and tuple(square[10, 17]) == (0, 0, 255)


def test_pad_keeps_everything_in_its_shape_on_black() -> None:
    square = Preprocessing(30, "pad").square(halves(300, 100))
    assert not square[:10].any() and not square[20:].any()
    assert tuple(square[15, 2]) == (255, 0, 0) and tuple(square[15, 27]) == (0, 0, 255)


def test_the_filter_is_the_one_that_is_named() -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8))
    for name in ("bilinear", "bicubic", "lanczos"):
        expected = np.asarray(noise.resize((16, 16), Image.Resampling[name.upper()]))
        assert (Preprocessing(16, filter=name).square(noise) == expected).all()  # type: ignore[arg-type]


def test_normalise_centres_each_channel_and_puts_channels_first() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3), dtype=np.uint8)
    given = Preprocessing(8).normalise(pixels)
    expected = ((pixels / 255 - IMAGENET_MEAN) / IMAGENET_STD).transpose(0, 3, 1, 2)
    assert given.shape == (2, 3, 8, 8) and given.dtype == np.float32 and given.flags.c_contiguous
    np.testing.assert_allclose(given, expected, atol=1e-5)


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize(("orientation", "undo"), [
    (1, None), (2, Image.Transpose.FLIP_LEFT_RIGHT), (3, Image.Transpose.ROTATE_180),
    (4, Image.Transpose.FLIP_TOP_BOTTOM), (5, Image.Transpose.TRANSPOSE), (6, Image.Transpose.ROTATE_90),
    (7, Image.Transpose.TRANSVERSE), (8, Image.Transpose.ROTATE_270),
])
def test_a_picture_is_turned_as_its_camera_says(image_format: str, orientation: int,
                                                undo: Image.Transpose | None) -> None:
    upright = halves(64, 48)
    upright.paste("white", (0, 0, 16, 16))
    exif = Image.Exif()
    exif[0x0112] = orientation
    as_held = upright if undo is None else upright.transpose(undo)
    turned = np.asarray(upright_rgb(stored(as_held, image_format, exif=exif), 48))
    assert turned.shape == (48, 64, 3)
    assert turned[4, 4].min() > 200                                # white, upper left
    assert turned[40, 10, 0] > 200 and turned[40, 10, 2] < 60      # red below it
    assert turned[24, 55, 2] > 200 and turned[24, 55, 0] < 60      # blue at the right


@pytest.mark.parametrize("image", [
    stored(Image.fromarray(RAMP), "JPEG"),
    stored(Image.fromarray(RAMP).convert("CMYK"), "JPEG"),
    stored(Image.fromarray(RAMP).convert("CMYK"), "TIFF"),
    stored(Image.fromarray(RAMP).convert("P"), "PNG"),
    stored(Image.fromarray(RAMP).convert("LA"), "PNG"),
    stored(Image.fromarray(RAMP).convert("RGBA"), "WEBP"),
    stored(Image.fromarray(RAMP), "GIF"),
    stored(Image.fromarray(RAMP), "BMP"),
    stored(Image.fromarray(RAMP.astype(np.uint16) * 257), "PNG"),
    stored(Image.fromarray(RAMP.astype(np.uint16) * 257), "TIFF"),
    stored(Image.fromarray(RAMP.astype(np.int32) * 257), "TIFF"),
    stored(Image.fromarray(RAMP.astype(np.int32)), "TIFF"),
    stored(Image.fromarray((RAMP / 255).astype(np.float32)), "TIFF"),
    stored(Image.fromarray((RAMP / 127.5 - 1).astype(np.float32)), "TIFF"),
], ids=lambda image: f"{image.format} {image.mode}")
def test_every_mode_keeps_its_greys(image: Image.Image) -> None:
    rgb = np.asarray(upright_rgb(image, 48)).astype(int)
    assert rgb.shape == (48, 64, 3)
    assert abs(rgb - RAMP[..., None].astype(int)).max() <= 6


def test_black_and_white_stay_so() -> None:
    rgb = np.asarray(upright_rgb(stored(Image.fromarray(RAMP > 127), "PNG"), 48))
    assert rgb[0, 0].tolist() == [0, 0, 0] and rgb[0, -1].tolist() == [255, 255, 255]


@pytest.mark.parametrize("hole", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none_become_black_and_leave_the_rest(hole: float) -> None:
    values = (RAMP / 255).astype(np.float32)
    values[0, 0] = hole
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rgb = np.asarray(upright_rgb(Image.fromarray(values), 48)).astype(int)
    assert rgb[0, 0].tolist() == [0, 0, 0]
    assert abs(rgb[1:] - RAMP[1:, :, None].astype(int)).max() <= 1


def test_an_evenly_grey_deep_picture_is_read() -> None:
    flat = Image.fromarray(np.full((8, 8), 51 * 257, dtype=np.uint16))
    assert (np.asarray(upright_rgb(flat, 8)) == 51).all()


@pytest.mark.parametrize("clear", [
    stored(Image.new("RGBA", (8, 8), (255, 0, 0, 0)), "PNG"),
    stored(Image.new("LA", (8, 8), (0, 0)), "PNG"),
    stored(Image.new("L", (8, 8), 0), "PNG", transparency=0),
    stored(Image.new("RGB", (8, 8), (1, 2, 3)), "PNG", transparency=(1, 2, 3)),
    stored(Image.new("P", (8, 8), 0), "PNG", transparency=bytes(256)),
    stored(Image.new("P", (8, 8), 0), "GIF", transparency=0),
], ids=lambda image: f"{image.format} {image.mode}")
def test_what_is_transparent_is_white(clear: Image.Image) -> None:
    assert (np.asarray(upright_rgb(clear, 8)) == 255).all()


def test_the_first_frame_of_an_animation_is_taken() -> None:
    first, second = Image.new("RGB", (20, 20), "red"), Image.new("RGB", (20, 20), "blue")
    animation = stored(first, "GIF", save_all=True, append_images=[second])
    assert np.asarray(upright_rgb(animation, 20))[10, 10].tolist() == [255, 0, 0]


def test_a_large_jpeg_is_decoded_smaller_but_never_below_the_least_side() -> None:
    assert upright_rgb(stored(halves(1600, 1200), "JPEG"), 256).size == (400, 300)
    assert upright_rgb(stored(halves(1600, 1200), "JPEG"), 1000).size == (1600, 1200)


def test_a_cut_off_picture_is_an_error() -> None:
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (90, 90, 3), dtype=np.uint8)).save(buffer, "JPEG")
    with pytest.raises(OSError, match="truncated"):
        Preprocessing(32).square(Image.open(io.BytesIO(buffer.getvalue()[:3000])))


@pytest.mark.parametrize("size", [7, 1025, -1])
def test_a_size_out_of_range_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match=f"not {size}"):
        Preprocessing(size)


def test_an_unknown_way_to_a_square_is_refused() -> None:
    with pytest.raises(ValueError, match="not 'stretch'"):
        Preprocessing(32, "stretch")  # type: ignore[arg-type]


def test_it_round_trips_through_json_and_unknown_keys_are_errors() -> None:
    adapter = TypeAdapter(Preprocessing)
    chosen = Preprocessing(224, "pad", "lanczos", (0.5, 0.5, 0.5), (0.25, 0.25, 0.25))
    assert adapter.validate_json(adapter.dump_json(chosen)) == chosen
    with pytest.raises(ValidationError, match="hue"):
        adapter.validate_python({"size": 128, "hue": 1})
