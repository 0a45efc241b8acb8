"""The page Train: one button, the training as it goes on and as it ended. Its levers have tests of their own."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.events import BatchDone, Cancelled, EpochDone, ModelReady, Note, StageStarted
from core.jobs import shelf_of_runs
from core.jobs.entries import LOCAL, DatasetEntry, Job
from core.jobs.orders import Train
from core.settings import Settings
from core.training import draft as drafts
from tests.pages.doing import begin, fail, opened, shelved, the_desk
from tests.pages.exhibits import submitted, trained
from tests.pages.test_learning_rate import bars, button, draft, marked, words

MODEL = ModelReady("resnet18", "bundled", "ab", 1000, 64, "cpu", "float32", 2)
UNDER_WAY = (MODEL, StageStarted(0, 1, "head", 20, 0, 200, (1e-3,), 64, 10),
             BatchDone(0, 0, 10, 200, 1.2, 1e-3, 0.9, 40.0), EpochDone(0, 0, 1.1, 0.9, 0.625, 0.375, 2.0, True),
             BatchDone(0, 1, 15, 200, 1.0, 1e-3, 0.9, 50.0))


@pytest.fixture
def entry(settings: Settings, tmp_path: Path) -> DatasetEntry:
    return shelved(settings, tmp_path)


def page() -> AppTest:
    test = opened("train")
    assert not test.exception
    return test


def test_without_pictures_the_page_leads_to_where_they_come_in() -> None:
    test = page()
    assert button(test, "Bring in pictures")
    assert "Train" not in [button.label for button in test.button]


def test_the_page_says_in_plain_words_what_will_happen(entry: DatasetEntry) -> None:
    test = page()
    assert "learn 20 times from what it saw" in words(test)
    assert "steps** in 20 epochs" in words(test)


def test_train_sends_the_draft_once(entry: DatasetEntry) -> None:
    the_desk().save_recipe(LOCAL, entry.id, drafts.changed(entry.recipe, 0, {"epochs": 3}))
    test = page()
    button(test, "Train").click().run()
    assert not test.exception
    assert button(test, "Train again").disabled
    assert "waiting for its turn: you are next" in bars(test)
    (job,) = the_desk().jobs(LOCAL, dataset=entry.id, kind="train")
    assert isinstance(job.order, Train)
    assert (job.order.dataset, job.order.recipe) == (entry.folder, draft())


def test_another_tab_shows_the_place_in_the_queue_and_cannot_train_twice(entry: DatasetEntry) -> None:
    other = the_desk().submit(LOCAL, Train(dataset=entry.folder, recipe=entry.recipe))
    submitted(entry)
    test = page()
    assert "waiting for its turn: 1 before you" in bars(test)
    assert button(test, "Train again").disabled
    assert other.id not in " ".join(str(button.key) for button in test.button)


def test_a_job_without_a_word_yet_is_starting(entry: DatasetEntry) -> None:
    begin(submitted(entry))
    assert "starting: the libraries take a few seconds to load" in bars(page())


def test_a_running_training_shows_where_it_is_how_fast_and_how_long_still(entry: DatasetEntry) -> None:
    begin(submitted(entry), [*UNDER_WAY, Note("The weights are *ours*.")])
    test = page()
    assert "training the last layers: epoch 2 of 20" in bars(test)
    assert "about 37 s left · 50 pictures a second" in words(test)
    assert "The weights are \\*ours\\*\\." in words(test)
    table = test.dataframe[0].value
    assert list(table["epoch"]) == [1]
    assert list(table["right"]) == [62.5]
    assert list(table["kept"]) == ["kept"]


def test_what_was_watched_to_its_end_stays_above_the_recipe_and_is_below_it_for_who_comes_later(
        entry: DatasetEntry) -> None:
    def above(test: AppTest) -> bool:
        told = [element.value for element in test.markdown]
        ended = next(place for place, text in enumerate(told) if text.startswith("**usual network"))
        return ended < next(place for place, text in enumerate(told) if entry.recipe.sentence in text)

    job = begin(submitted(entry), UNDER_WAY)
    test = page()
    assert button(test, "Stop")
    fail(job, "It broke.", "Mend it.")
    assert above(test.run())
    assert not above(page())


def test_stop_asks_the_job_and_says_so(entry: DatasetEntry) -> None:
    job = begin(submitted(entry), UNDER_WAY)
    test = page()
    stop = button(test, "Stop")
    assert "keeps the best epoch" in stop.help
    stop.click().run()
    assert the_desk().job(LOCAL, job.id).run.stop.exists()
    assert "stopping" in bars(test)
    assert button(test, "Stop").disabled


def test_a_finished_training_says_how_right_it_is_with_its_interval_and_leads_on(entry: DatasetEntry) -> None:
    job = trained(entry)
    test = page()
    assert "60.0 % right · 3 of 5 · likely 23–89 %" in words(test)
    assert not button(test, "Train again").disabled
    button(test, "See the results").click().run()
    assert test.query_params["job"] in (job.id, [job.id])


def test_a_training_that_is_over_names_the_rate_that_was_found_for_it(entry: DatasetEntry) -> None:
    job = trained(entry)
    job.order.recipe.save(job.run.recipe)
    assert "head only, 20 epochs, learning rate 1.0e-2**" in words(page())


def test_a_failed_training_says_problem_and_remedy_and_can_be_begun_again(entry: DatasetEntry) -> None:
    fail(begin(submitted(entry), UNDER_WAY), "The loss became nan.", "Train with a smaller learning rate.")
    test = page()
    assert "The loss became nan\\." in words(test)
    assert "Train with a smaller learning rate\\." in words(test)
    assert "Kept: epoch 1, 62.5 % right" in words(test)
    assert not button(test, "Train again").disabled


def test_a_stopped_training_says_what_was_kept(entry: DatasetEntry) -> None:
    job = begin(submitted(entry), [*UNDER_WAY, Cancelled("run")])
    marked(job, "cancelled")
    test = page()
    assert "Stopped" in words(test)
    assert "Kept: epoch 1, 62.5 % right" in words(test)
    assert not test.error


def test_a_training_that_was_stopped_in_the_queue_kept_nothing(entry: DatasetEntry) -> None:
    job = submitted(entry)
    the_desk().cancel(LOCAL, job.id)
    assert "nothing to keep" in words(page())


def test_a_training_that_was_cut_off_is_called_so(entry: DatasetEntry) -> None:
    marked(begin(submitted(entry), UNDER_WAY), "killed")
    test = page()
    assert "cut off" in words(test)
    assert "Kept: epoch 1" in words(test)


def test_earlier_runs_are_listed_with_what_they_reached(entry: DatasetEntry) -> None:
    trained(entry)
    fail(submitted(entry), "A problem.", "A remedy.")
    begin(submitted(entry), UNDER_WAY)
    test = page()
    assert "Earlier runs" in [subheader.value for subheader in test.subheader]
    assert "60.0 % right · 3 of 5" in words(test)
    assert "failed" in [str(element.value) for element in test.markdown]
    assert len([button for button in test.button if button.label == "Results"]) == 1


def test_an_earlier_run_that_was_stopped_goes_on_by_a_click_and_stays(entry: DatasetEntry) -> None:
    stopped = begin(submitted(entry), UNDER_WAY)
    marked(stopped, "cancelled")
    stopped.run.checkpoint.write_bytes(b"all that it needs")
    trained(entry)
    page().button(key=f"go on {stopped.id}").click().run()
    newest = the_desk().jobs(LOCAL, kind="train")[0]
    assert isinstance(newest.order, Train) and isinstance(stopped.order, Train)
    assert (newest.order.continues, newest.order.recipe) == (stopped.id, stopped.order.recipe)
    assert page().button(key=f"go on {stopped.id}").disabled          # one is under way
    assert the_desk().job(LOCAL, stopped.id).state == "cancelled"


def test_an_earlier_run_stands_with_the_name_that_it_was_given(entry: DatasetEntry) -> None:
    shelf_of_runs.rename(the_desk(), LOCAL, trained(entry).id, "with *mixup*")
    trained(entry)
    assert "**with \\*mixup\\*** · " in words(page())


def test_a_damaged_run_does_not_take_the_page_with_it(entry: DatasetEntry) -> None:
    job = trained(entry)
    (job.run.predictions / "valid.npz").write_bytes(b"no numbers")
    assert "Finished" in words(page())


def test_a_run_whose_events_are_damaged_leaves_the_earlier_ones_to_be_seen(entry: DatasetEntry) -> None:
    trained(entry)
    for newer in (trained, lambda entry: begin(submitted(entry), UNDER_WAY)):
        with newer(entry).run.events.open("a") as events:
            events.write("no event\n")
        test = page()
        assert not test.exception
        assert "events.jsonl is damaged" in test.error[0].value.replace("\\", "")
        assert "60.0 % right · 3 of 5" in words(test)


def test_another_data_set_has_its_own_trainings(entry: DatasetEntry, settings: Settings, tmp_path: Path) -> None:
    begin(submitted(entry), UNDER_WAY)
    shelved(settings, tmp_path, name="others", counts={"a": 5, "b": 5})
    test = page()
    assert not [button for button in test.button if button.label == "Stop"]
    assert not button(test, "Train").disabled


def test_a_second_visitor_sees_none_of_it(entry: DatasetEntry, monkeypatch: pytest.MonkeyPatch) -> None:
    job: Job = trained(entry)
    monkeypatch.setattr("pages.ui.identity.visitor", lambda _: "f" * 32)
    test = page()
    assert job.id not in " ".join(str(button.key) for button in test.button)
    assert button(test, "Bring in pictures")


def test_the_address_of_a_training_shows_its_data_set(settings: Settings, tmp_path: Path) -> None:
    first = shelved(settings, tmp_path / "1", name="first", counts={"red": 4, "blue": 4})
    job = begin(the_desk().submit(LOCAL, Train(dataset=first.folder, recipe=first.recipe), first.id))
    shelved(settings, tmp_path / "2", name="second", counts={"red": 5, "blue": 5})
    opened("train", job=job.id)
    chosen = the_desk().chosen(LOCAL)
    assert chosen and chosen.id == first.id
