"""A story is what the events told, whatever their order of starts, retries and resumes."""

from dataclasses import replace
from itertools import pairwise

import pytest

from core.events import (
    BatchDone,
    Cancelled,
    EpochDone,
    Event,
    Failed,
    Finished,
    LrFound,
    LrStep,
    Note,
    Progress,
    Resumed,
    SplitReady,
    StageStarted,
    StageStopped,
)
from core.runs.planned import Planned
from core.runs.story import MOST_BATCHES, Story
from core.runs.time_left import seconds_left

FOUND = LrFound(1e-3, 1e-2, 1e-2, 1e-3, (1e-3, 1e-2), (2.0, 1.0), (2.0, 1.5), 1e-3, "the middle (valley)")


def started(stage: int = 0, stages: int = 1, trains: str = "head", epochs: int = 2, first_epoch: int = 0,
            steps: int = 8, batch_size: int = 10, size: int = 224) -> StageStarted:
    return StageStarted(stage, stages, trains, epochs, first_epoch, steps, (1e-3,), size, batch_size)


def batch(step: int, stage: int = 0, steps: int = 8, epoch: int = 0, loss: float = 1.0) -> BatchDone:
    return BatchDone(stage, epoch, step, steps, loss, 1e-3, 0.9, 20.0)


def epoch(number: int, stage: int = 0, kept: bool = True, valid_loss: float = 0.5, seconds: float = 2.0) -> EpochDone:
    return EpochDone(stage, number, 0.6, valid_loss, 0.9, 0.1, seconds, kept)


def test_a_story_without_events_is_starting() -> None:
    story = Story()
    assert story.doing == "starting"
    assert story.stage_seconds_left is None
    assert story.fraction == story.fraction_in_hand == 0.0
    assert story.kept is None


@pytest.mark.parametrize(("event", "doing", "share"), [
    (Progress("looking at pictures", 1200, 4800), "looking at pictures: 1,200 of 4,800 pictures", 0.25),
    (Progress("downloading weights", 9_000_000, 45_000_000, "bytes"), "downloading weights: 9 of 45 MB", 0.2),
    (Progress("waiting for a job that prepares the same pictures", 0, 1, "jobs"),
     "waiting for a job that prepares the same pictures", 0.0),
    (Progress("reading pictures", 0, 0), "reading pictures: 0 of 0 pictures", 0.0),
    (LrStep(50, 100, 1e-3, 1.0, 1.0), "trying ever larger steps: 50 of 100", 0.5),
])
def test_what_goes_on_is_told_in_words_and_as_a_share(event: Event, doing: str, share: float) -> None:
    story = Story().after(event)
    assert story.doing == doing
    assert story.fraction_in_hand == pytest.approx(share)


def test_training_names_what_learns_and_the_epoch() -> None:
    story = Story().told([started(), batch(1)])
    assert story.doing == "training the last layers: epoch 1 of 2"
    assert story.fraction_in_hand == pytest.approx(0.25)
    story = story.told([batch(4), epoch(0), batch(6, epoch=1)])
    assert story.doing == "training the last layers: epoch 2 of 2"
    assert story.fraction_in_hand == pytest.approx(0.5)
    assert story.images_per_second == 20.0


def test_the_whole_counts_an_epoch_of_the_whole_network_for_more_than_one_of_the_head() -> None:
    story = Story(planned=(Planned("head", 2), Planned("all", 2)))
    story = story.told([started(stages=2), batch(8), epoch(0), epoch(1)])
    assert story.fraction == pytest.approx(2 / 202)
    story = story.told([started(1, 2, "all"), batch(4, stage=1)])
    assert story.fraction == pytest.approx(102 / 202)
    assert story.doing == "training the whole network: epoch 3 of 4"
    assert story.after(Finished(0.9, 0.1, 10, 1, 3.0, "run")).fraction == 1.0


def test_time_left_comes_from_the_rate_and_then_from_whole_epochs() -> None:
    story = Story().after(started())
    assert story.stage_seconds_left is None
    story = story.after(batch(2))
    assert story.stage_seconds_left == pytest.approx(6 * 10 / 20)
    story = story.told([batch(4), epoch(0, seconds=2.0)])
    assert story.stage_seconds_left == pytest.approx(2.0)
    assert story.told([epoch(1), Finished(0.9, 0.1, 10, 1, 3.0, "run")]).stage_seconds_left is None


