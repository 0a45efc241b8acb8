"""Tables as people save them: comma or semicolon, any encoding, with or without Excel's habits; and ours for them."""

import codecs
import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.errors import BadSource, TooLarge

MOST_ROWS = 100_000
SEPARATORS = (",", ";", "\t", "|")
LOOKED_AT = 50               # lines from which the separator is told
# Byte-order marks and the encodings that they announce; UTF-32's begins as UTF-16's does, so it stands first.
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
         (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# What is no text, by its first bytes, and what it is.
OTHERS = ((b"PK\x03\x04", "an Excel workbook or a zip"), (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
          (b"%PDF", "a PDF"), (b"\x89PNG", "a picture"), (b"\xff\xd8\xff", "a picture"), (b"GIF8", "a picture"))
# What a spreadsheet would take for a formula when a cell begins with it (OWASP, "CSV Injection").
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Table:
    """The first line, and all others at its width. Cells are NFC text without space around them; formulas are text."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def lines(self) -> tuple[tuple[str, ...], ...]:
        """All lines with the first: for a table without a header."""
        return (self.columns, *self.rows)


def read_table(content: bytes, name: str, most_rows: int = MOST_ROWS) -> Table:
    """The table in a CSV-like file; `name` is only spoken of.

    Blank lines are left out, short rows filled up, cells beyond the first line's width cut where they are empty.
    Raises BadSource for what is empty or no such text, and for a row with more cells than the first line; TooLarge.
    """
    text = _decoded(content, name)
    if text.lower().startswith("sep=") and len(text.splitlines()[0]) == 5:       # Excel's own first line
        separator, text = text[4], text.split("\n", 1)[1] if "\n" in text else ""
    else:
        separator = _separator(text)
    lines: list[tuple[str, ...]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=False)
    try:
        for cells in reader:
            line = tuple(unicodedata.normalize("NFC", cell.strip()) for cell in cells)
            if any(line):
                lines.append(_fitted(line, lines, name, reader.line_num))
                if len(lines) > most_rows + 1:
                    raise TooLarge(f"'{name}' has more than {most_rows:,} rows.", remedy="Divide it into more lists.")
    except csv.Error as error:
        raise BadSource(f"Line {reader.line_num} of '{name}' cannot be read as a row of a table ({error}).",
                        remedy="Save the list as CSV anew.") from error
    if not lines:
        raise BadSource(f"'{name}' is empty.", remedy="Give a list with at least one row.")
    return Table(lines[0], tuple(lines[1:]))


def write_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """CSV as UTF-8 with a byte-order mark, without which Excel garbles every accent; no cell is taken for a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    for row in (columns, *rows):
        writer.writerow([_harmless(cell) if isinstance(cell, str) else cell for cell in row])
    return text.getvalue().encode("utf-8-sig")


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def _decoded(content: bytes, name: str) -> str:
    for beginning, kind in OTHERS:
        if content.startswith(beginning):
            raise BadSource(f"'{name}' is {kind}, and no list.",
                            remedy="Open it where it was made, and save it as CSV (comma-separated values).")
    encoding = next((found for mark, found in MARKS if content.startswith(mark)), None)
    try:
        text = content.decode(encoding or "utf-8")
    except UnicodeDecodeError as error:
        if encoding is not None:
            raise BadSource(f"'{name}' is cut off or damaged: its text cannot be read ({error.reason}).",
                            remedy="Save the list as CSV in UTF-8.") from error
        # Windows' own code page, which old spreadsheets write; a guess among all that there are would be wrong more
        # often on lists of short names.
        text = content.decode("cp1252", errors="replace")
    if CONTROL.search(text) or "\ufffd" in text:
        raise BadSource(f"'{name}' holds signs that are no text.", remedy="Save the list as CSV in UTF-8.")
    return text


def _separator(text: str) -> str:
    """The one that divides most of the first lines into the same number of cells, the more the better.

    Quotes are respected. `csv.Sniffer` takes letters for separators where cells are short.
    """
    head = "\n".join(text.splitlines()[:LOOKED_AT])

    def fits(separator: str) -> tuple[int, int]:
        widths = Counter(len(cells) for cells in csv.reader(io.StringIO(head), delimiter=separator) if any(cells))
        divided = [(count, width) for width, count in widths.items() if width > 1]
        return max(divided, default=(0, 1))

    return max(SEPARATORS, key=fits)


def _fitted(line: tuple[str, ...], before: Sequence[tuple[str, ...]], name: str, number: int) -> tuple[str, ...]:
    """At the first line's width."""
    if not before:
        while len(line) > 1 and not line[-1]:       # a separator at its end
            line = line[:-1]
        return line
    width = len(before[0])
    if any(line[width:]):
        raise BadSource(f"Line {number} of '{name}' has {len(line)} cells, and the first line {width}.",
                        remedy="Put text that holds the separator in quotes, or save the list as CSV anew.")
    return (*line[:width], *[""] * (width - len(line)))
