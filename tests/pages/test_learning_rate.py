"""The page Learning rate: search, curve, choice."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.events import Cancelled, LrStep
from core.jobs.entries import LOCAL, DatasetEntry, Job
from core.jobs.orders import FindLr
from core.settings import Settings
from core.training.levers import levers_of, pulled, with_learning_rate
from core.training.recipe import Recipe
from pages.ui import lr_choice
from tests.pages.doing import begin, fail, finish, opened, shelved, the_desk
from tests.pages.test_charts import FOUND

FLAT = replace(FOUND, valley=None, slide=None, steep=None, minimum=None, chosen=1e-3,
               why="the loss never falls clearly on this curve: the default rate of 0.001 is used")


@pytest.fixture
def entry(settings: Settings, tmp_path: Path) -> DatasetEntry:
    return shelved(settings, tmp_path)


def search(entry: DatasetEntry) -> Job:
    return the_desk().submit(LOCAL, FindLr(dataset=entry.folder, recipe=entry.recipe), entry.id)


def marked(job: Job, state: str) -> None:
    the_desk().database.change("UPDATE jobs SET state = ?, ended = 1 WHERE id = ?", state, job.id)


def draft() -> Recipe:
    entry = the_desk().chosen(LOCAL)
    assert entry is not None
    return entry.recipe


def draft_rate() -> float | None:
    return levers_of(draft()).learning_rate


def page() -> AppTest:
    test = opened("learning_rate")
    assert not test.exception
    return test


def words(test: AppTest) -> str:
    return " ".join(str(element.value) for kind in (test.markdown, test.caption, test.warning, test.info, test.error)
                    for element in kind)


def button(test: AppTest, label: str) -> Any:
    return next(button for button in test.button if button.label == label)


def bars(test: AppTest) -> list[str]:
    return [bar.proto.text for bar in test.get("progress")]


def figures(test: AppTest) -> list[dict[str, Any]]:
    return [json.loads(chart.proto.spec) for chart in test.get("plotly_chart")]


def test_without_pictures_the_page_leads_to_where_they_come_in() -> None:
    test = page()
    assert not [button for button in test.button if "learning rate" in button.label]
    assert button(test, "Bring in pictures")


def test_before_the_first_search_there_is_one_button_and_a_sketch(entry: DatasetEntry) -> None:
    test = page()
    assert not figures(test)
    assert not button(test, "Find the learning rate").disabled
    assert "the playground finds one just before training" in words(test)


def test_the_button_sends_the_draft_to_the_finder_once(entry: DatasetEntry) -> None:
    test = page()
    button(test, "Find the learning rate").click().run()
    assert not test.exception
    assert button(test, "Find the learning rate").disabled
    assert "waiting for its turn: you are next" in bars(test)
    (job,) = the_desk().jobs(LOCAL, dataset=entry.id, kind="find-lr")
    assert isinstance(job.order, FindLr)
    assert (job.order.dataset, job.order.recipe) == (entry.folder, entry.recipe)


def test_a_search_under_way_is_found_and_can_be_stopped(entry: DatasetEntry) -> None:
    job = begin(search(entry), [LrStep(40, 100, 1e-4, 2.0, 2.0)])
    test = page()
    assert "trying ever larger steps: 40 of 100" in bars(test)
    button(test, "Stop").click().run()
    assert the_desk().job(LOCAL, job.id).stop_asked is not None
    assert "stopping" in bars(test)
    assert button(test, "Stop").disabled


def test_a_found_curve_is_drawn_whenever_the_page_is_opened(entry: DatasetEntry) -> None:
    finish(search(entry), [FOUND])
    for _ in range(2):
        (figure,) = figures(page())
        assert figure["layout"]["xaxis"]["type"] == "log"


def test_a_suggestion_by_its_name_becomes_the_recipes_rate(entry: DatasetEntry) -> None:
    finish(search(entry), [FOUND])
    test = page()
    test.button_group(key=lr_choice.BY_NAME).set_value("slide").run()
    assert draft_rate() == FOUND.slide
    assert "Chosen: 1.0e-2** (slide)" in words(test)
    assert "chosen 1.0e-2" in json.dumps(figures(test))
    assert "Chosen: 1.0e-2** (slide)" in words(page())


def test_the_exact_value_can_be_typed_and_taken_back(entry: DatasetEntry) -> None:
    finish(search(entry), [FOUND])
    test = page()
    test.number_input(key=lr_choice.BY_NUMBER).set_value(0.004).run()
    assert draft_rate() == 0.004
    assert "Chosen: 4.0e-3**" in words(test)
    button(test, "Leave it open").click().run()
    assert draft_rate() is None
    assert test.number_input(key=lr_choice.BY_NUMBER).value is None


@pytest.mark.parametrize(("shown", "chosen"), [(True, 0.0042), (False, None)])
def test_a_click_on_a_point_of_the_curve_becomes_the_rate_of_the_data_set_that_is_shown(
        shown: bool, chosen: float | None, entry: DatasetEntry) -> None:
    def clicked(dataset: str) -> None:
        from types import SimpleNamespace

        import streamlit as st

        from pages.ui import lr_choice

        lr_choice.shown_for(dataset)
        for points in ([{"x": 0.0042, "y": 1.0}], []):       # then the chart is drawn anew, with nothing selected
            st.session_state[lr_choice.CURVE] = SimpleNamespace(selection=SimpleNamespace(points=points))
            lr_choice.take_click()

    test = AppTest.from_function(clicked, args=(entry.id if shown else "another",)).run()
    assert not test.exception
    assert draft_rate() == chosen


def test_letting_go_of_the_chosen_suggestion_keeps_it(entry: DatasetEntry) -> None:
    the_desk().save_recipe(LOCAL, entry.id, with_learning_rate(entry.recipe, 2e-3))
    finish(search(entry), [FOUND])
    test = page()
    assert test.button_group(key=lr_choice.BY_NAME).value == "valley"
    test.button_group(key=lr_choice.BY_NAME).set_value(None).run()
    assert draft_rate() == 2e-3
    assert test.button_group(key=lr_choice.BY_NAME).value == "valley"


def test_a_curve_of_other_settings_is_called_so(entry: DatasetEntry) -> None:
    finish(search(entry), [FOUND])
    assert "settings have changed" not in words(page())
    smaller = pulled(entry.recipe, replace(levers_of(entry.recipe), size=64))
    the_desk().save_recipe(LOCAL, entry.id, smaller)
    test = page()
    assert "settings have changed" in words(test)
    assert not button(test, "Find it again").disabled


def test_a_curve_that_never_falls_says_so_and_names_the_default(entry: DatasetEntry) -> None:
    finish(search(entry), [FLAT])
    test = page()
    assert "The loss never falls clearly" in words(test)
    assert "the default rate of 0\\.001" in words(test)
    assert len(figures(test)) == 1


def test_a_failed_search_says_problem_and_remedy_and_can_be_begun_again(entry: DatasetEntry) -> None:
    fail(search(entry), "The disk is full.", "Make room.")
    test = page()
    assert "The disk is full\\." in words(test)
    assert "Make room\\." in words(test)
    assert not button(test, "Find the learning rate").disabled


def test_a_stopped_search_is_no_fault(entry: DatasetEntry) -> None:
    job = begin(search(entry), [LrStep(4, 100, 1e-4, 2.0, 2.0)])
    job.run.append(Cancelled(str(job.folder)))
    marked(job, "cancelled")
    test = page()
    assert "Stopped" in words(test)
    assert not test.error


def test_a_search_that_was_cut_off_is_called_so(entry: DatasetEntry) -> None:
    marked(begin(search(entry)), "killed")
    assert "cut off" in words(page())


def test_a_limit_is_told_and_the_page_stays(entry: DatasetEntry, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.errors import LimitReached
    from core.jobs.office import Office

    def refuse(*_: object) -> Job:
        raise LimitReached("You have 4 jobs waiting already.", remedy="Wait for one of them to end.")

    monkeypatch.setattr(Office, "submit", refuse)
    test = page()
    button(test, "Find the learning rate").click().run()
    assert "You have 4 jobs waiting already\\." in words(test)
    assert not test.exception
