"""Small things that tests share: pictures of a few pixels, labelled folders, zips."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

SHARED_DATA = Path(__file__).parent.parent.parent / "shared" / "data"


def picture(seed: int = 0, size: tuple[int, int] = (24, 16)) -> Image.Image:
    """Noise of (width, height) pixels: another seed, another picture."""
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8))


def picture_bytes(seed: int = 0, image_format: str = "JPEG", size: tuple[int, int] = (24, 16)) -> bytes:
    buffer = io.BytesIO()
    picture(seed, size).save(buffer, image_format)
    return buffer.getvalue()


def write_picture(path: Path, seed: int = 0, size: tuple[int, int] = (24, 16)) -> Path:
    """A picture in the format of the path's extension; its folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture(seed, size).save(path)
    return path


def labelled_folder(root: Path, counts: Mapping[str, int]) -> Path:
    """`root/<folder>/<n>.jpg`, as many as `counts` says for each folder ("cat", "train/cat"), all different."""
    seed = 0
    for folder, count in counts.items():
        for number in range(count):
            write_picture(root / folder / f"{number}.jpg", seed)
            seed += 1
    return root


def write_zip(path: Path, members: Mapping[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def zip_folder(folder: Path, path: Path, top: str = "") -> Path:
    """The folder's files as a zip, below the folder `top` where one is named."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return write_zip(path, {(Path(top) / file.relative_to(folder)).as_posix(): file.read_bytes()
                            for file in files})
