import codecs

import pytest

from core.data.tables import Table, read_table, write_table
from core.errors import BadSource, TooLarge

PETS = Table(("file", "label"), (("a.jpg", "cat"), ("b.jpg", "dog")))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends_are_told_from_the_text(separator: str, end: str) -> None:
    text = end.join(separator.join(line) for line in PETS.lines)
    assert read_table(text.encode(), "pets.csv") == PETS


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_every_script_is_read_in_every_unicode_encoding(encoding: str) -> None:
    table = read_table("файл,класс\nа.jpg,кошка\n猫.jpg,猫\n".encode(encoding), "x.csv")
    assert table == Table(("файл", "класс"), (("а.jpg", "кошка"), ("猫.jpg", "猫")))


def test_utf_16_from_a_big_endian_machine_is_read() -> None:
    assert read_table(codecs.BOM_UTF16_BE + "a,b\n1,ü\n".encode("utf-16-be"), "x.csv").rows == (("1", "ü"),)


def test_what_is_no_utf_8_is_read_as_windows_writes_it() -> None:
    assert read_table("file;label\na.jpg;Käfer\n".encode("cp1252"), "x.csv").rows == (("a.jpg", "Käfer"),)


def test_excels_first_line_names_the_separator() -> None:
    assert read_table(b"sep=;\r\nfile;label\r\na,b.jpg;cat\r\n", "x.csv") == Table(
        ("file", "label"), (("a,b.jpg", "cat"),))


def test_quotes_hold_separators_quotes_and_line_ends() -> None:
    table = read_table(b'file,label\n"a,1.jpg","the ""big"" cat"\n"b\n2.jpg",dog\n', "x.csv")
    assert table.rows == (("a,1.jpg", 'the "big" cat'), ("b\n2.jpg", "dog"))


def test_text_with_commas_in_one_column_is_not_divided_where_semicolons_fit_better() -> None:
    assert read_table(b"file;label\na, b.jpg;cat\nc.jpg;dog\nd.jpg;dog\n", "x.csv").columns == ("file", "label")


def test_a_list_of_single_words_has_one_column() -> None:
    assert read_table(b"http://a/1.jpg\n\nhttp://a/2.jpg\n", "x.txt").lines == (("http://a/1.jpg",), ("http://a/2.jpg",))


def test_blank_lines_go_short_rows_are_filled_and_empty_ends_cut() -> None:
    assert read_table(b"file,label,\n\n , \na.jpg\nb.jpg,dog,,\n", "x.csv").rows == (("a.jpg", ""), ("b.jpg", "dog"))


def test_cells_are_nfc_and_formulas_are_text() -> None:
    assert read_table("f,l\n=1+1,cafe\u0301\n".encode(), "x.csv").rows == (("=1+1", "caf\u00e9"),)


def test_a_row_with_more_cells_than_the_header_is_named_by_its_line() -> None:
    with pytest.raises(BadSource, match=r"Line 3 of 'x.csv' has 3 cells, and the first line 2"):
        read_table(b"file,label\na.jpg,cat\nb.jpg,dog,big\n", "x.csv")


@pytest.mark.parametrize(("content", "words"), [
    (b"", "is empty"), (b"\n \n", "is empty"), (b"PK\x03\x04...", "Excel workbook or a zip"),
    (b"\x89PNG....", "a picture"),
    (b"a,b\n1,\x00\n", "no text"), (codecs.BOM_UTF16_LE + b"a", "cut off"), (b"a,b\n\x81\x8d,1\n", "no text"),
])
def test_what_is_no_table_is_refused_with_words(content: bytes, words: str) -> None:
    with pytest.raises(BadSource, match=words) as told:
        read_table(content, "x.csv")
    assert told.value.remedy


def test_a_hundred_thousand_rows_are_read_and_one_more_is_refused() -> None:
    rows = b"".join(b"%d.jpg,cat\n" % number for number in range(100_000))
    assert len(read_table(b"file,label\n" + rows, "x.csv").rows) == 100_000
    with pytest.raises(TooLarge, match="100,000 rows"):
        read_table(b"file,label\n" + rows + b"x.jpg,cat\n", "x.csv")


def test_what_is_written_is_read_back_and_no_cell_is_a_formula() -> None:
    written = write_table(("file", "label"), [("a,b.jpg", "=cmd()"), ("ü.jpg", "@x"), ("c.jpg", 1.5)])
    assert read_table(written, "x.csv").rows == (("a,b.jpg", "'=cmd()"), ("ü.jpg", "'@x"), ("c.jpg", "1.5"))
