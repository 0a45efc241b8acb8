import csv
import io

import pytest

from core.data.tables import MOST_COLUMNS, Table, harmless, read_table, write_table
from core.errors import BadSource, TooLarge


def read(text: str, encoding: str = "utf-8") -> Table:
    return read_table(text.encode(encoding), "list.csv")


def problem(content: bytes) -> str:
    with pytest.raises(BadSource) as caught:
        read_table(content, "list.csv")
    assert caught.value.remedy
    return caught.value.problem


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("label", ["chat", "猫", "кошка", "γάτα", "قطة", "बिल्ली", "🐈"])
def test_names_of_every_script_are_read_with_and_without_a_mark(encoding: str, label: str) -> None:
    assert read(f"file,label\n1.jpg,{label}\n", encoding) == Table(("file", "label"), (("1.jpg", label),))


def test_both_orders_of_two_byte_letters_are_read_by_their_mark() -> None:
    for mark, order in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        assert read_table(mark + "file\tlabel\n1.jpg\tκύων\n".encode(order), "x").rows == (("1.jpg", "κύων"),)


def test_an_old_western_list_is_read_and_says_that_its_letters_are_a_guess() -> None:
    table = read("file;label\n1.jpg;épagneul\n2.jpg;niño\n3.jpg;Süßwasser\n", "cp1252")
    assert table.rows == (("1.jpg", "épagneul"), ("2.jpg", "niño"), ("3.jpg", "Süßwasser"))
    assert table.guessed_letters
    assert not read("file,label\n1.jpg,épagneul\n").guessed_letters


@pytest.mark.parametrize(("encoding", "label"), [
    ("cp1251", "кошка"), ("cp1253", "σκύλος"), ("gbk", "兔子"), ("cp932", "うさぎ"), ("cp949", "고양이"),
    ("big5", "兔子"),
])
def test_letters_that_nobody_can_tell_are_refused_rather_than_garbled(encoding: str, label: str) -> None:
    assert "letters" in problem(f"file,label\n1.jpg,{label}\n".encode(encoding))


def test_bytes_that_are_no_text_are_said_to_be_none() -> None:
    assert "is not a text table" in problem(bytes(range(128, 256)))


def test_two_byte_letters_that_are_cut_off_are_told() -> None:
    assert "cut off" in problem("file,label".encode("utf-16")[:-1])


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_every_usual_separator_is_found_though_names_hold_the_others(separator: str) -> None:
    others = "".join({",", ";", "|"} - {separator})
    table = read(f"file{separator}label\n1.jpg{separator}a{others}b\n2.jpg{separator}c\n")
    assert table == Table(("file", "label"), (("1.jpg", f"a{others}b"), ("2.jpg", "c")))


def test_separators_within_quotes_cut_nothing() -> None:
    table = read('file,label\n"1;a.jpg","cat; big, ""old"""\n"2;b.jpg",\'dog\n')
    assert table.rows == (("1;a.jpg", 'cat; big, "old"'), ("2;b.jpg", "'dog"))


def test_a_quoted_cell_may_hold_a_line_end() -> None:
    assert read('file,label\n1.jpg,"a\nb"\n').rows == (("1.jpg", "a\nb"),)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_is_understood_and_blank_lines_are_left_out(end: str) -> None:
    table = read(end.join(["", "file,label", "", "1.jpg,cat", " , ", "2.jpg,dog", "", ""]))
    assert table == Table(("file", "label"), (("1.jpg", "cat"), ("2.jpg", "dog")))


@pytest.mark.parametrize("separator", [",", ";", "\t", "^"])
def test_the_first_line_that_excel_writes_for_itself_names_the_separator(separator: str) -> None:
    assert read(f"sep={separator}\r\nfile{separator}label\r\n1.jpg{separator}cat\r\n") == Table(
        ("file", "label"), (("1.jpg", "cat"),))


def test_trailing_separators_add_no_columns() -> None:
    assert read("file,label,,\n1.jpg,cat,,\n2.jpg,dog\n") == Table(
        ("file", "label"), (("1.jpg", "cat"), ("2.jpg", "dog")))


def test_a_column_without_a_name_is_kept_where_it_holds_something() -> None:
    assert read("file,label,\n1.jpg,cat,old\n2.jpg,dog,\n").rows == (("1.jpg", "cat", "old"), ("2.jpg", "dog", ""))
    assert read(",file,label\n0,1.jpg,cat\n").columns == ("", "file", "label")


def test_short_rows_are_padded_to_the_width() -> None:
    assert read("file,label,split\n1.jpg,cat,train\n2.jpg\n").rows == (("1.jpg", "cat", "train"), ("2.jpg", "", ""))


