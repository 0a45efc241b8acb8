import os
import stat
import zipfile
from pathlib import Path

import pytest

from core.data import labels_file
from core.data.files import single
from core.data.sources import Source, open_addition, open_source
from core.errors import BadArchive, BadPicture, BadSource, TooFewImages, TooLarge, UserMistake
from core.settings import Settings
from tests.fakes import labelled_folder, write_picture, write_zip, zip_folder

FOUR = {"cat/1.jpg": b"c1", "cat/2.jpg": b"c2", "dog/1.jpg": b"d1", "dog/2.jpg": b"d2"}


def read(path: Path, settings: Settings) -> Source:
    with open_source(path, settings) as source:
        return source


def refused(path: Path, settings: Settings, kind: type[UserMistake], *words: str) -> None:
    """The source is refused with this very class; problem and remedy hold the words."""
    with pytest.raises(UserMistake) as caught:
        read(path, settings)
    assert type(caught.value) is kind
    assert caught.value.problem.endswith(".") and caught.value.remedy.endswith(".")
    for word in words:
        assert word in f"{caught.value.problem} {caught.value.remedy}"


def member(name: str, *, mode: int = 0, flags: int = 0) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("placeholder")
    info.filename = info.orig_filename = name
    info.external_attr, info.flag_bits = mode << 16, flags
    return info


def test_a_folder_and_its_zip_say_the_same(tmp_path: Path, settings: Settings) -> None:
    folder = labelled_folder(tmp_path / "pets", {"cat": 2, "dog": 3})
    from_folder = read(folder, settings)
    from_zip = read(zip_folder(folder, tmp_path / "pets.zip"), settings)
    assert from_folder.name == from_zip.name == "pets"
    seen = [[(entry.file.name, entry.label, entry.part, entry.file.size_bytes) for entry in source.entries]
            for source in (from_folder, from_zip)]
    assert seen[0] == seen[1]
    assert [name for name, *_ in seen[0]] == ["cat/0.jpg", "cat/1.jpg", "dog/0.jpg", "dog/1.jpg", "dog/2.jpg"]


def test_entries_give_their_bytes_while_the_source_is_open(tmp_path: Path, settings: Settings) -> None:
    with open_source(write_zip(tmp_path / "pets.zip", FOUR), settings) as source:
        assert {entry.file.name: b"".join(entry.file.pieces()) for entry in source.entries} == FOUR


def test_the_name_is_kept_as_it_came(tmp_path: Path, settings: Settings) -> None:
    folder = labelled_folder(tmp_path / "pets", {"cat": 2, "dog": 2})
    source = read(zip_folder(folder, tmp_path / "x.zip", top="My Pets (2)"), settings)
    assert source.entries[0].file.name == "My Pets (2)/cat/0.jpg"
    assert source.entries[0].label == "cat"


def test_what_is_no_picture_is_counted_and_what_has_no_class_is_listed(tmp_path: Path, settings: Settings) -> None:
    clutter = {"cat/.DS_Store": b"", "__MACOSX/cat/._1.jpg": b"", "notes.txt": b"", "cat/Thumbs.db": b"",
               "cover.jpg": b"x"}
    source = read(write_zip(tmp_path / "pets.zip", FOUR | clutter), settings)
    assert source.ignored == 4
    assert source.skipped == (("cover.jpg", "It stands outside any class folder."),)
    assert len(source.entries) == 4


def test_hidden_folders_are_not_entered(tmp_path: Path, settings: Settings) -> None:
    folder = labelled_folder(tmp_path / "pets", {"cat": 2, "dog": 2, ".git/objects": 3})
    source = read(folder, settings)
    assert (len(source.entries), source.ignored) == (4, 1)


def test_names_that_a_mac_packs_without_saying_that_they_are_utf8_are_read_as_utf8(tmp_path: Path,
                                                                                     settings: Settings) -> None:
    path = write_zip(tmp_path / "names.zip", {"caf\u00e9/1.jpg": b"1", "caf\u00e9/2.jpg": b"2"} | FOUR)
    utf8_flag = 0x800
    content = path.read_bytes()
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content = cleared(content, signature, at, utf8_flag)
    path.write_bytes(content)
    assert {entry.label for entry in read(path, settings).entries} == {"caf\u00e9", "cat", "dog"}


