"""Which picture each row of a list means: names are compared ever more loosely, and what stays in doubt is named."""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from core.data.dataset import Part
from core.data.labels_file import Labels, Row, rows_have, some
from core.data.layout import PICTURE_SUFFIXES, SPLIT_FOLDERS, Parts, Place
from core.errors import BadSource

NO_ROW = "The list has no row for it."
NO_CLASS = "The list gives it no class."
DEEPEST = 8                 # parts of a name that are compared, from its end: one of thousands would fill the memory
Rank = tuple[int, int]      # how loosely a row fits: its folders that were let go of, then the spelling
Index = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Matched:
    """Where the list puts each picture, and what became of the others."""

    places: dict[str, Place]               # by the picture's name
    skipped: tuple[tuple[str, str], ...]   # (picture, problem)
    notes: tuple[str, ...]


def matched(labels: Labels, pictures: Sequence[str]) -> Matched:
    """The place of each picture that the list names beyond doubt. Raises BadSource where it names none of them."""
    finder = _Finder(pictures)
    claims, unknown, doubtful = _claims(labels.rows, finder)
    verdicts = {name: _verdict(rows) for name, rows in claims.items()}
    places = {name: verdict for name, verdict in verdicts.items() if isinstance(verdict, Place)}
    if not places:
        raise _nothing_fits(labels, pictures, bool(claims))
    problems = {name: f"The list says '{file}', and several pictures are called so."
                for fits, file in doubtful for name in fits}
    problems |= {name: verdict for name, verdict in verdicts.items() if isinstance(verdict, str)}
    missing = [name for name in pictures if name not in places and name not in problems]
    problems |= dict.fromkeys(missing, NO_ROW)
    contradicted = [name for name, verdict in verdicts.items() if name not in places and verdict != NO_CLASS]
    notes = [*_contradicted(contradicted), *_doubtful([file for _, file in doubtful]), *_unknown(unknown),
             *_missing(missing), *_lost(sorted(labels.counts().keys() - {place.label for place in places.values()}))]
    if labels.part_column is None and (folders := _split_folders(places, finder)):
        places = {name: Place(place.label, _part(folders[name])) for name, place in places.items()}
        notes.append(f"The folders {', '.join(sorted(set(folders.values())))} divide the pictures.")
    skipped = sorted((name, problem) for name, problem in problems.items() if name not in places)
    return Matched(places, tuple(skipped), tuple(notes))


class _Finder:
    """Pictures by their names, spelled in every way that a list may spell them."""

    def __init__(self, pictures: Sequence[str]) -> None:
        self._paths = {name: _path(name) for name in pictures}
        self.inner = _without_common(self._paths)
        self._indexes: dict[int, tuple[Index, ...]] = {}

    def find(self, file: str) -> tuple[list[str], Rank]:
        """The pictures that fit best, several where it cannot be told which, and how loosely they fit.

        The row's folders are let go of only where nothing fits with them.
        """
        path = _path(file.replace("\\", "/"))[-DEEPEST:]
        for start in range(len(path)):
            for spelling, spell in enumerate(SPELLINGS):
                wanted = spell("/".join(path[start:]))
                for index in self._index(spelling):
                    if fits := index.get(wanted):
                        return fits, (start, spelling)
        return [], (0, 0)

    def _index(self, spelling: int) -> tuple[Index, ...]:
        """By the whole name, by the name without the folders that all share, and by each end of a name."""
        if spelling not in self._indexes:
            spell = SPELLINGS[spelling]
            self._indexes[spelling] = tuple(map(_indexed, (
                ((spell("/".join(path)), name) for name, path in self._paths.items()),
                ((spell("/".join(path)), name) for name, path in self.inner.items()),
                ((spell("/".join(path[-length:])), name) for name, path in self._paths.items()
                 for length in range(1, min(len(path) - 1, DEEPEST) + 1)))))
        return self._indexes[spelling]


def _bare(name: str) -> str:
    """Without a picture's extension."""
    stem, dot, suffix = name.rpartition(".")
    return stem if f"{dot}{suffix}".lower() in PICTURE_SUFFIXES else name


def _loose(name: str) -> str:
    return unicodedata.normalize("NFC", name.casefold())


# The strictest first: as it is; without its extension; without its case; without both.
SPELLINGS: tuple[Callable[[str], str], ...] = (str, _bare, _loose, lambda name: _loose(_bare(name)))


def _path(name: str) -> Parts:
    return tuple(part for part in unicodedata.normalize("NFC", name).split("/") if part not in ("", ".", ".."))


