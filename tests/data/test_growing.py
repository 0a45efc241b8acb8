import json
import shutil
from pathlib import Path

import pytest

from core.data.classes import renamed
from core.data.edits import Edit, undo_of
from core.data.growing import baked, grown
from core.data.ingest import ingest
from core.data.store import StoredDataset, load
from core.errors import BadArchive, BadSource, TooFewImages, TooLarge, UserMistake
from core.events import DatasetReady, Note, PictureSkipped, drain
from core.settings import Settings
from tests.fakes import labelled_folder, picture_bytes, write_picture, write_zip


@pytest.fixture
def pets(tmp_path: Path, settings: Settings) -> StoredDataset:
    return drain(ingest(labelled_folder(tmp_path / "pets", {"cat": 3, "dog": 3}), settings))[1]


def more(folder: Path, *names: str, seed: int = 100) -> Path:
    for number, name in enumerate(names):
        write_picture(folder / name, seed + number)
    return folder


def added(base: StoredDataset, source: Path, settings: Settings, label: str | None = None) -> StoredDataset:
    return drain(grown(base, source, settings, label))[1]


def test_more_pictures_make_a_new_data_set_and_the_old_one_stays(pets: StoredDataset, tmp_path: Path,
                                                                settings: Settings) -> None:
    before = {file: file.read_bytes() for file in pets.path.rglob("*") if file.is_file()}
    events, stored = drain(grown(pets, more(tmp_path / "new", "cat/a.jpg", "owl/1.jpg", "owl/2.jpg"), settings))
    assert stored.path != pets.path and stored.catalogue.name == "pets"
    assert stored.dataset().counts() == {"cat": 4, "dog": 3, "owl": 2}
    assert {sample.id for sample in pets.catalogue.samples} < {sample.id for sample in stored.catalogue.samples}
    assert {file: file.read_bytes() for file in pets.path.rglob("*") if file.is_file()} == before
    assert load(stored.path) == stored
    assert Note("3 pictures were added to the 6 of 'pets', with the new class owl.") in events
    ready = events[-1]
    assert isinstance(ready, DatasetReady) and ready.counts == (4, 3, 2)


def test_pictures_of_both_take_their_place_on_the_disk_once(pets: StoredDataset, tmp_path: Path,
                                                          settings: Settings) -> None:
    stored = added(pets, more(tmp_path / "new", "cat/a.jpg"), settings)
    for sample in pets.catalogue.samples:
        assert stored.original(sample).samefile(pets.original(sample))
        assert stored.thumbnail(sample).samefile(pets.thumbnail(sample))


def test_edits_come_along_and_can_still_be_undone(pets: StoredDataset, tmp_path: Path, settings: Settings) -> None:
    first, *_, last = pets.catalogue.samples
    pets.append_edit(Edit(first.id, "relabel", "dog", who="you", why="looks like one"))
    edit = pets.append_edit(Edit(last.id, "remove"))
    stored = added(pets, more(tmp_path / "new", "cat/a.jpg"), settings)
    assert stored.edit_log() == pets.edit_log()
    assert stored.dataset().counts() == {"cat": 3, "dog": 3}
    stored.append_edit(undo_of(edit.gesture))
    assert stored.dataset().counts() == {"cat": 3, "dog": 4} and pets.dataset().counts() == {"cat": 2, "dog": 3}


def test_what_is_there_already_is_told_and_left_out(pets: StoredDataset, tmp_path: Path, settings: Settings) -> None:
    source = tmp_path / "again"
    shutil.copytree(tmp_path / "pets", source / "pets")
    more(source, "pets/dog/new.jpg")
    pets.append_edit(Edit(pets.catalogue.samples[0].id, "remove"))
    events, stored = drain(grown(pets, source, settings))
    told = {event.name: event.problem for event in events if isinstance(event, PictureSkipped)}
    assert told["pets/dog/0.jpg"] == "It is here already, as 'dog'."
    assert told["pets/cat/0.jpg"] == "It is among the pictures that were removed here."
    assert len(told) == 6 and stored.dataset().counts() == {"cat": 2, "dog": 4}


