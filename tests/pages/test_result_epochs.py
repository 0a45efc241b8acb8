"""Results, epochs: the time machine in each of its states."""

import re
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.interpretation.over_epochs import Course, Fate, Said
from core.interpretation.predictions import Predictions
from core.jobs.entries import DatasetEntry, Job
from core.settings import Settings
from pages.ui import epoch_charts
from pages.ui.colours import RIGHT, WRONG
from pages.ui.epoch_gallery import marked
from tests.pages.doing import begin, finish, opened, shelved
from tests.pages.exhibits import LABELS, PROBABILITIES, epoch, predictions_of, started, submitted, told, trained
from tests.pages.reading import explained
from tests.pages.test_results import choose, labels, words

FLIPPED = tuple((second, first) for first, second in PROBABILITIES)
# What is said of three ants and two bees after each epoch, the last one as `exhibits` has it.
EPOCHS = ((PROBABILITIES[0], FLIPPED[1], FLIPPED[1], PROBABILITIES[4], PROBABILITIES[4]),
          (FLIPPED[0], PROBABILITIES[1], FLIPPED[1], FLIPPED[0], FLIPPED[4]), PROBABILITIES)


@pytest.fixture
def entry(settings: Settings, tmp_path: Path) -> DatasetEntry:
    return shelved(settings, tmp_path)


def of(entry: DatasetEntry, epochs: int = 3, running: bool = False) -> Job:
    """A training that keeps what it said after each epoch."""
    job = submitted(entry) if running else trained(entry)
    for number in range(epochs):
        told(job.run, predictions_of(EPOCHS[number]), f"valid-epoch-{number:03d}")
    done = [started(9), *(epoch(number) for number in range(epochs))]
    return begin(job, done) if running else finish(job, done)


def machine(page: AppTest | None = None) -> AppTest:
    return choose(page or opened("results"), "view", "Epochs")


def at(page: AppTest, number: int) -> AppTest:
    page.select_slider[0].set_value(number).run()
    return page


def test_it_opens_at_the_kept_epoch_and_tells_what_changed(entry: DatasetEntry) -> None:
    of(entry)
    said = words(machine())
    assert "Epoch 3 of 3" in said
    assert "3 of 5 right" in said
    assert "became right, " in said


def test_moving_the_slider_shows_another_epoch(entry: DatasetEntry) -> None:
    of(entry)
    page = at(machine(), 1)
    said = words(page)
    assert "Epoch 1 of 3" in said
    assert "1 of 5 right · the first one" in said
    assert "there is none before it" in said


def test_a_reload_finds_the_epoch_that_the_address_names_and_another_training_its_own(entry: DatasetEntry) -> None:
    first = of(entry)
    assert machine().query_params["epoch"] == "3"
    page = machine(opened("results", epoch="2"))
    assert "Epoch 2 of 3" in words(page)
    at(page, 1)
    assert page.query_params["epoch"] == "1"
    of(entry)
    page = machine(opened("results", job=first.id, epoch="1"))
    assert "Epoch 1 of 3" in words(page)
    page.selectbox[0].select_index(0).run()
    assert "Epoch 3 of 3" in words(page)


@pytest.mark.parametrize("asked", ["0", "77", "-1", "two", "²"])
def test_an_address_with_an_epoch_that_there_is_not_shows_the_kept_one(asked: str, entry: DatasetEntry) -> None:
    of(entry)
    page = machine(opened("results", epoch=asked))
    assert not page.exception
    assert "Epoch 3 of 3" in words(page)


def test_the_figures_are_called_what_they_show_and_are_explained(entry: DatasetEntry) -> None:
    """A network that is sure and wrong stands at 0 on an axis of the actual class: that is not how sure it was."""
    of(entry)
    page = machine()
    assert "How sure the network was" not in words(page)
    for title in ("Which class is taken for which", "How probable each picture's classes were"):
        assert title in words(page)
    assert "what chance makes of 5 pictures" in words(page)
    assert {"confusion matrix", "decision threshold", "learned and forgotten"} <= explained(page)


def test_the_buttons_go_one_epoch_on_and_stop_at_both_ends(entry: DatasetEntry) -> None:
    of(entry)
    page = machine()
    assert page.button(key="epoch-next").disabled
    page.button(key="epoch-back").click().run()
    assert "Epoch 2 of 3" in words(page)
    page.button(key="epoch-back").click().run()
    assert page.button(key="epoch-back").disabled
    page.button(key="epoch-next").click().run()
    assert "Epoch 2 of 3" in words(page)


def test_each_gallery_shows_its_pictures_marked_with_their_word(entry: DatasetEntry) -> None:
    job = of(entry)
    course = Course.of(range(3), [Said.of(job.run.read_predictions(f"valid-epoch-{number:03d}"))
                                  for number in range(3)])
    page = at(machine(), 2)
    gained, lost = course.became(1)
    shown = {"Became right": len(gained), "Became wrong": len(lost), "Learned": len(course.of_fate(Fate.LEARNED)),
             "Forgotten": len(course.of_fate(Fate.FORGOTTEN)),
             "Never learned": len(course.of_fate(Fate.NEVER_LEARNED)), "Unstable": len(course.unstable())}
    assert sum(shown.values()) > 4
    for gallery, count in shown.items():
        choose(page, "epoch-gallery", gallery)
        assert not page.exception
        assert len(page.get("image")) == count, gallery
    choose(page, "epoch-gallery", "Never learned")
    assert "up to the last one, the largest loss after that one first" in words(page)
    assert "never learned" in "".join(block.proto.body for block in page.get("html"))


