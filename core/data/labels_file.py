"""A list of classes as a person keeps it: which column names the file, which its class, which the part of the split."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core.data.classes import LONGEST_NAME
from core.data.dataset import Part
from core.data.files import File, printable
from core.data.layout import SPLIT_FOLDERS, is_picture
from core.data.tables import Table, read_table
from core.errors import BadPicture, BadSource, TooFewImages, TooLarge

MOST_LIST_BYTES = 10_000_000     # a hundred thousand rows of a hundred letters
NAMED = 3                        # of many, so many are named in a sentence
MOST_HEADERS = 12                # and so many headers
LOOKED_AT = 1000                 # rows that tell what a column holds
# Headers without their spaces, lines and case. The role's own word is what we ask for: it wins over the others.
HEADERS = {
    "file": ("file", "filename", "files", "filepath", "image", "images", "imagename", "imageid", "imagefile",
             "imagepath", "img", "picture", "photo", "id", "path", "name"),
    "label": ("label", "labels", "class", "classes", "classname", "category", "target", "species", "breed"),
    "split": ("split", "subset", "set", "fold", "part"),
}
HOW_LISTS_LOOK = "Call the column with the file names 'file', and the one with the classes 'label', in the first line."


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the list."""

    file: str            # as it is written there
    label: str           # NFC; "" where there is none
    part: Part | None


@dataclass(frozen=True, slots=True)
class Labels:
    """What a list says by itself, before any picture is looked at."""

    name: str                      # the list's file, for people
    file_column: str               # headers; "" where the list has none
    label_column: str
    part_column: str | None
    rows: tuple[Row, ...]          # with a file; none twice
    doubled: int                   # rows that say once more what another says
    notes: tuple[str, ...]         # what a person should know of the list itself

    @property
    def origin(self) -> str:
        """Where the classes come from, as a sentence."""
        if not self.file_column and not self.label_column:
            return f"The classes come from the list '{self.name}'."
        parts = f", '{self.part_column}' the division" if self.part_column else ""
        return (f"The classes come from the list '{self.name}': its column '{self.file_column}' names the file, "
                f"'{self.label_column}' the class{parts}.")

    def counts(self) -> dict[str, int]:
        """Files a class, by the class's name; those with two classes are not among them."""
        labels = self._by_file()
        return dict(sorted(Counter(given.pop() for given in labels.values() if len(given) == 1).items()))

    def parts(self) -> dict[Part, int]:
        """Rows of each part; without a word of it they are learned from."""
        return dict(Counter(row.part or "train" for row in self.rows if row.label))

    def contradicted(self) -> tuple[str, ...]:
        """Files that the list gives several classes."""
        return tuple(file for file, given in self._by_file().items() if len(given) > 1)

    def _by_file(self) -> dict[str, set[str]]:
        labels: dict[str, set[str]] = {}
        for row in self.rows:
            if row.label:
                labels.setdefault(row.file, set()).add(row.label)
        return labels


def read_labels(file: File) -> Labels:
    """The list in a file. Raises what `read_table` and `understood` do, and BadSource for what cannot be read."""
    if file.size_bytes > MOST_LIST_BYTES:
        raise TooLarge(f"The list '{printable(file.name)}' has {file.size_bytes / 1e6:,.1f} MB; "
                       f"{MOST_LIST_BYTES / 1e6:,.0f} MB are allowed.",
                       remedy="Keep only the columns with the file names and the classes.")
    try:
        content = b"".join(file.pieces())
    except BadPicture as error:
        raise BadSource(f"The list '{printable(file.name)}' cannot be read. {error.problem}",
                        remedy=error.remedy) from error
    return understood(read_table(content, file.name), file.name)


def understood(table: Table, name: str) -> Labels:
    """What each row says. Raises BadSource, which names the columns, where it is not clear what they hold."""
    name = printable(name)
    columns, headed = _columns(table, name)
    rows: dict[Row, None] = {}
    nameless, doubled = 0, 0
    lines = table.rows if headed else table.lines
    for cells in lines:
        row = _row(cells, columns, name)
        nameless += not row.file
        doubled += row in rows
        if row.file:
            rows[row] = None
    if not rows:
        raise BadSource(f"The list '{name}' names no file.", remedy=HOW_LISTS_LOOK)
    classes = {row.label for row in rows if row.label}
    if len(classes) < 2:
        has = f"a single class, '{classes.pop()}'" if classes else "no class"
        raise TooFewImages(f"The list '{name}' has {has}.", remedy=f"Give at least two classes. {HOW_LISTS_LOOK}")
    file, label, part = columns
    heads = table.columns if headed else ("",) * len(table.columns)
    notes = [*_unlabelled(list(rows)), *_nameless(nameless), *_doubled(doubled), *_parts(table, columns, headed),
             *_guessed(table)]
    return Labels(name, heads[file], heads[label], None if part is None else heads[part], tuple(rows), doubled,
                  tuple(notes))


