"""A training as it goes on: everything that it tells stands at its place from the beginning."""

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.events import BatchDone, EpochDone, Event, StageStarted, StageStopped
from core.jobs.entries import LOCAL, DatasetEntry, Job
from core.jobs.orders import Train
from core.settings import Settings
from core.training.presets import presets
from tests.pages.doing import begin, opened, shelved, the_desk
from tests.pages.reading import text

FIRST = (StageStarted(0, 2, "head", 1, 0, 10, (1e-2,), 224, 10), BatchDone(0, 0, 10, 10, 1.2, 1e-3, 0.9, 40.0),
         EpochDone(0, 0, 1.1, 0.9, 0.625, 0.375, 1.0, True))
SECOND = (StageStarted(1, 2, "all", 4, 0, 40, (1e-5, 1e-4, 1e-3), 224, 10),
          BatchDone(1, 0, 10, 40, 1.0, 1e-3, 0.9, 50.0),
          EpochDone(1, 1, 0.8, 0.7, 0.75, 0.25, 20.0, True, gpu_bytes=3_210_000_000))


@pytest.fixture
def entry(settings: Settings, tmp_path: Path) -> DatasetEntry:
    return shelved(settings, tmp_path)


def training(entry: DatasetEntry, *events: Event) -> Job:
    recipe = entry.recipe.model_copy(update={"stages": presets()["fine-tune"].stages})
    return begin(the_desk().submit(LOCAL, Train(dataset=entry.folder, recipe=recipe), entry.id), events)


def page() -> AppTest:
    test = opened("train")
    assert not test.exception
    return test


def charts(test: AppTest) -> int:
    return len(test.get("arrow_vega_lite_chart")) + len(test.get("vega_lite_chart"))


def test_charts_and_table_stand_there_before_the_first_step(entry: DatasetEntry) -> None:
    training(entry)
    test = page()
    assert charts(test) == 3
    assert len(test.dataframe) == 1


def test_it_tells_stage_both_times_speed_rate_and_memory(entry: DatasetEntry) -> None:
    training(entry, *FIRST, *SECOND)
    test = page()
    assert ("stage 2 of 2 · about 60 s left in this stage, 60 s in all · 50 pictures a second · "
            "learning rate 1.0e-3 · GPU memory 3.2 GB") in text(test)
    assert charts(test) == 3


def test_the_time_of_all_counts_the_stages_to_come(entry: DatasetEntry) -> None:
    training(entry, *FIRST)
    said = text(page())
    assert "in this stage, " in said and " in all" in said
    assert "GPU memory" not in said


def test_of_a_run_of_one_stage_one_time_is_enough(entry: DatasetEntry) -> None:
    started = replace(FIRST[0], stages=1, epochs=2, steps=20)
    begin(the_desk().submit(LOCAL, Train(dataset=entry.folder, recipe=entry.recipe), entry.id), [started, *FIRST[1:]])
    said = text(page())
    assert "about 1 s left · " in said
    assert "in all" not in said


def test_a_stage_that_stopped_early_says_why(entry: DatasetEntry) -> None:
    training(entry, *FIRST, *SECOND, StageStopped(1, 1, "The validation loss has not improved for 1 epoch."))
    assert "has not improved for 1 epoch." in text(page())
