"""Home: three ways to begin, and the visitor's last work."""

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.data import store
from core.interpretation.predictions import Predictions
from core.jobs import shelf_of_runs
from core.jobs.entries import LOCAL, DatasetEntry, Job
from core.jobs.orders import BringIn, Train
from core.settings import Settings
from core.training import presets
from pages.ui import cards, identity
from tests.pages.doing import begin, fail, finish, opened, shelved, the_desk

ALPHABET = dict.fromkeys(("ant", "bee", "cat", "dog", "elk", "fox"), 2)


def words(test: AppTest) -> str:
    return "\n".join(element.value for kind in (test.markdown, test.caption, test.error) for element in kind)


def trained(entry: DatasetEntry, right: int = 9, of: int = 10) -> Job:
    """A finished training that was right so often."""
    job = begin(the_desk().submit(LOCAL, Train(dataset=entry.folder, recipe=presets.load("quick")), entry.id))
    labels = np.zeros(of, np.int64)
    logits = np.zeros((of, 2), np.float32)
    logits[:right, 0] = logits[right:, 1] = 5
    job.run.save_predictions("valid", Predictions(tuple(map(str, range(of))), labels, logits, ("blue", "red")))
    return finish(job)


def test_a_newcomer_sees_what_will_happen_and_three_ways_to_begin() -> None:
    test = opened("home")
    assert not test.exception
    assert [step in words(test) for step in ("Collect", "Look", "Train", "Ask why")] == [True] * 4
    assert {"Use the coins", "Use the digits", "Bring in my pictures"} <= {button.label for button in test.button}
    assert "will be found here" in words(test)


@pytest.mark.parametrize("name", ["coins", "digits"])
def test_a_built_in_set_is_brought_in_by_one_click(name: str) -> None:
    test = opened("home")
    test.button(key=f"use-{name}").click().run()
    [job] = the_desk().jobs(LOCAL)
    assert job.order == BringIn(source=name, builtin=True, name=name)
    assert test.title[0].value == "Data"
    assert test.query_params["job"] == job.id


def test_a_visitor_who_has_too_much_already_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_HOSTED", "1")
    monkeypatch.setenv("PLAYGROUND_VISITOR_JOBS", "1")
    monkeypatch.setattr(identity, "_cookie", lambda: "a" * 43)
    the_desk().submit(identity.room_of("a" * 43), BringIn(source="coins", builtin=True, name="coins"))
    test = opened("home")
    test.button(key="use-digits").click().run()
    assert "jobs waiting or running" in test.error[0].value
    assert len(the_desk().jobs(identity.room_of("a" * 43))) == 1


def test_own_pictures_lead_to_the_upload_also_beside_a_data_set(settings: Settings, tmp_path: Path) -> None:
    shelved(settings, tmp_path)
    test = opened("home")
    test.button(key="bring-own").click().run()
    assert test.title[0].value == "Data"
    assert test.query_params["new"] == "1"


def test_a_data_set_stands_with_its_counts_and_is_opened(settings: Settings, tmp_path: Path) -> None:
    first = shelved(settings, tmp_path)
    shelved(settings, tmp_path, name="more", counts={"cold": 4, "warm": 3})
    test = opened("home")
    assert "24 pictures: blue 12 · red 12" in words(test)
    assert "7 pictures: cold 4 · warm 3" in words(test)
    test.button(key=f"open-{first.id}").click().run()
    chosen = the_desk().chosen(LOCAL)
    assert chosen and chosen.id == first.id
    assert test.title[0].value == "Data"


def test_of_many_classes_the_first_are_named(settings: Settings, tmp_path: Path) -> None:
    shelved(settings, tmp_path, counts=ALPHABET)
    assert "12 pictures: ant 2 · bee 2 · cat 2 · dog 2 · and 2 more" in words(opened("home"))