def test_the_cards_tell_what_was_said_then(entry: DatasetEntry) -> None:
    of(entry)
    page = choose(at(machine(), 1), "epoch-gallery", "Learned")
    assert ":orange[:material/cancel:]" in words(page)
    assert ":blue[:material/check_circle:]" not in words(page)
    assert ":blue[:material/check_circle:]" in words(at(page, 3))


def test_a_gallery_leaves_as_a_file_that_names_its_epoch(entry: DatasetEntry, offered: list[str]) -> None:
    of(entry)
    at(machine(), 2)
    assert offered[-1] == "became-right-epoch-2.csv"


def test_after_one_epoch_there_is_nothing_to_go_back_to(entry: DatasetEntry) -> None:
    of(entry, epochs=1, running=True)
    page = machine()
    assert "After one epoch" in words(page)
    assert not page.select_slider


def test_a_training_that_goes_on_shows_its_epochs_so_far(entry: DatasetEntry) -> None:
    of(entry, epochs=2, running=True)
    page = choose(machine(), "epoch-gallery", "Never learned")
    said = words(page)
    assert "Epoch 2 of 2 so far**" in said
    assert "From the first epoch to the latest one so far" in said
    assert "not learned yet" in said
    assert "up to the latest one so far" in said
    assert not re.search(r"\d never learned", said)
    assert "never learned" not in "".join(block.proto.body for block in page.get("html"))
    (tabs,) = [group for group in page.button_group if group.key == "epoch-gallery"]
    assert "Not learned yet" in tabs.options


def test_a_training_whose_epochs_are_gone_says_so(entry: DatasetEntry) -> None:
    trained(entry)
    page = machine()
    assert "is not kept" in words(page)
    assert not page.select_slider


def test_an_epoch_that_is_gone_or_damaged_is_left_out_and_told_of(entry: DatasetEntry) -> None:
    job = of(entry)
    (job.run.predictions / "valid-epoch-001.npz").write_bytes(b"damaged")
    page = machine()
    assert page.select_slider[0].options == ["1", "3"]
    assert "1 epoch left out" in words(page)
    (job.run.predictions / "valid-epoch-001.npz").unlink()
    assert "1 epoch left out" in words(machine())


def test_epochs_of_other_pictures_are_left_out(entry: DatasetEntry) -> None:
    job = of(entry)
    told(job.run, predictions_of(EPOCHS[0], ids=[f"{number + 9:016x}" for number in range(5)]), "valid-epoch-000")
    told(job.run, predictions_of())
    page = machine()
    assert page.select_slider[0].options == ["2", "3"]


def many(kinds: int, epochs: int = 3, pictures: int = 400) -> tuple[Course, Predictions]:
    random = np.random.default_rng(0)
    label = random.integers(0, kinds, pictures)
    said = [Predictions(tuple(map(str, range(pictures))), label,
                        random.normal(size=(pictures, kinds)).astype(np.float32) + grow * np.eye(kinds)[label],
                        tuple(f"<b>{kind}</b>" for kind in range(kinds))) for grow in range(epochs)]
    return Course.of(range(epochs), [Said.of(each) for each in said]), said[-1]


@pytest.mark.parametrize("kinds", [2, 5, 40])
def test_axes_and_colours_stay_the_same_from_epoch_to_epoch(kinds: int) -> None:
    course, last = many(kinds)
    figures = [epoch_charts.probabilities(course, place, last.classes, last.probabilities) for place in range(3)]
    ranges = {(figure.layout.xaxis.range, figure.layout.yaxis.range, figure.layout.height) for figure in figures}
    assert len(ranges) == 1
    for figure in figures:
        assert [trace.marker.color for trace in figure.data] == [RIGHT, WRONG]
        assert "<b>" not in figure.to_json().replace("\\u003c", "<")


def test_of_many_classes_the_share_of_each_is_shown_in_a_fixed_order() -> None:
    _, last = many(40)
    figure = epoch_charts.classes(last)
    assert len(figure.data[0].y) == 40
    assert tuple(figure.layout.yaxis.range) == (0, 1.02)
    assert epoch_charts.classes(many(16)[1]).data[0].type == "heatmap"


def test_every_picture_is_a_dot_or_in_a_bar() -> None:
    for kinds in (2, 5):
        course, last = many(kinds)
        figure = epoch_charts.probabilities(course, 1, last.classes, last.probabilities)
        assert sum(len(trace.x) if kinds == 2 else int(sum(trace.y)) for trace in figure.data) == 400


def test_a_picture_s_epochs_are_a_row_of_blue_and_orange_with_its_word() -> None:
    row = marked(Fate.FORGOTTEN, 2, np.array([True, False, True, False]), 1)
    assert (row.count(RIGHT), row.count(WRONG)) == (2, 2)
    assert row.count("forgotten") == row.count("forgotten 2 times") == 1
    assert "lost and regained · forgotten once" in marked(Fate.REGAINED, 1, np.array([True, False, True]), 0)
    assert len(LABELS) == len(EPOCHS[0])


def test_the_view_keeps_its_help_beside_it(entry: DatasetEntry) -> None:
    of(entry)
    assert {"Back", "Next"} <= set(labels(machine()))
