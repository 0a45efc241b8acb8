"""The picture files of a folder or a zip, whatever they mean: listed safely, read a piece at a time."""

import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from core.data.archives import open_archive
from core.data.layout import is_list, is_picture
from core.errors import BadPicture, BadSource, TooLarge
from core.settings import Settings

PIECE_BYTES = 1 << 18
# What reading raises where a zip contradicts itself: `zipfile` checks each header only when it comes to it.
UNREADABLE = (OSError, EOFError, ValueError, RuntimeError, struct.error, zlib.error, zipfile.BadZipFile)


@dataclass(frozen=True, slots=True)
class File:
    """A picture or a list of labels, by its name, which is as it came, with "/", and never used as a path."""

    name: str
    size_bytes: int                      # as the folder or the zip declares it
    open: Callable[[], IO[bytes]]

    def pieces(self) -> Iterator[bytes]:
        """The content. Raises BadPicture where it cannot be read, or is longer than was declared."""
        left = self.size_bytes
        try:
            with self.open() as stream:
                while piece := stream.read(PIECE_BYTES):
                    left -= len(piece)
                    if left < 0:
                        raise BadPicture("The file is larger than it was said to be.",
                                         remedy="Leave it alone while it is read, or pack the zip again.")
                    yield piece
        except UNREADABLE as error:
            raise BadPicture(f"The file cannot be read ({error}).",
                             remedy="Copy it again from where it came.") from error


@dataclass(frozen=True, slots=True)
class Listing:
    """What stands in a folder or zip."""

    name: str                              # the folder's, or the zip's without ".zip"
    files: tuple[File, ...]                # sorted by name
    skipped: tuple[tuple[str, str], ...]   # (name, problem) of pictures that are not among the files
    ignored: int                           # other files: hidden, or no pictures by their names
    lists: tuple[File, ...] = ()           # of the other files, those that may be lists of labels


@contextmanager
def listed(path: Path, settings: Settings) -> Iterator[Listing]:
    """The picture files below a folder or in a zip; they can be read until the block ends.

    Raises BadSource where nothing can be read at `path`, BadArchive and TooLarge as `open_archive` does,
    and TooLarge for a folder beyond the settings' limits.
    """
    with ExitStack() as stack:
        try:
            listing = _listing(path, settings, stack)
        except OSError as error:
            name = printable(str(error.filename or path))
            raise BadSource(f"'{name}' cannot be read: {error.strerror or error}.",
                            remedy="Check that you may open it, or copy it to another place.") from error
        yield listing


def single(path: Path, name: str) -> File:
    """A file by itself, called `name`. Raises BadSource where none stands there."""
    if not path.is_file():
        raise BadSource(f"The file '{printable(name)}' is not there any more.", remedy="Choose it again.")
    return _standing(name, path)


def printable(name: str) -> str:
    r"""A file's name as valid text: bytes that are no UTF-8 become \xNN, so distinct names stay distinct."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _listing(path: Path, settings: Settings, stack: ExitStack) -> Listing:
    try:
        kind = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        raise BadSource(f"There is no folder or zip at '{printable(str(path))}'.",
                        remedy="Check the spelling; give a folder that stands there, or a zip.") from error
    if stat.S_ISDIR(kind):
        return _in_folder(path.resolve(), settings)
    if not stat.S_ISREG(kind):
        raise BadSource(f"'{printable(str(path))}' is neither a folder nor a zip archive.",
                        remedy="Give a folder, or pack the folder as a zip.")
    return _in_zip(stack.enter_context(open_archive(path, settings)), printable(path.stem))


def _in_folder(root: Path, settings: Settings) -> Listing:
    files: list[File] = []
    lists: list[File] = []
    skipped: list[tuple[str, str]] = []
    ignored = 0
    for seen, path in enumerate(_walk(root), start=1):
        name = printable(path.relative_to(root).as_posix())
        if seen > settings.max_files:
            raise TooLarge(f"The folder '{root}' holds more than {settings.max_files:,} files.",
                           remedy="Give the folder that holds the class folders, leave some pictures out, "
                                  "or raise PLAYGROUND_MAX_FILES.")
        if path.is_dir() and not path.name.startswith("."):
            skipped.append((name, "It is a link to a folder, which is not followed."))
        elif not is_picture(name):
            ignored += 1
            if is_list(name) and path.resolve().is_relative_to(root) and path.is_file():
                lists.append(_standing(name, path))
        elif not path.resolve().is_relative_to(root):
            skipped.append((name, "It is a link that leads out of the folder, which is not followed."))
        elif not path.is_file():
            skipped.append((name, "It is a broken link, or no ordinary file."))
        else:
            files.append(_standing(name, path))
    total_bytes = sum(file.size_bytes for file in files)
    if total_bytes > settings.max_unpacked_bytes:
        raise TooLarge(f"The pictures in '{root}' have {total_bytes / 1e6:,.1f} MB; "
                       f"{settings.max_unpacked_bytes / 1e6:,.1f} MB are allowed.",
                       remedy="Leave some pictures out, or raise PLAYGROUND_MAX_UNPACKED_BYTES.")
    return Listing(printable(root.name), _by_name(files), tuple(sorted(skipped)), ignored, _by_name(lists))


def _standing(name: str, path: Path) -> File:
    return File(name, path.stat().st_size, partial(_open, path))


def _open(path: Path) -> IO[bytes]:
    return path.open("rb")


def _walk(root: Path) -> Iterator[Path]:
    """Every file below the root, and each linked or hidden folder, which is not entered."""
    def refuse(error: OSError) -> None:
        raise BadSource(f"The folder '{error.filename}' cannot be read: {error.strerror}.",
                        remedy="Check that you may open it, or move it out of the source.") from error

    for folder, subfolders, names in os.walk(root, onerror=refuse):
        shut = [name for name in subfolders if name.startswith(".") or Path(folder, name).is_symlink()]
        subfolders[:] = set(subfolders) - set(shut)
        yield from (Path(folder, name) for name in [*names, *shut])


def _in_zip(archive: zipfile.ZipFile, name: str) -> Listing:
    members = [info for info in archive.infolist() if not info.is_dir()]
    pictures = [info for info in members if is_picture(info.filename)]
    last = {info.filename: info for info in pictures}   # as unpacking in order would leave it
    files = [_member(archive, info) for info in last.values()]
    lists = {info.filename: _member(archive, info) for info in members if is_list(info.filename)}
    skipped = [(info.filename, "The zip holds a later file of the same name.")
               for info in pictures if last[info.filename] is not info]
    return Listing(name, _by_name(files), tuple(sorted(skipped)), len(members) - len(pictures),
                   _by_name(lists.values()))


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> File:
    return File(info.filename, info.file_size, partial(archive.open, info))


def _by_name(files: Iterable[File]) -> tuple[File, ...]:
    return tuple(sorted(files, key=lambda file: file.name))