def test_names_in_the_zips_own_code_page_are_read_too(tmp_path: Path, settings: Settings) -> None:
    path = write_zip(tmp_path / "names.zip", {"caf_/1.jpg": b"1", "caf_/2.jpg": b"2"} | FOUR)
    path.write_bytes(path.read_bytes().replace(b"caf_", b"caf\x82"))
    assert {entry.label for entry in read(path, settings).entries} == {"caf\u00e9", "cat", "dog"}


def test_a_name_of_broken_bytes_in_a_folder_becomes_valid_text(tmp_path: Path, settings: Settings) -> None:
    folder = labelled_folder(tmp_path / "pets", {"cat": 2, "dog": 2})
    try:
        (folder / "cat").rename(os.fsdecode(os.fsencode(folder) + b"/caf\xe9"))
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    labels = {entry.label for entry in read(folder, settings).entries}
    assert labels == {"caf\\xe9", "dog"}
    assert all(label.encode() for label in labels)


def test_split_folders_without_one_for_training_are_refused(tmp_path: Path, settings: Settings) -> None:
    folder = labelled_folder(tmp_path / "pets", {"valid/cat": 2, "valid/dog": 2, "test/cat": 1, "test/dog": 1})
    refused(folder, settings, BadSource, "pets", "test and valid", "'train'")


@pytest.mark.parametrize("part", ["valid", "test"])
def test_a_single_part_divides_nothing_and_that_is_told(part: str, tmp_path: Path, settings: Settings) -> None:
    source = read(labelled_folder(tmp_path / "pets", {f"{part}/cat": 2, f"{part}/dog": 2}), settings)
    assert {entry.part for entry in source.entries} == {None} and {entry.label for entry in source.entries} == {
        "cat", "dog"}
    assert len(source.notes) == 1 and f"'{part}'" in source.notes[0] and "undivided" in source.notes[0]


def test_a_single_part_of_an_addition_is_kept(tmp_path: Path, settings: Settings) -> None:
    with open_addition(labelled_folder(tmp_path / "more", {"valid/bird": 2}), settings) as source:
        assert {(entry.label, entry.part) for entry in source.entries} == {("bird", "valid")}


def test_flat_split_folders_are_noted(tmp_path: Path, settings: Settings) -> None:
    folder = labelled_folder(tmp_path / "pets", {"train/cat": 2, "train/dog": 2, "test": 2})
    assert "test, train" in read(folder, settings).notes[0]


def test_a_source_that_is_not_there_is_named(tmp_path: Path, settings: Settings) -> None:
    refused(tmp_path / "nowhere", settings, BadSource, "nowhere", "spelling")
    refused(tmp_path / "no\0where", settings, BadSource, "spelling")


def test_an_empty_source_is_refused(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "empty").mkdir()
    refused(tmp_path / "empty", settings, BadSource, "'empty' holds no pictures", "one folder of pictures a class")
    refused(write_zip(tmp_path / "empty.zip", {}), settings, BadSource, "'empty' holds no pictures")


def test_pictures_without_class_folders_are_refused(tmp_path: Path, settings: Settings) -> None:
    folder = labelled_folder(tmp_path / "loose", {".": 3})
    refused(folder, settings, BadSource, "'loose'", "no class folders", "one folder of pictures a class")


def test_a_single_class_is_refused(tmp_path: Path, settings: Settings) -> None:
    refused(labelled_folder(tmp_path / "pets", {"cat": 3}), settings, TooFewImages, "'cat'", "at least two classes")


def test_a_class_with_one_image_is_refused(tmp_path: Path, settings: Settings) -> None:
    folder = labelled_folder(tmp_path / "pets", {"cat": 3, "dog": 1})
    refused(folder, settings, TooFewImages, "'dog' has 1 image", "Add at least one more")


