"""What a training that is over tells on the page Train: its course, its ladder, and what to try next."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.events import BatchDone, EpochDone, Failed, Finished, SplitReady, StageStarted
from core.jobs.entries import LOCAL, DatasetEntry, Job
from core.jobs.orders import Train
from core.settings import Settings
from core.training.presets import presets
from tests.pages.doing import begin, finish, opened, shelved, the_desk
from tests.pages.exhibits import PROBABILITIES, predictions_of, told, trained
from tests.pages.reading import button, draft, marked, text

STAGE = "Put it into a new stage"
OVER_FITTED = tuple(zip((0.8, 0.4, 0.2, 0.1, 0.05), (0.6, 0.4, 0.45, 0.5, 0.6), strict=True))
HEALTHY = tuple(zip((0.9, 0.6, 0.45, 0.38, 0.34), (0.7, 0.5, 0.42, 0.405, 0.4), strict=True))
LEARNED = ((0.9, 0.1), (0.8, 0.2), (0.2, 0.8), (0.02, 0.98), (0.3, 0.7))     # one picture more than the usual run


@pytest.fixture
def entry(settings: Settings, tmp_path: Path) -> DatasetEntry:
    return shelved(settings, tmp_path)


def over(entry: DatasetEntry, losses: tuple[tuple[float, float], ...], images: int = 400) -> Job:
    """A training at its good end, with these training and validation losses."""
    job = the_desk().submit(LOCAL, Train(dataset=entry.folder, recipe=entry.recipe), entry.id)
    told(job.run, predictions_of())
    for number in range(len(losses)):
        job.run.save_predictions(f"valid-epoch-{number:03d}", predictions_of())
    rows = [EpochDone(0, number, ours, theirs, 0.9, 0.1, 1.0, True) for number, (ours, theirs) in enumerate(losses)]
    return finish(job, [SplitReady(900, images, 0, "drawn", 42),
                        StageStarted(0, 1, "head", len(losses), 0, len(losses) * 4, (1e-2,), 64, 8), *rows,
                        Finished(0.6, 0.4, 5, 1, 1.0, str(job.folder))])


def page() -> AppTest:
    test = opened("train")
    assert not test.exception
    return test


def labels(test: AppTest) -> list[str]:
    return [each.label for each in test.button]


def test_a_training_that_is_over_shows_its_whole_course(entry: DatasetEntry) -> None:
    trained(entry)
    test = page()
    assert test.get("plotly_chart")
    toggle = next(each for each in test.toggle if each.label == "Logarithmic")
    assert not toggle.set_value(True).run().exception


def test_a_stopped_training_without_a_step_has_no_chart_and_no_diagnosis(entry: DatasetEntry) -> None:
    marked(begin(the_desk().submit(LOCAL, Train(dataset=entry.folder, recipe=entry.recipe), entry.id)), "cancelled")
    test = page()
    assert "What its course says" not in text(test)
    assert STAGE not in labels(test)


def test_the_ladder_shows_what_each_stage_gained(entry: DatasetEntry) -> None:
    recipe = entry.recipe.model_copy(update={"stages": presets()["fine-tune"].stages})
    job = the_desk().submit(LOCAL, Train(dataset=entry.folder, recipe=recipe), entry.id)
    told(job.run, predictions_of(LEARNED))
    told(job.run, predictions_of(PROBABILITIES), "valid-epoch-000")
    told(job.run, predictions_of(LEARNED), "valid-epoch-001")
    rows = [StageStarted(0, 2, "head", 1, 0, 4, (1e-2,), 64, 8), EpochDone(0, 0, 0.5, 0.4, 0.6, 0.4, 1.0, True),
            StageStarted(1, 2, "all", 1, 0, 4, (1e-5, 1e-4, 1e-3), 64, 8),
            EpochDone(1, 1, 0.5, 0.4, 0.8, 0.2, 1.0, True)]
    finish(job, [*rows, Finished(0.8, 0.2, 5, 1, 1.0, str(job.folder))])
    test = page()
    ladder = next(table.value for table in test.dataframe if "gain" in table.value.columns)
    assert list(ladder["stage"]) == ["always “ants”", "1 · head", "2 · whole network"]
    assert list(ladder["right"]) == [3, 3, 4]
    assert ladder["gain"][2].startswith("+1 (")
    assert "Stage 2 gained +1 of 5 pictures" in text(test)
    assert "may be luck" in text(test)


def test_a_damaged_epoch_takes_the_ladder_and_not_the_page(entry: DatasetEntry) -> None:
    job = over(entry, HEALTHY)
    (job.run.predictions / "valid-epoch-004.npz").write_bytes(b"no numbers")
    assert "It looks healthy." in text(page())


def test_over_fitting_is_told_with_its_evidence_and_put_into_a_new_stage(entry: DatasetEntry) -> None:
    over(entry, OVER_FITTED)
    test = page()
    assert "(over-fitting)" in text(test) and "after epoch 2" in text(test)
    button(test, STAGE).click().run()
    assert not test.exception
    *before, new = draft().stages
    assert tuple(before) == entry.recipe.stages
    assert new.draws and new.mixup > 0
    assert "It is stage 2 of your recipe now: go on with it" in text(test)
    assert STAGE not in labels(test)


def test_what_was_put_there_can_be_taken_back(entry: DatasetEntry) -> None:
    over(entry, OVER_FITTED)
    test = page()
    button(test, STAGE).click().run()
    button(test, "Undo").click().run()
    assert draft() == entry.recipe
    assert STAGE in labels(test)


def test_a_healthy_head_suggests_the_whole_network(entry: DatasetEntry) -> None:
    over(entry, HEALTHY)
    test = page()
    assert "It looks healthy." in text(test)
    button(test, STAGE).click().run()
    assert [stage.trains for stage in draft().stages] == ["head", "all"]


def test_with_few_epochs_nothing_is_said_but_that(entry: DatasetEntry) -> None:
    over(entry, HEALTHY[:2])
    test = page()
    assert "Too early to say" in text(test)
    assert STAGE not in labels(test)


def test_few_validation_pictures_are_told_of(entry: DatasetEntry) -> None:
    over(entry, HEALTHY, images=20)
    assert "too few pictures to tell" in text(page())


def test_a_training_that_diverged_offers_a_tenth_of_its_rate_for_its_stage(entry: DatasetEntry) -> None:
    job = begin(the_desk().submit(LOCAL, Train(dataset=entry.folder, recipe=entry.recipe), entry.id), [
        StageStarted(0, 1, "head", 20, 0, 80, (0.5,), 64, 8), BatchDone(0, 0, 1, 80, 2.0, 0.5, 0.9, 10.0),
        Failed("The loss became nan at step 2 of 80, with a learning rate of 0.5.", "Train with a smaller one.")])
    marked(job, "failed")
    test = page()
    assert "(learning rate too high)" in text(test)
    button(test, "Use 5.0e-2 in stage 1").click().run()
    assert draft().stages[0].learning_rate == pytest.approx(0.05)
    assert "Stage 1 of your recipe has the rate 5.0e-2 now." in text(test)


def test_nothing_is_put_into_the_recipe_of_other_pictures(entry: DatasetEntry, settings: Settings,
                                                          tmp_path: Path) -> None:
    over(entry, OVER_FITTED)
    test = page()
    other = shelved(settings, tmp_path / "other", name="other", counts={"up": 4, "down": 4})
    button(test, STAGE).click().run()
    assert the_desk().dataset(LOCAL, entry.id).recipe == entry.recipe
    assert the_desk().dataset(LOCAL, other.id).recipe == other.recipe
