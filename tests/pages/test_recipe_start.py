"""Before the click: what is planned and how long it takes. The click: from the start, or where the last run ended."""

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.jobs.entries import LOCAL, DatasetEntry, Job
from core.jobs.orders import Train
from core.settings import Settings
from core.training import draft as drafts
from core.training.recipe import Recipe
from tests.pages.doing import begin, fail, finish, shelved, the_desk
from tests.pages.recipes import click, draft, keep, move, train_page
from tests.pages.test_learning_rate import button, figures, marked, words


@pytest.fixture
def entry(settings: Settings, tmp_path: Path) -> DatasetEntry:
    """Sixteen pictures to learn from: two batches an epoch."""
    return shelved(settings, tmp_path, counts={"train/red": 8, "train/blue": 8, "valid/red": 2, "valid/blue": 2})


def labels(test: AppTest) -> list[str]:
    return [element.label for element in test.button]


def trained(entry: DatasetEntry, recipe: Recipe, state: str = "finished", checkpoint: bool = True) -> Job:
    job = begin(the_desk().submit(LOCAL, Train(dataset=entry.folder, recipe=recipe), entry.id))
    if checkpoint:
        job.run.checkpoint.write_bytes(b"checkpoint")
    if state == "finished":
        return finish(job)
    if state == "failed":
        return fail(job, "The loss became nan.", "Train with a smaller learning rate.")
    marked(job, state)
    return the_desk().job(LOCAL, job.id)


def newest() -> Train:
    order = the_desk().jobs(LOCAL, kind="train")[0].order
    assert isinstance(order, Train)
    return order


# ---- the plan

def plan(test: AppTest) -> dict[str, Any]:
    return figures(test)[0]


def test_steps_epochs_and_time_are_told_before_the_run(entry: DatasetEntry) -> None:
    told = words(train_page())
    assert "**40 steps** in 20 epochs · **about " in told
    assert "rough guess until something has been trained" in told


def test_rates_of_every_group_and_momentum_are_drawn_with_the_stages_between(entry: DatasetEntry) -> None:
    keep(entry, drafts.taken(entry.recipe, "eight-steps"))
    figure = plan(train_page())
    assert [trace["name"] for trace in figure["data"]] == [
        "head", "momentum", "head", "momentum", "early", "late", "head", "momentum"]
    assert [shape["x0"] for shape in figure["layout"]["shapes"]] == [4, 4, 10, 10]     # over both panels
    assert [note["text"] for note in figure["layout"]["annotations"]] == ["stage 1", "stage 2", "stage 3"]


def test_the_legend_has_the_groups_as_their_layers_stand(entry: DatasetEntry) -> None:
    keep(entry, drafts.taken(entry.recipe, "eight-steps"))
    named = [trace for trace in figures(train_page())[0]["data"] if trace.get("showlegend")]
    assert [trace["name"] for trace in named] == ["head", "early", "late"], "the head learns first"
    assert [trace["name"] for trace in sorted(named, key=lambda trace: trace["legendrank"])] == [
        "early", "late", "head"]


def test_a_rate_that_is_found_later_is_drawn_as_a_multiple_of_it(entry: DatasetEntry) -> None:
    test = train_page()
    assert plan(test)["layout"]["yaxis"]["title"]["text"] == "× the rate found"
    assert "drawn as a multiple of what will be found" in words(test)
    keep(entry, drafts.with_rate(entry.recipe, 0, 0.01))
    test = train_page()
    assert plan(test)["layout"]["yaxis"]["title"]["text"] == "learning rate"
    assert "will be found" not in words(test)


def test_open_rates_beside_set_ones_are_dotted_and_said_to_be_stand_ins(entry: DatasetEntry) -> None:
    keep(entry, drafts.with_rate(drafts.taken(entry.recipe, "fine-tune"), 1, 0.01))
    test = train_page()
    dashes = {trace["name"]: trace["line"].get("dash") for trace in plan(test)["data"][:1]}
    assert dashes == {"head": "dot"}
    assert "drawn as if 0.001 were found" in words(test)


def test_rates_are_linear_or_logarithmic(entry: DatasetEntry) -> None:
    test = train_page()
    assert plan(test)["layout"]["yaxis"].get("type") != "log"
    move(test, "log rates False", True)
    assert plan(test)["layout"]["yaxis"]["type"] == "log"


def test_a_stage_that_may_end_early_is_counted_as_the_most(entry: DatasetEntry) -> None:
    keep(entry, drafts.changed(entry.recipe, 0, {"patience": 3}))
    assert "**up to 40 steps** in 20 epochs · **up to about" in words(train_page())