def some(names: Sequence[str], most: int = NAMED) -> str:
    """The first few, as a sentence names them."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(f"'{name}'" for name in names[:most]) + more


Columns = tuple[int, int, int | None]      # of the file, the class and the part


def _columns(table: Table, name: str) -> tuple[Columns, bool]:
    """Where what stands, and whether the first line is a header."""
    width = len(table.columns)
    if width == 1:
        raise BadSource(f"The list '{name}' has a single column, '{_short(table.columns[0])}'.",
                        remedy="It needs two: a column 'file' with the names of the pictures, and a column 'label' "
                               "with their classes.")
    known = {role: _called(table, role) for role in HEADERS}
    in_first_line = [place for place, cell in enumerate(table.columns) if is_picture(cell)]
    if width == 2 and len(in_first_line) == 1 and not any(known.values()):
        return (in_first_line[0], 1 - in_first_line[0], None), False
    parts = [place for place in known["split"] if _divides(table, place)]
    files, labels = known["file"], known["label"]
    if len(files) != 1:
        pictured = [place for place in files or range(width)
                    if place not in (*labels, *parts) and _names_pictures(table, place)]
        files = pictured if len(pictured) == 1 else files
    if not files and len(labels) == 1:
        files = _rest(width, (*labels, *parts))
    if not labels and len(files) == 1:
        labels = _rest(width, (*files, *parts))
    for what, least, places in (("names the files", 1, files), ("holds the classes", 1, labels),
                                ("divides them", 0, parts)):
        if not least <= len(places) <= 1:
            columns = some([_short(column) for column in table.columns], MOST_HEADERS)
            raise BadSource(f"It is not clear which column of the list '{name}' {what}. It has the columns {columns}.",
                            remedy=HOW_LISTS_LOOK)
    return (files[0], labels[0], parts[0] if parts else None), True


def _called(table: Table, role: str) -> list[int]:
    """Columns whose header says that they have this role; the very word that we ask for says it best."""
    heads = [re.sub(r"[\W_]+", "", column).casefold() for column in table.columns]
    exact = [place for place, head in enumerate(heads) if head == role]
    return exact or [place for place, head in enumerate(heads) if head in HEADERS[role]]


def _rest(width: int, taken: Sequence[int]) -> list[int]:
    """The one column that is left, if there is one."""
    left = [place for place in range(width) if place not in taken]
    return left if len(left) == 1 else []


def _names_pictures(table: Table, place: int) -> bool:
    cells = [row[place] for row in table.rows[:LOOKED_AT] if row[place]]
    return sum(map(is_picture, cells)) * 2 > len(cells)


def _divides(table: Table, place: int) -> bool:
    return any(row[place].casefold() in SPLIT_FOLDERS for row in table.rows)


def _row(cells: Sequence[str], columns: Columns, name: str) -> Row:
    file, label, part = columns
    said = " ".join(cells[label].split())
    if len(said) > LONGEST_NAME:
        raise BadSource(f"The list '{name}' has a class with {len(said):,} letters: '{_short(said)}'.",
                        remedy=f"{LONGEST_NAME} are allowed. Perhaps that is another column. {HOW_LISTS_LOOK}")
    return Row(cells[file], said, None if part is None else SPLIT_FOLDERS.get(cells[part].casefold()))


def _unlabelled(rows: Sequence[Row]) -> list[str]:
    files = [row.file for row in rows if not row.label]
    if not files:
        return []
    return [f"{rows_have(len(files))} no class, and {_counts(len(files))} for nothing: {some(files)}."]


def _nameless(count: int) -> list[str]:
    return [f"{rows_have(count)} no file name, and {_counts(count)} for nothing."] if count else []


def _doubled(count: int) -> list[str]:
    if not count:
        return []
    says = "row says" if count == 1 else "rows say"
    return [f"{count:,} {says} what another row says already, and {_counts(count)} once."]


def _parts(table: Table, columns: Columns, headed: bool) -> list[str]:
    """A word about a column that divides nothing, and about words that are no part."""
    place = columns[2]
    if place is None:
        idle = [table.columns[place] for place in _called(table, "split") if place not in columns] if headed else []
        return [f"The column {some(idle)} says nothing of train, valid or test, and is left aside."] if idle else []
    strange = [row[place] for row in table.rows if row[place].casefold() not in SPLIT_FOLDERS]
    if not strange:
        return []
    words = sorted({_short(word) for word in strange if word})
    return [f"{rows_have(len(strange))} none of the words train, valid and test in '{table.columns[place]}'"
            f"{f' (but {some(words)})' if words else ''}: those pictures are learned from."]


def _guessed(table: Table) -> list[str]:
    return ["The list is not saved as UTF-8. Look whether letters with accents are right; if not, save it as "
            "'CSV UTF-8' and bring it in again."] if table.guessed_letters else []


def rows_have(count: int) -> str:
    return f"{count:,} row of the list has" if count == 1 else f"{count:,} rows of the list have"


def _counts(rows: int) -> str:
    return "counts" if rows == 1 else "count"


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
