"""What a finished run shows of its machine, and the document that remembers it."""

from pathlib import Path

import pytest

from core.events import EpochDone, Event, Finished, ModelReady, Progress, Resumed, SplitReady, StageStarted
from core.runs.folder import RunFolder
from core.settings import Settings
from core.training import pace
from core.training.pace import Pace, known_pace, learn, learned_pace, usual_rate
from core.training.presets import presets
from core.training.recipe import Recipe
from core.training.work import Work

QUICK, EIGHT, FINE_TUNE, *_ = presets().values()
LOOK = 1.98 + 1.64
READY = (SplitReady(200, 50, 0, "drawn", 42), ModelReady("resnet18", "bundled", "", 1, 224, "cpu", "float32", 2))


def run_of(tmp_path: Path, recipe: Recipe, *events: Event) -> RunFolder:
    run = RunFolder.create(tmp_path / "run")
    recipe.save(run.recipe)
    for event in (*READY, *events):
        run.append(event)
    return run


def begun(stage: int, epochs: int, steps: int) -> StageStarted:
    return StageStarted(stage, 2, "head", epochs, 0, steps, (0.1,), 224, 16)


def epoch(stage: int, number: int, seconds: float) -> EpochDone:
    return EpochDone(stage, number, 1.0, 1.0, 0.5, 0.5, seconds, True)


def looked(done: int = 250) -> Progress:
    return Progress(pace.LOOKING, done, 250)


FINE_TUNED = (looked(), begun(0, 1, 13), epoch(0, 0, 0.1), begun(1, 4, 52), epoch(1, 1, 100.0), epoch(1, 2, 10.0),
              epoch(1, 3, 10.0), Finished(0.9, 0.1, 50, 3, 150.0, "run"))


def test_a_whole_networks_epochs_tell_its_training_rate_whatever_one_of_them_met(tmp_path: Path) -> None:
    seen = learned_pace(run_of(tmp_path, FINE_TUNE, *FINE_TUNED))
    assert seen.training == {"resnet18": pytest.approx((3 * 200 + 50) * LOOK / 10)}
    assert seen.head_steps == pytest.approx(130)


def test_what_a_head_learned_from_tells_how_fast_the_machine_looks(tmp_path: Path) -> None:
    seen = learned_pace(run_of(tmp_path, QUICK, looked(), begun(0, 20, 260), epoch(0, 0, 0.5), epoch(0, 1, 0.5),
                               Finished(0.9, 0.1, 50, 1, 11.0, "run")))
    assert seen.looking == {"resnet18": pytest.approx(250 * LOOK / 10)}
    assert not seen.training


@pytest.mark.parametrize("events", [
    (begun(0, 20, 260), epoch(0, 0, 0.5), Finished(0.9, 0.1, 50, 1, 2.0, "run")),              # from the cache
    (looked(100), begun(0, 20, 260), epoch(0, 0, 0.5), Finished(0.9, 0.1, 50, 1, 2.0, "run")),
    (looked(), Resumed(0, 1), begun(0, 20, 260), epoch(0, 1, 0.5), Finished(0.9, 0.1, 50, 1, 2.0, "run")),
    (looked(), begun(0, 20, 260), epoch(0, 0, 0.5)),
])
def test_what_was_not_looked_at_in_this_run_tells_nothing_of_looking(tmp_path: Path, events: tuple[Event, ...]) -> None:
    assert not learned_pace(run_of(tmp_path, QUICK, *events)).looking


def test_the_document_is_made_truer_by_each_run(tmp_path: Path, settings: Settings) -> None:
    assert not known_pace(settings).measured
    learn(settings, run_of(tmp_path, FINE_TUNE, *FINE_TUNED))
    first = known_pace(settings)
    assert first.measured
    rate = first.training["resnet18"]
    later = first.after(Pace(training={"resnet18": 3 * rate, "resnet34": 7.0}))
    assert later.training == {"resnet18": pytest.approx(2 * rate), "resnet34": 7.0}
    assert later.head_steps == first.head_steps


def test_a_run_that_does_not_tell_changes_nothing(tmp_path: Path, settings: Settings) -> None:
    run = RunFolder.create(tmp_path / "run")
    learn(settings, run)                                    # it has no recipe
    run_of(tmp_path / "other", QUICK)
    learn(settings, RunFolder(tmp_path / "other" / "run"))  # it trained nothing
    assert known_pace(settings) == Pace()
    assert not (settings.cache / "pace.json").exists()


@pytest.mark.parametrize("text", ["", "[]", '{"head_steps": -1}', '{"training": {"resnet18": "fast"}}'])
def test_a_damaged_document_is_as_none(settings: Settings, text: str) -> None:
    settings.cache.mkdir(parents=True)
    (settings.cache / "pace.json").write_text(text)
    assert known_pace(settings) == Pace()


def test_before_any_run_a_guess_goes_by_cores_or_gpu() -> None:
    work = Work(training=1000.0)
    slow, fast = usual_rate(2, gpu=False), usual_rate(2, gpu=True)
    assert Pace().seconds(work, "resnet18", slow) > 10 * Pace().seconds(work, "resnet18", fast)
    assert usual_rate(4, gpu=False) == 2 * slow
