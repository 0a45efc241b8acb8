"""A zip is opened only when every member is safe to read: nothing is unpacked before all were checked."""

import re
import stat
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import BadArchive, TooLarge
from core.settings import Settings

ENCRYPTED = 0x1 | 0x40          # flag bits: the old cipher, and 'strong encryption' (APPNOTE.TXT 4.4.4)
PACK_AGAIN = "Unpack it on your computer and pack the folder again as an ordinary zip."
# Others (bzip2, LZMA) unpack a whole block at once in `zipfile`, however little is asked for.
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@contextmanager
def open_archive(path: Path, settings: Settings) -> Iterator[zipfile.ZipFile]:
    """The zip, with every member's name, kind and declared size checked.

    Raises BadArchive for what is no zip, is cut off or encrypted, or has absolute names, names with ".."
    or backslashes, or links; TooLarge for more files, bytes or compression than the settings allow.
    """
    packed_bytes = path.stat().st_size
    if packed_bytes > settings.max_upload_bytes:
        raise TooLarge(f"The zip '{path.name}' has {_megabytes(packed_bytes)}; "
                       f"{_megabytes(settings.max_upload_bytes)} are allowed.",
                       remedy="Leave some pictures out, or raise PLAYGROUND_MAX_UPLOAD_BYTES.")
    with _opened(path) as archive:
        for info in archive.infolist():
            _require_safe(path.name, info)
        members = [info for info in archive.infolist() if not info.is_dir()]
        _require_within_limits(path.name, members, settings)
        yield archive


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        try:
            # macOS packs UTF-8 names without saying so; the format's own default is code page 437.
            return zipfile.ZipFile(path, metadata_encoding="utf-8")
        except UnicodeDecodeError:
            return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, struct.error) as error:
        with path.open("rb") as file:
            begins_as_zip = file.read(2) == b"PK"
        if begins_as_zip:
            raise BadArchive(f"The zip '{path.name}' is cut off or damaged ({error}).",
                             remedy="Download or copy it again, or pack the folder again.") from error
        raise BadArchive(f"'{path.name}' is neither a folder nor a zip archive.",
                         remedy="Give a folder, or pack the folder as a zip "
                                "(other archives, such as .rar, .7z and .tar, are not read).") from error


def _require_safe(archive: str, info: zipfile.ZipInfo) -> None:
    if danger := _danger(info):
        raise BadArchive(f"The zip '{archive}' is not safe to unpack: '{info.orig_filename}' {danger}.",
                         remedy=PACK_AGAIN)
    if info.flag_bits & ENCRYPTED:
        raise BadArchive(f"The zip '{archive}' is encrypted: '{info.filename}' needs a password.",
                         remedy="Unpack it with its password and pack the folder again without one.")
    if info.compress_type not in METHODS:
        raise BadArchive(f"The zip '{archive}' is packed in an unusual way (method {info.compress_type} "
                         f"for '{info.filename}').", remedy=PACK_AGAIN)


def _danger(info: zipfile.ZipInfo) -> str | None:
    name = info.orig_filename   # `filename` has its backslashes and zero bytes tidied away
    kind = stat.S_IFMT(info.external_attr >> 16)
    if not name:
        return "has no name"
    if "\\" in name:
        return "has a backslash in its name"
    if "\0" in name:
        return "has a zero byte in its name"
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        return "has an absolute name"
    if ".." in name.split("/"):
        return "has a name that leads out of the zip ('..')"
    if kind == stat.S_IFLNK:
        return "is a link"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is no ordinary file"
    return None


def _require_within_limits(archive: str, members: list[zipfile.ZipInfo], settings: Settings) -> None:
    if len(members) > settings.max_files:
        raise TooLarge(f"The zip '{archive}' holds {len(members):,} files; "
                       f"{settings.max_files:,} are allowed.",
                       remedy="Leave some pictures out, or raise PLAYGROUND_MAX_FILES.")
    for info in members:
        if info.file_size > settings.max_member_ratio * max(1, info.compress_size):
            raise TooLarge(f"The zip '{archive}' holds '{info.filename}', which unpacks to more than "
                           f"{settings.max_member_ratio:g} times its packed size.",
                           remedy="Photos never do: leave that file out, or save the picture as PNG or JPEG.")
    unpacked_bytes = sum(info.file_size for info in members)
    if unpacked_bytes > settings.max_unpacked_bytes:
        raise TooLarge(f"The zip '{archive}' unpacks to {_megabytes(unpacked_bytes)}; "
                       f"{_megabytes(settings.max_unpacked_bytes)} are allowed.",
                       remedy="Leave some pictures out, or raise PLAYGROUND_MAX_UNPACKED_BYTES.")


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:,.1f} MB"
