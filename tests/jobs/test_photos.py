"""Photos that a visitor shows: kept on disk as they came, labelled, and handed on without being lost."""

import csv
import os
import zipfile
from pathlib import Path

import pytest

from core.errors import LimitReached, NotHere, UserMistake
from core.jobs import photos as room
from core.jobs.photos import Photos
from core.settings import Settings
from tests.fakes import picture_bytes


@pytest.fixture
def photos(settings: Settings) -> Photos:
    return Photos(settings.of("a" * 32))


def names(photos: Photos) -> list[str]:
    return [photo.name for photo in photos.all()]


def labelled(photos: Photos, *labels: str) -> None:
    """As many photos of one drop as there are labels."""
    photos.add([(f"{number}.jpg", picture_bytes(number)) for number in range(len(labels))])
    for photo, label in zip(photos.all(), labels, strict=True):
        photos.label(photo.key, label)


def test_the_last_drop_stands_first_and_each_in_its_order_byte_for_byte(photos: Photos) -> None:
    assert photos.all() == ()
    photos.add([("b.jpg", b"1"), ("a.jpg", b"2")])
    photos.add([("../../c.jpg", b"3")])
    assert names(photos) == ["../../c.jpg", "b.jpg", "a.jpg"]
    assert [photo.file.read_bytes() for photo in photos.all()] == [b"3", b"1", b"2"]
    assert {photo.file.parent for photo in photos.all()} == {photos.folder}, "a name is data, never a path"


def test_two_photos_of_one_name_are_two(photos: Photos) -> None:
    photos.add([("image.png", b"1"), ("image.png", b"2")])
    assert len({photo.file for photo in photos.all()}) == 2


def test_another_visitor_sees_none(photos: Photos, settings: Settings) -> None:
    photos.add([("a.jpg", b"1")])
    assert Photos(settings.of("b" * 32)).all() == ()


def test_what_does_not_fit_is_refused_and_what_came_before_it_stays(
        photos: Photos, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_PHOTOS", 3)
    photos.add([("a.jpg", b"1")])
    with pytest.raises(LimitReached, match="The first 2 of what you chose are kept"):
        photos.add([("b.jpg", b"1"), ("c.jpg", b"1"), ("d.jpg", b"1")])
    assert names(photos) == ["b.jpg", "c.jpg", "a.jpg"]
    photos.drop_all()
    monkeypatch.setattr(room, "MOST_BYTES", 3)
    with pytest.raises(LimitReached, match=r"large\.jpg"):
        photos.add([("small.jpg", b"12"), ("large.jpg", b"12")])
    assert names(photos) == ["small.jpg"]
    monkeypatch.setattr(room, "MOST_PHOTO_BYTES", 0)
    with pytest.raises(LimitReached, match=r"tiny\.jpg"):
        photos.add([("tiny.jpg", b"1")])


def test_a_disk_that_is_nearly_full_is_told_of(settings: Settings) -> None:
    with pytest.raises(LimitReached, match="nearly full"):
        Photos(settings.model_copy(update={"min_free_bytes": 1 << 60})).add([("a.jpg", b"1")])


def test_one_is_removed_and_an_unknown_one_or_a_path_changes_nothing(photos: Photos) -> None:
    photos.add([("a.jpg", b"1"), ("b.jpg", b"2")])
    first, second = photos.all()
    for key in (first.key, first.key, "../../playground.db", f"../{second.key}"):
        photos.remove(key)
    assert names(photos) == ["b.jpg"]
    with pytest.raises(NotHere):
        photos.label(first.key, "cat")
    photos.drop_all()
    assert photos.all() == ()


def test_a_label_is_kept_changed_and_taken_back_and_gives_the_photo_another_day(photos: Photos) -> None:
    photos.add([("a.jpg", b"1")])
    photo, = photos.all()
    os.utime(photo.file, (0, 0))
    photos.label(photo.key, "cat")
    assert photos.all()[0].note.label == "cat"
    assert photo.file.stat().st_mtime > 1e9
    photos.note_sent(photos.all(), "job")
    assert photos.all()[0].note.sent == "job"
    photos.label(photo.key, "dog")
    assert (photos.all()[0].note.label, photos.all()[0].note.sent) == ("dog", None), "it is another correction"
    photos.label(photo.key, None)
    assert photos.all()[0].note.label is None


def test_photos_of_one_class_are_handed_on_with_it_and_stay(photos: Photos) -> None:
    labelled(photos, "bee", "bee")
    order = photos.order(photos.all(), "2 photos")
    assert (order.label, order.labels, order.disposable) == ("bee", None, True)
    with zipfile.ZipFile(order.source) as archive:
        assert [archive.read(name) for name in archive.namelist()] == [picture_bytes(0), picture_bytes(1)]
    assert len(photos.all()) == 2


def test_photos_of_several_classes_are_handed_on_with_a_list(photos: Photos) -> None:
    labelled(photos, "bee", "a/../b, \"c\"", "bee")
    order = photos.order(photos.all(), "3 photos")
    assert order.label is None and order.labels is not None
    with Path(order.labels).open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines))
    assert rows == [["file", "label"], ["0.jpg", "bee"], ["1.jpg", "a/../b, \"c\""], ["2.jpg", "bee"]]
    with zipfile.ZipFile(order.source) as archive:
        assert archive.namelist() == ["0.jpg", "1.jpg", "2.jpg"]


def test_names_for_a_zip_are_safe_told_apart_and_end_as_pictures_do(photos: Photos) -> None:
    photos.add([("../x.png", b"1"), ("x.PNG", b"2"), ("photo", b"3"), ("con.jpg", b"4")])
    for photo in photos.all():
        photos.label(photo.key, "cat")
    with zipfile.ZipFile(photos.order(photos.all(), "lot").source) as archive:
        names = archive.namelist()
    assert len({name.casefold() for name in names}) == 4
    assert not any("/" in name for name in names)
    assert [Path(name).suffix.lower() for name in names] == [".png", ".png", ".jpg", ".jpg"]


def test_without_a_label_or_a_photo_there_is_nothing_to_hand_on(photos: Photos) -> None:
    photos.add([("a.jpg", b"1")])
    with pytest.raises(UserMistake, match="Nobody said"):
        photos.order(photos.all(), "lot")
    with pytest.raises(UserMistake):
        photos.order((), "lot")


def test_a_photo_that_vanishes_meanwhile_leaves_no_half_of_a_zip(photos: Photos) -> None:
    labelled(photos, "bee", "bee")
    standing = photos.all()
    photos.remove(standing[1].key)
    with pytest.raises(UserMistake, match="not there any more"):
        photos.order(standing, "lot")
    assert [path.name for path in photos.folder.parent.iterdir()] == ["photos"]


def test_notes_of_another_version_hide_their_photo_and_no_other(photos: Photos) -> None:
    photos.add([("a.jpg", b"1"), ("b.jpg", b"2")])
    (photos.folder / f"{photos.all()[0].key}.json").write_text('{"other": 1}')
    assert names(photos) == ["b.jpg"]