def test_links_that_lead_out_of_the_folder_are_listed_and_not_followed(tmp_path: Path, settings: Settings) -> None:
    folder = labelled_folder(tmp_path / "pets", {"cat": 2, "dog": 2})
    outside = write_picture(tmp_path / "secret" / "key.jpg")
    (folder / "cat" / "out.jpg").symlink_to(outside)
    (folder / "cat" / "gone.jpg").symlink_to(folder / "cat" / "nothing.jpg")
    (folder / "bird").symlink_to(outside.parent, target_is_directory=True)
    (folder / "cat" / "in.jpg").symlink_to(folder / "cat" / "0.jpg")
    source = read(folder, settings)
    assert [name for name, _ in source.skipped] == ["bird", "cat/gone.jpg", "cat/out.jpg"]
    assert "leads out of the folder" in source.skipped[2][1]
    assert [entry.file.name for entry in source.entries] == ["cat/0.jpg", "cat/1.jpg", "cat/in.jpg",
                                                             "dog/0.jpg", "dog/1.jpg"]


def test_a_loop_of_links_ends(tmp_path: Path, settings: Settings) -> None:
    folder = labelled_folder(tmp_path / "pets", {"cat": 2, "dog": 2})
    (folder / "cat" / "again").symlink_to(folder, target_is_directory=True)
    assert len(read(folder, settings).entries) == 4


def test_something_that_is_neither_file_nor_folder_is_refused(tmp_path: Path, settings: Settings) -> None:
    os.mkfifo(tmp_path / "pipe")
    refused(tmp_path / "pipe", settings, BadSource, "pipe", "zip")


def test_a_folder_that_may_not_be_read_is_named(tmp_path: Path, settings: Settings,
                                                monkeypatch: pytest.MonkeyPatch) -> None:
    folder = labelled_folder(tmp_path / "pets", {"cat": 2, "dog": 2})
    scandir = os.scandir

    def guarded(path: str) -> "os._ScandirIterator[str]":
        if Path(path).name == "dog":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    refused(folder, settings, BadSource, str(folder / "dog"), "Permission denied", "may open it")


def test_a_zip_that_may_not_be_read_is_named(tmp_path: Path, settings: Settings,
                                             monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_zip(tmp_path / "pets.zip", FOUR)

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(zipfile, "ZipFile", denied)
    refused(path, settings, BadSource, "pets.zip", "Permission denied", "may open it")


def test_a_file_that_is_no_zip_is_refused(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "pets.zip").write_bytes(b"Rar!" + bytes(100))
    refused(tmp_path / "pets.zip", settings, BadArchive, "pets.zip", "neither a folder nor a zip", ".rar")
    refused(write_picture(tmp_path / "photo.jpg"), settings, BadArchive, "photo.jpg")
    (tmp_path / "nothing.zip").touch()
    refused(tmp_path / "nothing.zip", settings, BadArchive, "nothing.zip")


def test_a_zip_that_is_cut_off_is_refused(tmp_path: Path, settings: Settings) -> None:
    path = write_zip(tmp_path / "pets.zip", FOUR)
    path.write_bytes(path.read_bytes()[:-30])
    refused(path, settings, BadArchive, "pets.zip", "cut off", "Download or copy it again")


def test_an_encrypted_zip_is_refused(tmp_path: Path, settings: Settings) -> None:
    path = write_zip(tmp_path / "pets.zip", FOUR)
    path.write_bytes(with_flag(path.read_bytes(), b"PK\x01\x02", 8, 0x1))
    refused(path, settings, BadArchive, "pets.zip", "encrypted", "'dog/2.jpg'", "without one")


@pytest.mark.parametrize(("name", "danger"), [
    ("/etc/cat/1.jpg", "absolute"), ("C:/cat/1.jpg", "absolute"), ("c:cat/1.jpg", "absolute"),
    ("../cat/1.jpg", "'..'"), ("cat/../../1.jpg", "'..'"), ("cat/..", "'..'"), ("../", "'..'"),
    ("cat\\1.jpg", "backslash"), ("..\\cat\\1.jpg", "backslash"),
])
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, settings: Settings, name: str, danger: str) -> None:
    path = write_zip(tmp_path / "pets.zip", FOUR | {member(name): b"x"})
    refused(path, settings, BadArchive, "pets.zip", f"'{name}'", danger, "pack the folder again")


