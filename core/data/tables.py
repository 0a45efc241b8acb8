"""Tables of text: a person's list is read whatever program wrote it, and ours is written for every program."""

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from core.data.files import printable
from core.errors import BadSource, TooLarge

# What a spreadsheet would take for a formula when a cell begins with it (OWASP, "CSV Injection").
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

MOST_ROWS = 100_000
MOST_COLUMNS = 100           # each row is padded to the width: wide and long together would fill the memory
SEPARATORS = "\t;|,"         # the rarer in names, the earlier: it wins where two cut equally well
ONE_COLUMN = "\x1f"          # a separator that no table holds, since control characters are refused
LOOKED_AT = 50               # lines from which the separator is chosen
# UTF-32's mark begins as UTF-16's does, so it stands before it.
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
         (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
OTHERS = ((b"PK\x03\x04", "a spreadsheet (such as .xlsx) or a zip"), (b"\xd0\xcf\x11\xe0", "an old spreadsheet (.xls)"),
          (b"\xff\xd8\xff", "a picture"), (b"\x89PNG", "a picture"), (b"GIF8", "a picture"), (b"RIFF", "a picture"),
          (b"II*\0", "a picture"), (b"MM\0*", "a picture"), (b"%PDF", "a PDF"), (b"\x1f\x8b", "a packed file (.gz)"),
          (b"PAR1", "a Parquet file"))
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# Three in a row are in no Western European word, but in most that were Cyrillic, Greek, Chinese, Japanese, Korean.
FOREIGN = re.compile(r"[^\x00-\x7f]{3}")
AS_UTF8 = "Open it in the program that it comes from and save it as 'CSV UTF-8'."


@dataclass(frozen=True, slots=True)
class Table:
    """Lines of cells, each NFC and without space around it. Whether the first line is a header is for the caller."""

    columns: tuple[str, ...]            # the first line
    rows: tuple[tuple[str, ...], ...]   # the others, each as wide as `columns`
    guessed_letters: bool = False       # it is no UTF-8 and was read as Windows-1252: accents may be wrong

    @property
    def lines(self) -> tuple[tuple[str, ...], ...]:
        """All of them, for a list that has no header."""
        return (self.columns, *self.rows)


def read_table(content: bytes, name: str, most_rows: int = MOST_ROWS) -> Table:
    """The table in a file's bytes, whatever its encoding, separator and line ends; blank lines are left out.

    `name` is the file's, for messages. A cell that begins like a formula is data, and stays as it is;
    the apostrophe that `write_table` puts before such a one is taken off again.
    Raises BadSource for what is empty, no text, damaged, or has a row wider than the first line (told by
    its line's number, from 1); TooLarge for more rows than `most_rows`, or columns than MOST_COLUMNS.
    """
    name = printable(name)
    text, guessed = _text(content, name)
    said = re.match(r"sep=(.)(?:\r\n?|\n|$)", text, re.IGNORECASE)          # Excel's own first line
    body = text[said.end():] if said else text
    separator = said[1] if said and said[1] not in ' "' else _separator(body)
    lines: list[tuple[int, list[str]]] = []
    if not body.strip(SEPARATORS + ' "\r\n'):
        body = ""                # separators alone, in which none could be found
    for line in _cells(body, separator, name, first=2 if said else 1):
        lines.append(line)
        if len(lines) > most_rows + 1:
            raise TooLarge(f"The list '{name}' has more than {most_rows:,} rows.",
                           remedy="Leave some rows out, or divide it into several lists.")
    if not lines:
        raise BadSource(f"The list '{name}' is empty.", remedy="Choose the file that holds the rows.")
    width = _width(lines, len(next(_raw(body, separator))), name)
    head, *rows = (tuple(cells) + ("",) * (width - len(cells)) for _, cells in lines)
    return Table(head, tuple(rows), guessed)


def write_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """UTF-8 with a byte-order mark, without which Excel garbles every accent; no cell is taken for a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    for row in (columns, *rows):
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])
    return text.getvalue().encode("utf-8-sig", errors="backslashreplace")


def harmless(cell: str) -> str:
    """The cell as text: with an apostrophe before what a spreadsheet would compute."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def _as_written(cell: str) -> str:
    """A cell that `harmless` made, as it was before."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA_STARTS) else cell


def _text(content: bytes, name: str) -> tuple[str, bool]:
    """The text, and whether its letters are a guess."""
    for start, kind in OTHERS:
        if content.startswith(start):
            raise BadSource(f"'{name}' is {kind}, not a list as text.",
                            remedy="Open it in a spreadsheet program, save it as CSV, and choose that file.")
    text, guessed = _decoded(content, name)
    if found := CONTROL.search(text):
        raise BadSource(f"'{name}' is no text: line {_line(text, found.start())} holds a control character.",
                        remedy=AS_UTF8)
    return text, guessed


def _decoded(content: bytes, name: str) -> tuple[str, bool]:
    """Without a mark and no UTF-8 it is Windows-1252, what Excel in Western Europe and America writes.

    Guessing further was tried (charset-normalizer 3.5) and left out: of 30 lists of 4 to 2,000 rows in ten
    encodings it took 16 for another, among them all in Spanish ("niño" became "nińo"), without a word.
    What is plainly not Western is refused instead.
    """
    try:
        for mark, encoding in MARKS:
            if content.startswith(mark):
                return content.decode(encoding), False
    except UnicodeDecodeError as error:
        raise BadSource(f"'{name}' is cut off or damaged: its letters cannot be read.", remedy=AS_UTF8) from error
    try:
        return content.decode("utf-8"), False
    except UnicodeDecodeError:
        pass
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        text = None
    if text is None or FOREIGN.search(text):
        raise BadSource(f"'{name}' is not a text table, or its letters are not saved as UTF-8.", remedy=AS_UTF8)
    return text, True


def _separator(text: str) -> str:
    """The one that cuts the first lines into the most even columns, or ONE_COLUMN where none cuts most of them.

    `csv.Sniffer` guesses from letters that are frequent, and raises for a list with one column.
    """
    best, choice = (0.0, 0), ONE_COLUMN
    for separator in SEPARATORS:
        widths = _widths(text, separator)
        if not widths or widths[0] < 2 or sum(width > 1 for width in widths) * 2 < len(widths):
            continue
        rank = (sum(width == widths[0] for width in widths) / len(widths), widths[0])
        if rank > best:
            best, choice = rank, separator
    return choice


def _widths(text: str, separator: str) -> list[int]:
    """Cells in each of the first lines that are not blank."""
    try:
        return [len(row) for row in islice(_raw(text, separator), LOOKED_AT)]
    except csv.Error:            # a cell beyond the library's limit: it is told of when the table is read
        return []


def _raw(text: str, separator: str) -> Iterator[list[str]]:
    """The rows that are not blank, trailing separators and all."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    return (row for row in reader if any(cell.strip() for cell in row))


def _cells(text: str, separator: str, name: str, first: int) -> Iterator[tuple[int, list[str]]]:
    """The number of each line that is not blank, and its cells up to the last that is not empty."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True, strict=True)
    begins = first
    try:
        for row in reader:
            cells = [_as_written(unicodedata.normalize("NFC", cell.strip())) for cell in row]
            while cells and not cells[-1]:
                del cells[-1]
            if cells:
                yield begins, cells
            begins = first + reader.line_num
    except csv.Error as error:
        raise BadSource(f"Line {begins} of '{name}' cannot be read: a quotation mark there does not close its cell.",
                        remedy="Remove the quotation marks in that line and what follows them before the separator; "
                               'one that belongs to a name is written twice ("").') from error


def _width(lines: list[tuple[int, list[str]]], allowed: int, name: str) -> int:
    """Columns of the table. `allowed`: cells of the first line, the empty ones at its end too."""
    if allowed > MOST_COLUMNS:
        raise TooLarge(f"The list '{name}' has {allowed:,} columns; {MOST_COLUMNS} are allowed.",
                       remedy="Keep the columns that matter, and save it again.")
    for number, cells in lines:
        if len(cells) > allowed:
            raise BadSource(f"Line {number} of '{name}' has {len(cells):,} cells, but the first line has {allowed}.",
                            remedy='Put quotation marks around a cell that holds the separator ("cat, big"), '
                                   "or give each column a name in the first line.")
    return max(len(cells) for _, cells in lines)


def _line(text: str, position: int) -> int:
    return len(re.findall(r"\r\n?|\n", text[:position])) + 1
