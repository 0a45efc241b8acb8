"""A closer look, its look-alikes: in each state, and when they doubt a label."""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import LimitReached
from core.events import Progress
from core.jobs.desk import Desk
from core.jobs.entries import LOCAL, DatasetEntry, Job
from core.settings import Settings
from pages.ui.look_alikes import doubted
from tests.pages.doing import begin, fail, opened, shelved, the_desk
from tests.pages.exhibits import trained
from tests.pages.landscapes import asked, mapped
from tests.pages.test_results import choose, labels, words

PICTURE = f"{2:016x}"        # an ant taken for a bee


@pytest.fixture
def entry(settings: Settings, tmp_path: Path) -> DatasetEntry:
    return shelved(settings, tmp_path)


@pytest.fixture
def training(entry: DatasetEntry) -> Job:
    """With four training pictures from the data set, three of them bees."""
    job = trained(entry)
    learned = [sample.id for sample in the_desk().stored(LOCAL, entry.id).catalogue.samples[:4]]
    document = job.run.read_dataset()
    job.run.write_dataset(document.model_copy(update={
        "ids": (*document.ids, *learned), "names": (*document.names, *learned),
        "labels": (*document.labels, 1, 1, 1, 0), "split": document.split | {"train": tuple(learned)}}))
    return job


def look(page: AppTest | None = None) -> AppTest:
    """At the look-alikes of the picture."""
    page = page or choose(opened("results"), "gallery", "Most uncertain")
    page.session_state["closer-section"] = "Look-alikes"
    return page.button(key=f"most uncertain closer {PICTURE}").click().run()


def find(page: AppTest) -> AppTest:
    return next(button for button in page.button if button.label == "Find look-alikes").click().run()


def in_a_row(training: Job) -> None:
    """Activations by which the picture is nearest to the first training picture, then to the second ..."""
    rows = [[1.0, 0.0]] * 5 + [[1.0, 0.1], [1.0, 0.2], [1.0, 0.3], [1.0, 0.4]]
    mapped(training, activations=rows)


def test_before_the_network_has_looked_a_button_has_it_look(training: Job) -> None:
    page = look()
    assert "what its answer rests on" in words(page)
    assert not the_desk().jobs(LOCAL, kind="map")
    find(page)
    (job,) = the_desk().jobs(LOCAL, kind="map")
    assert job.dataset == training.dataset


def test_where_that_is_refused_the_reason_is_told(training: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Desk, visitor: str, order: object, dataset: str | None = None) -> None:
        raise LimitReached("Four jobs are at work already.", remedy="Wait for one to end.")

    monkeypatch.setattr(Desk, "submit", full)
    assert "Wait for one to end" in words(find(look()))


def test_while_it_looks_its_progress_is_shown(training: Job) -> None:
    begin(asked(training), [Progress("looking at pictures", 2, 5)])
    page = look()
    bar = page.get("progress")[-1]
    assert bar.proto.text == "Finding look-alikes · looking at pictures: 2 of 5 pictures"
    assert "Find look-alikes" not in labels(page)


def test_a_failure_is_told_and_it_can_look_again(training: Job) -> None:
    fail(asked(training), "The disk is full.", "Free some space.")
    page = look()
    assert "The disk is full" in words(page)
    assert "Find look-alikes" in labels(page)


def test_the_nearest_training_pictures_are_shown_with_label_and_similarity(training: Job) -> None:
    in_a_row(training)
    page = look()
    said = words(page)
    assert re.findall(r"\*\*(\w+)\*\*  \n:small\[:gray\[similarity (\S+)\]\]", said) == [
        ("bees", "1.00"), ("bees", "0.98"), ("bees", "0.96"), ("ants", "0.93")]      # cosines of 0.1, 0.2 ... by hand
    assert "rests on pictures like them" in said
    assert sum("a training picture of" in str(image.proto) for image in page.get("image")) == 4


def test_where_most_of_them_have_another_label_that_is_said(training: Job) -> None:
    in_a_row(training)
    said = words(look())
    assert "3 of the 4 pictures most alike to it are **bees**. Either its label is wrong, or the network" in said
    assert "such as the background" in said


@pytest.mark.parametrize(("own", "others", "doubt"), [
    ("ants", ["ants"] * 6, False), ("ants", ["bees"] * 3 + ["ants"] * 3, False),
    ("ants", ["bees"] * 4 + ["ants"] * 2, True), ("ants", ["bees"], True), ("ants", ["bees", "wasps", "flies"], False)])
def test_a_label_is_doubted_by_a_majority_alone(own: str, others: list[str], doubt: bool) -> None:
    assert bool(doubted(own, others)) == doubt


def test_labels_that_people_gave_are_no_markup() -> None:
    assert r"\*\*bees\*\*" in doubted("ants", ["**bees**"] * 3)


def test_those_of_another_network_are_not_shown(training: Job) -> None:
    mapped(training, of="another")
    assert "Find look-alikes" in labels(look())


def test_a_training_without_training_pictures_says_so(entry: DatasetEntry) -> None:
    mapped(trained(entry))
    assert "no training pictures to compare it with" in words(look())


def test_a_damaged_map_is_told_and_can_be_made_again(training: Job) -> None:
    in_a_row(training)
    (training.run.landscape / "map.npz").write_bytes(b"damaged")
    page = look()
    assert "damaged" in words(page)
    assert "Find them again" in labels(page)


def test_pictures_whose_data_set_is_gone_leave_their_labels(settings: Settings, training: Job,
                                                           entry: DatasetEntry) -> None:
    in_a_row(training)
    (settings.datasets / entry.folder / "catalogue.json").unlink()
    page = look()
    said = words(page)
    assert said.count("not kept") == 4
    assert said.count("[similarity ") == 4
