import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.jobs.entries import DatasetEntry
from core.settings import Settings
from pages.ui.bars import share_bar
from pages.ui.closer_picture import with_crop
from pages.ui.colours import RIGHT, WRONG
from tests.pages.doing import opened, shelved, the_desk
from tests.pages.exhibits import jpeg, predictions_of, trained
from tests.pages.test_results import choose, words


@pytest.fixture
def entry(settings: Settings, tmp_path: Path) -> DatasetEntry:
    return shelved(settings, tmp_path)


def uncertain(entry: DatasetEntry) -> AppTest:
    return choose(opened("results"), "gallery", "Most uncertain")


def closer(page: AppTest, id: str) -> AppTest:
    next(button for button in page.button if str(button.key).endswith(f" closer {id}")).click().run()
    return page


def test_a_card_tells_prediction_actual_class_probability_and_file(entry: DatasetEntry) -> None:
    trained(entry)
    said = words(uncertain(entry))
    assert "check_circle:] said **ants** 90 %\n\nis **ants**" in said
    assert "cancel:] said **bees** 80 %\n\nis **ants** 20 %" in said
    assert r"3\.jpg" in said


def test_pictures_go_out_as_they_lie_on_the_disk(entry: DatasetEntry) -> None:
    """Anything else would decode and resize them at every rerun."""
    trained(entry)
    images = uncertain(entry).get("image")
    assert len(images) == 5
    assert all(image.value[0].endswith(".jpg") for image in images)


def test_a_run_without_its_pictures_says_so_in_their_place(entry: DatasetEntry) -> None:
    job = trained(entry)
    for file in job.run.seen.iterdir():
        file.unlink()
    page = uncertain(entry)
    assert not page.exception
    assert not page.get("image")
    assert sum("not kept" in element.proto.body for element in page.get("html")) == 5


def test_a_closer_look_shows_the_whole_picture_with_the_crop(settings: Settings, entry: DatasetEntry) -> None:
    sample = the_desk().stored(entry.owner, entry.id).catalogue.samples[0]
    trained(entry, predictions_of(((0.2, 0.8),), (0,), ids=(sample.id,)))
    page = closer(choose(opened("results"), "gallery", "Incorrectly classified"), sample.id)
    said = words(page)
    assert "The network says **bees** 80 %, but it was labelled **ants**, to which it gave 20\u00a0%" in said
    assert "Loss 1.61" in said
    assert page.get("plotly_chart")
    assert [image.captions[0] for image in page.get("image")][-1] == (
        "The whole picture. The network saw what lies in the frame.")


def test_a_closer_look_at_a_right_picture_says_so(entry: DatasetEntry) -> None:
    trained(entry)
    page = closer(uncertain(entry), "0" * 16)
    assert "and that is right" in words(page)
    assert "The whole picture is gone" in words(page)       # the data set has other pictures


@pytest.mark.parametrize(("size", "inside", "outside"), [((300, 200), (150, 100), (10, 100)),
                                                         ((200, 300), (100, 150), (100, 10))])
def test_what_lies_outside_the_crop_is_dimmed(size: tuple[int, int], inside: tuple[int, int],
                                              outside: tuple[int, int]) -> None:
    with Image.open(io.BytesIO(with_crop(jpeg(*size, colour="#c0c0c0")))) as framed:
        assert framed.size == size
        bright, dim = (np.array(framed.getpixel(place)).mean() for place in (inside, outside))
    assert bright > 180 > 120 > dim


def test_the_bar_shares_out_the_probabilities() -> None:
    wrong = share_bar(np.array([0.125, 0.75, 0.125]), actual=0)
    assert wrong.index(f"width:75.0%;background:{WRONG}") < wrong.index(f"width:12.5%;background:{RIGHT}")
    right = share_bar(np.array([0.125, 0.75, 0.125]), actual=1)
    assert f"width:75.0%;background:{RIGHT}" in right
    assert WRONG not in right


def test_no_name_that_a_person_gave_reaches_html(entry: DatasetEntry) -> None:
    trained(entry, predictions_of(classes=("<img src=x onerror=alert(1)>", "bees")))
    assert not [element for element in uncertain(entry).get("html") if "onerror" in element.proto.body]
