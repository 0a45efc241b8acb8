import errno
import io
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.data import cache
from core.data.edits import Edit, undo_of
from core.data.ingest import ingest
from core.data.store import StoredDataset, load
from core.errors import BadSource, DiskFull, TooFewImages, UserMistake
from core.events import drain
from core.settings import Settings
from tests.fakes import labelled_folder


@pytest.fixture
def stored(tmp_path: Path, settings: Settings) -> StoredDataset:
    return drain(ingest(labelled_folder(tmp_path / "pets", {"cat": 4, "dog": 3}), settings))[1]


def damage(stored: StoredDataset, **changes: Any) -> None:
    file = stored.path / "catalogue.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def refused(path: Path, *words: str) -> None:
    with pytest.raises(BadSource) as caught:
        load(path)
    for word in (str(path), *words):
        assert word in f"{caught.value.problem} {caught.value.remedy}"


def test_what_is_loaded_is_what_was_stored(stored: StoredDataset) -> None:
    assert load(stored.path) == stored


def test_without_edits_the_data_set_is_the_catalogue(stored: StoredDataset) -> None:
    assert stored.dataset() == stored.catalogue
    assert stored.edit_log().edits == ()


def test_edits_outlive_the_process_and_leave_the_catalogue_alone(stored: StoredDataset) -> None:
    first, second, *_ = stored.catalogue.samples
    stored.append_edit(Edit(first.id, "remove"))
    stored.append_edit(Edit(second.id, "relabel", "dog"))
    again = load(stored.path)
    assert again.catalogue == stored.catalogue
    assert again.dataset().counts() == {"cat": 2, "dog": 4}
    assert [edit.action for edit in again.edit_log().edits] == ["remove", "relabel"]


def test_an_edit_is_stamped_with_its_time_unless_it_has_one(stored: StoredDataset) -> None:
    sample = stored.catalogue.samples[0].id
    assert stored.append_edit(Edit(sample, "remove")).when.endswith("+00:00")
    assert stored.append_edit(Edit(sample, "restore", when="2024-05-01T10:00:00+00:00")).when.startswith("2024-05-01")


def test_the_log_is_only_ever_appended_to(stored: StoredDataset) -> None:
    log = stored.path / "edits.jsonl"
    stored.append_edit(Edit(stored.catalogue.samples[0].id, "remove"))
    before = log.read_bytes()
    stored.append_edit(Edit(stored.catalogue.samples[0].id, "restore"))
    assert log.read_bytes().startswith(before)
    assert log.read_bytes().count(b"\n") == 2


def test_an_edit_is_on_the_disk_before_it_is_acknowledged(stored: StoredDataset,
                                                          monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[bytes] = []
    monkeypatch.setattr(os, "fsync", lambda _: synced.append((stored.path / "edits.jsonl").read_bytes()))
    edit = stored.append_edit(Edit(stored.catalogue.samples[0].id, "remove"))
    assert len(synced) == 1
    assert edit.sample.encode() in synced[0]


def test_an_edit_of_an_unknown_sample_is_refused_and_not_written(stored: StoredDataset) -> None:
    with pytest.raises(UserMistake) as caught:
        stored.append_edit(Edit("feedbeef", "remove"))
    assert "'feedbeef'" in caught.value.problem and "'pets'" in caught.value.problem
    assert not (stored.path / "edits.jsonl").exists()


def test_a_torn_last_line_does_not_count_and_is_reported(stored: StoredDataset) -> None:
    stored.append_edit(Edit(stored.catalogue.samples[0].id, "remove"))
    with (stored.path / "edits.jsonl").open("ab") as log:
        log.write(b'{"sample": "caf\xc3')
    assert len(stored.edit_log().edits) == 1
    assert (stored.edit_log().torn or "").startswith('{"sample": "caf')
    assert len(stored.dataset().samples) == 6


def test_an_edit_after_a_torn_line_stands_on_a_line_of_its_own(stored: StoredDataset) -> None:
    cat, dog = stored.catalogue.samples[0].id, stored.catalogue.samples[-1].id
    stored.append_edit(Edit(cat, "remove"))
    with (stored.path / "edits.jsonl").open("ab") as log:
        log.write(b'{"sample": "')
    stored.append_edit(Edit(dog, "remove"))
    assert [edit.sample for edit in stored.edit_log().edits] == [cat, dog]
    assert stored.edit_log().torn is None


@pytest.mark.parametrize("line", ['{"sample"', "{}", '{"sample": "a", "action": "burn"}',
                                  '{"sample": "a", "action": "relabel"}'])
def test_a_damaged_line_within_the_log_is_named(line: str, stored: StoredDataset) -> None:
    stored.append_edit(Edit(stored.catalogue.samples[0].id, "remove"))
    with (stored.path / "edits.jsonl").open("a") as log:
        log.write(line + "\n")
    with pytest.raises(BadSource, match=r"Line 2 of .*edits.jsonl") as caught:
        stored.dataset()
    assert "that line" in caught.value.remedy


def test_a_folder_that_is_no_data_set_is_named(tmp_path: Path) -> None:
    refused(tmp_path, "no data set", "bring the pictures in again")
    refused(tmp_path / "nowhere", "no data set")


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"version": 1, "name": "pets"}', "\x00"])
def test_a_catalogue_that_is_none_is_told(text: str, stored: StoredDataset) -> None:
    (stored.path / "catalogue.json").write_text(text)
    refused(stored.path, "damaged", "bring the pictures in again")


