"""Decode once: the cache holds what the preprocessing makes of each original, and a little more for crops."""

import io
import os
import threading
import warnings
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image

from core.data import pixels as room
from core.data.dataset import Sample
from core.data.edits import Edit
from core.data.ingest import ingest
from core.data.pixels import Pixels, for_random_crops, larger, squares
from core.data.preprocessing import Preprocessing
from core.data.store import StoredDataset
from core.errors import BadPicture, DiskFull
from core.events import Event, Progress, drain
from core.settings import Settings
from tests.fakes import labelled_folder, picture, write_picture
from tests.tiny import same

CUT = Preprocessing(32)
Maker = Callable[[StoredDataset, Preprocessing, Settings], Generator[Event, None, Pixels]]

# Width and height; decoded at a half, a quarter or an eighth, the sides of the odd ones are rounded.
SHAPES = {"landscape": (60, 40), "portrait": (40, 60), "square": (50, 50), "tiny": (3, 5), "panorama": (300, 20),
          "tower": (15, 200), "large": (400, 300), "odd": (193, 316), "odder": (349, 244), "oddest": (761, 571)}


def smooth(size: tuple[int, int], seed: int = 0) -> Image.Image:
    """A picture of slow changes, of which a JPEG keeps most at any scale."""
    return picture(seed, (4, 4)).resize(size, Image.Resampling.BICUBIC)


@pytest.fixture
def stored(tmp_path: Path, settings: Settings) -> StoredDataset:
    """Pictures of all shapes, plain and lying on their side by EXIF, and some that are no RGB."""
    folder = labelled_folder(tmp_path / "pictures", {"noise": 2})
    for number, (name, size) in enumerate(SHAPES.items()):
        for orientation in (1, 6):
            exif = Image.Exif()
            exif[ExifTags.Base.Orientation] = orientation
            file = folder / "shapes" / f"{name} {orientation}.jpg"
            file.parent.mkdir(exist_ok=True)
            smooth(size, number).save(file, exif=exif, quality=95)
    for mode in ("L", "P", "RGBA", "I;16"):
        image = smooth((70, 44)).convert("I" if mode == "I;16" else mode).convert(mode)
        image.save(folder / "shapes" / f"{mode.replace(';', '')}.png")
    return drain(ingest(folder, settings))[1]


def named(stored: StoredDataset, ending: str) -> Sample:
    (sample,) = (sample for sample in stored.catalogue.samples if sample.original_name.endswith(ending))
    return sample


