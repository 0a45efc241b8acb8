import errno
import hashlib
import threading
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.data import ingest_picture as intake
from core.data.edits import Edit
from core.data.files import single
from core.data.ingest import ingest
from core.data.store import StoredDataset
from core.errors import BadSource, DiskFull, MachineFault, TooFewImages
from core.events import DatasetReady, Event, Note, PictureSkipped, Progress, drain
from core.settings import Settings
from tests.fakes import labelled_folder, picture, picture_bytes, write_picture, zip_folder


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    return labelled_folder(tmp_path / "pets", {"cat": 3, "dog": 3})


def files_below(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def skipped(events: list[Event]) -> dict[str, str]:
    return {event.name: event.problem for event in events if isinstance(event, PictureSkipped)}


def notes(events: list[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, Note)]


def nothing_is_left(settings: Settings) -> bool:
    return not settings.datasets.exists() or not any(settings.datasets.iterdir())


def test_the_stream_counts_up_and_ends_with_the_data_set(pets: Path, settings: Settings) -> None:
    events, stored = drain(ingest(pets, settings))
    assert events == [
        Progress("reading pictures", 0, 6), Progress("reading pictures", 6, 6),
        DatasetReady("pets", ("cat", "dog"), (3, 3), 0, 0, stored.catalogue.fingerprint),
    ]
    assert stored.path.parent == settings.datasets
    assert stored.path.name == stored.catalogue.fingerprint[:16]


def test_originals_are_kept_byte_for_byte_under_generated_names(pets: Path, settings: Settings) -> None:
    before = files_below(pets)
    _, stored = drain(ingest(pets, settings))
    assert {sample.original_name: stored.original(sample).read_bytes()
            for sample in stored.catalogue.samples} == before
    for sample in stored.catalogue.samples:
        assert sample.sha256 == hashlib.sha256(before[sample.original_name]).hexdigest()
        assert sample.stored_name == f"{sample.sha256[:2]}/{sample.sha256}.jpg"
        assert (sample.width, sample.height, sample.format) == (24, 16, "JPEG")
        assert sample.size_bytes == len(before[sample.original_name])


def test_the_source_is_left_as_it_was(pets: Path, settings: Settings) -> None:
    (pets / "cat" / "bad.jpg").write_bytes(b"no picture")
    before = files_below(pets)
    drain(ingest(pets, settings))
    assert files_below(pets) == before


def test_a_folder_and_its_zip_become_one_data_set(pets: Path, tmp_path: Path, settings: Settings) -> None:
    _, first = drain(ingest(pets, settings))
    _, second = drain(ingest(zip_folder(pets, tmp_path / "other.zip"), settings))
    assert first.path == second.path
    assert [folder.name for folder in settings.datasets.iterdir()] == [first.path.name]


def flat_with_list(tmp: Path, rows: str, pictures: int = 4) -> Path:
    folder = labelled_folder(tmp / "dogs", {".": pictures})
    (folder / "labels.csv").write_text(f"id,breed\n{rows}")
    return folder


def test_a_list_beside_the_pictures_gives_them_their_classes(tmp_path: Path, settings: Settings) -> None:
    folder = flat_with_list(tmp_path, "0,pug\n1,pug\n2,boxer\n3,boxer\n7,boxer\n", pictures=5)
    events, stored = drain(ingest(folder, settings))
    assert stored.catalogue.counts() == {"boxer": 2, "pug": 2}
    assert [sample.original_name for sample in stored.catalogue.samples] == ["0.jpg", "1.jpg", "2.jpg", "3.jpg"]
    assert skipped(events) == {"4.jpg": "The list has no row for it."}
    assert "labels.csv" in notes(events)[0] and any("'7'" in note for note in notes(events))
    assert isinstance(events[-1], DatasetReady) and (events[-1].skipped, events[-1].ignored) == (1, 0)


def test_the_division_of_a_list_is_the_data_sets(tmp_path: Path, settings: Settings) -> None:
    folder = labelled_folder(tmp_path / "dogs", {".": 5})
    (tmp_path / "mine.csv").write_text("file,label,split\n0,pug,train\n1,pug,val\n2,boxer,train\n3,boxer,val\n"
                                       "4,boxer,test\n")
    _, stored = drain(ingest(folder, settings, labels=single(tmp_path / "mine.csv", "mine.csv")))
    assert [sample.part for sample in stored.catalogue.samples] == ["train", "valid", "train", "valid", "test"]


def test_another_list_makes_another_data_set_and_the_same_one_does_not(tmp_path: Path, settings: Settings) -> None:
    first = drain(ingest(flat_with_list(tmp_path, "0,pug\n1,pug\n2,boxer\n3,boxer\n"), settings))[1]
    again = drain(ingest(flat_with_list(tmp_path, "3,boxer\n2,boxer\n1,pug\n0,pug\n"), settings))[1]
    other = drain(ingest(flat_with_list(tmp_path, "0,pug\n1,boxer\n2,pug\n3,boxer\n"), settings))[1]
    assert first.path == again.path != other.path


def test_nothing_is_left_of_pictures_whose_list_cannot_be_used(tmp_path: Path, settings: Settings) -> None:
    folder = flat_with_list(tmp_path, "")
    (folder / "labels.csv").write_text("this,that\n1,2\n")
    with pytest.raises(BadSource, match="not clear which column"):
        drain(ingest(folder, settings))
    assert nothing_is_left(settings)


def test_the_edits_made_since_apply_when_the_pictures_come_again(pets: Path, settings: Settings) -> None:
    _, stored = drain(ingest(pets, settings))
    stored.append_edit(Edit(stored.catalogue.samples[0].id, "relabel", "dog"))
    events, again = drain(ingest(pets, settings))
    assert again.dataset().counts() == {"cat": 2, "dog": 4}
    assert isinstance(events[-1], DatasetReady) and events[-1].counts == (2, 4)
    assert "1 edits" in notes(events)[0]


def test_an_edit_that_was_not_written_to_its_end_is_told_of(pets: Path, settings: Settings) -> None:
    _, stored = drain(ingest(pets, settings))
    (stored.path / "edits.jsonl").write_bytes(b'{"sample": "ab')
    events, _ = drain(ingest(pets, settings))
    assert "was cut off" in notes(events)[0]


def test_a_name_can_be_given(pets: Path, settings: Settings) -> None:
    _, stored = drain(ingest(pets, settings, name="My pets"))
    assert stored.catalogue.name == "My pets"


def test_split_folders_are_kept_with_the_samples(tmp_path: Path, settings: Settings) -> None:
    folder = labelled_folder(tmp_path / "pets", {"train/cat": 2, "train/dog": 2, "val/cat": 1, "val/dog": 1})
    _, stored = drain(ingest(folder, settings))
    assert [sample.part for sample in stored.catalogue.samples] == ["train"] * 4 + ["valid"] * 2


def test_an_exact_duplicate_is_stored_once_and_stays_two_samples(pets: Path, settings: Settings) -> None:
    (pets / "dog" / "copy.jpg").write_bytes((pets / "cat" / "0.jpg").read_bytes())
    _, stored = drain(ingest(pets, settings))
    assert len(stored.catalogue.samples) == len({sample.id for sample in stored.catalogue.samples}) == 7
    assert len(files_below(stored.path / "originals")) == len(files_below(stored.path / "thumbnails")) == 6


@pytest.mark.parametrize(("content", "words"), [
    (b"", "empty"),
    (b"<html>Not found</html>", "no picture"),
    (picture_bytes(size=(200, 200))[:3000], "damaged or cut off"),
    (picture_bytes(image_format="PNG", size=(200, 200))[:3000], "damaged or cut off"),
    (picture_bytes(image_format="PPM"), "no picture of a kind that is read here"),
], ids=["zero bytes", "a web page", "a cut JPEG", "a cut PNG", "a format that is not let in"])
def test_a_picture_that_cannot_be_used_is_listed_and_the_rest_goes_on(
        content: bytes, words: str, pets: Path, settings: Settings) -> None:
    (pets / "cat" / "bad.jpg").write_bytes(content)
    events, stored = drain(ingest(pets, settings))
    assert list(skipped(events)) == ["cat/bad.jpg"]
    assert words in skipped(events)["cat/bad.jpg"]
    assert isinstance(events[-1], DatasetReady) and events[-1].skipped == 1
    assert len(stored.catalogue.samples) == 6
    assert len(files_below(stored.path)) == 6 + 6 + 1   # originals, thumbnails, the catalogue


def test_a_picture_of_too_many_pixels_is_listed_before_it_is_decoded(
        pets: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    write_picture(pets / "cat" / "huge.png", size=(100, 101))
    decoded: list[tuple[int, int]] = []

    def spy(image: Image.Image, least_side: int) -> Image.Image:
        decoded.append(image.size)
        return image.convert("RGB")

    monkeypatch.setattr(intake, "upright_rgb", spy)
    events, _ = drain(ingest(pets, settings.model_copy(update={"max_picture_pixels": 10_000})))
    assert "more than 0.0 megapixels" in skipped(events)["cat/huge.png"]
    assert decoded == [(24, 16)] * 6


def test_a_picture_of_as_many_pixels_as_allowed_is_taken(pets: Path, settings: Settings) -> None:
    write_picture(pets / "cat" / "large.png", size=(100, 100))
    events, _ = drain(ingest(pets, settings.model_copy(update={"max_picture_pixels": 10_000})))
    assert not skipped(events)


def test_pillows_own_limit_is_told_in_our_words(pets: Path, settings: Settings,
                                                monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1_000)
    write_picture(pets / "cat" / "huge.png", size=(100, 100))
    events, _ = drain(ingest(pets, settings))
    assert "megapixels" in skipped(events)["cat/huge.png"]


def test_what_pillow_warns_of_does_not_reach_the_user(pets: Path, settings: Settings,
                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 300)   # 24 x 16 lies above: Pillow warns of each picture
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _, stored = drain(ingest(pets, settings))
    assert len(stored.catalogue.samples) == 6


def test_what_stands_outside_a_class_is_listed_first_and_clutter_is_counted(pets: Path, settings: Settings) -> None:
    write_picture(pets / "cover.jpg")
    (pets / "notes.txt").touch()
    events, _ = drain(ingest(pets, settings))
    assert events[0] == PictureSkipped("cover.jpg", "It stands outside any class folder.")
    assert isinstance(events[-1], DatasetReady)
    assert (events[-1].skipped, events[-1].ignored) == (1, 1)


def test_a_class_that_lost_all_its_pictures_is_told_of(pets: Path, settings: Settings) -> None:
    (pets / "bird").mkdir()
    for name in ("1.jpg", "2.jpg"):
        (pets / "bird" / name).write_bytes(b"")
    events, stored = drain(ingest(pets, settings))
    assert stored.catalogue.classes == ("cat", "dog")
    assert "'bird'" in notes(events)[0]


def test_a_class_that_is_left_with_one_picture_is_refused(pets: Path, settings: Settings) -> None:
    for name in ("0.jpg", "1.jpg"):
        (pets / "dog" / name).write_bytes(b"")
    with pytest.raises(TooFewImages, match="'dog' has 1 image"):
        drain(ingest(pets, settings))
    assert nothing_is_left(settings)


def grey16() -> Image.Image:
    return Image.fromarray(np.linspace(0, 65535, 24 * 16, dtype=np.uint16).reshape(16, 24))


@pytest.mark.parametrize(("name", "image", "format_"), [
    ("grey.jpg", lambda: picture().convert("L"), "JPEG"),
    ("cmyk.jpg", lambda: picture().convert("CMYK"), "JPEG"),
    ("clear.png", lambda: picture().convert("RGBA"), "PNG"),
    ("grey-clear.png", lambda: picture().convert("LA"), "PNG"),
    ("palette.png", lambda: picture().convert("P"), "PNG"),
    ("black-white.png", lambda: picture().convert("1"), "PNG"),
    ("deep.png", grey16, "PNG"),
    ("deep.tiff", grey16, "TIFF"),
    ("cmyk.tif", lambda: picture().convert("CMYK"), "TIFF"),
    ("float.tif", lambda: picture().convert("F"), "TIFF"),
    ("plain.bmp", picture, "BMP"),
    ("plain.webp", picture, "WEBP"),
    ("plain.gif", picture, "GIF"),
    ("plain.jfif", picture, "JPEG"),
    ("SHOUTING.JPEG", picture, "JPEG"),
])
def test_every_format_and_mode_is_taken(name: str, image: Callable[[], Image.Image], format_: str,
                                        pets: Path, settings: Settings) -> None:
    image().save(pets / "cat" / name, format_)
    events, stored = drain(ingest(pets, settings))
    assert not skipped(events)
    sample = next(sample for sample in stored.catalogue.samples if sample.original_name == f"cat/{name}")
    assert (sample.format, sample.width, sample.height) == (format_, 24, 16)
    with Image.open(stored.thumbnail(sample)) as thumbnail:
        assert (thumbnail.format, thumbnail.mode, thumbnail.size) == ("JPEG", "RGB", (24, 16))


def test_a_phones_jpeg_with_a_second_view_is_taken(pets: Path, settings: Settings) -> None:
    picture(1).save(pets / "cat" / "phone.jpg", "MPO", save_all=True, append_images=[picture(2)])
    _, stored = drain(ingest(pets, settings))
    sample = next(sample for sample in stored.catalogue.samples if sample.format == "MPO")
    assert sample.stored_name.endswith(".jpg")


def test_the_format_is_read_from_the_content_and_not_from_the_name(pets: Path, settings: Settings) -> None:
    (pets / "cat" / "really-a.jpg").write_bytes(picture_bytes(image_format="PNG"))
    _, stored = drain(ingest(pets, settings))
    sample = next(sample for sample in stored.catalogue.samples if "really" in sample.original_name)
    assert sample.format == "PNG" and sample.stored_name.endswith(".png")


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
def test_size_and_thumbnail_are_upright(suffix: str, pets: Path, settings: Settings) -> None:
    image, exif = Image.new("RGB", (600, 300), "white"), Image.Exif()
    image.paste("red", (0, 0, 300, 300))
    exif[0x0112] = 6   # to be turned a quarter clockwise: the left side comes up
    image.save(pets / "cat" / f"turned{suffix}", exif=exif)
    _, stored = drain(ingest(pets, settings))
    sample = next(sample for sample in stored.catalogue.samples if "turned" in sample.original_name)
    assert (sample.width, sample.height) == (300, 600)
    with Image.open(stored.thumbnail(sample)) as thumbnail:
        assert thumbnail.size == (120, 240)
        red, _, blue = thumbnail.getpixel((60, 30))
        assert red > 200 and blue < 60


@pytest.mark.parametrize(("size", "shown"), [((1000, 500), (240, 120)), ((5, 3000), (1, 240)), ((30, 20), (30, 20))])
def test_a_thumbnail_has_display_size_and_is_never_enlarged(size: tuple[int, int], shown: tuple[int, int],
                                                            pets: Path, settings: Settings) -> None:
    write_picture(pets / "cat" / "shaped.jpg", size=size)
    _, stored = drain(ingest(pets, settings))
    sample = next(sample for sample in stored.catalogue.samples if "shaped" in sample.original_name)
    with Image.open(stored.thumbnail(sample)) as thumbnail:
        assert thumbnail.size == shown


def test_only_the_first_frame_of_an_animation_is_shown(pets: Path, settings: Settings) -> None:
    first, second = Image.new("RGB", (20, 20), "red"), Image.new("RGB", (20, 20), "blue")
    first.save(pets / "cat" / "moving.gif", save_all=True, append_images=[second])
    _, stored = drain(ingest(pets, settings))
    sample = next(sample for sample in stored.catalogue.samples if sample.format == "GIF")
    with Image.open(stored.thumbnail(sample)) as thumbnail:
        red, _, blue = thumbnail.getpixel((10, 10))
        assert red > 200 and blue < 60


def test_the_order_does_not_depend_on_which_thread_was_first(tmp_path: Path, settings: Settings) -> None:
    folder = labelled_folder(tmp_path / "pets", {"cat": 20, "dog": 20})
    for number in range(0, 20, 3):
        (folder / "cat" / f"{number}.jpg").write_bytes(b"")
    one, many = (settings.model_copy(update={"threads": threads, "home": tmp_path / str(threads)})
                 for threads in (1, 8))
    (first, a), (second, b) = drain(ingest(folder, one)), drain(ingest(folder, many))
    assert a.catalogue == b.catalogue
    assert list(skipped(first).items()) == list(skipped(second).items())


@pytest.mark.parametrize("events_before", range(1, 4))
def test_a_stream_that_is_closed_early_leaves_nothing(events_before: int, pets: Path, settings: Settings) -> None:
    (pets / "cat" / "bad.jpg").write_bytes(b"")
    threads = threading.active_count()
    stream = ingest(pets, settings)
    for _ in range(events_before):
        next(stream)
    stream.close()
    assert nothing_is_left(settings)
    assert threading.active_count() == threads


def test_a_full_disk_is_told_with_its_remedy_and_leaves_nothing(pets: Path, settings: Settings,
                                                                monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(DiskFull) as caught:
        drain(ingest(pets, settings))
    assert str(settings.datasets) in caught.value.problem
    assert "PLAYGROUND_HOME" in caught.value.remedy
    assert nothing_is_left(settings)


def test_an_error_of_ours_leaves_nothing(pets: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(intake, "_settle", broken)
    with pytest.raises(ZeroDivisionError):
        drain(ingest(pets, settings))
    assert nothing_is_left(settings)


def test_a_home_that_cannot_be_written_to_is_named(pets: Path, tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MachineFault) as caught:
        drain(ingest(pets, settings.model_copy(update={"home": tmp_path / "file"})))
    assert str(tmp_path / "file") in caught.value.problem and "PLAYGROUND_HOME" in caught.value.remedy


def test_two_ingests_of_the_same_pictures_at_once_share_one_data_set(pets: Path, settings: Settings) -> None:
    first, second = ingest(pets, settings), ingest(pets, settings)
    next(first), next(second)
    results: list[StoredDataset] = [drain(first)[1], drain(second)[1]]
    assert results[0] == results[1]
    assert len(list(settings.datasets.iterdir())) == 1