def test_a_list_with_one_column_keeps_its_first_line_for_who_wants_no_header() -> None:
    table = read("https://a.example/1.jpg\nhttps://a.example/2.jpg?w=1,2\n\nhttps://a.example/3.jpg\n")
    assert table.lines == (("https://a.example/1.jpg",), ("https://a.example/2.jpg?w=1,2",),
                           ("https://a.example/3.jpg",))
    assert read("https://a.example/1,1.jpg\nhttps://a.example/2.jpg\nhttps://a.example/3.jpg").lines[0] == (
        "https://a.example/1,1.jpg",)
    assert read("only one line").lines == (("only one line",),)


def test_space_around_cells_and_letters_in_pieces_are_put_right() -> None:
    table = read('file , label\n 1.jpg ,  "cafe\u0301, big"\n')
    assert table == Table(("file", "label"), (("1.jpg", "café, big"),))


def test_a_sign_that_would_become_a_semicolon_is_no_separator() -> None:
    assert read("file,label\n1.jpg,what\u037e\n").rows == (("1.jpg", "what;"),)


@pytest.mark.parametrize("cell", ["=1+1", "+cat", "-dog", "@home"])
def test_what_begins_like_a_formula_is_data(cell: str) -> None:
    assert read(f"file,label\n1.jpg,{cell}\n").rows == (("1.jpg", cell),)


@pytest.mark.parametrize("sign", ["\0", "\x07", "\x1f", "\x85"])
def test_control_characters_are_refused_with_their_line(sign: str) -> None:
    assert "line 3" in problem(f"file,label\r\n1.jpg,cat\r\n2.jpg,do{sign}g".encode())


def test_a_row_wider_than_the_first_line_is_told_by_its_line() -> None:
    assert "Line 5 of 'list.csv' has 3 cells, but the first line has 2" in problem(
        b'file,label\n1.jpg,"a\nb"\n\n2.jpg,cat,big\n')
    assert "Line 3" in problem(b"sep=,\nfile,label\n2.jpg,cat,big\n")


def test_a_quotation_mark_that_is_never_closed_is_told_by_its_line() -> None:
    assert "Line 3" in problem(b'file,label\n1.jpg,cat\n"2.jpg,dog\n3.jpg,dog\n')


def test_a_cell_beyond_all_measure_is_told() -> None:
    assert "Line 2" in problem(b"file,label\n1.jpg," + b"a" * 200_000)


@pytest.mark.parametrize("content", [
    b"PK\x03\x04xl/workbook.xml", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n",
    b"%PDF-1.7", b"\x1f\x8b\x08", b"II*\0", b"MM\0*"])
def test_a_file_of_another_kind_is_told_with_the_way_out(content: bytes) -> None:
    with pytest.raises(BadSource, match="not a list") as caught:
        read_table(content, "list.csv")
    assert "save it as CSV" in caught.value.remedy


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\r\n", b",,,\n,,\n", b"sep=;\n"])
def test_a_list_with_nothing_in_it_is_told(content: bytes) -> None:
    assert "empty" in problem(content)


def test_a_header_alone_has_no_rows() -> None:
    assert read("file,label\n") == Table(("file", "label"), ())


def test_a_hundred_thousand_rows_are_read_and_one_more_is_too_many() -> None:
    rows = "".join(f"img/{number:06}.jpg,猫 {number % 100}\n" for number in range(100_000))
    table = read("file,label\n" + rows)
    assert len(table.rows) == 100_000
    assert table.rows[-1] == ("img/099999.jpg", "猫 99")
    with pytest.raises(TooLarge, match="100,000 rows"):
        read("file,label\n" + rows + "one.jpg,more\n")
    with pytest.raises(TooLarge, match="2 rows"):
        read_table(b"a\nb\nc\nd\n", "x", most_rows=2)


def test_too_many_columns_are_refused_before_rows_are_padded() -> None:
    with pytest.raises(TooLarge, match="columns"):
        read("," * MOST_COLUMNS + "label\n1.jpg\n")


def test_what_we_write_is_read_again_and_no_cell_is_computed() -> None:
    content = write_table(("file", "label"), [("é 猫.jpg", 'a "b", c'), ("=1+1", "@x"), ("-a", "+b"), ("\tc", "\rd"),
                                              ("n", -1.5)])
    assert content.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))) == [
        ["file", "label"], ["é 猫.jpg", 'a "b", c'], ["'=1+1", "'@x"], ["'-a", "'+b"], ["'\tc", "'\rd"], ["n", "-1.5"]]
    assert read_table(content, "x").rows[0] == ("é 猫.jpg", 'a "b", c')


@pytest.mark.parametrize("cell", ["=1+1", "@x", "-a", "+b", "'quoted", "plain"])
def test_what_was_made_harmless_is_read_as_it_was(cell: str) -> None:
    assert read_table(write_table(("file", "label"), [("1.jpg", cell)]), "labels.csv").rows == (("1.jpg", cell),)


@pytest.mark.parametrize("cell", ["", "ants/1.jpg", "a=b", " =1+1", "'quoted", "猫"])
def test_a_harmless_cell_stays_as_it_is(cell: str) -> None:
    assert harmless(cell) == cell
