"""The closer look: the way through a gallery, and what is put right there."""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Selectbox

from core.data.dataset import Sample
from core.data.edits import Edit
from core.jobs.entries import DatasetEntry, Job
from core.settings import Settings
from pages.ui import closer_picture
from pages.ui.exhibit import Exhibit
from pages.ui.result_choice import outcome_of
from tests.pages.doing import opened, shelved, the_desk
from tests.pages.exhibits import predictions_of, trained
from tests.pages.reading import button
from tests.pages.test_results import choose, words

BLUE_AND_RED = ("blue", "red")


@pytest.fixture
def entry(settings: Settings, tmp_path: Path) -> DatasetEntry:
    return shelved(settings, tmp_path)


def samples(entry: DatasetEntry) -> tuple[Sample, ...]:
    return the_desk().stored(entry.owner, entry.id).catalogue.samples


def edits(entry: DatasetEntry) -> tuple[Edit, ...]:
    return the_desk().stored(entry.owner, entry.id).edit_log().edits


def three(entry: DatasetEntry) -> Job:
    """Of three blue pictures: sure and wrong, unsure and wrong, right."""
    return trained(entry, predictions_of(((0.1, 0.9), (0.4, 0.6), (0.8, 0.2)), (0, 0, 0), BLUE_AND_RED,
                                         [sample.id for sample in samples(entry)[:3]]))


def looking(entry: DatasetEntry, number: int = 0) -> AppTest:
    """The closer look at a picture of the top losses."""
    three(entry)
    page = choose(opened("results"), "gallery", "Top losses")
    page.button(key=f"top losses closer {samples(entry)[number].id}").click().run()
    assert not page.exception
    return page


def relabelled(page: AppTest, entry: DatasetEntry, label: str) -> AppTest:
    label_box(page, entry).set_value(label).run()
    assert not page.exception
    return page


def label_box(page: AppTest, entry: DatasetEntry) -> Selectbox:
    return next(box for box in page.selectbox if str(box.key).startswith(f"closer-label {samples(entry)[0].id}"))


def keys(page: AppTest) -> set[str]:
    return {str(each.key) for each in page.button if str(each.key).startswith("closer-")}


def test_it_leads_through_the_gallery_in_its_order_and_round(entry: DatasetEntry) -> None:
    page = looking(entry)
    assert "1 of 3" in words(page)
    page.button(key="closer-next").click().run()
    assert "2 of 3" in words(page)
    assert "**red** 60 %, but it is labelled **blue**, to which it gave 40\u00a0%" in words(page)
    page.button(key="closer-next").click().run()
    assert "and that is right" in words(page)
    page.button(key="closer-next").click().run()
    assert "1 of 3" in words(page)
    page.button(key="closer-previous").click().run()
    assert "3 of 3" in words(page)


def test_a_single_picture_has_no_way_to_go(entry: DatasetEntry) -> None:
    trained(entry, predictions_of(((0.9, 0.1),), (0,)))
    page = choose(opened("results"), "gallery", "Top losses")
    page.button(key=f"top losses closer {0:016x}").click().run()
    assert "The network says" in words(page)
    assert not keys(page)


def test_its_arrows_go_beyond_the_page_of_the_gallery(entry: DatasetEntry) -> None:
    trained(entry, predictions_of([(0.9, 0.1)] * 30, [0] * 30))
    page = choose(opened("results"), "gallery", "Top losses")
    page.button(key=f"top losses closer {23:016x}").click().run()
    assert "24 of 30" in words(page)
    page.button(key="closer-next").click().run()
    assert "25 of 30" in words(page)


def test_the_same_picture_in_another_gallery_opens_by_itself(entry: DatasetEntry) -> None:
    page = looking(entry)
    choose(page, "gallery", "Most uncertain")
    assert "The network says" not in words(page)


def test_a_new_label_goes_into_the_log_and_is_told_of_on_card_and_page(entry: DatasetEntry) -> None:
    page = relabelled(looking(entry), entry, "red")
    edit = edits(entry)[-1]
    assert (edit.sample, edit.action, edit.value) == (samples(entry)[0].id, "relabel", "red")
    assert edit.why == "seen on the Results page"
    assert "Relabelled since: red" in words(page)
    said = words(opened("results", gallery="Top losses"))
    assert "relabelled since: red" in said
    assert "1 picture relabelled since this training. The network has not learned from that yet" in said


def test_a_change_is_undone_where_it_was_made(entry: DatasetEntry) -> None:
    page = relabelled(looking(entry), entry, "red")
    page.button(key="closer-undo").click().run()
    assert "since: red" not in words(page)
    assert "since this training" not in words(page)
    assert [edit.action for edit in edits(entry)] == ["relabel", "undo"]
    assert "closer-undo" not in keys(page)