def test_what_this_machine_has_shown_is_what_is_expected(entry: DatasetEntry, settings: Settings) -> None:
    settings.cache.mkdir(parents=True, exist_ok=True)
    pace = {"training": {"resnet18": 0.1}, "looking": {"resnet18": 0.1}, "head_steps": 0.5}
    (settings.cache / "pace.json").write_text(json.dumps(pace))
    told = words(train_page())
    assert "The time is what trainings on this machine have taken" in told
    assert "**about 8 min**" in told          # 20 pictures of 1.2 GFLOP, 40 steps, and a search


def test_pictures_that_cannot_be_divided_are_told_of(settings: Settings, tmp_path: Path) -> None:
    shelved(settings, tmp_path, counts={"train/red": 8, "valid/red": 2, "valid/blue": 4})
    test = train_page()
    assert "has no training pictures" in words(test)
    assert not figures(test)


# ---- going on

def test_a_longer_draft_goes_on_with_the_finished_run_or_begins_anew(entry: DatasetEntry) -> None:
    done = trained(entry, entry.recipe)
    assert "Train again" in labels(train_page())
    keep(entry, drafts.added(drafts.added(entry.recipe)))
    test = train_page()
    assert "it goes on with stages 2 to 3" in words(test)
    button(test, "Train from the start").click().run()
    assert newest().continues is None
    the_desk().cancel(LOCAL, the_desk().jobs(LOCAL, kind="train")[0].id)
    the_desk().database.change("DELETE FROM jobs WHERE id != ?", done.id)
    button(train_page(), "Go on with the last run").click().run()
    assert (newest().continues, newest().recipe) == (done.id, draft())


def test_more_epochs_of_the_same_cycles_go_on(entry: DatasetEntry) -> None:
    cycles = drafts.changed(entry.recipe, 0, {"schedule": "sgdr", "cycle_mult": 2, "epochs": 7})
    trained(entry, cycles)
    keep(entry, drafts.changed(cycles, 0, {"epochs": 15}))
    test = train_page()
    assert "8 more epochs of stage 1" in words(test)
    assert button(test, "Go on with the last run")


def test_more_epochs_of_one_cycle_are_offered_as_a_stage_of_their_own(entry: DatasetEntry) -> None:
    trained(entry, entry.recipe)
    keep(entry, drafts.changed(entry.recipe, 0, {"epochs": 25}))
    test = train_page()
    assert "Go on with the last run" not in labels(test)
    click(test, "more epochs")
    assert [each.epochs for each in draft().stages] == [20, 5]
    assert button(test, "Go on with the last run")


@pytest.mark.parametrize("change", [{"mixup": 0.4}, {"size": 96}, {"epochs": 3}])
def test_another_beginning_cannot_go_on(entry: DatasetEntry, change: dict[str, Any]) -> None:
    trained(entry, entry.recipe)
    keep(entry, drafts.added(drafts.changed(entry.recipe, 0, change)))
    assert "Go on with the last run" not in labels(train_page())


@pytest.mark.parametrize("state", ["cancelled", "killed", "failed"])
def test_a_run_that_did_not_end_well_can_go_on_where_it_ended(entry: DatasetEntry, state: str) -> None:
    stopped = trained(entry, entry.recipe, state)
    test = train_page()
    assert "Train from the start" in labels(test)
    button(test, "Go on").click().run()
    assert (newest().continues, newest().recipe) == (stopped.id, entry.recipe)


@pytest.mark.parametrize("state", ["cancelled", "finished"])
def test_a_run_without_a_checkpoint_cannot_go_on(entry: DatasetEntry, state: str) -> None:
    trained(entry, entry.recipe, state, checkpoint=False)
    keep(entry, drafts.added(entry.recipe))
    assert not [label for label in labels(train_page()) if label.startswith("Go on")]


def test_while_one_runs_no_other_begins(entry: DatasetEntry) -> None:
    begin(the_desk().submit(LOCAL, Train(dataset=entry.folder, recipe=entry.recipe), entry.id))
    test = train_page()
    assert button(test, "Train again").disabled
    assert not [label for label in labels(test) if label.startswith("Go on")]


def test_what_begins_closes_the_editor(entry: DatasetEntry) -> None:
    test = train_page(1)
    button(test, "Train").click().run()
    assert "stage trains" not in [group.key for group in test.button_group]
    assert newest().recipe == draft()
