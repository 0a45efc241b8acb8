"""Each diagnosis is made where it holds, and not on a run that goes well."""

import math
from dataclasses import replace
from typing import Any

import pytest

from core.errors import Diverged
from core.events import BatchDone, EpochDone, Failed, Finished, StageStarted, drain
from core.runs.story import Story
from core.training.diagnosis import Diagnosis, diagnose
from core.training.engine import fit
from core.training.stage import Stage
from tests.tiny import Clusters, tiny_learner, tiny_plan
from tests.training.test_engine import Stumbling

MANY = 400                   # validation pictures
HEALTHY_TRAIN, HEALTHY_VALID = (0.9, 0.6, 0.45, 0.38, 0.34), (0.7, 0.5, 0.42, 0.405, 0.4)
HEAD, WHOLE = Stage(trains="head", epochs=5), Stage(trains="all", epochs=5, spread=100)


def told(train: tuple[float, ...] = HEALTHY_TRAIN, valid: tuple[float, ...] = HEALTHY_VALID, *, accuracy: float = 0.9,
         losses: tuple[float, ...] = (), rates: tuple[float, ...] = (1e-3,), trains: str = "head",
         end: Finished | Failed | None = None) -> Story:
    """A run of one stage with an epoch for each loss; `losses` are those of batches."""
    epochs, steps = max(1, len(train)), max(1, len(train), len(losses))
    story = Story().after(StageStarted(0, 1, trains, epochs, 0, steps, rates, 64, 8))
    story = story.told(BatchDone(0, 0, step, steps, loss, rates[-1], 0.9, 50.0)
                       for step, loss in enumerate(losses, start=1))
    story = story.told(EpochDone(0, number, ours, theirs, accuracy, 1 - accuracy, 1.0, True)
                       for number, (ours, theirs) in enumerate(zip(train, valid, strict=True)))
    return story.after(end or Finished(accuracy, 1 - accuracy, MANY, 0, 5.0, "run"))


def kinds(story: Story, stage: Stage = HEAD, images: int = MANY) -> list[str]:
    return [found.kind for found in diagnose(story, stage, images)]


def only(story: Story, stage: Stage = HEAD, images: int = MANY) -> Diagnosis:
    (found,) = diagnose(story, stage, images)
    assert found.says and found.evidence and found.advice
    return found


@pytest.mark.parametrize("stage", [HEAD, WHOLE])
def test_a_run_that_goes_well_is_called_healthy_and_nothing_else(stage: Stage) -> None:
    assert kinds(told(trains=stage.trains), stage) == ["healthy"]


def test_after_a_healthy_head_the_whole_network_is_next_and_after_that_no_stage() -> None:
    found = only(told())
    assert found.stage is not None and (found.stage.trains, found.stage.spread) == ("all", 100)
    assert "0.70 to 0.40" in found.evidence
    assert only(told(trains="all"), WHOLE).stage is None


@pytest.mark.parametrize("epochs", [0, 1, 2])
def test_with_fewer_than_three_epochs_nothing_is_said(epochs: int) -> None:
    assert kinds(told((0.9,) * epochs, (0.9,) * epochs)) == []
    assert kinds(Story()) == []


def test_validation_loss_that_rises_while_training_loss_falls_is_over_fitting() -> None:
    found = only(told((0.8, 0.4, 0.2, 0.1, 0.05), (0.6, 0.4, 0.45, 0.5, 0.6)))
    assert found.kind == "over-fitting"
    assert "0.40, after epoch 2" in found.evidence and "0.55" in found.evidence
    assert found.stage is not None
    assert found.stage.draws and found.stage.mixup > 0 and found.stage.patience is not None


def test_over_fitting_that_is_right_more_often_all_the_same_says_so() -> None:
    story = told((0.8, 0.4, 0.2, 0.1, 0.05), (0.6, 0.4, 0.45, 0.5, 0.6))
    assert "all the same" not in only(story).evidence
    better = replace(story, epochs=(*story.epochs[:-1], replace(story.epochs[-1], accuracy=0.95)))
    assert "all the same, 95.0% against 90.0%" in only(better).evidence