def test_a_name_with_a_zero_byte_is_refused(tmp_path: Path, settings: Settings) -> None:
    path = write_zip(tmp_path / "pets.zip", FOUR | {"dog/3Z.jpg": b"x"})
    path.write_bytes(path.read_bytes().replace(b"dog/3Z", b"dog/3\0"))
    refused(path, settings, BadArchive, "zero byte", "pack the folder again")


@pytest.mark.parametrize(("kind", "danger"), [(stat.S_IFLNK, "is a link"), (stat.S_IFIFO, "no ordinary file")])
def test_links_and_devices_in_a_zip_are_refused(tmp_path: Path, settings: Settings, kind: int, danger: str) -> None:
    path = write_zip(tmp_path / "pets.zip", FOUR | {member("dog/3.jpg", mode=kind | 0o777): b"/etc/passwd"})
    refused(path, settings, BadArchive, "'dog/3.jpg'", danger, "pack the folder again")


def test_unusual_compression_is_refused(tmp_path: Path, settings: Settings) -> None:
    path = tmp_path / "pets.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("cat/1.jpg", b"x")
    refused(path, settings, BadArchive, "unusual", "'cat/1.jpg'", "ordinary zip")


def test_too_many_files_are_refused(tmp_path: Path, settings: Settings) -> None:
    few = settings.model_copy(update={"max_files": 3})
    folder = labelled_folder(tmp_path / "pets", {"cat": 2, "dog": 2})
    refused(folder, few, TooLarge, "pets", "3 files", "PLAYGROUND_MAX_FILES")
    refused(zip_folder(folder, tmp_path / "pets.zip"), few, TooLarge, "pets.zip", "4 files", "PLAYGROUND_MAX_FILES")
    assert read(folder, settings.model_copy(update={"max_files": 4})).entries


def test_too_many_bytes_are_refused(tmp_path: Path, settings: Settings) -> None:
    folder = labelled_folder(tmp_path / "pets", {"cat": 2, "dog": 2})
    little = settings.model_copy(update={"max_unpacked_bytes": 1000})
    for source in (folder, zip_folder(folder, tmp_path / "pets.zip")):
        refused(source, little, TooLarge, source.name, "PLAYGROUND_MAX_UNPACKED_BYTES")


def test_a_zip_that_is_larger_than_an_upload_may_be_is_refused(tmp_path: Path, settings: Settings) -> None:
    path = write_zip(tmp_path / "pets.zip", FOUR)
    refused(path, settings.model_copy(update={"max_upload_bytes": 100}), TooLarge, "pets.zip",
            "PLAYGROUND_MAX_UPLOAD_BYTES")


def test_a_member_that_expands_beyond_the_ratio_is_refused(tmp_path: Path, settings: Settings) -> None:
    path = write_zip(tmp_path / "pets.zip", FOUR | {"dog/bomb.jpg": bytes(1_000_000)})
    refused(path, settings, TooLarge, "'dog/bomb.jpg'", "100 times", "leave that file out")


def test_a_member_never_gives_more_bytes_than_it_declares(tmp_path: Path, settings: Settings) -> None:
    """A header that lies about its size: the content does not come whole, however far it would expand."""
    path = write_zip(tmp_path / "pets.zip", FOUR | {"dog/bomb.jpg": bytes(50_000_000)})
    content = path.read_bytes()
    path.write_bytes(content.replace((50_000_000).to_bytes(4, "little"), (5_000).to_bytes(4, "little")))
    with open_source(path, settings) as source:
        bomb = next(entry.file for entry in source.entries if entry.file.name == "dog/bomb.jpg")
        assert bomb.size_bytes == 5_000
        given = 0
        with pytest.raises(BadPicture) as caught:
            for piece in bomb.pieces():
                given += len(piece)
    assert given <= 5_000
    assert "CRC" in caught.value.problem


