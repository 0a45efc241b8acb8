"""Open a picture from anywhere, safely: known formats only, its size checked before it is decoded."""

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from PIL import Image, UnidentifiedImageError
from PIL.ExifTags import Base as ExifTag

from core.errors import BadPicture

# What a picture may turn out to be, and the suffix under which it is stored.
SUFFIX_OF_FORMAT = {"JPEG": "jpg", "MPO": "jpg", "PNG": "png", "WEBP": "webp", "BMP": "bmp", "GIF": "gif",
                    "TIFF": "tif"}
# MPO, a phone's JPEG with a second view, is opened by the JPEG reader; as a name to open it is unknown (Pillow 13).
OPENED_AS = tuple(name for name in SUFFIX_OF_FORMAT if name != "MPO")
SIDEWAYS = (5, 6, 7, 8)              # EXIF orientations that swap width and height
# Pillow's decoders promise OSError, but let through what a damaged file makes them stumble over.
UNDECODABLE = (OSError, ValueError, SyntaxError, EOFError, TypeError, AttributeError, LookupError,
               ArithmeticError, MemoryError, struct.error)


@contextmanager
def opened(file: Path | IO[bytes], max_pixels: int) -> Iterator[Image.Image]:
    """An open picture, not yet decoded, for a block that decodes it.

    Raises BadPicture, whose problem says what is wrong with it: an unknown format, more than
    `max_pixels`, or whatever stops the block's decoding.
    """
    try:
        with Image.open(file, formats=OPENED_AS) as image:
            if image.width * image.height > max_pixels:
                raise _too_many_pixels(max_pixels)
            yield image
    except Image.DecompressionBombError as error:   # Pillow's own limit, below a setting that was raised
        raise _too_many_pixels(min(max_pixels, 2 * (Image.MAX_IMAGE_PIXELS or max_pixels))) from error
    except UnidentifiedImageError as error:
        raise BadPicture("It is no picture of a kind that is read here, whatever its name says.",
                         remedy="Save it as JPEG or PNG.") from error
    except UNDECODABLE as error:
        raise BadPicture(f"It is damaged or cut off ({error}).",
                         remedy="Copy it again from where it came, or save it anew.") from error


def upright_size(image: Image.Image) -> tuple[int, int]:
    """Width and height in pixels of a picture, not yet decoded, once it is turned the right way up."""
    # Pillow gives a TIFF's size as it will be once turned, and the others' as they are stored.
    sideways = image.format != "TIFF" and image.getexif().get(ExifTag.Orientation) in SIDEWAYS
    return (image.height, image.width) if sideways else (image.width, image.height)


@contextmanager
def pillow_warnings_off() -> Iterator[None]:
    """Pillow's warnings are of oddities in files that it reads all the same. Enter it outside threads."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _too_many_pixels(limit: int) -> BadPicture:
    return BadPicture(f"It has more than {limit / 1e6:,.1f} megapixels.",
                      remedy="Save it smaller, or raise PLAYGROUND_MAX_PICTURE_PIXELS.")
