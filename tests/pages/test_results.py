from collections.abc import Sequence
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.jobs import shelf_of_runs
from core.jobs.entries import LOCAL, DatasetEntry
from core.settings import Settings
from tests.pages.doing import begin, fail, finish, opened, shelved, the_desk
from tests.pages.exhibits import PROBABILITIES, predictions_of, submitted, told, trained, under_way
from tests.pages.reading import explained


@pytest.fixture
def entry(settings: Settings, tmp_path: Path) -> DatasetEntry:
    return shelved(settings, tmp_path)


def words(page: AppTest) -> str:
    """Everything that the page says."""
    assert not page.exception
    blocks: Sequence[Sequence[object]] = (page.markdown, page.caption, page.info, page.warning, page.error,
                                          page.subheader, page.title)
    return "\n".join(str(element.value) for block in blocks for element in block)  # type: ignore[attr-defined]


def labels(page: AppTest) -> list[str]:
    return [button.label for button in page.button]


def choose(page: AppTest, key: str, option: object) -> AppTest:
    """Press one of a row of buttons."""
    page.button_group(key=key).set_value(option).run()
    return page


def test_without_pictures_the_page_leads_home(home: Path) -> None:
    page = opened("results")
    assert "no pictures" in words(page)
    assert "Bring in pictures" in labels(page)


def test_without_a_training_the_page_leads_to_it(entry: DatasetEntry) -> None:
    page = opened("results")
    assert "one finished epoch" in words(page)
    assert "Train" in labels(page)


def test_a_training_without_an_epoch_yet_is_told_of(entry: DatasetEntry) -> None:
    begin(submitted(entry))
    page = opened("results")
    assert "A training is under way. After its first epoch" in words(page)
    assert [label for label in labels(page) if label in ("Watch it", "Train")] == ["Watch it"]


def test_a_training_that_has_not_begun_waits_for_its_turn(entry: DatasetEntry) -> None:
    submitted(entry)
    page = opened("results")
    assert "A training waits for its turn. After its first epoch" in words(page)
    assert "under way" not in words(page)


def test_beside_results_that_stand_it_is_said_of_a_newer_training_whether_it_waits(entry: DatasetEntry) -> None:
    trained(entry)
    submitted(entry)
    said = words(opened("results"))
    assert "A training waits for its turn." in said and "60.0 %" in said


def test_a_failed_training_is_told_with_its_remedy(entry: DatasetEntry) -> None:
    fail(submitted(entry), "The loss became infinite.", "Train with a smaller rate.")
    said = words(opened("results"))
    assert "The loss became infinite" in said
    assert "smaller rate" in said


def test_a_finished_training_shows_its_accuracy_with_its_grounds(entry: DatasetEntry) -> None:
    trained(entry)
    page = opened("results")
    said = words(page)
    assert "60.0 % right · 3 of 5 · likely " in said
    assert "2 mistakes" in said
    assert "always “ants” would be right in 60.0 %" in said
    assert {"accuracy", "confidence interval", "baseline", "percentage point"} <= explained(page)
    assert "one picture is 20.0 points" in said
    assert "as measured while it trained" not in said


def test_no_class_is_named_the_largest_where_another_is_as_large(entry: DatasetEntry) -> None:
    trained(entry, predictions_of(((0.9, 0.1), (0.1, 0.9)), (0, 1)))
    assert "always the same class would be right in 50.0 % at most" in words(opened("results"))


def test_while_a_newer_training_runs_the_last_finished_one_is_shown(entry: DatasetEntry) -> None:
    trained(entry)
    under_way(entry)
    page = opened("results")
    assert "under way" in words(page)
    assert "Watch it" in labels(page)
    assert "as measured while it trained" not in words(page)


def test_the_first_training_shows_the_epoch_that_it_would_keep_while_it_runs(entry: DatasetEntry) -> None:
    """The latest within chance of the best: the best itself may be another."""
    under_way(entry, epochs=2)
    said = words(opened("results"))
    assert "still goes on. You see the epoch that it would keep so far, number 2" in said
    assert "best epoch" not in said
    assert "3 of 5" in said