def test_a_member_that_cannot_be_unpacked_is_told_of_when_it_is_read(tmp_path: Path, settings: Settings) -> None:
    path = tmp_path / "pets.zip"
    with zipfile.ZipFile(path, "w") as archive:   # stored, so that the bytes are found again
        for name, content in FOUR.items():
            archive.writestr(name, content)
    path.write_bytes(path.read_bytes().replace(b"c1", b"XX"))
    with open_source(path, settings) as source, pytest.raises(BadPicture, match="cannot be read"):
        list(source.entries[0].file.pieces())


def test_a_member_whose_two_headers_disagree_is_told_of_when_it_is_read(tmp_path: Path, settings: Settings) -> None:
    path = write_zip(tmp_path / "pets.zip", FOUR)
    path.write_bytes(path.read_bytes().replace(b"cat/1", b"c\xb0t/1", 1))   # the first header alone, and no UTF-8
    with open_source(path, settings) as source, pytest.raises(BadPicture, match="cannot be read"):
        list(source.entries[0].file.pieces())


def test_a_file_that_grows_while_it_is_read_is_cut_short(tmp_path: Path, settings: Settings) -> None:
    folder = labelled_folder(tmp_path / "pets", {"cat": 2, "dog": 2})
    with open_source(folder, settings) as source:
        (folder / "cat" / "0.jpg").write_bytes(bytes(1_000_000))
        with pytest.raises(BadPicture, match="larger"):
            list(source.entries[0].file.pieces())


def test_of_two_members_of_one_name_the_later_counts(tmp_path: Path, settings: Settings) -> None:
    path = tmp_path / "pets.zip"
    with zipfile.ZipFile(path, "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        for name, content in [*FOUR.items(), ("cat/1.jpg", b"later")]:
            archive.writestr(name, content)
    with open_source(path, settings) as source:
        assert b"".join(source.entries[0].file.pieces()) == b"later"
    assert source.skipped == (("cat/1.jpg", "The zip holds a later file of the same name."),)


def test_errors_of_the_reader_itself_pass_through_unchanged(tmp_path: Path, settings: Settings) -> None:
    folder = labelled_folder(tmp_path / "pets", {"cat": 2, "dog": 2})
    with pytest.raises(OSError, match="disk"), open_source(folder, settings):
        raise OSError("the reader's disk")


@pytest.mark.parametrize("name", ["ants_bees", "clothing"])
def test_real_sets_are_read_whole(name: str, settings: Settings, request: pytest.FixtureRequest) -> None:
    source = read(request.getfixturevalue(name), settings)
    assert len(source.entries) == {"ants_bees": 397, "clothing": 899}[name]
    assert source.skipped == source.notes == ()


FLAT = {"0a.jpg": b"a", "0b.jpg": b"b", "0c.jpg": b"c", "0d.jpg": b"d"}
BREEDS = b"id,breed\n0a,pug\n0b,pug\n0c,boxer\n0d,boxer\n"


def classes(source: Source) -> dict[str, str]:
    return {entry.file.name: entry.label for entry in source.entries}


@pytest.mark.parametrize(("pictures", "labels"), [("", "labels.csv"), ("train/", "labels.csv"), ("dogs/", "dogs/l.CSV"),
                                                  ("dogs/train/", "dogs/labels.tsv")])
def test_pictures_without_class_folders_take_their_classes_from_the_one_list_beside_them(
        tmp_path: Path, settings: Settings, pictures: str, labels: str) -> None:
    members = {f"{pictures}{name}": content for name, content in FLAT.items()}
    path = write_zip(tmp_path / "dogs.zip", members | {labels: BREEDS, "readme.txt": b"x"})
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "dogs")
    for place in (path, tmp_path / "dogs"):
        source = read(place, settings)
        assert list(classes(source).values()) == ["pug", "pug", "boxer", "boxer"]
        assert source.ignored == 1 and not source.skipped
        assert Path(labels).name in source.notes[0] and "'breed' the class" in source.notes[0]


