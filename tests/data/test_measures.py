from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from core.data import measures
from core.data.ingest import ingest
from core.data.measures import ROW, SMALL_SIDE, row_of
from core.data.store import StoredDataset
from core.errors import BadPicture
from core.events import Progress, drain
from core.settings import Settings
from tests.fakes import labelled_folder


@pytest.fixture
def stored(tmp_path: Path, settings: Settings) -> StoredDataset:
    return drain(ingest(labelled_folder(tmp_path / "pets", {"cat": 4, "dog": 3}), settings))[1]


def noise(seed: int = 0, low: int = 0, high: int = 256) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(low, high, (90, 120, 3), dtype=np.uint8))


def measure(image: Image.Image) -> np.void:
    table = np.zeros(1, ROW)
    table[0] = row_of(image)
    return table[0]


def test_light_runs_from_black_to_white() -> None:
    black, white = (measure(Image.new("RGB", (60, 60), colour)) for colour in ("black", "white"))
    assert (black["brightness"], white["brightness"]) == (0, 1)
    assert (black["contrast"], black["detail"], black["sharpness"]) == (0, 0, 0)


def test_a_blurred_picture_is_less_sharp_than_itself_and_a_faint_one_as_sharp() -> None:
    sharp = noise()
    faint = Image.eval(sharp, lambda value: 100 + value // 5)
    assert measure(sharp.filter(ImageFilter.GaussianBlur(2)))["sharpness"] < 0.5 * measure(sharp)["sharpness"]
    assert measure(faint)["sharpness"] == pytest.approx(measure(sharp)["sharpness"], rel=0.05)


def test_the_hash_hardly_changes_with_size_and_quality_and_differs_between_pictures() -> None:
    def bits(one: np.void, other: np.void) -> int:
        return int(np.bitwise_count(one["hash"] ^ other["hash"]))

    smooth = noise(1).filter(ImageFilter.GaussianBlur(6))
    assert bits(measure(smooth), measure(smooth.resize((60, 45)))) <= 4
    assert bits(measure(smooth), measure(noise(2).filter(ImageFilter.GaussianBlur(6)))) > 12


def test_a_picture_of_one_pixel_has_measures() -> None:
    assert measure(Image.new("RGB", (1, 1), "white"))["brightness"] == 1


def test_the_small_square_is_the_middle() -> None:
    wide = Image.new("RGB", (300, 100), "white")
    wide.paste("black", (100, 0, 200, 100))
    assert not measure(wide)["small"].any()
    assert measure(wide)["small"].shape == (SMALL_SIDE, SMALL_SIDE, 3)


def test_pictures_are_measured_once_and_read_from_the_cache_afterwards(stored: StoredDataset,
                                                                       settings: Settings) -> None:
    assert measures.known(stored, settings) is None
    events, made = drain(measures.measured(stored, settings))
    assert events[-1] == Progress("measuring pictures", 7, 7)
    for sample in stored.catalogue.samples:
        stored.thumbnail(sample).unlink()
    again = measures.known(stored, settings)
    assert again is not None
    assert (again.table == made.table).all()
    assert drain(measures.measured(stored, settings))[0] == []
    assert again.rows == {sample.id: row for row, sample in enumerate(stored.catalogue.samples)}


def test_a_lost_thumbnail_is_told_by_its_name_and_leaves_no_half_table(stored: StoredDataset,
                                                                      settings: Settings) -> None:
    lost = stored.catalogue.samples[2]
    stored.thumbnail(lost).unlink()
    with pytest.raises(BadPicture, match=lost.original_name):
        drain(measures.measured(stored, replace_threads(settings)))
    assert measures.known(stored, settings) is None


def replace_threads(settings: Settings) -> Settings:
    return settings.model_copy(update={"threads": 2})


def test_a_cancel_leaves_no_half_table(stored: StoredDataset, settings: Settings) -> None:
    stream = measures.measured(stored, settings)
    next(stream)
    stream.close()
    assert measures.known(stored, settings) is None


def test_other_pictures_have_other_measures(stored: StoredDataset, settings: Settings) -> None:
    drain(measures.measured(stored, settings))
    fewer = replace(stored.catalogue, samples=stored.catalogue.samples[1:])
    assert measures.known(StoredDataset(stored.path, fewer), settings) is None
