"""What a list of labels was understood to say, shown before its pictures are brought in."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from core.data.dataset import Part
from core.data.files import single
from core.data.labels_file import Labels, Row, read_labels, some
from core.data.layout import alike
from pages.ui.words import amount, plain

EXAMPLES = 5                 # rows that are shown as they were read
MOST_CLASSES = 500           # are shown; there may be as many as rows
LONGEST_HEADER = 40          # characters
ROW_PIXELS, HEAD_PIXELS, MOST_PIXELS = 35, 38, 220
PARTS: dict[Part, str] = {"train": "to learn from (train)", "valid": "to check with (valid)",
                          "test": "for the very end (test)"}


@dataclass(frozen=True, slots=True)
class Said:
    """A list in short: the rows themselves may be a hundred thousand."""

    columns: tuple[str, str, str | None]     # of the file, the class, the part; "" where the list has no header
    examples: tuple[Row, ...]
    counts: tuple[tuple[str, int], ...]      # files a class, of MOST_CLASSES at most
    classes: int
    files: int                               # with one class
    parts: dict[Part, int]
    notes: tuple[str, ...]
    hindrance: str                           # why it cannot be brought in with whatever pictures; ""


@st.cache_data(max_entries=64, show_spinner="Reading the list")
def said(file: Path, name: str, sent: int) -> Said:
    """The list in this file. `sent` tells one that takes another's place. Raises what `read_labels` does."""
    labels = read_labels(single(file, name))
    counts = labels.counts()
    return Said((labels.file_column, labels.label_column, labels.part_column), labels.rows[:EXAMPLES],
                tuple(counts.items())[:MOST_CLASSES], len(counts), sum(counts.values()), labels.parts(),
                (*labels.notes, *_contradicted(labels), *_alike(counts)), _hindrance(labels, counts))


def show(what: Said) -> None:
    """Its columns, its first rows, its classes, and what a person should know of it."""
    with st.container(border=True):
        st.markdown(f":material/check_circle: {_columns(what)}")
        st.markdown(f":material/call_split: {_division(what)}")
        rows, classes = st.columns([3, 2], gap="medium")
        with rows:
            st.caption("The first rows, as they were understood")
            shown = {"file": [row.file for row in what.examples], "class": [row.label or None for row in what.examples]}
            if what.columns[2] is not None:
                shown["part"] = [row.part or "train" for row in what.examples]
            st.dataframe(shown, hide_index=True, height=_height(len(what.examples)))
        with classes:
            st.caption(f"{what.classes:,} classes, {amount(what.files, 'picture')}"
                       + (f"; the first {MOST_CLASSES:,} are shown" if what.classes > MOST_CLASSES else ""))
            labels, counts = zip(*what.counts, strict=True)
            st.dataframe({"class": labels, "pictures": counts}, hide_index=True, height=_height(len(what.counts)))
        for note in what.notes:
            st.caption(plain(note))


def _columns(what: Said) -> str:
    file, label, _ = what.columns
    if not file and not label:
        return "No line names the columns, but one holds names of pictures: the other says their classes."
    return f"{_column(file)} names the picture, and {_column(label, within=True)} says its class."


def _division(what: Said) -> str:
    part = what.columns[2]
    if part is None:
        return "No column divides the pictures: some of each class will be set aside to check with."
    counts = [f"{what.parts[each]:,} {words}" for each, words in PARTS.items() if each in what.parts]
    return f"{_column(part)} divides them: {', '.join(counts)}."


def _column(header: str, within: bool = False) -> str:
    short = header if len(header) <= LONGEST_HEADER else f"{header[:LONGEST_HEADER - 1]}…"
    if not short:
        return "a column without a name" if within else "A column without a name"
    return f"{'the' if within else 'The'} column **{plain(short)}**"


def _contradicted(labels: Labels) -> list[str]:
    files = labels.contradicted()
    if not files:
        return []
    have = "file has" if len(files) == 1 else "files have"
    return [f"{len(files):,} {have} two classes in the list, and will be left out: {some(files)}."]


def _alike(classes: Sequence[str] | dict[str, int]) -> list[str]:
    return [f"The classes {some(group)} differ only in upper and lower case, and stay apart. If they are one class, "
            "spell them alike in the list, or merge them afterwards." for group in alike(classes)]


def _hindrance(labels: Labels, counts: dict[str, int]) -> str:
    single = [label for label, count in counts.items() if count == 1]
    if single:
        return (f"A class needs two pictures at least; the list has one of {plain(some(single))}. Add rows, or remove "
                "theirs, and choose the list again.")
    if "train" not in labels.parts():
        return "The list leaves no picture to learn from: write “train” beside them, and choose the list again."
    return ""


def _height(rows: int) -> int:
    return min(MOST_PIXELS, HEAD_PIXELS + ROW_PIXELS * rows)