def test_flat_split_folders_with_a_list_are_no_classes(tmp_path: Path, settings: Settings) -> None:
    """Kaggle's dog breeds: a list for the training pictures, and a sample of an answer beside it."""
    path = write_zip(tmp_path / "dogs.zip", {f"train/{name}": content for name, content in FLAT.items()} | {
        "test/9.jpg": b"x", "labels.csv": BREEDS, "sample_submission.csv": b"id,boxer,pug\n9,0.5,0.5\n"})
    source = read(path, settings)
    assert set(classes(source).values()) == {"pug", "boxer"}
    assert source.skipped == (("test/9.jpg", "The list has no row for it."),)


def test_several_lists_without_one_called_labels_are_named(tmp_path: Path, settings: Settings) -> None:
    path = write_zip(tmp_path / "dogs.zip", FLAT | {"one.csv": BREEDS, "two.csv": BREEDS})
    refused(path, settings, BadSource, "no class folders", "one.csv, two.csv", "labels.csv")


def test_class_folders_win_over_a_list_beside_them_which_is_told_of(tmp_path: Path, settings: Settings) -> None:
    source = read(write_zip(tmp_path / "pets.zip", FOUR | {"labels.csv": BREEDS}), settings)
    assert set(classes(source).values()) == {"cat", "dog"} and source.ignored == 1
    assert len(source.notes) == 1 and "labels.csv" in source.notes[0] and "left aside" in source.notes[0]


@pytest.mark.parametrize("top", ["", "pets/"])
def test_a_list_of_labels_may_give_class_folders_their_names(top: str, tmp_path: Path, settings: Settings) -> None:
    rows = "".join(f"{name},{'**cat**' if name.startswith('cat') else 'dog'}\n" for name in FOUR)
    members = {f"{top}{name}": content for name, content in FOUR.items()}
    source = read(write_zip(tmp_path / "pets.zip", members | {f"{top}labels.csv": f"file,label\n{rows}".encode()}),
                  settings)
    assert list(classes(source).values()) == ["**cat**", "**cat**", "dog", "dog"]
    assert source.ignored == 0 and "labels.csv" in source.notes[0] and len(source.notes) == 1


@pytest.mark.parametrize("rows", [
    "cat/1.jpg,a\ncat/2.jpg,a\ndog/1.jpg,b\n",                      # not every picture
    "cat/1.jpg,a\ncat/2.jpg,b\ndog/1.jpg,b\ndog/2.jpg,b\n",         # a folder of two classes
    "cat/1.jpg,a\ncat/2.jpg,a\ndog/1.jpg,a\ndog/2.jpg,a\n",         # one class
    "x/1.jpg,a\ny/2.jpg,b\n"])                                       # other pictures
def test_a_list_that_does_not_fit_class_folders_is_left_aside(rows: str, tmp_path: Path, settings: Settings) -> None:
    members = FOUR | {"labels.csv": f"file,label\n{rows}".encode()}
    source = read(write_zip(tmp_path / "pets.zip", members), settings)
    assert set(classes(source).values()) == {"cat", "dog"} and "left aside" in source.notes[0]


def test_a_list_that_is_given_wins_over_folders(tmp_path: Path, settings: Settings) -> None:
    rows = "".join(f"{name},{'a' if '1' in name else 'b'}\n" for name in FOUR)
    labels = tmp_path / "0123.csv"
    labels.write_text("file,label\n" + rows)
    with open_source(write_zip(tmp_path / "pets.zip", FOUR), settings, single(labels, "mine.csv")) as source:
        assert set(classes(source).values()) == {"a", "b"}
        assert "'mine.csv'" in source.notes[0] and "0123" not in source.notes[0]


def test_a_given_list_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadSource, match="is not there any more"):
        single(tmp_path / "nothing.csv", "mine.csv")


