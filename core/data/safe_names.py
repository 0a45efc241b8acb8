"""Names that people gave, as names of files and folders that every system takes."""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath

LONGEST_BYTES = 120         # of a name; file systems take 255, and Windows 260 letters of a whole path
UNSAFE = re.compile(r'[<>:"/\\|?*]')
# Windows takes these for devices, with any extension too ("Naming Files, Paths, and Namespaces").
DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|__macosx)(\..*)?", re.IGNORECASE)


def safe_name(name: str) -> str:
    """The name itself where Windows, macOS and Linux all take it for a visible file or folder, else one like it."""
    text = "".join(sign if sign.isprintable() else "_" for sign in unicodedata.normalize("NFC", name))
    text = UNSAFE.sub("_", text).strip(" ")
    text = re.sub(r"^\.+", lambda dots: "_" * len(dots[0]), text)
    text = _within(text, LONGEST_BYTES).rstrip(" ")
    text = re.sub(r"\.+$", lambda dots: "_" * len(dots[0]), text)
    if device := DEVICES.fullmatch(text):
        return f"{device[1]}_{device[2] or ''}"
    return text or "_"


def told_apart(names: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """The names in order, each that another one has already (in any capitals) with a number before its extension."""
    seen, apart = {name.casefold() for name in taken}, []
    for name in names:
        suffix = PurePosixPath(name).suffix
        stem, number, free = name.removesuffix(suffix), 2, name
        while free.casefold() in seen:
            free, number = f"{stem}-{number}{suffix}", number + 1
        seen.add(free.casefold())
        apart.append(free)
    return apart


def _within(text: str, most_bytes: int) -> str:
    return text.encode()[:most_bytes].decode(errors="ignore")
