"""The page Runs: the list, one ticked run, two of them, and what was deleted."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.jobs import shelf_of_runs
from core.jobs.entries import LOCAL, DatasetEntry, Job
from core.settings import Settings
from core.training.presets import presets
from tests.pages.doing import begin, fail, opened, shelved, the_desk
from tests.pages.exhibits import LABELS, PROBABILITIES, epoch, predictions_of, started, submitted, trained, under_way
from tests.pages.reading import button, text, words

# Right where the usual run is wrong (rows 2 and 4), and wrong where that is right (row 0).
OTHERWISE = ((0.3, 0.7), (0.55, 0.45), (0.8, 0.2), (0.02, 0.98), (0.3, 0.7))


@pytest.fixture
def entry(settings: Settings, tmp_path: Path) -> DatasetEntry:
    return shelved(settings, tmp_path)


def page(*ticked: Job, **query: str) -> AppTest:
    if ticked:
        query["runs"] = ",".join(job.id for job in ticked)
    test = opened("runs", **query)
    assert not test.exception
    return test


def rows(test: AppTest) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = test.dataframe[0].value.to_dict("records")
    return found


def test_without_a_training_the_page_leads_to_the_first(home: Path) -> None:
    test = page()
    assert "what each of them reached" in text(test)
    assert button(test, "Train")


def test_every_run_is_a_row_with_what_it_reached_the_newest_first(entry: DatasetEntry) -> None:
    trained(entry)
    fail(submitted(entry), "A problem.", "A remedy.")
    under_way(entry)
    going, failed, done = rows(page())
    assert (done["pictures"], done["right"], done["of"], done["between"], done["state"]) == (
        "colours", pytest.approx(60.0), 5, "23–89 %", "done")
    assert "usual network, head only" in done["recipe"]
    assert done["run"].startswith("Quick · ")
    assert failed["state"] == "failed" and failed["between"] == ""
    assert going["state"].startswith("training, ") and going["right"] == pytest.approx(60.0)


def test_a_run_that_waits_stands_there_too(entry: DatasetEntry) -> None:
    submitted(entry)
    assert rows(page())[0]["state"] == "waiting"


def test_a_damaged_run_stays_in_the_list(entry: DatasetEntry) -> None:
    job = trained(entry)
    (job.run.predictions / "valid.npz").write_bytes(b"no numbers")
    assert rows(page())[0]["state"] == "done"
    assert "Delete" in [each.label for each in page(job).button]


def test_a_run_whose_events_are_damaged_takes_no_other_with_it(entry: DatasetEntry) -> None:
    damaged, whole = trained(entry), trained(entry)
    with damaged.run.events.open("a") as events:
        events.write("no event\n")
    assert [row["right"] for row in rows(page())] == [pytest.approx(60.0), pytest.approx(float("nan"), nan_ok=True)]
    said = text(page(damaged, whole))
    assert "nothing to compare yet" in said
    assert "What differs in their recipes" in said


def test_ticking_a_row_puts_the_run_into_the_address(entry: DatasetEntry) -> None:
    job = trained(entry)
    test = page()
    test.session_state[test.dataframe[0].key] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    test.run()
    assert not test.exception
    assert "60.0 % right · 3 of 5" in text(page(job))


def test_a_run_is_named_and_tagged_and_a_reload_finds_it(entry: DatasetEntry) -> None:
    job = trained(entry)
    test = page(job)
    test.text_input[0].set_value("the *bold* one").run()
    test.multiselect[0].set_value(["class", "good"]).run()
    assert not test.exception
    (row,) = rows(page())
    assert (row["run"], list(row["tags"])) == ("the *bold* one", ["class", "good"])
    assert "**the \\*bold\\* one**" in words(page(job))


def test_a_ticked_run_leads_to_its_results(entry: DatasetEntry) -> None:
    job = trained(entry)
    test = page(job)
    button(test, "See the results").click().run()
    assert test.query_params["job"] in (job.id, [job.id])


def test_a_failed_run_says_what_went_wrong_and_what_to_do(entry: DatasetEntry) -> None:
    said = text(page(fail(submitted(entry), "The disk is full.", "Delete something.")))
    assert "The disk is full. Delete something." in said


def test_a_run_that_goes_on_can_be_watched_and_not_deleted(entry: DatasetEntry) -> None:
    test = page(under_way(entry))
    assert button(test, "Delete").disabled
    assert button(test, "Watch it")


def test_a_deleted_run_vanishes_from_every_page_and_comes_back(entry: DatasetEntry) -> None:
    job, kept = trained(entry), trained(entry)
    test = page(job)
    button(test, "Delete").click().run()
    assert not test.exception
    assert [row["run"] for row in rows(test)] == [rows(page())[0]["run"]] and len(rows(test)) == 1
    assert "Deleted: Quick" in text(test)
    assert [found.id for found in the_desk().jobs(LOCAL)] == [kept.id]
    assert "no such run" in text(opened("results", job=job.id))
    button(test, "Undo").click().run()
    assert len(rows(test)) == 2
    assert "Deleted:" not in text(test)


def test_a_reload_still_finds_what_can_be_brought_back(entry: DatasetEntry) -> None:
    job = trained(entry)
    shelf_of_runs.delete(the_desk(), LOCAL, job.id)
    test = page()
    assert "brought back for a day" in text(test)
    assert "what each of them reached" in text(test)
    button(test, "Bring back").click().run()
    assert len(rows(test)) == 1


def test_two_runs_tell_who_is_right_where_the_other_is_wrong(entry: DatasetEntry) -> None:
    first, second = trained(entry), trained(entry, predictions_of(OTHERWISE))
    said = text(page(first, second))
    assert "B is right on **2 pictures** that A gets wrong, and wrong on **1** that A gets right" in said
    assert "+1 of 5 pictures" in said
    assert "could well be chance" in said and "p = 1.00" in said
    assert "Only A is right" in said and "Only B is right" in said
    assert "A bees 80 %" in said and "B ants 80 %" in said


def test_the_older_run_is_a_however_they_were_ticked(entry: DatasetEntry) -> None:
    first, second = trained(entry), trained(entry, predictions_of(OTHERWISE))
    assert text(page(second, first)) == text(page(first, second))


def test_pictures_of_both_are_shown(entry: DatasetEntry) -> None:
    test = page(trained(entry), trained(entry, predictions_of(OTHERWISE)))
    assert len(test.get("image")) + len(test.get("imgs")) == 3


def test_only_what_differs_in_the_recipes_is_told(entry: DatasetEntry) -> None:
    first, second = trained(entry), trained(entry)
    assert "both were trained by the same recipe" in text(page(first, second))
    presets()["fine-tune"].save(second.run.recipe)
    table = page(first, second).dataframe[1].value.to_dict("records")
    assert {"where": "stage 1", "what": "epochs", "A": "20", "B": "1"} in table
    assert {"where": "stage 2", "what": "the whole stage", "A": "—", "B": "whole network, 4 epochs"} in table


def test_the_curves_of_both_lie_over_each_other(entry: DatasetEntry) -> None:
    assert page(trained(entry), trained(entry)).get("plotly_chart")


def test_runs_of_different_pictures_cannot_be_compared_picture_by_picture(
        entry: DatasetEntry, settings: Settings, tmp_path: Path) -> None:
    first = trained(entry)
    other = shelved(settings, tmp_path / "other", name="others", counts={"up": 4, "down": 4})
    second = trained(other, predictions_of(ids=[f"{number:016x}" for number in range(50, 55)]))
    test = page(first, second)
    assert "cannot be compared picture by picture" in text(test)
    assert test.get("plotly_chart")


def test_pictures_of_which_only_one_knows_are_left_out_and_counted(entry: DatasetEntry) -> None:
    first = trained(entry)
    second = trained(entry, predictions_of(PROBABILITIES[:4], LABELS[:4]))
    assert "Compared on 4 pictures. Left out: 1 picture only one of them was tested on." in text(page(first, second))


def test_a_run_without_an_epoch_is_no_obstacle_to_looking(entry: DatasetEntry) -> None:
    waiting = begin(submitted(entry), [started(3)])
    said = text(page(trained(entry), waiting))
    assert "nothing to compare yet" in said
    assert "What differs in their recipes" in said


def test_a_run_that_stopped_early_says_which_epoch_stands_for_it(entry: DatasetEntry) -> None:
    stopped = under_way(entry, epochs=2)
    the_desk().database.change("UPDATE jobs SET state = 'cancelled' WHERE id = ?", stopped.id)
    assert "this is its epoch 2" in text(page(trained(entry), stopped))


def test_more_than_two_are_too_many_to_compare(entry: DatasetEntry) -> None:
    assert "3 are ticked" in text(page(trained(entry), trained(entry), trained(entry)))


def test_another_visitors_runs_are_as_unknown_as_none(entry: DatasetEntry, monkeypatch: pytest.MonkeyPatch) -> None:
    job = trained(entry)
    shelf_of_runs.rename(the_desk(), LOCAL, job.id, "secret")
    monkeypatch.setattr("pages.ui.identity.visitor", lambda _: "f" * 32)
    test = page(job)
    assert not test.dataframe
    assert "secret" not in text(test)


def test_where_strangers_share_a_server_it_says_whose_the_runs_are(
        entry: DatasetEntry, monkeypatch: pytest.MonkeyPatch) -> None:
    trained(entry)
    assert "who" not in rows(page())[0]
    monkeypatch.setattr("pages.ui.identity.visitor", lambda _: LOCAL)
    monkeypatch.setattr("pages.ui.identity.hosted", lambda _: True)
    assert rows(page())[0]["who"] == "you"


def test_the_epochs_of_a_run_that_goes_on_are_compared_by_its_kept_one(entry: DatasetEntry) -> None:
    going = under_way(entry)
    going.run.append(epoch(1, 0.2, kept=False))
    assert "B is right on" in text(page(trained(entry), going))