def test_the_notes_of_a_list_come_with_the_pictures(tmp_path: Path, settings: Settings) -> None:
    path = write_zip(tmp_path / "dogs.zip", FLAT | {"e.jpg": b"e", "l.csv": BREEDS + b"0z,pug\n0a,pug\n"})
    source = read(path, settings)
    notes = "\n".join(source.notes)
    assert "'0z'" in notes and "1 row says" in notes and "'e.jpg'" in notes
    assert source.skipped == (("e.jpg", "The list has no row for it."),)


@pytest.mark.parametrize(("labels", "words"), [
    (b"a,b\n1,2\n", "not clear which column"), (b"PK\x03\x04", "not a list"), (b"id\n0a\n", "single column"),
    (b"id,label\nx,cat\ny,dog\n", "among the pictures"),
    (b"id,label\n0a,cat\n0b,cat\n0c,cat\n0d,dog\n", "'dog' has 1 image"),
    (b"id,label,split\n0a,cat,val\n0b,cat,test\n0c,dog,val\n0d,dog,test\n", "none to learn from")])
def test_a_list_that_cannot_be_used_says_why(tmp_path: Path, settings: Settings, labels: bytes, words: str) -> None:
    with pytest.raises(BadSource, match=words) as caught:
        read(write_zip(tmp_path / "dogs.zip", FLAT | {"labels.csv": labels}), settings)
    assert caught.value.remedy


def test_a_list_beyond_its_limit_is_not_unpacked(tmp_path: Path, settings: Settings,
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labels_file, "MOST_LIST_BYTES", 20)
    path = write_zip(tmp_path / "dogs.zip", FLAT | {"labels.csv": BREEDS})
    refused(path, settings, TooLarge, "labels.csv", "are allowed")


def test_a_list_that_lies_about_its_size_is_refused(tmp_path: Path, settings: Settings) -> None:
    long = BREEDS + b"0e,pug\n" * 5_000
    path = write_zip(tmp_path / "dogs.zip", FLAT | {"labels.csv": long})
    path.write_bytes(path.read_bytes().replace(len(long).to_bytes(4, "little"), (500).to_bytes(4, "little")))
    refused(path, settings.model_copy(update={"max_member_ratio": 1e6}), BadSource, "'labels.csv' cannot be read")


def test_a_list_that_is_a_link_out_of_the_folder_is_not_read(tmp_path: Path, settings: Settings) -> None:
    folder = labelled_folder(tmp_path / "dogs", {".": 3})
    (tmp_path / "secret.csv").write_bytes(BREEDS)
    (folder / "labels.csv").symlink_to(tmp_path / "secret.csv")
    refused(folder, settings, BadSource, "no class folders")


def test_a_list_counts_among_the_files_of_a_source(tmp_path: Path, settings: Settings) -> None:
    path = write_zip(tmp_path / "dogs.zip", FLAT | {"labels.csv": BREEDS})
    refused(path, settings.model_copy(update={"max_files": 4}), TooLarge, "5 files")


def test_classes_that_differ_in_case_only_stay_apart(tmp_path: Path, settings: Settings) -> None:
    """The Data page speaks of them as long as they do; a note of their arrival would stay after they are merged."""
    members = {f"{label}/{number}.jpg": b"x" for label in ("cat", "Cat", "dog") for number in range(2)}
    source = read(write_zip(tmp_path / "pets.zip", members), settings)
    assert set(classes(source).values()) == {"cat", "Cat", "dog"} and source.notes == ()



def with_flag(content: bytes, signature: bytes, at: int, flag: int) -> bytes:
    """The zip with a flag bit set in the last header of that signature."""
    place = content.rindex(signature) + at
    return content[:place] + bytes([content[place] | flag]) + content[place + 1:]


def cleared(content: bytes, signature: bytes, at: int, flag: int) -> bytes:
    """The zip with a flag bit cleared in every header of that signature."""
    changed = bytearray(content)
    place = content.find(signature)
    while place >= 0:
        flags = int.from_bytes(changed[place + at:place + at + 2], "little") & ~flag
        changed[place + at:place + at + 2] = flags.to_bytes(2, "little")
        place = content.find(signature, place + 1)
    return bytes(changed)
