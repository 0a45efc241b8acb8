"""The page Learning rate: search, curve, choice."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.events import Cancelled, LrStep
from core.jobs.entries import LOCAL, DatasetEntry, Job
from core.jobs.orders import FindLr, Train
from core.settings import Settings
from core.training import draft as drafts
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
    return draft().stages[0].head_rate


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


SELECTED = """
from types import SimpleNamespace

import streamlit as st

from pages.ui import lr_choice, session
from pages.ui.recipe_draft import Shown

recipe = session.chosen().recipe
for rates in (RATES, []):       # then the chart is drawn anew, with nothing selected
    points = [{"x": rate, "y": 1.0} for rate in rates]
    st.session_state[lr_choice.CURVE] = SimpleNamespace(selection=SimpleNamespace(points=points))
    lr_choice.take_selection(Shown(DATASET, recipe), 0)
"""


def select(dataset: str, *rates: float) -> None:
    """As the chart tells of points that were clicked or dragged over."""
    code = SELECTED.replace("RATES", repr(list(rates))).replace("DATASET", repr(dataset))
    assert not AppTest.from_string(code).run().exception


@pytest.mark.parametrize(("shown", "chosen"), [(True, 0.0042), (False, None)])
def test_a_click_on_a_point_of_the_curve_becomes_the_rate_of_the_data_set_that_is_shown(
        shown: bool, chosen: float | None, entry: DatasetEntry) -> None:
    select(entry.id if shown else "another", 0.0042)
    assert draft_rate() == chosen


def test_a_range_that_is_dragged_over_the_curve_becomes_both_bounds_of_a_triangular_stage(entry: DatasetEntry) -> None:
    the_desk().save_recipe(LOCAL, entry.id, drafts.changed(entry.recipe, 0, {"schedule": "triangular"}))
    select(entry.id, 3e-4, 1e-4, 5e-4)
    (stage,) = draft().stages
    assert (stage.head_rate, stage.bound_ratio) == (5e-4, pytest.approx(5))
    finish(search(entry), [FOUND])
    test = page()
    assert "Chosen: 1.0e-4 to 5.0e-4**" in words(test)
    (figure,) = figures(test)
    assert figure["layout"]["dragmode"] == "select"


def test_both_bounds_can_be_typed(entry: DatasetEntry) -> None:
    swinging = drafts.changed(entry.recipe, 0, {"schedule": "triangular"})
    the_desk().save_recipe(LOCAL, entry.id, drafts.with_bounds(swinging, 0, 1e-4, 1e-3))
    test = page()
    test.number_input(key=lr_choice.LOW).set_value(5e-4).run()
    assert (draft_rate(), draft().stages[0].bound_ratio) == (1e-3, pytest.approx(2))
    test.number_input(key=lr_choice.LOW).set_value(5e-3).run()
    assert "must be smaller" in test.toast[0].value
    assert draft().stages[0].bound_ratio == pytest.approx(2)
    test.number_input(key=lr_choice.HIGH).set_value(1e-2).run()
    assert (draft_rate(), draft().stages[0].bound_ratio) == (1e-2, pytest.approx(20))


def test_a_rate_beyond_what_can_be_typed_is_shown_as_it_is(entry: DatasetEntry) -> None:
    the_desk().save_recipe(LOCAL, entry.id, drafts.with_rate(entry.recipe, 0, 50.0))
    assert page().number_input(key=lr_choice.BY_NUMBER).value == 50
    swinging = drafts.changed(entry.recipe, 0, {"schedule": "triangular"})
    the_desk().save_recipe(LOCAL, entry.id, drafts.with_bounds(swinging, 0, 1e-8, 1e-3))
    assert page().number_input(key=lr_choice.LOW).value == pytest.approx(1e-8)
    assert draft_rate() == 1e-3


def test_letting_go_of_the_chosen_suggestion_keeps_it(entry: DatasetEntry) -> None:
    the_desk().save_recipe(LOCAL, entry.id, drafts.with_rate(entry.recipe, 0, 2e-3))
    finish(search(entry), [FOUND])
    test = page()
    assert test.button_group(key=lr_choice.BY_NAME).value == "valley"
    test.button_group(key=lr_choice.BY_NAME).set_value(None).run()
    assert draft_rate() == 2e-3
    assert test.button_group(key=lr_choice.BY_NAME).value == "valley"


def test_a_curve_of_other_settings_is_called_so(entry: DatasetEntry) -> None:
    finish(search(entry), [FOUND])
    assert "settings have changed" not in words(page())
    the_desk().save_recipe(LOCAL, entry.id, drafts.changed(entry.recipe, 0, {"size": 64}))
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


def test_a_search_that_another_version_wrote_can_be_made_again(entry: DatasetEntry) -> None:
    with finish(search(entry), [FOUND]).run.events.open("a") as events:
        events.write('{"kind": "Dreamed"}\n')
    test = page()
    assert "of another version of the playground" in test.error[0].value
    button(test, "Find the learning rate").click().run()
    assert len(the_desk().jobs(LOCAL, dataset=entry.id, kind="find-lr")) == 2


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


# ---- later stages

@pytest.fixture
def eight(entry: DatasetEntry) -> DatasetEntry:
    """A data set whose draft has three stages."""
    the_desk().save_recipe(LOCAL, entry.id, drafts.taken(entry.recipe, "eight-steps"))
    return the_desk().dataset(LOCAL, entry.id)


def search_for(entry: DatasetEntry, stage: int, after: str | None = None) -> Job:
    order = FindLr(dataset=entry.folder, recipe=entry.recipe, stage=stage, after=after)
    return the_desk().submit(LOCAL, order, entry.id)


def trained_first(entry: DatasetEntry, stages: int) -> Job:
    """A training of the draft's first stages that has finished."""
    recipe = entry.recipe.model_copy(update={"stages": entry.recipe.stages[:stages]})
    job = finish(the_desk().submit(LOCAL, Train(dataset=entry.folder, recipe=recipe), entry.id))
    job.run.weights.write_bytes(b"weights")
    return job


