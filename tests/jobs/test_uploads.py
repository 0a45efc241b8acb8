"""What a browser sent and what a person typed, put where a job can read it."""

import io
import zipfile
from collections import namedtuple
from pathlib import Path

import pytest

from core.data.ingest import ingest
from core.errors import BadArchive, BadSource, LimitReached, TooLarge
from core.events import drain
from core.jobs import uploads
from core.settings import Settings
from tests.fakes import picture_bytes

Usage = namedtuple("Usage", "total used free")


def zip_bytes(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for seed, name in enumerate(names):
            archive.writestr(name, picture_bytes(seed))
    return buffer.getvalue()


def kept(settings: Settings) -> list[Path]:
    folder = settings.room / "uploads"
    return list(folder.iterdir()) if folder.exists() else []


def test_a_zip_is_kept_byte_for_byte_under_a_name_of_ours(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "PIECE_BYTES", 7)
    content = zip_bytes("cat/1.jpg", "dog/1.jpg")
    file = uploads.keep_zip("../../evil.zip", content, settings)
    assert file.read_bytes() == content
    assert file.parent == settings.room / "uploads"
    assert "evil" not in file.name


def test_every_visitor_keeps_uploads_in_a_room_of_their_own(settings: Settings) -> None:
    file = uploads.keep_zip("a.zip", zip_bytes("cat/1.jpg"), settings.of("anna"))
    assert file.is_relative_to(settings.home / "visitors" / "anna")


@pytest.mark.parametrize(("content", "problem"), [
    (b"", "'photos.zip' is empty"),
    (b"Rar!\x1a\x07", "'photos.zip' is no zip"),
])
def test_what_is_no_zip_is_refused_and_not_kept(settings: Settings, content: bytes, problem: str) -> None:
    with pytest.raises(BadArchive, match=problem):
        uploads.keep_zip("photos.zip", content, settings)
    assert not kept(settings)


def test_a_zip_larger_than_the_limit_is_refused(settings: Settings) -> None:
    small = settings.model_copy(update={"max_upload_bytes": 10})
    with pytest.raises(TooLarge, match="are allowed"):
        uploads.keep_zip("photos.zip", zip_bytes("cat/1.jpg"), small)
    assert not kept(settings)


def test_a_low_disk_refuses_with_what_is_left(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads.shutil, "disk_usage", lambda folder: Usage(10, 10, settings.min_free_bytes + 10))
    with pytest.raises(LimitReached, match="1,000 MB are left"):
        uploads.keep_zip("photos.zip", zip_bytes("cat/1.jpg"), settings)
    assert not kept(settings)


def test_nothing_stays_of_an_upload_that_could_not_be_written(settings: Settings,
                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    def torn(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
        raise ValueError("in the middle")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", torn)
    with pytest.raises(ValueError, match="in the middle"):
        uploads.keep_folder([("pets/cat/1.jpg", picture_bytes())], settings)
    assert not kept(settings)


def test_a_folder_becomes_a_zip_that_is_brought_in_like_any_other(settings: Settings) -> None:
    files = [(f"pets/{label}/{number}.jpg", picture_bytes(10 * place + number))
             for place, label in enumerate(("cat", "dog")) for number in range(2)]
    file = uploads.keep_folder([*files, ("pets/.DS_Store", b"x")], settings)
    _, stored = drain(ingest(file, settings))
    assert stored.catalogue.counts() == {"cat": 2, "dog": 2}
    assert {sample.original_name for sample in stored.catalogue.samples} == {name for name, _ in files}


def test_a_folder_of_pictures_with_their_list_is_brought_in_with_its_classes(settings: Settings) -> None:
    files = [(f"dogs/{number}.jpg", picture_bytes(number)) for number in range(4)]
    labels = ("dogs/labels.csv", b"file,label\n0.jpg,pug\n1.jpg,pug\n2.jpg,boxer\n3.jpg,boxer\n")
    _, stored = drain(ingest(uploads.keep_folder([*files, labels], settings), settings))
    assert stored.catalogue.counts() == {"boxer": 2, "pug": 2}


def test_a_folder_with_a_list_alone_is_refused(settings: Settings) -> None:
    with pytest.raises(BadSource, match="no pictures"):
        uploads.keep_folder([("dogs/labels.csv", b"file,label\n")], settings)


def test_names_that_lead_elsewhere_are_data_and_refused_by_the_safe_path(settings: Settings) -> None:
    file = uploads.keep_folder([("/etc/cat/1.jpg", picture_bytes())], settings)
    with pytest.raises(BadArchive, match="absolute name"):
        drain(ingest(file, settings))


def test_a_dropped_folder_that_lost_its_class_folders_is_refused_with_the_way_out(settings: Settings) -> None:
    with pytest.raises(BadSource, match="without their folders") as told:
        uploads.keep_folder([("1.jpg", picture_bytes()), ("2.jpg", picture_bytes(1))], settings)
    assert "choose the folder" in told.value.remedy


def test_a_folder_of_too_many_files_is_to_be_zipped(settings: Settings) -> None:
    files = [(f"pets/cat/{number}.jpg", b"x") for number in range(uploads.MOST_FOLDER_FILES + 1)]
    with pytest.raises(TooLarge, match="501 files") as told:
        uploads.keep_folder(files, settings)
    assert "zip" in told.value.remedy


def test_a_folder_without_pictures_is_refused(settings: Settings) -> None:
    with pytest.raises(BadSource, match="no pictures"):
        uploads.keep_folder([("notes/cat/readme.txt", b"x")], settings)


@pytest.mark.parametrize("typed", ["flowers", " flowers ", "./flowers", "flowers/../flowers"])
def test_a_path_below_the_root_is_allowed(settings: Settings, tmp_path: Path, typed: str) -> None:
    (tmp_path / "root" / "flowers").mkdir(parents=True)
    rooted = settings.model_copy(update={"local_root": tmp_path / "root"})
    assert uploads.allowed_path(typed, rooted) == (tmp_path / "root" / "flowers").resolve()
    assert uploads.allowed_path(str(tmp_path / "root" / "flowers"), rooted).name == "flowers"


@pytest.mark.parametrize("typed", ["/etc", "..", "../secret", "leads-out"])
def test_a_path_that_leads_out_of_the_root_is_refused(settings: Settings, tmp_path: Path, typed: str) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "secret").mkdir()
    (tmp_path / "root" / "leads-out").symlink_to(tmp_path / "secret")
    rooted = settings.model_copy(update={"local_root": tmp_path / "root"})
    with pytest.raises(BadSource, match="does not lie below"):
        uploads.allowed_path(typed, rooted)


@pytest.mark.parametrize("typed", ["", ".", "nothing", "a\0b", "x" * 5000])
def test_a_path_where_nothing_stands_is_refused(settings: Settings, tmp_path: Path, typed: str) -> None:
    rooted = settings.model_copy(update={"local_root": tmp_path})
    with pytest.raises(BadSource, match="no folder or zip"):
        uploads.allowed_path(typed, rooted)


def test_without_a_root_no_path_is_taken(settings: Settings) -> None:
    with pytest.raises(BadSource, match="not taken here"):
        uploads.allowed_path("/tmp", settings)


@pytest.mark.parametrize(("given", "shown"), [
    ("ants.zip", "ants"), ("ANTS.ZIP", "ANTS"), ("a/b/ants bees.zip", "ants bees"), (".zip", "pictures"),
    ("", "pictures"), ("photos.2024", "photos.2024"), ("two\nlines.zip", "two lines"), ("x" * 300, "x" * 80),
])
def test_a_data_set_is_called_like_what_was_given(given: str, shown: str) -> None:
    assert uploads.display_name(given) == shown


def test_pictures_without_folders_are_packed_each_under_a_name_of_its_own(settings: Settings) -> None:
    names = ["IMG 1.JPG", "img 1.jpg", "a/b.png", "con.webp", "notes.txt"]
    file = uploads.keep_pictures([(name, bytes([number])) for number, name in enumerate(names)], settings)
    with zipfile.ZipFile(file) as archive:
        assert archive.namelist() == ["IMG 1.JPG", "img 1-2.jpg", "b.png", "con_.webp"]
        assert archive.read("b.png") == b"\2"


def test_no_picture_and_too_many_are_refused_and_nothing_is_kept(settings: Settings) -> None:
    with pytest.raises(BadSource, match="is a picture by its name"):
        uploads.keep_pictures([("a.txt", b"1")], settings)
    with pytest.raises(TooLarge, match="501 files"):
        uploads.keep_pictures([(f"{number}.jpg", b"1") for number in range(501)], settings)
    assert not kept(settings)