def test_a_new_stage_forgets_the_rate_of_the_one_before() -> None:
    story = Story().told([started(stages=2), batch(8), epoch(0), epoch(1), started(1, 2, "all")])
    assert story.stage_seconds_left is None


def test_losses_stand_over_the_steps_of_the_whole_run() -> None:
    story = Story().told([started(stages=2), batch(8, loss=2.0), epoch(0), epoch(1, valid_loss=0.4),
                          started(1, 2, "all"), batch(3, stage=1, loss=1.5), epoch(2, stage=1, valid_loss=0.3)])
    assert story.losses == ((8, 2.0), (11, 1.5))
    assert story.valid_losses == ((4, 0.5), (8, 0.4), (12, 0.3))


def test_a_long_run_keeps_few_losses_evenly_from_its_whole_length() -> None:
    steps = 5000
    story = Story().after(started(steps=steps))
    story = story.told(batch(step, steps=steps) for step in range(1, steps + 1))
    at = [step for step, _ in story.losses]
    assert MOST_BATCHES / 2 <= len(at) <= MOST_BATCHES
    assert len({after - before for before, after in pairwise(at)}) == 1
    assert at[0] == 1
    assert steps - at[-1] < 2 * (at[1] - at[0])


def test_epochs_after_the_checkpoint_are_told_again_once_the_run_goes_on() -> None:
    before = Story().told([started(epochs=3, steps=12), batch(4), epoch(0), batch(8, epoch=1),
                           epoch(1, valid_loss=9.0), batch(10, epoch=2), Cancelled("run")])
    assert before.end == Cancelled("run")
    story = before.told([Resumed(0, 1), started(epochs=3, steps=12, first_epoch=1)])
    assert story.end is None
    assert [row.epoch for row in story.epochs] == [0]
    assert [step for step, _ in story.losses] == [4]
    story = story.told([batch(8, epoch=1), epoch(1, valid_loss=0.4)])
    assert [(row.epoch, row.valid_loss) for row in story.epochs] == [(0, 0.5), (1, 0.4)]


def test_a_stage_that_starts_again_with_smaller_batches_replaces_what_it_told() -> None:
    story = Story().told([started(stages=2), batch(8), epoch(0), epoch(1), started(1, 2, "all"), batch(2, stage=1),
                          Note("Trying again with batches of 5."), started(1, 2, "all", steps=16, batch_size=5)])
    assert [step for step, _ in story.losses] == [8]
    assert len(story.begun) == 2
    assert story.notes == ("Trying again with batches of 5.",)
    assert [row.epoch for row in story.epochs] == [0, 1]


def test_the_kept_epoch_is_the_latest_that_was_kept() -> None:
    story = Story().told([started(epochs=3), epoch(0), epoch(1), epoch(2, kept=False)])
    assert story.kept is not None
    assert story.kept.epoch == 1


def test_the_curve_is_remembered_whether_it_ends_the_run_or_precedes_it() -> None:
    story = Story().told([LrStep(1, 100, 1e-3, 1.0, 1.0), FOUND, Note("Learning rate 0.001: valley."), started()])
    assert story.curve == FOUND
    assert story.end is None
    assert story.fraction_in_hand == 0.0


@pytest.mark.parametrize("end", [Finished(0.9, 0.1, 10, 1, 3.0, "run"), Failed("A problem.", "A remedy."),
                                 Cancelled("run")])
def test_an_end_is_told(end: Event) -> None:
    assert Story().after(end).end == end


def test_the_split_the_rate_and_the_memory_of_a_gpu_are_remembered() -> None:
    story = Story().told([SplitReady(612, 153, 0, "drawn", 42), started(), batch(4)])
    assert story.split is not None and story.split.valid == 153
    assert story.learning_rate == 1e-3
    assert story.gpu_bytes is None
    assert story.after(replace(epoch(0), gpu_bytes=2_000_000_000)).gpu_bytes == 2_000_000_000


def test_what_learns_is_named_for_every_kind_of_stage() -> None:
    for trains, words in (("head", "the last layers"), ("late", "the later half"), ("all", "the whole network")):
        assert Story().after(started(trains=trains)).doing == f"training {words}"


