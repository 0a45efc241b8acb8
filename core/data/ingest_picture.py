"""One picture on its way in: copied as it came, proven readable, given a thumbnail."""

import hashlib
import uuid
from pathlib import Path

from PIL import Image

from core.data.dataset import Sample
from core.data.decoding import SUFFIX_OF_FORMAT, opened, upright_size
from core.data.files import File
from core.data.preprocessing import upright_rgb
from core.data.sources import Entry
from core.data.store import original_file, thumbnail_file
from core.errors import BadPicture

THUMBNAIL_SIDE = 240                 # pixels: the width at which the pages show them, so none is scaled again
THUMBNAIL_QUALITY = 82


def ingest_picture(entry: Entry, folder: Path, max_pixels: int) -> Sample:
    """Store a picture and its thumbnail below a data set's folder.

    Raises BadPicture, whose problem says what is wrong with it, and then leaves nothing behind.
    """
    aside = folder / f".{uuid.uuid4().hex}"
    try:
        sha256, size_bytes = _copy(entry.file, aside)
        image_format, (width, height), thumbnail = _decode(aside, max_pixels)
        stored_name = f"{sha256[:2]}/{sha256}.{SUFFIX_OF_FORMAT[image_format]}"
        _settle(aside, original_file(folder, stored_name))
        thumbnail.save(aside, "JPEG", quality=THUMBNAIL_QUALITY)
        _settle(aside, thumbnail_file(folder, sha256))
    finally:
        aside.unlink(missing_ok=True)
    name = entry.file.name
    return Sample(id=hashlib.sha256(f"{name}\0{sha256}".encode()).hexdigest()[:16], label=entry.label,
                  original_name=name, stored_name=stored_name, sha256=sha256, width=width, height=height,
                  format=image_format, size_bytes=size_bytes, part=entry.part)


def _copy(file: File, target: Path) -> tuple[str, int]:
    """The content's sha256 in hex, and its bytes."""
    digest, size_bytes = hashlib.sha256(), 0
    with target.open("wb") as out:
        for piece in file.pieces():
            digest.update(piece)
            size_bytes += out.write(piece)
    if size_bytes == 0:
        raise BadPicture("The file is empty (0 bytes).", remedy="Copy it again from where it came.")
    return digest.hexdigest(), size_bytes


def _decode(file: Path, max_pixels: int) -> tuple[str, tuple[int, int], Image.Image]:
    """Its format, its upright size in pixels and its thumbnail, once all of it was decoded."""
    with opened(file, max_pixels) as image:
        size, image_format = upright_size(image), str(image.format)
        thumbnail = upright_rgb(image, THUMBNAIL_SIDE)
        thumbnail.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return image_format, size, thumbnail


def _settle(aside: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    aside.replace(place)