@pytest.fixture(params=[squares, for_random_crops], ids=["squares", "larger"])
def maker(request: pytest.FixtureRequest) -> Maker:
    made: Maker = request.param
    return made


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which originals were decoded, by their names."""
    names: list[str] = []
    real = room._decoded

    def counting(file: Path, sample: Sample, *rest: Any) -> np.ndarray:
        names.append(sample.original_name)
        return real(file, sample, *rest)

    monkeypatch.setattr(room, "_decoded", counting)
    return names


def cached(settings: Settings) -> list[Path]:
    return sorted(settings.cache.glob("*/pixels-*.npy"))


@pytest.mark.parametrize("how", ["crop", "squish", "pad"])
def test_squares_are_the_preprocessing_of_each_original(how: Any, stored: StoredDataset, settings: Settings) -> None:
    cut = Preprocessing(32, how, "bicubic")
    _, made = drain(squares(stored, cut, settings))
    assert len(made) == len(stored.catalogue.samples) == 26
    for sample in stored.catalogue.samples:
        with Image.open(stored.original(sample)) as image:
            assert np.array_equal(made.picture(made.rows[sample.id]), cut.square(image)), sample.original_name


def test_larger_pictures_have_a_shorter_side_a_quarter_longer_and_are_at_most_twice_as_long(
        stored: StoredDataset, settings: Settings) -> None:
    _, made = drain(for_random_crops(stored, CUT, settings))
    for sample in stored.catalogue.samples:
        height, width = made.picture(made.rows[sample.id]).shape[:2]
        assert min(height, width) == 40
        assert max(height, width) <= 80
        true = min(2, max(sample.width, sample.height) / min(sample.width, sample.height))
        assert max(height, width) / 40 == pytest.approx(true, abs=0.5 / 40 + 1e-9)
        assert (width > height) == (sample.width > sample.height)


def test_the_larger_picture_is_the_whole_picture(stored: StoredDataset, settings: Settings) -> None:
    _, made = drain(for_random_crops(stored, CUT, settings))
    sample = named(stored, "large 1.jpg")
    with Image.open(stored.original(sample)) as image:
        expected = np.asarray(image.convert("RGB").resize((53, 40), Image.Resampling.BILINEAR)).astype(int)
    assert np.abs(made.picture(made.rows[sample.id]) - expected).max() <= 6


def test_of_a_panorama_the_middle_is_kept() -> None:
    strip = np.zeros((20, 200, 3), dtype=np.uint8)
    strip[:, 80:120] = 255
    made = larger(CUT, Image.fromarray(strip))
    assert made.shape == (40, 80, 3)
    assert made[:, 1:-1].min() == 255


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("size", [(193, 316), (316, 193), (761, 571)])
def test_a_photo_of_odd_sides_gets_the_shape_of_its_upright_size_in_every_orientation(
        size: tuple[int, int], orientation: int) -> None:
    """A JPEG decoded at a fraction has rounded sides; they must not tip the rounding of the result."""
    exif, buffer = Image.Exif(), io.BytesIO()
    exif[ExifTags.Base.Orientation] = orientation
    smooth(size).save(buffer, "JPEG", exif=exif)
    longer = round(max(size) * 40 / min(size))
    upright = size if orientation <= 4 else size[::-1]
    with Image.open(buffer) as image:
        assert larger(CUT, image).shape[:2] == ((40, longer) if upright[0] > upright[1] else (longer, 40))


def test_no_size_of_photo_is_refused(tmp_path: Path, settings: Settings) -> None:
    random = np.random.default_rng(0)
    folder = tmp_path / "sizes"
    for number in range(60):
        file = folder / "ab"[number % 2] / f"{number}.jpg"
        file.parent.mkdir(parents=True, exist_ok=True)
        width, height = random.integers(80, 500, 2)
        smooth((int(width), int(height)), number).save(file)
    stored = drain(ingest(folder, settings))[1]
    cut = Preprocessing(8)
    assert len(drain(for_random_crops(stored, cut, settings))[1]) == 60


def test_a_picture_turned_by_exif_is_cached_upright(tmp_path: Path, settings: Settings) -> None:
    pixels = np.zeros((40, 60, 3), dtype=np.uint8)
    pixels[:, :30] = 255                                   # its left half is white as stored
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6                    # to be turned clockwise: the left becomes the top
    folder = labelled_folder(tmp_path / "turned", {"b": 2})
    (folder / "a").mkdir()
    for number in range(2):
        Image.fromarray(pixels - number).save(folder / "a" / f"{number}.png", exif=exif)
    stored = drain(ingest(folder, settings))[1]
    sample, whole_pictures = named(stored, "a/0.png"), drain(for_random_crops(stored, CUT, settings))[1]
    whole = whole_pictures.picture(whole_pictures.rows[sample.id])
    assert whole.shape == (60, 40, 3)
    assert whole[:25].min() == 255
    assert whole[-25:].max() == 0
    square = drain(squares(stored, CUT, settings))[1].picture(whole_pictures.rows[sample.id])
    assert (square[:12].min(), square[-12:].max()) == (255, 0)


def test_a_second_time_nothing_is_decoded(maker: Maker, stored: StoredDataset, settings: Settings,
                                          decoded: list[str]) -> None:
    _, first = drain(maker(stored, CUT, settings))
    assert sorted(decoded) == sorted(sample.original_name for sample in stored.catalogue.samples)
    decoded.clear()
    events, second = drain(maker(stored, CUT, settings))
    assert (decoded, events) == ([], [])
    assert np.array_equal(first.flat, second.flat)
    assert np.array_equal(first.shapes, second.shapes)
    assert (first.rows, first.key) == (second.rows, second.key)


@pytest.mark.parametrize("damage", [
    lambda file: file.unlink(), lambda file: os.truncate(file, 200), lambda file: file.write_bytes(b"PK\x03\x04")])
def test_a_damaged_cache_is_filled_anew(damage: Callable[[Path], None], maker: Maker, stored: StoredDataset,
                                        settings: Settings, decoded: list[str]) -> None:
    first = np.array(drain(maker(stored, CUT, settings))[1].flat)
    decoded.clear()
    damage(cached(settings)[0])
    assert np.array_equal(drain(maker(stored, CUT, settings))[1].flat, first)
    assert len(decoded) == 26


def test_every_setting_that_changes_the_pixels_has_a_file_of_its_own(stored: StoredDataset, settings: Settings) -> None:
    cuts = [Preprocessing(32), Preprocessing(40), Preprocessing(32, "pad"), Preprocessing(32, filter="lanczos")]
    made = [drain(squares(stored, cut, settings))[1] for cut in cuts]
    made.append(drain(for_random_crops(stored, cuts[0], settings))[1])
    assert len({one.key for one in made}) == len(cached(settings)) == 5


def test_normalising_otherwise_needs_no_other_pixels(stored: StoredDataset, settings: Settings,
                                                     decoded: list[str]) -> None:
    drain(squares(stored, CUT, settings))
    decoded.clear()
    drain(squares(stored, Preprocessing(32, mean=(0.5, 0.5, 0.5), std=(1, 1, 1)), settings))
    assert decoded == []


def test_another_picture_has_another_key(tmp_path: Path, settings: Settings) -> None:
    keys = set()
    folder = labelled_folder(tmp_path / "pictures", {"a": 2, "b": 2})
    for seed in (1, 99):
        write_picture(folder / "a" / "1.jpg", seed)
        stored = drain(ingest(folder, settings))[1]
        keys |= {drain(maker(stored, CUT, settings))[1].key for maker in (squares, for_random_crops)}
    assert len(keys) == 4


def test_an_edit_does_not_decode_anything_again(tmp_path: Path, settings: Settings, decoded: list[str]) -> None:
    folder = labelled_folder(tmp_path / "pictures", {"a": 3, "b": 2})
    stored = drain(ingest(folder, settings))[1]
    drain(squares(stored, CUT, settings))
    stored.append_edit(Edit(stored.catalogue.samples[0].id, "relabel", "b"))
    drain(squares(stored, CUT, settings))
    assert len(decoded) == 5


def test_a_data_sets_pixels_lie_in_one_folder_to_be_deleted_with_it(tmp_path: Path, settings: Settings) -> None:
    stored = drain(ingest(labelled_folder(tmp_path / "pictures", {"a": 2, "b": 2}), settings))[1]
    made = drain(squares(stored, CUT, settings))[1]
    drain(for_random_crops(stored, CUT, settings))
    assert {file.parent for file in cached(settings)} == {settings.cache / stored.path.name} == {made.place}


def test_two_jobs_that_need_the_same_pixels_decode_once(tmp_path: Path, settings: Settings, decoded: list[str]) -> None:
    stored = drain(ingest(labelled_folder(tmp_path / "pictures", {"a": 20, "b": 20}), settings))[1]
    first, second = squares(stored, CUT, settings), squares(stored, CUT, settings)
    next(first)                                  # it has begun, and holds the lock
    waiting = next(second)
    assert isinstance(waiting, Progress) and "waiting" in waiting.work
    made = drain(first)[1]
    assert np.array_equal(drain(second)[1].flat, made.flat)
    assert len(decoded) == 40


def test_a_job_that_gives_up_lets_the_waiting_one_begin(tmp_path: Path, settings: Settings) -> None:
    stored = drain(ingest(labelled_folder(tmp_path / "pictures", {"a": 20, "b": 20}), settings))[1]
    first, second = squares(stored, CUT, settings), squares(stored, CUT, settings)
    next(first)
    next(second)
    first.close()
    assert len(drain(second)[1]) == 40


def test_a_removed_original_is_named(maker: Maker, stored: StoredDataset, settings: Settings) -> None:
    lost = stored.catalogue.samples[3]
    stored.original(lost).unlink()
    with pytest.raises(BadPicture) as caught:
        drain(maker(stored, CUT, settings))
    assert lost.original_name in caught.value.problem
    assert "bring it in again" in caught.value.remedy
    assert cached(settings) == []


def test_an_original_that_was_exchanged_or_damaged_is_named(stored: StoredDataset, settings: Settings) -> None:
    sample = named(stored, "landscape 1.jpg")
    file = stored.original(sample)
    whole = file.read_bytes()
    for content in (whole[:-300], b"no picture"):
        file.write_bytes(content)
        with pytest.raises(BadPicture, match=r"landscape 1\.jpg"):
            drain(squares(stored, CUT, settings))
    smooth((40, 60)).save(file)
    with pytest.raises(BadPicture, match="another shape"):
        drain(for_random_crops(stored, CUT, settings))


def test_progress_ends_at_the_last_picture(maker: Maker, stored: StoredDataset, settings: Settings) -> None:
    one_by_one = settings.model_copy(update={"threads": 1})
    events, _ = drain(maker(stored, CUT, one_by_one))
    assert events == [Progress("preparing pixels", 16, 26), Progress("preparing pixels", 26, 26)]


def test_the_pixels_are_the_same_whatever_the_number_of_threads(maker: Maker, stored: StoredDataset,
                                                                settings: Settings, tmp_path: Path) -> None:
    one, four = (np.array(drain(maker(stored, CUT, settings.model_copy(
        update={"threads": threads, "home": tmp_path / str(threads)})))[1].flat) for threads in (1, 4))
    assert np.array_equal(one, four)


def test_closing_early_leaves_neither_file_nor_thread(maker: Maker, stored: StoredDataset, settings: Settings) -> None:
    before = set(threading.enumerate())
    stream = maker(stored, CUT, settings.model_copy(update={"threads": 1}))
    next(stream)
    stream.close()
    assert cached(settings) == []
    assert set(threading.enumerate()) == before


def test_warnings_are_as_they_were_whenever_something_is_told(stored: StoredDataset, settings: Settings) -> None:
    before = list(warnings.filters)
    for _ in squares(stored, CUT, settings.model_copy(update={"threads": 1})):
        assert list(warnings.filters) == before


def test_a_picture_is_a_read_only_view_and_squares_a_copy(stored: StoredDataset, settings: Settings) -> None:
    for _ in range(2):
        _, made = drain(squares(stored, CUT, settings))
        with pytest.raises(ValueError, match="read-only"):
            made.picture(0)[0] = 0
        some = made.squares([4, 2])
        assert some.shape == (2, 32, 32, 3)
        some[:] = 0
        assert made.picture(4).any()
        assert np.array_equal(made.squares(np.array([2]))[0], made.picture(2))


def test_pixels_leave_free_what_is_to_stay_free(stored: StoredDataset, settings: Settings) -> None:
    with pytest.raises(DiskFull):
        drain(squares(stored, CUT, settings.model_copy(update={"min_free_bytes": 10**18})))
    assert not list(settings.cache.glob("*/*.npy"))
    drain(squares(stored, CUT, settings.model_copy(update={"min_free_bytes": 0})))


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="tells what is in memory on Linux alone")
def test_what_was_read_does_not_stay_in_the_process_and_reads_the_same_again(maker: Maker, stored: StoredDataset,
                                                                             settings: Settings) -> None:
    _, pixels = drain(maker(stored, Preprocessing(64), settings))
    first = [pixels.picture(row).copy() for row in range(len(pixels))]
    assert resident_bytes(settings) > 0
    pixels.let_go()
    assert resident_bytes(settings) == 0
    assert all(same(pixels.picture(row), seen) for row, seen in enumerate(first))


def test_pixels_that_are_mapped_nowhere_are_let_go_too() -> None:
    pixels = Pixels(np.zeros(12, dtype=np.uint8), np.array([[2, 2]]), np.array([0, 12]), {"a": 0}, "key", Path())
    pixels.let_go()
    assert pixels.squares([0]).shape == (1, 2, 2, 3)


def resident_bytes(settings: Settings) -> int:
    """Of the mapped cached pixels, what is in this process's memory."""
    mapped, resident = False, 0
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if "-" in line.split(" ")[0]:
            mapped = str(settings.cache) in line
        elif mapped and line.startswith("Rss:"):
            resident += int(line.split()[1]) * 1024
    return resident
