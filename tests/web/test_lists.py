"""Lists as people bring them, and what is made of them before anything is asked of the network."""

from pathlib import Path

import pytest

from core.errors import BadSource, TooFewImages, TooLarge
from core.settings import Settings
from core.web import lists
from core.web.lists import Pair

A, B, C = "https://example.org/a.jpg", "https://example.org/b.jpg", "http://example.net/c.png"


def written(name: str, text: str, encoding: str = "utf-8") -> list[tuple[str, str]]:
    return [(pair.label, pair.address) for pair in lists.pairs_in(name, text.encode(encoding))]


def sifted(settings: Settings, *pairs: tuple[str, str]) -> lists.Sifted:
    return lists.sifted([Pair(*pair) for pair in pairs], settings)


@pytest.mark.parametrize("name", ["teddy.txt", "TEDDY.TXT", "teddy.csv", "teddy"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_files_name_is_the_class_of_its_addresses(name: str, encoding: str) -> None:
    label = Path(name).stem
    assert written(name, f"{A}\r\n\r\n  {B}  \n", encoding) == [(label, A), (label, B)]


def test_comments_and_blank_lines_of_a_list_are_left_out() -> None:
    assert written("teddy.txt", f"# collected on Monday, by Åsa\n\n{A}\n   # {B}\n") == [("teddy", A)]
    assert written("teddy.txt", "# größe\n" + A, "cp1252") == [("teddy", A)]


@pytest.mark.parametrize("name", ["teddy.txt", "teddy.csv"])
def test_addresses_with_commas_and_semicolons_stay_whole(name: str) -> None:
    strange = ["https://example.org/a,b.jpg", "https://example.org/w=1;h=2,q=3/c.jpg", A]
    assert written(name, "\n".join(strange)) == [("teddy", address) for address in strange]


@pytest.mark.parametrize("text", [
    "address,class\n{A},teddy\n{B},black", "Class;URL\nteddy;{A}\nblack;{B}", "IMAGE\tCategory\n{A}\tteddy\n{B}\tblack",
    "{A},teddy\n{B},black", "teddy,{A}\nblack,{B}", "who,where\nteddy,{A}\nblack,{B}",
    "id,link,label,note\n1,{A},teddy,\n2,{B},black,old", '"{A}","teddy"\n"{B}","black"',
])
def test_one_table_may_hold_addresses_and_classes(text: str) -> None:
    assert written("bears.csv", text.replace("{A}", A).replace("{B}", B)) == [("teddy", A), ("black", B)]


def test_a_table_of_one_column_with_a_header_is_a_list_of_one_class() -> None:
    assert written("teddy.csv", f"image_url\n{A}\n{B}") == [("teddy", A), ("teddy", B)]


@pytest.mark.parametrize("text", [f"a,b,c\n1,{A},2", f"one,two\n{A},{B}", "one,two\n1,2"])
def test_a_table_whose_columns_cannot_be_told_is_refused_with_the_remedy(text: str) -> None:
    with pytest.raises(BadSource, match=r"'bears\.csv' does not tell") as told:
        written("bears.csv", text)
    assert "'address' and 'class'" in told.value.remedy


@pytest.mark.parametrize(("name", "content"), [("a.txt", b"\x89PNG\r\n\x1a\n\0\0"), ("a.csv", b"PK\x03\x04\0\0"),
                                               ("a.csv", b"")])
def test_what_is_no_list_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(BadSource):
        lists.pairs_in(name, content)


def test_a_list_of_many_megabytes_is_refused_unread() -> None:
    with pytest.raises(TooLarge, match="6 MB"):
        lists.pairs_in("a.csv", b"x" * 6_000_000)


def test_doubled_addresses_count_once_however_they_are_spelled(settings: Settings) -> None:
    found = sifted(settings, ("teddy", A), ("teddy", "HTTPS://EXAMPLE.org:443/a.jpg#top"), ("teddy", B), ("black", C))
    assert found.rows == (("teddy", A), ("teddy", B), ("black", C))
    assert (found.doubled, found.refused) == (1, ())
    assert found.counts() == {"teddy": 2, "black": 1}


def test_an_address_of_two_classes_is_named_and_not_used(settings: Settings) -> None:
    found = sifted(settings, ("teddy", A), ("black", A), ("teddy", A), ("black", B))
    assert found.rows == (("black", B),)
    assert found.refused == ((A, "It stands there for several classes: teddy, black."),)
    assert found.doubled == 1


def test_what_cannot_be_visited_is_named_as_it_was_written(settings: Settings) -> None:
    found = sifted(settings, ("teddy", "example.org/a.jpg"), ("teddy", "http://127.0.0.1/a"), ("teddy", A))
    assert [address for address, _ in found.refused] == ["example.org/a.jpg", "http://127.0.0.1/a"]
    assert found.rows == (("teddy", A),)


def test_class_names_are_text_of_any_script_tidied_and_never_run(settings: Settings) -> None:
    names = ["=HYPERLINK(1)", "../../etc/passwd", "café", "熊/クマ", "a.b", "<b>", "  two \t words\x00 "]
    found = sifted(settings, *((name, f"https://example.org/{place}") for place, name in enumerate(names)))
    assert [label for label, _ in found.rows] == ["=HYPERLINK(1)", "../../etc/passwd", "café", "熊/クマ", "a.b", "<b>",
                                                  "two words"]


@pytest.mark.parametrize(("label", "why"), [(" ", "no name"), ("x" * 81, "more than 80 characters")])
def test_a_class_without_a_name_or_with_an_endless_one_is_refused(label: str, why: str, settings: Settings) -> None:
    assert why in sifted(settings, (label, A)).refused[0][1]


@pytest.mark.parametrize(("pairs", "error", "words"), [
    ([], BadSource, "no address"), ([("teddy", A), ("teddy", B)], TooFewImages, "single class, 'teddy'"),
    ([("teddy", A), ("teddy", B), ("black", C)], TooFewImages, "'black' has 1 address"),
])
def test_too_few_addresses_are_told_before_anything_is_fetched(
        pairs: list[tuple[str, str]], error: type[BadSource], words: str, settings: Settings) -> None:
    with pytest.raises(error, match=words):
        lists.require_enough(sifted(settings, *pairs), settings)


def test_too_many_addresses_are_refused(settings: Settings) -> None:
    few = settings.model_copy(update={"max_addresses": 3})
    pairs = [("teddy", A), ("teddy", B), ("black", C), ("black", C + "2")]
    with pytest.raises(TooLarge, match="4 addresses; 3 are allowed"):
        lists.require_enough(sifted(settings, *pairs), few)
    many = [Pair("teddy", A)] * 15
    assert len(lists.joined(many[:10], many[:5], few)) == 15
    with pytest.raises(TooLarge, match="16 addresses"):
        lists.joined(many, many[:1], few)


def test_a_list_comes_back_as_it_was_written_and_the_same_rows_have_one_file(tmp_path: Path) -> None:
    listed = lists.Listed(name="bears", rows=(("teddy", A), ("熊", B)))
    file = lists.write(listed, tmp_path / "uploads")
    assert lists.read(file) == listed
    assert lists.write(listed.model_copy(update={"name": "other"}), tmp_path / "uploads") == file
    assert lists.write(listed.model_copy(update={"rows": listed.rows[:1]}), tmp_path / "uploads") != file


@pytest.mark.parametrize("content", [None, b"{}", b"\xff"])
def test_a_list_that_is_gone_or_damaged_is_told_of(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "list.json").write_bytes(content)
    with pytest.raises(BadSource, match="list of addresses is not there"):
        lists.read(tmp_path / "list.json")