def test_where_nothing_is_new_nothing_is_made(pets: StoredDataset, tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(BadSource, match="Nothing in 'pets' is new"):
        added(pets, tmp_path / "pets", settings)
    assert list(settings.datasets.iterdir()) == [pets.path]


def test_pictures_without_folders_join_the_class_that_is_named(pets: StoredDataset, tmp_path: Path,
                                                             settings: Settings) -> None:
    source = write_zip(tmp_path / "flat.zip", {"1.jpg": picture_bytes(90), "deep/2.jpg": picture_bytes(91)})
    stored = added(pets, source, settings, "cafe\u0301")
    assert stored.dataset().counts() == {"caf\u00e9": 2, "cat": 3, "dog": 3}
    again = added(stored, write_zip(tmp_path / "more.zip", {"1.jpg": picture_bytes(92)}), settings, "cat")
    assert again.dataset().counts()["cat"] == 4


def test_one_picture_joins_a_renamed_class_and_follows_when_the_renaming_is_undone(
        pets: StoredDataset, tmp_path: Path, settings: Settings) -> None:
    (gesture,) = {edit.gesture for edit in pets.append_edits(renamed(pets.dataset(), "cat", "lion"))}
    stored = added(pets, more(tmp_path / "new", "one.jpg"), settings, "lion")
    assert stored.dataset().counts() == {"dog": 3, "lion": 4}
    stored.append_edit(undo_of(gesture))
    assert stored.dataset().counts() == {"cat": 4, "dog": 3}


def test_a_new_class_with_one_picture_is_refused_and_nothing_stays(pets: StoredDataset, tmp_path: Path,
                                                                  settings: Settings) -> None:
    with pytest.raises(TooFewImages, match="'owl' has 1 image"):
        added(pets, more(tmp_path / "new", "owl/1.jpg"), settings)
    assert list(settings.datasets.iterdir()) == [pets.path]


@pytest.mark.parametrize(("limit", "value"), [("max_files", 7), ("max_unpacked_bytes", 6000)])
def test_the_whole_keeps_within_the_limits(limit: str, value: int, pets: StoredDataset, tmp_path: Path,
                                           settings: Settings) -> None:
    source = more(tmp_path / "new", "cat/a.jpg", "cat/b.jpg")
    with pytest.raises(TooLarge, match="'pets' would have"):
        added(pets, source, settings.model_copy(update={limit: value}))
    assert list(settings.datasets.iterdir()) == [pets.path]


def test_a_broken_source_is_told_of_as_ever(pets: StoredDataset, tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK no more")
    with pytest.raises(BadArchive):
        added(pets, tmp_path / "x.zip", settings)
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadSource, match="holds no pictures"):
        added(pets, tmp_path / "empty", settings, "cat")


def test_what_is_stopped_leaves_nothing(pets: StoredDataset, tmp_path: Path, settings: Settings) -> None:
    stream = grown(pets, more(tmp_path / "new", "cat/a.jpg"), settings)
    next(stream)
    stream.close()
    assert list(settings.datasets.iterdir()) == [pets.path]


def test_folders_train_and_valid_do_not_divide_what_is_divided_by_chance(pets: StoredDataset, tmp_path: Path,
                                                                         settings: Settings) -> None:
    source = more(tmp_path / "new", "train/cat/a.jpg", "train/dog/b.jpg", "valid/cat/c.jpg")
    events, stored = drain(grown(pets, source, settings))
    assert {sample.part for sample in stored.catalogue.samples} == {None}
    assert any(isinstance(event, Note) and "divided by chance" in event.text for event in events)


def test_what_is_divided_by_folders_stays_so(tmp_path: Path, settings: Settings) -> None:
    parted = labelled_folder(tmp_path / "parted", {"train/cat": 2, "train/dog": 2, "valid/cat": 1, "valid/dog": 1})
    base = drain(ingest(parted, settings))[1]
    events, stored = drain(grown(base, more(tmp_path / "new", "cat/a.jpg"), settings))
    assert [sample.part for sample in stored.catalogue.samples].count("valid") == 2
    assert any(isinstance(event, Note) and "there to learn from" in event.text for event in events)


def test_a_folder_valid_alone_gives_a_class_of_a_divided_set_something_to_check_with(tmp_path: Path,
                                                                                   settings: Settings) -> None:
    base = drain(ingest(labelled_folder(tmp_path / "pets", {"train/cat": 2, "train/dog": 2, "valid/cat": 1}),
                        settings))[1]
    stored = added(base, more(tmp_path / "new", "valid/dog/a.jpg"), settings)
    (new,) = set(stored.catalogue.samples) - set(base.catalogue.samples)
    assert (new.label, new.part) == ("dog", "valid")


def test_the_edited_state_is_a_data_set_of_its_own(pets: StoredDataset, settings: Settings) -> None:
    first, second, *_ = pets.catalogue.samples
    pets.append_edits([Edit(first.id, "remove"), Edit(second.id, "relabel", "dog"),
                       Edit(pets.catalogue.samples[2].id, "relabel", "dog"),
                       Edit(pets.catalogue.samples[3].id, "relabel", "owl"),
                       Edit(pets.catalogue.samples[4].id, "relabel", "owl")])
    stored = drain(baked(pets, settings, "cleaned"))[1]
    assert stored.catalogue.name == "cleaned" and stored.catalogue.counts() == {"dog": 3, "owl": 2}
    assert stored.edit_log().edits == () and stored.dataset() == stored.catalogue
    assert not stored.original(first).exists() and stored.original(second).samefile(pets.original(second))
    assert len(json.loads((stored.path / "catalogue.json").read_text())["samples"]) == 5
    assert len(pets.edit_log().edits) == 5


def test_without_edits_there_is_nothing_to_start_anew_from(pets: StoredDataset, settings: Settings) -> None:
    with pytest.raises(UserMistake, match="Nothing of 'pets' is changed"):
        drain(baked(pets, settings, "cleaned"))


def test_a_picture_whose_file_is_gone_is_named(pets: StoredDataset, tmp_path: Path, settings: Settings) -> None:
    pets.original(pets.catalogue.samples[0]).unlink()
    with pytest.raises(BadSource, match=r"cat/0\.jpg"):
        added(pets, more(tmp_path / "new", "cat/a.jpg"), settings)
    assert list(settings.datasets.iterdir()) == [pets.path]
