"""The galleries of the results page: filters, pages, CSV, training pictures."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.interpretation.predictions import Predictions
from core.jobs.entries import DatasetEntry
from core.settings import Settings
from pages.ui.exhibit import Exhibit
from pages.ui.gallery import as_csv, csv_name
from pages.ui.result_choice import outcome_of
from tests.pages.doing import opened, shelved, the_desk
from tests.pages.exhibits import PROBABILITIES, predictions_of, trained
from tests.pages.reading import button, text
from tests.pages.test_results import choose, words


@pytest.fixture
def entry(settings: Settings, tmp_path: Path) -> DatasetEntry:
    return shelved(settings, tmp_path)


def hardest(entry: DatasetEntry, values: Predictions | None = None) -> AppTest:
    trained(entry, values)
    return choose(opened("results"), "gallery", "Top losses")


def pictures(page: AppTest) -> int:
    assert not page.exception
    return len(page.get("image"))


def test_a_gallery_of_a_class_follows_the_class(entry: DatasetEntry) -> None:
    trained(entry)
    page = choose(opened("results"), "gallery", "Most incorrect")
    assert pictures(page) == 2
    page.selectbox(key="class").set_value(0).run()
    assert pictures(page) == 1
    assert "said **bees** 80 %" in words(page)
    page.selectbox(key="class").set_value(1).run()
    assert "said **ants** 70 %" in words(page)


def test_the_page_opens_on_what_the_network_found_hardest(entry: DatasetEntry) -> None:
    trained(entry)
    assert "the largest loss first" in words(opened("results"))


def test_the_most_incorrect_are_the_surest_mistakes_of_each_class(entry: DatasetEntry) -> None:
    """The third is surer of its answer than the second, though its loss is the smaller one."""
    trained(entry, predictions_of(((0.1, 0.2, 0.7), (0.01, 0.54, 0.45), (0.3, 0.1, 0.6), (0.2, 0.1, 0.7)),
                                  (1, 0, 0, 0), ("ants", "bees", "wasps")))
    page = choose(opened("results"), "gallery", "Most incorrect")
    said = words(page)
    assert "4 pictures of 2 classes" in said and "**ants** · 3" in said and "**bees** · 1" in said
    shown = [str(each.key)[-16:] for each in page.button if " closer " in str(each.key)]
    assert shown == [f"{row:016x}" for row in (3, 2, 1, 0)]
    page.toggle(key="class-by-class").set_value(False).run()
    assert "**ants** · 3" not in words(page)
    assert pictures(page) == 4


def test_a_class_has_a_row_of_its_surest_pictures_and_a_click_shows_all(entry: DatasetEntry) -> None:
    trained(entry, predictions_of([(0.9, 0.1)] * 9 + [(0.1, 0.9)] * 2, [0] * 9 + [1] * 2))
    page = choose(opened("results"), "gallery", "Most correct")
    assert pictures(page) == 6 + 2
    page.button(key="most correct all of 0").click().run()
    assert pictures(page) == 9
    assert "Only: **ants**" in words(page)


def test_the_closer_look_goes_on_to_the_pictures_of_a_class_that_its_row_has_no_room_for(entry: DatasetEntry) -> None:
    trained(entry, predictions_of([(0.9, 0.1)] * 9, [0] * 9))
    page = choose(opened("results"), "gallery", "Most correct")
    page.button(key=f"most correct closer {5:016x}").click().run()
    assert "6 of 9" in words(page)


def test_many_classes_stand_on_pages(entry: DatasetEntry) -> None:
    kinds = 6
    trained(entry, predictions_of(np.full((kinds, kinds), 0.1) + 0.4 * np.eye(kinds), range(kinds),      # type: ignore[arg-type]
                                  tuple("abcdef")))
    page = choose(opened("results"), "gallery", "Most correct")
    assert pictures(page) == 4
    page.get("pagination")[0].set_value(2).run()
    assert pictures(page) == 2


def test_what_the_colours_mean_is_said_once_below_the_pictures(entry: DatasetEntry) -> None:
    page = hardest(entry)
    assert words(page).count("blue is the probability of the actual class") == 1
    assert "orange is wrong" in words(page)
    choose(page, "gallery", "Most uncertain")
    assert "closest calls first" in words(page)
    assert "orange is wrong" not in words(page), "its edges are grey"


def test_top_losses_tell_what_fast_ai_tells_by_the_same_names(entry: DatasetEntry) -> None:
    said = words(hardest(entry))
    assert "Prediction **bees**\n\nActual **ants**\n\nLoss **1.61**\n\nProbability **80 %**" in said
    assert said.index("Loss **1.61**") < said.index("Loss **1.20**") < said.index("Loss **0.02**")


def test_every_filter_narrows_every_gallery_and_says_so(entry: DatasetEntry) -> None:
    page = hardest(entry)
    assert "5 pictures" in words(page)
    page.selectbox(key="taken-for").set_value(1).run()
    assert pictures(page) == 2
    assert "Only: taken for **bees**" in words(page)
    page.slider(key="between").set_value((90, 100)).run()
    assert pictures(page) == 1
    assert "probability of the prediction 90 to 100 %" in words(page)
    page.selectbox(key="probability-of").set_value(0).run()
    assert "No picture of this gallery is like that" in words(page)
    choose(page, "gallery", "Most uncertain")
    assert "No picture of this gallery is like that" in words(page)


def test_a_file_is_found_by_its_name(entry: DatasetEntry) -> None:
    page = hardest(entry)
    page.text_input(key="file").set_value("ANTS/2").run()
    assert pictures(page) == 1
    assert "“ANTS/2” in the file's name" in text(page)
    page.text_input(key="file").set_value("**nowhere**").run()
    assert r"\*\*nowhere\*\*" in words(page)


def test_clearing_the_filters_brings_all_pictures_back(entry: DatasetEntry) -> None:
    page = hardest(entry)
    assert "Clear filters" not in [each.label for each in page.button]
    page.selectbox(key="class").set_value(1)
    page.text_input(key="file").set_value("nowhere").run()
    assert pictures(page) == 0
    button(page, "Clear filters").click().run()
    assert pictures(page) == 5
    assert page.text_input(key="file").value == ""


def test_filters_that_stand_in_the_address_are_kept_over_a_reload(entry: DatasetEntry) -> None:
    trained(entry)
    page = opened("results", gallery="Top losses", file="jpg", between=["70", "90"],      # type: ignore[arg-type]
                  **{"class": "ants", "taken-for": "bees"})
    assert pictures(page) == 1
    assert "Only: **ants** · taken for **bees** · probability of the prediction 70 to 90 %" in words(page)
    assert "“jpg” in the file's name" in text(page)
    button(page, "Clear filters").click().run()
    assert pictures(page) == 5


def test_a_filter_of_the_address_that_says_nothing_here_is_as_none(entry: DatasetEntry) -> None:
    trained(entry)
    page = opened("results", gallery="Top losses", **{"class": "wasps", "taken-for": "*", "between": "no"})
    assert pictures(page) == 5


def test_where_a_gallery_is_empty_by_itself_no_filter_is_blamed(entry: DatasetEntry) -> None:
    trained(entry, predictions_of(((0.9, 0.1), (0.1, 0.9)), (0, 1)))
    page = choose(opened("results"), "gallery", "Most incorrect")
    page.selectbox(key="class").set_value(1).run()
    assert "No picture was taken for another class" in words(page)


def test_a_filter_set_for_classes_that_another_training_lacks_is_forgotten(entry: DatasetEntry) -> None:
    two = trained(entry)
    trained(entry, predictions_of(((0.8, 0.1, 0.1), (0.1, 0.1, 0.8)), (0, 2), ("ants", "bees", "cats")))
    page = choose(opened("results"), "gallery", "Top losses")
    page.selectbox(key="class").set_value(2).run()
    assert pictures(page) == 1
    page.selectbox[0].set_value(two.id).run()
    assert pictures(page) == 5


def test_many_pictures_stand_on_pages(entry: DatasetEntry) -> None:
    page = hardest(entry, predictions_of([(0.9, 0.1)] * 60, [0] * 60))
    assert pictures(page) == 24
    page.get("pagination")[0].set_value(3).run()
    assert pictures(page) == 12
    choose(page, "a-page top losses", 48)
    assert pictures(page) == 48


def test_another_gallery_starts_at_its_first_page(entry: DatasetEntry) -> None:
    page = hardest(entry, predictions_of([(0.9, 0.1)] * 50, [0] * 50))
    page.get("pagination")[0].set_value(3).run()
    assert pictures(page) == 2
    page.text_input(key="file").set_value("ants/1").run()
    assert pictures(page) == 11          # 1 and 10 to 19


def test_a_gallery_leaves_as_csv_with_all_its_rows_in_its_order(entry: DatasetEntry) -> None:
    values = predictions_of(PROBABILITIES * 12, [0, 0, 0, 1, 1] * 12)
    page = hardest(entry, values)
    assert [each.label for each in page.get("download_button")] == ["Download CSV"]
    job = the_desk().jobs(entry.owner, kind="train")[0]
    exhibit = Exhibit(job, outcome_of(job), values)
    rows = np.argsort(-values.losses, kind="stable")
    head, *lines = csv.reader(io.StringIO(as_csv(exhibit, rows).decode("utf-8-sig")))
    assert head == ["file", "actual", "prediction", "correct", "loss", "p(ants)", "p(bees)"]
    assert len(lines) == 60
    assert [float(line[4]) for line in lines] == pytest.approx(sorted(values.losses, reverse=True), abs=1e-6)


def test_the_name_of_a_csv_says_which_pictures_whether_averaged_and_at_which_temperature(entry: DatasetEntry) -> None:
    job = trained(entry)
    outcome = outcome_of(job)
    assert csv_name(Exhibit(job, outcome, outcome.valid), "top losses") == "top-losses.csv"
    averaged = Exhibit(job, outcome, outcome.valid, averaged=True, part="test")
    assert csv_name(averaged, "x / y") == "x-y-test-averaged.csv"
    assert csv_name(replace(averaged, heat=1.5), "Кошки") == "кошки-test-averaged-temperature-1.50.csv"


def test_the_gallery_of_the_address_is_shown(entry: DatasetEntry) -> None:
    trained(entry)
    assert "the largest loss first" in words(opened("results", gallery="Top losses"))


def test_training_pictures_are_shown_with_a_word_of_warning(settings: Settings, entry: DatasetEntry) -> None:
    samples = the_desk().stored(entry.owner, entry.id).catalogue.samples
    job = trained(entry)
    job.run.save_predictions("train", predictions_of(((0.9, 0.1), (0.2, 0.8)), (0, 0),
                                                     ids=[sample.id for sample in samples[:2]]))
    document = job.run.read_dataset()
    job.run.write_dataset(document.model_copy(update={
        "ids": (*document.ids, *(sample.id for sample in samples[:2])), "names": (*document.names, "a.jpg", "b.jpg"),
        "labels": (*document.labels, 0, 0)}))
    page = opened("results", part="Training")
    assert "learned these pictures by heart" in words(page) and "wrong all the same" in words(page)
    assert "1 of 2" in words(page)
    assert pictures(choose(page, "gallery", "Top losses")) == 2          # the data set's own thumbnails
    assert not [each for each in page.button if each.label == "Look again"]


def test_where_every_training_picture_is_right_nobody_is_sent_to_the_wrong_ones(entry: DatasetEntry) -> None:
    job = trained(entry)
    job.run.save_predictions("train", predictions_of(((0.9, 0.1), (0.8, 0.2)), (0, 0)))
    page = opened("results", part="Training")
    assert "learned these pictures by heart" in words(page) and "wrong all the same" not in words(page)


def test_damaged_training_predictions_are_told_and_the_rest_stands(entry: DatasetEntry) -> None:
    job = trained(entry)
    (job.run.predictions / "train.npz").write_bytes(b"damaged")
    assert pictures(opened("results")) == 5
    assert "are damaged" in words(opened("results", part="Training"))