def test_a_stage_that_stopped_early_counts_the_epochs_that_it_had() -> None:
    plan = (Planned("all", 4), Planned("all", 2))
    story = Story(planned=plan).told([
        started(stages=2, trains="all", epochs=4, steps=16), batch(4, steps=16), epoch(0), batch(8, steps=16, epoch=1),
        epoch(1), StageStopped(0, 2, "It had begun to over-fit.")])
    assert story.notes == ("It had begun to over-fit.",)
    assert story.stage_seconds_left == 0.0
    assert story.fraction == pytest.approx(4 / 6)
    story = story.told([started(1, 2, "all"), batch(4, stage=1), epoch(2, stage=1)])
    assert story.stage_ends == (8,)
    assert story.valid_losses == ((4, 0.5), (8, 0.5), (12, 0.5))
    assert story.losses[-1][0] == 12
    assert story.doing == "training the whole network: epoch 3 of 4"
    assert story.fraction_in_hand == pytest.approx(1.0)


def test_a_finished_run_that_is_gone_on_with_tells_its_earlier_stages_and_then_the_new_one() -> None:
    """The folder begins with a copy of what the earlier run told, its end included."""
    earlier = [started(epochs=2), batch(8), epoch(0), epoch(1), Finished(0.9, 0.1, 10, 1, 3.0, "earlier")]
    story = Story(planned=(Planned("head", 2), Planned("all", 2))).told([*earlier, Resumed(1, 0)])
    assert story.end is None
    story = story.told([started(1, 2, "all"), batch(2, stage=1)])
    assert [row.epoch for row in story.epochs] == [0, 1]
    assert story.losses == ((8, 1.0), (10, 1.0))
    assert story.stage_ends == (8,)
    assert story.after(Finished(0.9, 0.1, 10, 1, 3.0, "later")).stage_ends == (8, 16)


def test_a_stage_that_was_given_more_epochs_is_still_one_stage() -> None:
    story = Story().told([started(epochs=2), batch(8), epoch(0), epoch(1), Finished(0.9, 0.1, 10, 1, 3.0, "earlier"),
                          Resumed(0, 2), started(epochs=4, steps=16, first_epoch=2), batch(12, steps=16, epoch=2),
                          epoch(2)])
    assert len(story.begun) == 1
    assert [row.epoch for row in story.epochs] == [0, 1, 2]
    assert story.doing == "training the last layers: epoch 3 of 4"
    assert story.valid_losses[-1] == (12, 0.5)


def test_the_stop_of_a_stage_that_is_gone_on_with_is_taken_back() -> None:
    story = Story().told([started(epochs=4, steps=16), epoch(0), StageStopped(0, 1, "over-fit"), Resumed(0, 1),
                          started(epochs=4, steps=16, first_epoch=1)])
    assert story.stopped == ()
    assert story.stage_seconds_left is not None and story.stage_seconds_left > 0
    assert story.after(StageStopped(0, 1, "over-fit")).notes == ("over-fit",)


def test_what_is_told_anew_when_a_run_is_gone_on_with_is_noted_once() -> None:
    story = Story().told([Note("These weights are small."), Note("A retry."), Note("These weights are small.")])
    assert story.notes == ("These weights are small.", "A retry.")


def test_the_time_of_the_whole_run_takes_a_stage_of_a_known_kind_by_what_that_took() -> None:
    plan = (Planned("all", 2, size=112), Planned("head", 2), Planned("all", 3, size=224))
    story = Story(planned=plan).told([
        started(0, 3, "all", size=112), batch(8), epoch(0, seconds=5.0), epoch(1, seconds=5.0),
        started(1, 3), batch(4, stage=1), epoch(2, stage=1, seconds=1.0)])
    # One epoch of the head is left, then three with four times the pixels of those that took 5 s.
    assert seconds_left(story) == pytest.approx(1.0 + 3 * 4 * 5.0)


def test_the_time_of_stages_of_an_unknown_kind_is_in_proportion_to_their_work() -> None:
    plan = (Planned("head", 2, cached=False), Planned("late", 1), Planned("all", 1))
    story = Story(planned=plan).after(started(0, 3))
    assert seconds_left(story) is None
    story = story.told([batch(4), epoch(0, seconds=2.0)])
    assert seconds_left(story) == pytest.approx(2.0 + 2 * 2.0 + 3 * 2.0)


def test_before_its_first_epoch_the_time_comes_from_the_pictures_a_second() -> None:
    plan = (Planned("all", 2), Planned("all", 2))
    story = Story(planned=plan).told([started(0, 2, "all"), batch(4)])
    assert seconds_left(story) == pytest.approx(4 * 10 / 20 + 2 * 4 * 10 / 20)


def test_a_run_that_is_over_takes_no_more_time() -> None:
    assert seconds_left(Story().told([started(), batch(8), epoch(1), Finished(0.9, 0.1, 10, 1, 3.0, "r")])) is None