def test_removed_and_kept_pictures_say_so(entry: DatasetEntry) -> None:
    page = looking(entry)
    page.button(key="closer-keep").click().run()
    assert "Looked at, and kept as it is" in words(page)
    assert edits(entry)[-1].why == "label, seen on the Results page"        # the doubt that the Clean page may have
    assert {"closer-remove", "closer-undo"} <= keys(page) - {"closer-keep"} == keys(page)
    page.button(key="closer-remove").click().run()
    assert "Removed since" in words(page)
    assert "closer-remove" not in keys(page)
    assert "1 picture removed since this training" in words(page)


def test_undoing_a_click_on_many_pictures_says_how_many(entry: DatasetEntry) -> None:
    three(entry)
    the_desk().stored(entry.owner, entry.id).append_edits([Edit(sample.id, "remove") for sample in samples(entry)[:2]])
    page = choose(opened("results"), "gallery", "Top losses")
    page.button(key=f"top losses closer {samples(entry)[0].id}").click().run()
    button(page, "Undo for 2 pictures").click().run()
    assert "removed since" not in words(page)


def test_what_cannot_be_changed_is_told_with_its_remedy(settings: Settings, tmp_path: Path) -> None:
    few = shelved(settings, tmp_path, counts={"blue": 2, "red": 12})
    page = relabelled(looking(few), few, "red")                  # blue would be left with a single picture
    assert "Nothing was changed" in words(page)
    assert "A class needs two pictures" in words(page)
    assert not edits(few)


def test_changes_go_into_the_training_s_own_data_set(settings: Settings, tmp_path: Path, entry: DatasetEntry) -> None:
    job = three(entry)
    other = shelved(settings, tmp_path / "later", name="later", counts={"up": 3, "down": 3})
    page = choose(opened("results", job=job.id), "gallery", "Top losses")
    page.button(key=f"top losses closer {samples(entry)[0].id}").click().run()
    assert "Changes go into colours, the data set of this training" in words(page)
    relabelled(page, entry, "red")
    assert len(edits(entry)) == 1
    assert not edits(other)
    page.button(key="since-train").click().run()
    assert page.title[0].value == "Train"
    assert the_desk().chosen(entry.owner) == the_desk().dataset(entry.owner, entry.id)


@pytest.mark.parametrize(("size", "share"), [((300, 100), 2 / 3), ((100, 200), 0.5), ((100, 100), 0.0)])
def test_what_the_crop_leaves_out_is_measured(size: tuple[int, int], share: float, entry: DatasetEntry) -> None:
    job = three(entry)
    sample = Sample("a" * 16, "blue", "a.jpg", "aa/a.jpg", "a" * 64, *size, "JPEG", 100)
    assert closer_picture.unseen(Exhibit(job, outcome_of(job), outcome_of(job).valid), sample) == pytest.approx(share)


def test_what_is_nearly_sure_is_not_told_as_sure(entry: DatasetEntry) -> None:
    trained(entry, predictions_of(((0.0008, 0.9992), (0.4, 0.6)), (0, 0), BLUE_AND_RED))
    page = choose(opened("results"), "gallery", "Top losses")
    page.button(key=f"top losses closer {0:016x}").click().run()
    assert re.search(r"says \*\*red\*\* 99.9 %, but it (is|was) labelled \*\*blue\*\*, to which it gave 0.1\u00a0%",
                     words(page))


def test_only_classes_that_there_are_can_be_chosen_and_how_to_make_a_new_one_is_told(entry: DatasetEntry) -> None:
    """A single picture never makes a class."""
    box = label_box(looking(entry), entry)
    assert box.options == ["red"]
    assert not box.proto.accept_new_options
    assert "Many at once" in box.help


def test_after_a_choice_another_box_takes_the_place_so_that_keys_lead_on(entry: DatasetEntry) -> None:
    page = looking(entry)
    before = label_box(page, entry).key
    assert label_box(relabelled(page, entry, "red"), entry).key != before


def test_a_click_says_that_the_network_is_right(entry: DatasetEntry) -> None:
    page = looking(entry)
    assert page.button(key="closer-answer").label == "It is red"
    page.button(key="closer-answer").click().run()
    assert "Relabelled since: red" in words(page)
    assert "closer-answer" not in keys(page)
    page = choose(opened("results"), "gallery", "Most correct")
    page.button(key=f"most correct closer {samples(entry)[2].id}").click().run()
    assert "and that is right" in words(page)
    assert "closer-answer" not in keys(page)


def test_what_the_bars_colours_mean_is_said(entry: DatasetEntry) -> None:
    assert "Blue: the actual class" in words(looking(entry))