@pytest.mark.parametrize(("train", "valid"), [
    ((0.8, 0.4, 0.2, 0.1, 0.05), (0.6, 0.4, 0.35, 0.34, 0.345)),     # the validation loss stands still
    ((0.8, 0.5, 0.45, 0.44, 0.43), (0.6, 0.4, 0.42, 0.43, 0.44)),    # the training loss is not under it
    ((0.8, 0.4, 0.2, 0.1, 0.05), (0.6, 0.5, 0.45, 0.4, 0.6)),        # a single epoch
    ((0.05, 0.02, 0.01, 0.004, 0.002), (0.02, 0.01, 0.006, 0.008, 0.009)),   # a rise near 0
])
def test_what_only_looks_like_it_is_no_over_fitting(train: tuple[float, ...], valid: tuple[float, ...]) -> None:
    assert "over-fitting" not in kinds(told(train, valid))


def test_training_loss_that_rises_again_means_steps_too_big() -> None:
    found = only(told((0.9, 0.5, 0.8, 1.4, 1.3), (0.8, 0.5, 0.9, 1.5, 1.4), rates=(1e-1,)))
    assert found.kind == "rate too high"
    assert "from 0.50 in epoch 2 to 0.80 in epoch 3" in found.evidence
    assert found.stage is not None and found.stage.learning_rate == pytest.approx(1e-2)


def test_a_rise_that_a_falling_rate_makes_good_is_none() -> None:
    assert kinds(told((0.9, 0.5, 0.8, 0.4, 0.3), HEALTHY_VALID)) == ["healthy"]


def test_what_dropout_makes_of_a_small_training_loss_is_no_rise() -> None:
    losses = (0.6, 0.2, 0.09, 0.12, 0.10)                   # of a quick head on few pictures
    assert "rate too high" not in kinds(told(losses, HEALTHY_VALID))


def test_the_rise_after_a_warm_restart_is_part_of_the_schedule() -> None:
    losses = (0.9, 0.5, 0.8, 0.55, 0.6)
    assert kinds(told(losses), Stage(epochs=5, schedule="sgdr", cycle_len=2)) == ["healthy"]
    assert kinds(told(losses), HEAD) == ["rate too high"]


def test_spikes_of_the_batches_mean_steps_too_big_but_one_odd_batch_does_not() -> None:
    calm = (0.4,) * 200
    spiked = tuple(4.0 if step in (90, 120, 150) else loss for step, loss in enumerate(calm))
    found = only(told(losses=spiked))
    assert found.kind == "rate too high"
    assert found.evidence.startswith("3 of ")
    assert "up to 4.0" in found.evidence
    assert kinds(told(losses=tuple(4.0 if step == 90 else loss for step, loss in enumerate(calm)))) == ["healthy"]


def test_a_wild_first_epoch_is_no_sign_of_it() -> None:
    losses = tuple(4.0 if step in (20, 25, 30) else 0.4 for step in range(200))
    assert kinds(told(losses=losses)) == ["healthy"]


def test_losses_that_hardly_move_mean_steps_too_small() -> None:
    found = only(told((1.1, 1.095, 1.09, 1.085, 1.08), (1.1, 1.1, 1.09, 1.09, 1.09), rates=(1e-6,)))
    assert found.kind == "rate too low"
    assert found.stage is not None and found.stage.learning_rate == pytest.approx(1e-5)


def test_a_high_rate_that_moves_nothing_is_not_raised_but_looked_for_anew() -> None:
    found = only(told((1.1,) * 5, (1.1,) * 5, rates=(0.5,)))
    assert found.stage is not None
    assert (found.stage.learning_rate, found.stage.find_lr) == (None, True)


def test_standing_still_at_a_low_loss_is_having_arrived() -> None:
    assert kinds(told((0.1,) * 5, (0.12,) * 5)) == ["healthy"]


def test_validation_loss_that_still_falls_at_the_end_is_under_fitting() -> None:
    found = only(told((0.9, 0.8, 0.68, 0.6, 0.5), (0.9, 0.8, 0.7, 0.6, 0.5)))
    assert found.kind == "under-fitting"
    assert "still fell by 15 % an epoch" in found.evidence
    assert found.stage is not None and found.stage.learning_rate == pytest.approx(1e-3)