def test_a_catalogue_of_a_newer_version_is_told(stored: StoredDataset) -> None:
    damage(stored, version=2)
    refused(stored.path, "another version", "Update the playground")


def test_a_catalogue_with_an_unknown_key_names_it(stored: StoredDataset) -> None:
    damage(stored, owner="me")
    refused(stored.path, "owner")


def test_a_catalogue_whose_labels_were_changed_by_hand_is_refused(stored: StoredDataset) -> None:
    samples = json.loads((stored.path / "catalogue.json").read_text())["samples"]
    samples[0]["label"] = "dog"
    damage(stored, samples=samples)
    refused(stored.path, "do not match its fingerprint")


@pytest.mark.parametrize("stored_name", ["../../../etc/passwd", "/etc/passwd", "ab/cat.jpg"])
def test_a_stored_name_that_leads_elsewhere_is_refused(stored_name: str, stored: StoredDataset) -> None:
    samples = json.loads((stored.path / "catalogue.json").read_text())["samples"]
    samples[0]["stored_name"] = stored_name
    damage(stored, samples=samples)
    refused(stored.path, "'cat/0.jpg'", "not ours")


def test_the_same_pictures_with_another_label_are_another_data_set(tmp_path: Path, settings: Settings,
                                                                    stored: StoredDataset) -> None:
    (tmp_path / "pets" / "cat").rename(tmp_path / "pets" / "lion")
    _, other = drain(ingest(tmp_path / "pets", settings))
    assert other.path != stored.path


def test_pictures_come_in_only_as_long_as_enough_stays_free(tmp_path: Path, settings: Settings,
                                                           monkeypatch: pytest.MonkeyPatch) -> None:
    source = labelled_folder(tmp_path / "pets", {"cat": 4, "dog": 3})
    size_bytes = sum(file.stat().st_size for file in source.rglob("*.*"))
    free_bytes = settings.min_free_bytes + size_bytes
    monkeypatch.setattr(cache.shutil, "disk_usage", lambda place: SimpleNamespace(free=free_bytes - 1))
    with pytest.raises(DiskFull, match="nearly full"):
        drain(ingest(source, settings))
    assert list(settings.datasets.iterdir()) == []
    drain(ingest(source, settings.model_copy(update={"min_free_bytes": 0})))
    shutil.rmtree(settings.datasets)
    monkeypatch.setattr(cache.shutil, "disk_usage", lambda place: SimpleNamespace(free=free_bytes))
    drain(ingest(source, settings))


