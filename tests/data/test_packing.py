import csv
import io
import shutil
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.data import cache
from core.data.edits import Edit
from core.data.ingest import ingest
from core.data.packing import folder_names, pack
from core.data.store import StoredDataset
from core.errors import BadPicture, DiskFull
from core.events import Progress, drain
from core.settings import Settings
from tests.fakes import labelled_folder, write_picture


def brought(folder: Path, settings: Settings) -> StoredDataset:
    return drain(ingest(folder, settings))[1]


def packed(stored: StoredDataset, file: Path) -> list[str]:
    drain(pack(stored, file))
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        return sorted(archive.namelist())


def contents(stored: StoredDataset) -> list[tuple[str, str, str | None]]:
    return sorted((sample.label, sample.sha256, sample.part or "") for sample in stored.dataset().samples)


@pytest.fixture
def pets(tmp_path: Path, settings: Settings) -> StoredDataset:
    return brought(labelled_folder(tmp_path / "pets", {"cat": 3, "dog": 3}), settings)


def test_a_zip_that_is_brought_in_again_has_the_same_labels_and_contents(
        pets: StoredDataset, tmp_path: Path, settings: Settings) -> None:
    first, *_, last = pets.catalogue.samples
    pets.append_edits([Edit(first.id, "remove"), Edit(last.id, "relabel", "cat")])
    assert packed(pets, tmp_path / "out.zip") == ["cat/1.jpg", "cat/2-2.jpg", "cat/2.jpg", "dog/0.jpg", "dog/1.jpg"]
    again = brought(tmp_path / "out.zip", settings)
    assert again.path != pets.path and again.edit_log().edits == ()
    assert contents(again) == contents(pets)


def test_split_folders_are_kept(tmp_path: Path, settings: Settings) -> None:
    source = labelled_folder(tmp_path / "parted", {"train/cat": 2, "train/dog": 2, "valid/cat": 1, "valid/dog": 1,
                                                   "test/cat": 1})
    stored = brought(source, settings)
    assert "valid/dog/0.jpg" in packed(stored, tmp_path / "out.zip")
    assert contents(brought(tmp_path / "out.zip", settings.of("another"))) == contents(stored)


def test_originals_are_packed_as_they_came(pets: StoredDataset, tmp_path: Path) -> None:
    packed(pets, tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert archive.read("cat/0.jpg") == (tmp_path / "pets" / "cat" / "0.jpg").read_bytes()
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}


def test_classes_get_folders_that_every_system_takes_and_a_list_of_their_true_names(
        tmp_path: Path, settings: Settings) -> None:
    stored = brought(labelled_folder(tmp_path / "odd", {"a": 4, "b": 2, "c": 2, "a_b": 2}), settings)
    new = {"a/0.jpg": "a/b", "a/1.jpg": "a/b", "a/2.jpg": "..", "a/3.jpg": "..", "b/0.jpg": "=con", "b/1.jpg": "=con",
           "c/0.jpg": "A_B", "c/1.jpg": "A_B"}
    stored.append_edits([Edit(sample.id, "relabel", new[sample.original_name]) for sample in stored.catalogue.samples
                         if sample.original_name in new])
    names = packed(stored, tmp_path / "out.zip")
    folders = {name.split("/")[0] for name in names}
    assert len(folders) == 6 and "labels.csv" in folders
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        rows = list(csv.DictReader(io.StringIO(archive.read("labels.csv").decode("utf-8-sig"))))
    assert {row["label"] for row in rows} == {"a/b", "..", "'=con", "A_B", "a_b"}
    assert {row["file"].removeprefix("'") for row in rows} == set(names) - {"labels.csv"}
    assert contents(brought(tmp_path / "out.zip", settings)) == contents(stored)


def test_odd_names_come_back_in_split_folders_too(tmp_path: Path, settings: Settings) -> None:
    stored = brought(labelled_folder(tmp_path / "parted", {"train/**bold**": 2, "train/-dog": 2, "valid/**bold**": 1,
                                                           "valid/-dog": 1}), settings)
    assert "valid/__bold__/0.jpg" in packed(stored, tmp_path / "out.zip")
    assert contents(brought(tmp_path / "out.zip", settings.of("another"))) == contents(stored)


def test_a_class_whose_name_will_do_keeps_it_whoever_else_would_take_it() -> None:
    assert folder_names(("a/b", "a_b")) == {"a/b": "a_b-2", "a_b": "a_b"}


def test_without_odd_names_there_is_no_list(pets: StoredDataset, tmp_path: Path) -> None:
    assert "labels.csv" not in packed(pets, tmp_path / "out.zip")


def test_files_of_one_name_in_a_class_are_told_apart(tmp_path: Path, settings: Settings) -> None:
    for number, name in enumerate(["cat/a/1.jpg", "cat/b/1.jpg", "dog/1.jpg", "dog/2.jpg"]):
        write_picture(tmp_path / "deep" / name, number)
    stored = brought(tmp_path / "deep", settings)
    assert packed(stored, tmp_path / "out.zip") == ["cat/1-2.jpg", "cat/1.jpg", "dog/1.jpg", "dog/2.jpg"]


def test_what_is_stopped_leaves_nothing_and_tells_how_far_it_is(pets: StoredDataset, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    stream = pack(pets, tmp_path / "out" / "out.zip")
    assert [next(stream), next(stream)] == [Progress("packing", 0, 6), Progress("packing", 1, 6)]
    stream.close()
    assert not list((tmp_path / "out").iterdir())


def test_an_original_that_is_gone_is_named(pets: StoredDataset, tmp_path: Path) -> None:
    shutil.rmtree(pets.path / "originals")
    with pytest.raises(BadPicture, match=r"cat/0\.jpg"):
        packed(pets, tmp_path / "out.zip")
    assert not (tmp_path / "out.zip").exists()


def test_a_disk_without_room_is_told_before_anything_is_written(pets: StoredDataset, tmp_path: Path,
                                                               monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache.shutil, "disk_usage", lambda place: SimpleNamespace(free=10_000))
    with pytest.raises(DiskFull):
        drain(pack(pets, tmp_path / "out.zip", keep_free_bytes=9_000))
    assert not (tmp_path / "out.zip").exists()