def _without_common(paths: dict[str, Parts]) -> dict[str, Parts]:
    """Without the folders that all have in common."""
    folders = [path[:-1] for path in paths.values()]
    least, most = min(folders), max(folders)        # what these share, all share
    common = next((at for at, (one, other) in enumerate(zip(least, most, strict=False)) if one != other),
                  min(len(least), len(most)))
    return {name: path[common:] for name, path in paths.items()}


def _indexed(pairs: Iterable[tuple[str, str]]) -> Index:
    index: Index = defaultdict(list)
    for key, name in pairs:
        index[key].append(name)
    return dict(index)


Doubt = tuple[list[str], str]      # pictures, and what a row says that could mean each of them


def _claims(rows: Sequence[Row], finder: _Finder) -> tuple[dict[str, list[Row]], list[str], list[Doubt]]:
    """The rows that mean each picture; the files that are no picture; those that may be several.

    Where rows fit a picture with different looseness ("a.jpg" and "A.jpg"), the strictest mean it; the others mean
    another one that is not there.
    """
    fitting: dict[str, list[tuple[Rank, Row]]] = defaultdict(list)
    unknown: dict[str, None] = {}
    doubtful: dict[int, Doubt] = {}      # by the index's own list, which many rows may share
    for row in rows:
        fits, rank = finder.find(row.file)
        if len(fits) == 1:
            fitting[fits[0]].append((rank, row))
        elif fits:
            doubtful.setdefault(id(fits), (fits, row.file))
        else:
            unknown[row.file] = None
    claims = {}
    for name, ranked in fitting.items():
        best = min(rank for rank, _ in ranked)
        claims[name] = [row for rank, row in ranked if rank == best]
        unknown |= dict.fromkeys(row.file for rank, row in ranked if rank > best)
    return claims, list(unknown), list(doubtful.values())


def _verdict(rows: Sequence[Row]) -> Place | str:
    """Where rows of one picture put it, or why it cannot be used."""
    labels = list(dict.fromkeys(row.label for row in rows if row.label))
    parts = list(dict.fromkeys(row.part for row in rows if row.label and row.part))
    if not labels:
        return NO_CLASS
    if len(labels) > 1:
        return f"The list gives it several classes: {some(labels)}."
    if len(parts) > 1:
        return f"The list puts it into several parts: {some(parts)}."
    return Place(labels[0], parts[0] if parts else None)


def _part(folder: str) -> Part:
    return SPLIT_FOLDERS[folder.casefold()]


def _split_folders(places: dict[str, Place], finder: _Finder) -> dict[str, str]:
    """The split folder of each picture, where every one stands in some and some are for training; else nothing."""
    folders = {name: path[0] for name in places if len(path := finder.inner[name]) > 1}
    if len(folders) < len(places) or any(folder.casefold() not in SPLIT_FOLDERS for folder in set(folders.values())):
        return {}
    parts = {_part(folder) for folder in folders.values()}
    return folders if "train" in parts and len(parts) > 1 else {}


def _nothing_fits(labels: Labels, pictures: Sequence[str], some_fit: bool) -> BadSource:
    if some_fit:
        return BadSource(f"The list '{labels.name}' gives none of the pictures one class.",
                         remedy="Write each file once, with its class beside it.")
    return BadSource(f"None of the files that the list '{labels.name}' names is among the pictures: it says "
                     f"'{labels.rows[0].file}', and a picture is called '{pictures[0]}'.",
                     remedy="Choose the list that belongs to these pictures, or write the names as the files have "
                            "them.")


def _contradicted(names: Sequence[str]) -> list[str]:
    if not names:
        return []
    return [f"{len(names):,} {'picture has' if len(names) == 1 else 'pictures have'} rows that contradict each other, "
            f"and none of them is used: {some(names)}."]


def _doubtful(files: Sequence[str]) -> list[str]:
    if not files:
        return []
    return [f"Several pictures have the name that the list says, and none of them is used: {some(files)}. Write such "
            "names whole in the list, with folder and ending, as in 'first/1.jpg'."]


def _unknown(files: Sequence[str]) -> list[str]:
    return [f"{rows_have(len(files))} a file that is not among the pictures: {some(files)}."] if files else []


def _missing(names: Sequence[str]) -> list[str]:
    if not names:
        return []
    return [f"{len(names):,} {'picture has' if len(names) == 1 else 'pictures have'} no row in the list, and "
            f"{'is' if len(names) == 1 else 'are'} left out: {some(names)}."]


def _lost(classes: Sequence[str]) -> list[str]:
    if not classes:
        return []
    what = "the class" if len(classes) == 1 else f"{len(classes):,} classes:"
    return [f"No picture is left of {what} {some(classes)}."]