def test_a_head_that_stays_unsure_of_its_own_pictures_needs_more_layers() -> None:
    unsure = (1.6, 1.3, 1.2, 1.16, 1.15), (1.5, 1.3, 1.2, 1.18, 1.17)
    found = only(told(*unsure))
    assert (found.kind, found.stage.trains if found.stage else "") == ("under-fitting", "all")
    whole = only(told(*unsure, trains="all", rates=(1e-5, 1e-4, 1e-3)), WHOLE)
    assert "bigger network" in whole.advice


@pytest.mark.parametrize("blur", [{"mixup": 0.4}, {"label_smoothing": 0.1}])
def test_a_loss_that_is_high_by_intent_is_no_under_fitting(blur: dict[str, Any]) -> None:
    story = told((1.6, 1.3, 1.2, 1.16, 1.15), HEALTHY_VALID)
    assert kinds(story) == ["under-fitting"]
    assert kinds(story, HEAD.model_copy(update=blur)) == ["healthy"]


def test_few_validation_pictures_are_told_of_beside_what_else_holds() -> None:
    assert kinds(told(), images=30) == ["too few images"]
    assert kinds(told((0.8, 0.4, 0.2, 0.1, 0.05), (0.6, 0.4, 0.45, 0.5, 0.6)), images=30) == [
        "over-fitting", "too few images"]
    found = only(told(), images=30)
    assert found.stage is None
    assert "one picture is 3.3 points" in found.evidence
    assert "between 74 and 97 %" in found.evidence


def test_the_stages_before_do_not_blur_what_the_last_one_tells() -> None:
    first = told((0.8, 0.4, 0.2, 0.1, 0.05), (0.6, 0.4, 0.45, 0.5, 0.6), end=Finished(0.9, 0.1, MANY, 0, 5.0, "r"))
    story = first.after(StageStarted(1, 2, "all", 3, 0, 3, (1e-5, 1e-4, 1e-3), 64, 8))
    story = story.told(EpochDone(1, 5 + number, loss, loss, 0.9, 0.1, 1.0, True)
                       for number, loss in enumerate((0.4, 0.35, 0.345)))
    assert kinds(story, WHOLE) == ["healthy"]


@pytest.mark.parametrize("problem", [
    "The loss became nan at step 3 of 40, with a learning rate of 0.5.",
    "The network's answers to the validation pictures are no numbers any more after epoch 1.",
    "No epoch was finished with answers that are numbers."])
def test_a_run_that_diverged_offers_a_tenth_of_its_rate_for_the_stage_itself(problem: str) -> None:
    found = only(told((), (), rates=(5e-3, 5e-2, 5e-1), end=Failed(problem, "…")))
    assert (found.kind, found.stage) == ("rate too high", None)
    assert found.rate == pytest.approx(5e-2)
    assert "5.0e-1" in found.evidence and "5.0e-2" in found.advice


@pytest.mark.parametrize("at", [2, None], ids=["in training", "in validation"])
def test_what_the_engine_says_of_a_divergence_is_recognised(at: int | None, one_thread: None) -> None:
    with pytest.raises(Diverged) as caught:
        drain(fit(tiny_learner(Stumbling(at=at, answer=math.nan)), Clusters(), tiny_plan(peaks=(0.3,))))
    assert kinds(told((), (), end=Failed(caught.value.problem, caught.value.remedy))) == ["rate too high"]


def test_another_failure_is_no_diagnosis() -> None:
    assert kinds(told(end=Failed("The disk is full.", "Delete something."))) == []


def test_a_rate_for_each_group_is_moved_as_a_whole() -> None:
    grouped = WHOLE.model_copy(update={"learning_rate": (1e-3, 1e-2, 1e-1)})
    found = only(told((0.9, 0.5, 0.8, 1.4, 1.3), (0.8, 0.5, 0.9, 1.5, 1.4), rates=(1e-3, 1e-2, 1e-1), trains="all"),
                 grouped)
    assert found.stage is not None
    assert found.stage.learning_rate == pytest.approx((1e-4, 1e-3, 1e-2))