def test_a_card_shows_a_picture_of_each_of_the_first_classes(settings: Settings, tmp_path: Path) -> None:
    entry = shelved(settings, tmp_path, counts=ALPHABET)
    dataset = store.load(settings.datasets / entry.folder).dataset()
    assert [sample.label for sample in cards.examples(dataset)] == ["ant", "bee", "cat"]


def test_of_two_classes_a_card_shows_three_pictures(settings: Settings, tmp_path: Path) -> None:
    entry = shelved(settings, tmp_path)
    dataset = store.load(settings.datasets / entry.folder).dataset()
    assert [sample.label for sample in cards.examples(dataset)] == ["blue", "red", "blue"]


def test_deleting_a_data_set_asks_first(settings: Settings, tmp_path: Path) -> None:
    entry = shelved(settings, tmp_path)
    test = opened("home")
    test.button(key=f"delete-{entry.id}").click().run()
    assert the_desk().datasets(LOCAL)
    test.button(key=f"delete-{entry.id}").click()      # AppTest runs the whole page for a click in a dialog
    test.button(key="delete-for-good").click().run()
    assert the_desk().datasets(LOCAL) == ()
    assert not (settings.datasets / entry.folder).exists()


def test_a_finished_training_stands_with_its_accuracy_and_the_way_to_its_results(settings: Settings, tmp_path: Path
                                                                                 ) -> None:
    job = trained(shelved(settings, tmp_path))
    test = opened("home")
    assert "90.0 % right · 9 of 10 · likely 59–99 %" in words(test)
    assert f"job={job.id}" in [link.proto.query_string for link in test.get("page_link")]


def test_a_training_that_was_named_stands_with_its_name_and_that_of_its_pictures(settings: Settings, tmp_path: Path
                                                                                ) -> None:
    job = trained(shelved(settings, tmp_path))
    assert "**colours** · " in words(opened("home"))
    shelf_of_runs.rename(the_desk(), LOCAL, job.id, "with *mixup*")
    assert "**with \\*mixup\\*** · colours · " in words(opened("home"))


def test_a_training_that_failed_or_still_runs_has_no_card(settings: Settings, tmp_path: Path) -> None:
    entry = shelved(settings, tmp_path)
    order = Train(dataset=entry.folder, recipe=presets.load("quick"))
    fail(begin(the_desk().submit(LOCAL, order, entry.id)), "It broke.", "Try again.")
    begin(the_desk().submit(LOCAL, order, entry.id))
    assert "See the results" not in [link.proto.label for link in opened("home").get("page_link")]


def test_a_finished_training_whose_folder_was_damaged_says_so(settings: Settings, tmp_path: Path) -> None:
    entry = shelved(settings, tmp_path)
    finish(begin(the_desk().submit(LOCAL, Train(dataset=entry.folder, recipe=presets.load("quick")), entry.id)))
    test = opened("home")
    assert not test.exception
    assert "cannot be read" in words(test)


def test_the_newest_six_are_shown_until_all_are_asked_for(settings: Settings, tmp_path: Path) -> None:
    entry = shelved(settings, tmp_path)
    for _ in range(cards.SHOWN + 1):
        trained(entry)
    test = opened("home")
    assert words(test).count("9 of 10") == cards.SHOWN
    test.toggle(key="show-all").set_value(True).run()
    assert words(test).count("9 of 10") == cards.SHOWN + 1


def test_another_visitors_work_is_not_shown(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
                                            ) -> None:
    monkeypatch.setenv("PLAYGROUND_HOSTED", "1")
    monkeypatch.setattr(identity, "_cookie", lambda: "b" * 43)
    shelved(settings, tmp_path, visitor=identity.room_of("a" * 43))
    assert "will be found here" in words(opened("home"))


@pytest.mark.parametrize("file", sorted(cards.PICTURES.glob("*.jpg")), ids=lambda file: file.name)
def test_example_pictures_are_small(file: Path) -> None:
    assert file.stat().st_size < 60_000
