"""A run that was stopped, crashed or finished goes on, bit-equal to one that never stopped."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from core.data import store
from core.data.edits import Edit
from core.errors import BadRecipe, BadRun
from core.events import (
    BatchDone,
    Cancelled,
    CheckpointSaved,
    EpochDone,
    Event,
    Failed,
    Finished,
    Resumed,
    StageStarted,
    StageStopped,
)
from core.pipeline import stages
from core.runs import certainty
from core.runs.folder import RunFolder
from core.settings import Settings
from core.training.continuation import with_more_epochs
from core.training.learner import Kept
from core.training.stage import Stage
from core.vision import precision
from tests.decided import decided
from tests.pipeline.test_train import same_predictions
from tests.running import FINE_TUNE, HEAD, QUICK, WHOLE, Heard, Workshop, changed, coloured_folder, with_stages
from tests.tiny import same

pytestmark = pytest.mark.usefixtures("everything_told")


def batch_of(stage: int, epoch: int) -> Callable[[Event], bool]:
    return lambda event: isinstance(event, BatchDone) and (event.stage, event.epoch) == (stage, epoch)


def epochs_told(run: RunFolder) -> list[int]:
    return [event.epoch for event in run.read_events() if isinstance(event, EpochDone)]


def require_equal(one: RunFolder, other: RunFolder) -> None:
    """Predictions of every part and epoch, weights, what was told, and all that is left to go on from are bit-equal."""
    assert same_predictions(one, other)
    assert same(load_file(one.weights), load_file(other.weights))
    assert epochs_told(one) == epochs_told(other)
    for epoch in epochs_told(other):
        part = f"valid-epoch-{epoch:03d}"
        assert np.array_equal(one.read_predictions(part).logits, other.read_predictions(part).logits)
    ours, theirs = (torch.load(run.checkpoint, weights_only=True) for run in (one, other))
    for kept in ("kept_size", "kept_state"):      # of earlier stages, or the learner's once more
        del ours[kept], theirs[kept]
    assert same(ours, theirs)


THREE_STAGES = with_stages(changed(HEAD, epochs=2, views=1), changed(WHOLE, schedule="sgdr"),
                           changed(HEAD, epochs=2, schedule="constant"))


@pytest.fixture(scope="module")
def three_stages(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Heard:
    """What the head learns from in the third is looked at with a body that the second has changed."""
    return workshop.train(THREE_STAGES, tmp_path_factory.mktemp("runs") / "three")


@pytest.mark.parametrize(("stage", "epoch"), [(0, 1), (1, 0), (1, 1), (2, 1)],
                         ids=["in the first stage", "as the second begins", "in the second stage", "in the third"])
def test_a_run_that_was_stopped_and_goes_on_is_bit_equal_to_an_unbroken_one(
        stage: int, epoch: int, workshop: Workshop, three_stages: Heard, tmp_path: Path) -> None:
    stopped = workshop.train(THREE_STAGES, tmp_path / "run", after=batch_of(stage, epoch))
    assert isinstance(stopped.last, Cancelled)
    resumed = workshop.resume(stopped.run)
    assert isinstance(resumed.last, Finished)
    assert resumed.code == 0
    assert any(isinstance(event, Resumed) for event in resumed.events)
    require_equal(stopped.run, three_stages.run)


ONE_EPOCH = changed(WHOLE, epochs=1)
WITH_LEVERS = {
    "views": changed(HEAD, views=2, mixup=0.4, label_smoothing=0.1, dropout=0.3),
    "a head on drawn pictures": changed(HEAD, precompute=False, epochs=2, optimizer="sgd", gradient_clip=0.5,
                                        accumulate=2),
    "the last group": changed(WHOLE, trains="late", mixup=0.4),
    "batch-norms that learn": changed(HEAD, train_batchnorm=True, epochs=2),
}


@pytest.mark.parametrize("stage", WITH_LEVERS.values(), ids=WITH_LEVERS)
def test_a_stage_with_any_lever_goes_on_as_if_it_had_never_stopped(
        stage: Stage, workshop: Workshop, tmp_path: Path) -> None:
    recipe = with_stages(stage)
    whole = workshop.train(recipe, tmp_path / "whole")
    assert isinstance(whole.last, Finished)
    stopped = workshop.train(recipe, tmp_path / "stopped", after=batch_of(0, 1))
    assert isinstance(stopped.last, Cancelled)
    assert isinstance(workshop.resume(stopped.run).last, Finished)
    require_equal(stopped.run, whole.run)


def test_balanced_sampling_goes_on_as_if_it_had_never_stopped(workshop: Workshop, tmp_path: Path) -> None:
    recipe = QUICK.model_copy(update={"imbalance": "balanced_sampling"})
    whole = workshop.train(recipe, tmp_path / "whole")
    stopped = workshop.train(recipe, tmp_path / "stopped", after=batch_of(0, 1))
    workshop.resume(stopped.run)
    require_equal(stopped.run, whole.run)


GROWING = {
    "restarts, stopped": (changed(HEAD, schedule="sgdr", cycle_mult=2, epochs=3), 7, batch_of(0, 1)),
    "the whole network, finished": (changed(WHOLE, schedule="sgdr", epochs=1), 2, None),
}


@pytest.mark.parametrize(("stage", "epochs", "after"), GROWING.values(), ids=GROWING)
def test_more_epochs_of_a_schedule_that_can_grow_are_those_of_a_longer_run(
        stage: Stage, epochs: int, after: Callable[[Event], bool] | None, workshop: Workshop, tmp_path: Path) -> None:
    longer = with_stages(changed(stage, epochs=epochs))
    whole = workshop.train(longer, tmp_path / "whole")
    shorter = workshop.train(with_stages(stage), tmp_path / "run", *([after] if after else []))
    resumed = workshop.resume(shorter.run, recipe=longer)
    assert isinstance(resumed.last, Finished)
    require_equal(shorter.run, whole.run)
    assert json.loads(shorter.run.recipe.read_text())["stages"] == json.loads(whole.run.recipe.read_text())["stages"]


@pytest.mark.parametrize("more", [ONE_EPOCH, changed(HEAD, precompute=False, epochs=1)],
                         ids=["the whole network", "the head on drawn pictures"])
def test_a_finished_run_and_a_stage_more_are_a_run_of_both_stages(
        more: Stage, workshop: Workshop, tmp_path: Path) -> None:
    both = with_stages(HEAD, more)
    whole = workshop.train(both, tmp_path / "whole")
    finished = workshop.train(QUICK, tmp_path / "run")
    resumed = workshop.resume(finished.run, recipe=both)
    assert isinstance(resumed.last, Finished)
    require_equal(finished.run, whole.run)


def test_a_stage_more_is_bit_equal_where_a_probe_finds_another_number_format_faster(
        workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for use in ("for_training", "for_looking"):
        monkeypatch.setattr(precision, use, lambda *_: "bfloat16")
    both = with_stages(HEAD, ONE_EPOCH).model_copy(update={"precision": "auto"})
    whole = workshop.train(both, tmp_path / "whole")
    finished = workshop.train(both.model_copy(update={"stages": (HEAD,)}), tmp_path / "run")
    resumed = workshop.resume(finished.run, recipe=both)
    assert isinstance(resumed.last, Finished)
    require_equal(finished.run, whole.run)


def test_a_stage_that_diverged_before_its_first_epoch_may_be_changed_and_gone_on_with(
        workshop: Workshop, tmp_path: Path) -> None:
    wild = workshop.train(with_stages(HEAD, changed(ONE_EPOCH, learning_rate=100.0, spread=1.0, optimizer="sgd",
                                                    epochs=5)), tmp_path / "run")
    assert isinstance(wild.last, Failed) and "smaller learning rate" in wild.last.remedy
    tamed = with_stages(HEAD, ONE_EPOCH)
    resumed = workshop.resume(wild.run, recipe=tamed)
    assert isinstance(resumed.last, Finished)
    assert same_predictions(wild.run, workshop.train(tamed, tmp_path / "whole").run)


def test_a_stage_more_takes_the_rate_that_was_found_for_the_first(
        workshop: Workshop, tmp_path: Path, short_searches: None) -> None:
    open_rate = changed(HEAD, learning_rate=None, epochs=1)
    both = with_stages(open_rate, changed(ONE_EPOCH, learning_rate=None, learning_rate_factor=0.5))
    whole = workshop.train(both, tmp_path / "whole")
    finished = workshop.train(with_stages(open_rate), tmp_path / "run")
    resumed = workshop.resume(finished.run, recipe=both)
    assert "LrFound" not in resumed.kinds()
    require_equal(finished.run, whole.run)


IMPATIENT = changed(HEAD, schedule="constant", learning_rate=0.3, epochs=40, patience=1)


@pytest.fixture(scope="module")
def impatient(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Heard:
    """A rate far too high, so that the validation loss soon rises; and a stage after it."""
    heard = workshop.train(with_stages(IMPATIENT, changed(HEAD, epochs=2)),
                           tmp_path_factory.mktemp("runs") / "impatient")
    (stopped,) = [event for event in heard.events if isinstance(event, StageStopped)]
    assert 2 <= stopped.epochs < 40
    return heard


def test_a_run_of_a_stage_that_lost_its_patience_goes_on_with_the_next(
        workshop: Workshop, impatient: Heard, tmp_path: Path) -> None:
    recipe = with_stages(IMPATIENT, changed(HEAD, epochs=2))
    for name, after in {"before it": batch_of(0, 1), "after it": batch_of(1, 0)}.items():
        stopped = workshop.train(recipe, tmp_path / name, after=after)
        workshop.resume(stopped.run)
        require_equal(stopped.run, impatient.run)


def test_a_finished_run_that_lost_its_patience_gets_a_stage_more_and_no_epoch_of_its_own(
        workshop: Workshop, impatient: Heard, tmp_path: Path) -> None:
    alone = workshop.train(with_stages(IMPATIENT), tmp_path / "run")
    resumed = workshop.resume(alone.run, recipe=with_stages(IMPATIENT, changed(HEAD, epochs=2)))
    assert [event.stage for event in resumed.events if isinstance(event, StageStarted)] == [1]
    require_equal(alone.run, impatient.run)


def test_more_epochs_of_a_run_whose_schedule_cannot_grow_are_a_stage_of_their_own(
        workshop: Workshop, tmp_path: Path) -> None:
    finished = workshop.train(QUICK, tmp_path / "run")
    before = finished.run.read_predictions("valid-epoch-002").logits
    longer = with_more_epochs(QUICK, HEAD.epochs + 2)
    resumed = workshop.resume(finished.run, recipe=longer)
    assert [(event.stage, event.epochs) for event in resumed.events if isinstance(event, StageStarted)] == [(1, 2)]
    assert epochs_told(finished.run) == list(range(HEAD.epochs + 2))
    assert np.array_equal(finished.run.read_predictions("valid-epoch-002").logits, before)


def test_a_recipe_that_begins_otherwise_is_refused_and_nothing_is_touched(
        workshop: Workshop, quick_run: Heard) -> None:
    before = {file: file.read_bytes() for file in quick_run.run.path.rglob("*") if file.is_file()}
    for other in (with_stages(changed(HEAD, learning_rate=0.1), ONE_EPOCH), QUICK.changed(epochs=2),
                  QUICK.changed(seed=5)):
        with pytest.raises(BadRecipe) as caught:
            workshop.resume(quick_run.run, recipe=other)
        assert caught.value.remedy
    assert {file: file.read_bytes() for file in quick_run.run.path.rglob("*") if file.is_file()} == before


def test_a_checkpoint_is_read_without_running_code(fine_tuned: Heard) -> None:
    saved = torch.load(fine_tuned.run.checkpoint, weights_only=True)
    assert set(saved) == stages.CHECKPOINT_KEYS


def test_a_stop_right_after_a_checkpoint_loses_no_epoch_from_the_log(
        workshop: Workshop, fine_tuned: Heard, tmp_path: Path) -> None:
    for kind in (EpochDone, CheckpointSaved):
        stopped = workshop.train(QUICK, tmp_path / kind.__name__, after=partial(isinstance_of, kind))
        workshop.resume(stopped.run)
        assert epochs_told(stopped.run) == list(range(HEAD.epochs))


def isinstance_of(kind: type[Event], event: Event) -> bool:
    return isinstance(event, kind)


def test_a_run_that_is_stopped_as_soon_as_it_goes_on_keeps_the_weights_it_had(
        workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Kept, "admits", lambda *_: True)      # the second stage's epoch is the kept one
    stopped = workshop.train(FINE_TUNE, tmp_path / "run", after=batch_of(1, 1))
    before = load_file(stopped.run.weights)
    again = workshop.resume(stopped.run, after=lambda event: isinstance(event, Resumed))
    assert isinstance(again.last, Cancelled)
    after = load_file(stopped.run.weights)
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_a_run_that_goes_on_to_its_end_stores_what_it_answers_with_even_if_an_earlier_epoch_is_kept(
        workshop: Workshop, fine_tuned: Heard, tmp_path: Path) -> None:
    """On a GPU the second way through an epoch differs a little, and so may the epoch that is kept."""
    stopped = workshop.train(FINE_TUNE, tmp_path / "run", after=batch_of(1, 1))
    state = load_file(stopped.run.weights)
    save_file({name: tensor + 1 if tensor.is_floating_point() else tensor for name, tensor in state.items()},
              stopped.run.weights, {"epoch": "99"})
    resumed = workshop.resume(stopped.run)
    assert isinstance(resumed.last, Finished)
    with safe_open(stopped.run.weights, framework="pt") as stored:
        assert int(stored.metadata()["epoch"]) == resumed.last.best_epoch
    assert same(load_file(stopped.run.weights), load_file(fine_tuned.run.weights))
    assert same_predictions(stopped.run, fine_tuned.run)


def test_a_threshold_goes_with_the_weights_that_it_was_chosen_for(workshop: Workshop, tmp_path: Path) -> None:
    stopped = workshop.train(FINE_TUNE, tmp_path / "run", after=batch_of(1, 1))
    save_file(load_file(stopped.run.weights), stopped.run.weights, {"epoch": "99"})
    certainty.write(stopped.run, decided(threshold=0.8))
    assert isinstance(workshop.resume(stopped.run).last, Finished)
    assert certainty.read(stopped.run).least is None


def test_a_checkpoint_of_before_there_was_patience_goes_on(
        workshop: Workshop, fine_tuned: Heard, tmp_path: Path) -> None:
    stopped = workshop.train(FINE_TUNE, tmp_path / "run", after=batch_of(1, 1))
    saved = torch.load(stopped.run.checkpoint)
    del saved["learner"]["lowest_loss"], saved["learner"]["epochs_without"]
    torch.save(saved, stopped.run.checkpoint)
    recipe = json.loads(stopped.run.recipe.read_text())
    del recipe["met"]["precision"]["views"]
    stopped.run.recipe.write_text(json.dumps(recipe))
    assert isinstance(workshop.resume(stopped.run).last, Finished)
    assert same_predictions(stopped.run, fine_tuned.run)


def test_a_run_that_goes_on_tells_where_it_stands(workshop: Workshop, tmp_path: Path) -> None:
    stopped = workshop.train(FINE_TUNE, tmp_path / "run", after=batch_of(1, 1))
    resumed = workshop.resume(stopped.run)
    started = [event for event in resumed.events if isinstance(event, StageStarted)]
    assert [(event.stage, event.first_epoch) for event in started] == [(1, 1)]
    assert Resumed(1, 1) in resumed.events


def test_a_line_that_a_killed_run_left_unfinished_does_not_spoil_the_next(
        workshop: Workshop, tmp_path: Path) -> None:
    stopped = workshop.train(QUICK, tmp_path / "run", after=batch_of(0, 1))
    with stopped.run.events.open("a") as lines:
        lines.write('{"event":"BatchDo')
    resumed = workshop.resume(stopped.run)
    assert list(stopped.run.read_events()) == stopped.events + resumed.events


def test_a_finished_run_has_nothing_to_go_on_with(workshop: Workshop, quick_run: Heard) -> None:
    with pytest.raises(BadRun, match="finished"):
        workshop.resume(quick_run.run)
    assert quick_run.run.read_status().state == "finished"


def test_a_run_that_still_runs_is_left_alone(workshop: Workshop, tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run")
    with pytest.raises(BadRun, match="is running"):
        workshop.resume(run)


def test_a_run_without_a_checkpoint_stays_as_it_is(workshop: Workshop, tmp_path: Path) -> None:
    stopped = workshop.train(QUICK, tmp_path / "run", after=lambda event: isinstance(event, StageStarted))
    with pytest.raises(BadRun, match="no checkpoint"):
        workshop.resume(stopped.run)
    assert stopped.run.read_status().state == "cancelled"


@pytest.mark.parametrize("damage", ["garbage", "cut", "another"])
def test_a_damaged_checkpoint_is_told_in_words(damage: str, workshop: Workshop, tmp_path: Path) -> None:
    stopped = workshop.train(QUICK, tmp_path / "run", after=batch_of(0, 1))
    file = stopped.run.checkpoint
    match damage:
        case "garbage":
            file.write_bytes(b"no checkpoint at all")
        case "cut":
            file.write_bytes(file.read_bytes()[:-1000])
        case "another":
            torch.save({"weights": torch.zeros(3)}, file)
    resumed = workshop.resume(stopped.run)
    assert isinstance(resumed.last, Failed)
    assert "damaged" in resumed.last.problem
    assert resumed.code == 2
    assert not stopped.run.traceback.exists()


def test_an_edited_data_set_cannot_go_on(workshop: Workshop, settings: Settings, tmp_path: Path) -> None:
    alike = settings.model_copy(update={"threads": 1})
    place = Workshop(coloured_folder(tmp_path / "colours"), alike, workshop.weights)
    stopped = place.train(QUICK, tmp_path / "run", after=batch_of(0, 1))
    document = stopped.run.read_dataset()
    store.load(settings.datasets / document.dataset).append_edit(Edit(document.ids[0], "remove"))
    resumed = place.resume(stopped.run)
    assert isinstance(resumed.last, Failed)
    assert "edited" in resumed.last.problem
    assert resumed.code == 2


def test_a_damaged_dataset_document_is_told_in_words(workshop: Workshop, tmp_path: Path) -> None:
    stopped = workshop.train(QUICK, tmp_path / "run", after=batch_of(0, 1))
    stopped.run.dataset.write_text(json.dumps({"name": "colours"}))
    resumed = workshop.resume(stopped.run)
    assert isinstance(resumed.last, Failed)
    assert "dataset.json" in resumed.last.problem
    assert resumed.code == 2
