"""What a person brings, put where a job can read it: a file below the room's `uploads/`, or a path that is allowed."""

import io
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePosixPath

from core.data.cache import disk_full_told
from core.data.files import File, printable
from core.data.labels_file import read_labels
from core.data.layout import is_list, is_picture
from core.data.safe_names import safe_name, told_apart
from core.errors import BadArchive, BadSource, LimitReached, TooLarge
from core.jobs.entries import new_id
from core.settings import Settings

MOST_FOLDER_FILES = 500      # a browser sends a folder as one request a file; above this some are lost without a word
PIECE_BYTES = 1 << 22
ZIP_BEGINNINGS = (b"PK\x03\x04", b"PK\x05\x06")      # a first file; an empty archive (APPNOTE.TXT 4.3.7, 4.3.16)
LONGEST_NAME = 80


def keep_zip(name: str, content: bytes, settings: Settings) -> Path:
    """Write an uploaded zip into the visitor's room, under a name of ours, and return the file.

    `name` is only spoken of. Raises BadArchive for what is empty or no zip by its first bytes, TooLarge,
    LimitReached where the disk is low, DiskFull; then nothing stays.
    """
    if not content:
        raise BadArchive(f"'{printable(name)}' is empty.", remedy="Pack the folder again, and upload that zip.")
    if not content.startswith(ZIP_BEGINNINGS):
        raise BadArchive(f"'{printable(name)}' is no zip, whatever its name says.",
                         remedy="Pack the folder as an ordinary zip (other archives, such as .rar, .7z and .tar, "
                                "are not read).")
    if len(content) > settings.max_upload_bytes:
        raise TooLarge(f"'{printable(name)}' has {len(content) / 1e6:,.0f} MB; "
                       f"{settings.max_upload_bytes / 1e6:,.0f} MB are allowed.",
                       remedy="Leave some pictures out, or make them smaller.")
    with new_file(len(content), settings) as file, file.open("wb", buffering=0) as stream:
        view = memoryview(content)           # pieces of it are no copies
        for start in range(0, len(view), PIECE_BYTES):
            piece = view[start:start + PIECE_BYTES]
            while piece:                     # an unbuffered write may take only a part
                piece = piece[stream.write(piece):]
    return file


def keep_list(name: str, content: bytes, settings: Settings) -> Path:
    """Write an uploaded list of labels into the visitor's room, once it is understood, and return the file.

    Raises what `read_labels` raises, LimitReached where the disk is low, DiskFull; then nothing stays.
    """
    read_labels(File(name, len(content), partial(io.BytesIO, content)))
    with new_file(len(content), settings) as file:
        file.write_bytes(content)
    return file


def keep_folder(files: Sequence[tuple[str, bytes]], settings: Settings) -> Path:
    """Pack an uploaded folder into a zip, so that it goes the same safe way as any other.

    `files` are (name, content), a name such as "pictures/cat/1.jpg": data, never a path here. Files that are
    neither pictures nor lists of labels by their names are left out. Raises BadSource where the folders are lost or
    hold no picture, TooLarge for more than MOST_FOLDER_FILES, LimitReached where the disk is low, DiskFull.
    """
    if any("/" not in name for name, _ in files):
        raise BadSource("The pictures arrived without their folders, so nobody knows their classes: "
                        "a browser drops them when a folder is dragged.",
                        remedy="Press the button and choose the folder there, or pack the folder as a zip.")
    if len(files) > MOST_FOLDER_FILES:
        raise TooLarge(f"The folder has {len(files):,} files; browsers send up to {MOST_FOLDER_FILES} reliably.",
                       remedy="Pack the folder as a zip, which is faster too.")
    kept = [(name, content) for name, content in files if is_picture(name) or is_list(name)]
    if not any(is_picture(name) for name, _ in kept):
        raise BadSource("The folder holds no pictures.",
                        remedy="Choose the folder in which there is one folder of pictures a class.")
    return _packed(kept, settings)


def keep_pictures(files: Sequence[tuple[str, bytes]], settings: Settings) -> Path:
    """Pack uploaded pictures without folders into a zip, each under a name of its own that is like the one it has.

    Raises BadSource where none is a picture by its name, TooLarge for more than MOST_FOLDER_FILES, LimitReached where
    the disk is low, DiskFull.
    """
    if len(files) > MOST_FOLDER_FILES:
        raise TooLarge(f"These are {len(files):,} files; browsers send up to {MOST_FOLDER_FILES} reliably.",
                       remedy="Choose fewer at a time, or pack them as a zip.")
    pictures = [(PurePosixPath(name), content) for name, content in files if is_picture(name)]
    if not pictures:
        raise BadSource("None of these files is a picture by its name.", remedy="Choose pictures: JPEG, PNG or WebP.")
    names = told_apart(f"{safe_name(path.stem)}{path.suffix}" for path, _ in pictures)
    return _packed([(name, content) for name, (_, content) in zip(names, pictures, strict=True)], settings)


def _packed(pictures: Sequence[tuple[str, bytes]], settings: Settings) -> Path:
    size_bytes = sum(len(content) for _, content in pictures)
    with new_file(size_bytes, settings) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, content in pictures:
            archive.writestr(name, content)
    return file


def allowed_path(typed: str, settings: Settings) -> Path:
    """The folder or zip that a person named on their own machine; a relative path starts at the root.

    Raises BadSource where no root is set, for a path that leads out of it, and where nothing stands there.
    """
    if settings.local_root is None:
        raise BadSource("Paths on this machine are not taken here.", remedy="Upload a zip.")
    root = settings.local_root.expanduser().resolve()
    try:
        path = (root / Path(typed.strip()).expanduser()).resolve()
        inside, stands = path.is_relative_to(root), path.exists()
    except (OSError, RuntimeError, ValueError):      # a name that is too long; "~nobody"; a zero byte
        inside, stands = True, False
    if not inside:
        raise BadSource(f"'{printable(typed)}' does not lie below '{root}'.",
                        remedy=f"Copy the pictures to '{root}', or set PLAYGROUND_LOCAL_ROOT to another folder.")
    if not stands or path == root:
        raise BadSource(f"There is no folder or zip '{printable(typed)}' below '{root}'.",
                        remedy="Check the spelling.")
    return path


def display_name(name: str) -> str:
    """What the data set is called: an upload's or a path's last part without ".zip", for people."""
    last = PurePosixPath(printable(name).strip("/")).name
    last = last[:-4] if last.lower().endswith(".zip") else last
    return " ".join(last.split())[:LONGEST_NAME] or "pictures"


@contextmanager
def new_file(size_bytes: int, settings: Settings) -> Iterator[Path]:
    """A place for an upload; what was written there is gone where the block fails."""
    folder = settings.uploads
    file = folder / f"{new_id()}.zip"
    with disk_full_told(file):
        folder.mkdir(parents=True, exist_ok=True)
        require_space(folder, size_bytes, settings.min_free_bytes)
        try:
            yield file
        except BaseException:
            file.unlink(missing_ok=True)
            raise


def require_space(folder: Path, size_bytes: int, least_free_bytes: int) -> None:
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes - size_bytes < least_free_bytes:
        raise LimitReached(f"The disk is nearly full: {free_bytes / 1e6:,.0f} MB are left, and "
                           f"{least_free_bytes / 1e6:,.0f} MB of them are kept free.",
                           remedy="Delete data sets that you no longer need, or try again later.")