@pytest.mark.parametrize(("state", "word"), [("cancelled", "was stopped"), ("killed", "broke off")])
def test_a_training_that_ended_early_shows_its_kept_epoch_and_says_so(state: str, word: str,
                                                                     entry: DatasetEntry) -> None:
    job = under_way(entry)
    the_desk().database.change("UPDATE jobs SET state = ? WHERE id = ?", state, job.id)
    said = words(opened("results"))
    assert word in said
    assert "You see the epoch that it had kept by then, number 1" in said
    assert "3 of 5" in said


def test_an_earlier_training_can_be_chosen_and_is_then_in_the_address(entry: DatasetEntry) -> None:
    older = trained(entry, predictions_of(PROBABILITIES, labels=(0, 0, 1, 1, 0)))
    trained(entry)
    page = opened("results")
    assert "60.0 %" in words(page)
    page.selectbox[0].set_value(older.id).run()
    assert "100.0 %" in words(page)
    assert page.query_params["job"] in (older.id, [older.id])


def test_the_name_that_a_training_was_given_stands_in_the_list(entry: DatasetEntry) -> None:
    older = trained(entry)
    trained(entry)
    shelf_of_runs.rename(the_desk(), LOCAL, older.id, "with *mixup*")
    newer, named = opened("results").selectbox[0].options
    assert named.startswith("1 · with *mixup* · 60.0 % right")
    assert newer.startswith("2 · 60.0 % right")


def test_the_training_of_the_address_is_shown(entry: DatasetEntry) -> None:
    older = trained(entry, predictions_of(PROBABILITIES, labels=(0, 0, 1, 1, 0)))
    trained(entry)
    assert "100.0 %" in words(opened("results", job=older.id))


def test_the_address_always_names_the_training(entry: DatasetEntry) -> None:
    job = trained(entry)
    assert opened("results").query_params["job"] in (job.id, [job.id])


def test_an_address_whose_data_set_is_gone_says_so_and_shows_no_other_s_results(
        settings: Settings, tmp_path: Path, entry: DatasetEntry) -> None:
    gone = trained(entry)
    trained(shelved(settings, tmp_path / "later", name="later", counts={"up": 3, "down": 3}))
    the_desk().remove_dataset(LOCAL, entry.id)
    page = opened("results", job=gone.id)
    assert "no such run here" in words(page).replace("\\", "")
    assert not page.get("image")


def test_a_training_of_other_pictures_says_whose_it_is(settings: Settings, tmp_path: Path,
                                                       entry: DatasetEntry) -> None:
    job = trained(entry)
    assert "not of the pictures chosen now" not in words(opened("results", job=job.id))
    shelved(settings, tmp_path / "later", name="later", counts={"up": 3, "down": 3})
    said = words(opened("results", job=job.id))
    assert "This is a training of colours" in said
    assert "60.0 %" in said


def test_the_training_of_another_visitor_is_as_unknown_as_none(settings: Settings, tmp_path: Path,
                                                              entry: DatasetEntry) -> None:
    stranger = trained(shelved(settings, tmp_path / "other", name="theirs", visitor="a" * 32))
    for address in (stranger.id, "never"):
        page = opened("results", job=address)
        assert "no such run" in words(page).replace("\\", "")
        assert not page.get("image")


def test_damaged_predictions_are_told_in_words(entry: DatasetEntry) -> None:
    job = trained(entry)
    (job.run.predictions / "valid.npz").write_bytes(b"damaged")
    assert "damaged" in words(opened("results"))


def test_each_gallery_shows_its_pictures(entry: DatasetEntry) -> None:
    trained(entry)
    page = opened("results")
    shown = {"Correctly classified": 3, "Incorrectly classified": 2, "Most correct": 3, "Most incorrect": 2,
             "Most uncertain": 5, "Top losses": 5}
    for gallery, count in shown.items():
        choose(page, "gallery", gallery)
        assert not page.exception
        assert len(page.get("image")) == count, gallery


def test_an_empty_gallery_says_why(entry: DatasetEntry) -> None:
    trained(entry, predictions_of(((0.9, 0.1), (0.1, 0.9)), (0, 1)))
    page = choose(opened("results"), "gallery", "Incorrectly classified")
    assert "No picture was classified wrongly" in words(page)
    assert "No picture was taken for another class" in words(choose(page, "gallery", "Most incorrect"))
    assert "No class was taken for another" in words(choose(page, "view", "Confusion"))