def test_a_recipe_of_one_stage_asks_for_none(entry: DatasetEntry) -> None:
    assert "lr stage" not in [group.key for group in page().button_group]


def test_the_address_names_the_stage_and_the_page_says_what_is_frozen(eight: DatasetEntry) -> None:
    assert "Frozen: early and late layers." in words(page())
    test = opened("learning_rate", stage="3")
    assert test.button_group(key="lr stage").value == 2
    assert "Nothing is frozen." in words(test)
    assert "Measured on a fresh network: none of your trainings ends with stages 1 and 2" in words(test)
    test.button_group(key="lr stage").set_value(1).run()
    assert test.query_params["stage"] in ("2", ["2"])
    assert "Frozen: early and late layers." in words(test)


@pytest.mark.parametrize("number", ["9", "-1", "two", ""])
def test_an_address_of_no_stage_shows_the_first(eight: DatasetEntry, number: str) -> None:
    test = opened("learning_rate", stage=number)
    assert not test.exception
    assert test.button_group(key="lr stage").value == 0


def test_a_search_for_a_stage_is_made_on_its_own_setting(eight: DatasetEntry) -> None:
    test = opened("learning_rate", stage="3")
    button(test, "Find the learning rate").click().run()
    (job,) = the_desk().jobs(LOCAL, dataset=eight.id, kind="find-lr")
    assert isinstance(job.order, FindLr)
    assert (job.order.stage, job.order.after, job.order.recipe) == (2, None, eight.recipe)


def test_it_is_made_on_what_the_stages_before_have_learned_where_a_training_did_just_those(eight: DatasetEntry) -> None:
    trained_first(eight, 1)
    before = trained_first(eight, 2)
    trained_first(eight, 3)
    test = opened("learning_rate", stage="3")
    assert "Measured on the network as stages 1 and 2 left it" in words(test)
    button(test, "Find the learning rate").click().run()
    (job,) = the_desk().jobs(LOCAL, dataset=eight.id, kind="find-lr")
    assert isinstance(job.order, FindLr)
    assert (job.order.stage, job.order.after) == (2, before.id)


def test_a_training_of_other_stages_is_not_measured_on(eight: DatasetEntry) -> None:
    trained_first(eight, 1)
    the_desk().save_recipe(LOCAL, eight.id, drafts.changed(eight.recipe, 0, {"epochs": 7}))
    assert "Measured on a fresh network" in words(opened("learning_rate", stage="2"))


def test_the_pick_goes_into_that_stage_alone(eight: DatasetEntry) -> None:
    finish(search_for(eight, 2), [FOUND])
    test = opened("learning_rate", stage="3")
    test.button_group(key=lr_choice.BY_NAME).set_value("slide").run()
    assert [stage.head_rate for stage in draft().stages] == [None, None, FOUND.slide]
    assert draft().stages[2].spread == 100
    assert not figures(opened("learning_rate", stage="2")), "a curve of another stage is shown"


def test_an_open_stage_that_is_not_searched_takes_the_rate_of_an_earlier_one(eight: DatasetEntry) -> None:
    assert "takes the rate that was found before an earlier one" in words(opened("learning_rate", stage="2"))


def test_a_curve_of_another_network_is_called_so(eight: DatasetEntry) -> None:
    finish(search_for(eight, 1), [FOUND])
    assert "drawn on a fresh network" not in words(opened("learning_rate", stage="2"))
    trained_first(eight, 1)
    assert "This curve was drawn on a fresh network. By now 1 stage before it has been trained" in words(
        opened("learning_rate", stage="2"))


def test_the_address_of_a_search_shows_its_stage(eight: DatasetEntry) -> None:
    job = begin(search_for(eight, 2), [LrStep(40, 100, 1e-4, 2.0, 2.0)])
    test = opened("learning_rate", job=job.id)
    assert test.button_group(key="lr stage").value == 2
    assert "trying ever larger steps: 40 of 100" in bars(test)


def test_a_search_for_a_stage_that_is_not_shown_can_be_stopped(eight: DatasetEntry) -> None:
    job = begin(search_for(eight, 2))
    keep_one_stage = eight.recipe.model_copy(update={"stages": eight.recipe.stages[:1]})
    the_desk().save_recipe(LOCAL, eight.id, keep_one_stage)
    test = page()
    assert "A search for stage 3 is under way" in words(test)
    assert not button(test, "Find the learning rate").disabled
    button(test, "Stop").click().run()
    assert the_desk().job(LOCAL, job.id).stop_asked is not None