def test_samples_are_found_on_disk(stored: StoredDataset) -> None:
    for sample in stored.catalogue.samples:
        assert stored.original(sample).stat().st_size == sample.size_bytes
        assert stored.thumbnail(sample).is_file()
    assert stored.original(replace(sample, stored_name="ab/x.jpg")) == stored.path / "originals" / "ab" / "x.jpg"


def test_edits_of_one_click_are_one_gesture_and_stand_all_or_none(stored: StoredDataset) -> None:
    first, second = (sample.id for sample in stored.catalogue.samples[:2])
    done = stored.append_edits([Edit(first, "relabel", "dog", who="you"), Edit(second, "keep", why="dark")])
    assert len({edit.gesture for edit in done}) == 1
    assert stored.edit_log().edits == done
    with pytest.raises(UserMistake):
        stored.append_edits([Edit(first, "remove"), Edit("feedbeef", "remove")])
    assert stored.edit_log().edits == done


def test_an_edit_that_would_leave_a_class_with_one_picture_is_not_written(stored: StoredDataset) -> None:
    label = stored.catalogue.classes[0]
    members = [sample.id for sample in stored.catalogue.samples if sample.label == label]
    with pytest.raises(TooFewImages):
        stored.append_edits([Edit(id, "remove") for id in members[1:]])
    assert stored.edit_log().edits == ()


def test_a_gesture_that_never_was_cannot_be_undone(stored: StoredDataset) -> None:
    with pytest.raises(UserMistake, match="no such edit"):
        stored.append_edit(undo_of("never"))


@pytest.mark.parametrize("accepted", [0, 50, 10**6])
def test_a_full_disk_leaves_no_part_of_a_gesture(stored: StoredDataset, monkeypatch: pytest.MonkeyPatch,
                                                accepted: int) -> None:
    """`accepted` bytes are taken, and then there is no space left, be it for the rest or for good."""
    ids = [sample.id for sample in stored.catalogue.samples]
    stored.append_edit(Edit(ids[0], "keep", why="dark"))
    before = (stored.path / "edits.jsonl").read_bytes()

    class Full(io.FileIO):
        left = accepted

        def write(self, content: bytes) -> int:     # type: ignore[override]
            if not self.left:
                raise OSError(errno.ENOSPC, "No space left on device")
            written = super().write(content[:self.left])
            self.left -= written
            return written

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", lambda self, mode="r", **_: Full(self, mode.replace("b", "")))
        patched.setattr(os, "fsync", full)
        with pytest.raises(DiskFull):
            stored.append_edits([Edit(id, "relabel", "dog") for id in ids[:2]])
    assert (stored.path / "edits.jsonl").read_bytes() == before
    assert stored.append_edits([Edit(id, "relabel", "dog") for id in ids[:2]])
    assert len(stored.edit_log().edits) == 3


def test_no_edits_change_nothing(stored: StoredDataset) -> None:
    assert stored.append_edits([]) == ()
    assert stored.edit_log().edits == ()


def test_an_undo_that_would_leave_a_class_with_one_picture_is_refused(stored: StoredDataset) -> None:
    cats, dogs = ([one.id for one in stored.catalogue.samples if one.label == label] for label in ("cat", "dog"))
    moved = stored.append_edit(Edit(cats[0], "relabel", "dog"))
    stored.append_edits([Edit(id, "remove") for id in dogs[:2]])
    before = stored.edit_log().edits
    with pytest.raises(TooFewImages, match="'dog' has 1 image"):
        stored.append_edit(undo_of(moved.gesture))
    assert stored.edit_log().edits == before


def test_a_torn_line_of_a_killed_process_is_not_glued_to_the_next_gesture(stored: StoredDataset) -> None:
    ids = [sample.id for sample in stored.catalogue.samples]
    stored.append_edit(Edit(ids[0], "keep", why="dark"))
    with (stored.path / "edits.jsonl").open("a") as log:
        log.write('{"sample": "' + ids[1])
    done = stored.append_edits([Edit(ids[1], "relabel", "dog"), Edit(ids[2], "relabel", "dog")])
    assert stored.edit_log().edits[1:] == done and stored.edit_log().torn is None