def test_other_pictures_are_drawn_on_a_click(entry: DatasetEntry) -> None:
    many = 60
    trained(entry, predictions_of([(0.9, 0.1)] * many, [0] * many))
    page = choose(opened("results"), "gallery", "Correctly classified")
    before = [caption.value for caption in page.caption]
    next(button for button in page.button if button.label == "Draw others").click().run()
    assert [caption.value for caption in page.caption] != before


def test_the_table_has_the_hardest_picture_first_and_can_be_taken_home(entry: DatasetEntry) -> None:
    trained(entry)
    page = choose(opened("results"), "view", "Table")
    rows = page.dataframe[0].value
    assert rows["loss"].is_monotonic_decreasing
    assert list(rows.columns) == ["file", "actual", "prediction", "correct", "loss", "p(ants)", "p(bees)"]
    assert [button.label for button in page.get("download_button")] == ["Download CSV"]


def test_the_history_is_drawn(entry: DatasetEntry) -> None:
    trained(entry)
    assert choose(opened("results"), "view", "Epochs").get("plotly_chart")


def test_test_pictures_stand_apart_with_a_word_on_looking_last(entry: DatasetEntry) -> None:
    job = trained(entry)
    assert not [group for group in opened("results").button_group if group.key == "part"]
    told(job.run, predictions_of(((0.9, 0.1),), (0,)), "test", test=("0" * 16,))
    told(job.run, predictions_of())
    page = opened("results")
    assert "Keep the test pictures for last" in words(page)
    choose(page, "part", "test")
    assert "Keep the test pictures for last" not in words(page)
    assert "1 of 1" in words(page)
    assert "Look at them last" in words(page)
    assert "1 of 1" in words(opened("results", part="Test"))         # as a reload finds it


def test_names_that_people_gave_are_shown_as_they_are(entry: DatasetEntry) -> None:
    trained(entry, predictions_of(classes=("**ants**", ":red[bees]")))
    page = choose(opened("results"), "gallery", "Most uncertain")
    assert r"\*\*ants\*\*" in words(page)
    assert r"\:red\[bees\]" in words(page)


def test_the_page_lives_from_the_run_folder_alone(settings: Settings, entry: DatasetEntry) -> None:
    trained(entry)
    catalogue = settings.datasets / entry.folder / "catalogue.json"
    catalogue.unlink()
    page = opened("results")
    assert "60.0 %" in words(page)
    next(button for button in page.button if " closer " in str(button.key)).click().run()
    assert "The whole picture is gone" in words(page)


def test_finished_is_the_state_of_a_run_whose_job_ended_well(entry: DatasetEntry) -> None:
    job = under_way(entry)
    told(job.run, predictions_of())
    finish(job)
    assert "as measured while it trained" not in words(opened("results"))


def test_the_table_of_many_classes_leaves_most_probabilities_to_the_file(entry: DatasetEntry) -> None:
    kinds = 13
    even = [[1 / kinds] * kinds, [0.4] + [0.6 / (kinds - 1)] * (kinds - 1)]
    trained(entry, predictions_of(even, (0, 1), tuple(f"kind {number}" for number in range(kinds))))
    page = choose(opened("results"), "view", "Table")
    rows = page.dataframe[0].value
    assert list(rows.columns) == ["file", "actual", "prediction", "correct", "loss", "p(prediction)", "p(actual)"]
    assert rows["p(prediction)"].tolist() == pytest.approx([0.4, 1 / kinds])
    assert rows["p(actual)"].tolist() == pytest.approx([0.05, 1 / kinds])
    assert "all classes are in the file" in words(page)


def test_a_finished_training_leads_on_to_new_photos_and_home(entry: DatasetEntry) -> None:
    job = trained(entry)
    page = opened("results")
    assert {"Try it on new photos", "Take it home", "Train again"} <= set(labels(page))
    next(button for button in page.button if button.label == "Take it home").click().run()
    assert not page.exception
    assert page.query_params["job"] in (job.id, [job.id])
    assert "Export" in [title.value for title in page.title]


def test_a_training_under_way_leads_back_to_it(entry: DatasetEntry) -> None:
    under_way(entry)
    assert "To the training" in labels(opened("results"))
    assert "Take it home" not in labels(opened("results"))
