"""The engine: one train step, repeatable, stoppable between any two events, and honest when it fails."""

import io
import itertools
import json
import math
from collections.abc import Generator, Iterator
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.errors import Diverged, OutOfMemory
from core.events import BatchDone, EpochDone, Event, drain, from_dict
from core.training import schedules
from core.training.engine import Plan, epoch_seed, fit
from core.training.learner import Kept, Learner
from core.vision.fast import Precision
from tests.tiny import CLASSES, FEATURES, Clusters, TinyNet, same, tiny_learner, tiny_plan

pytestmark = pytest.mark.usefixtures("one_thread")


def trained(plan: Plan, seed: int = 0) -> tuple[Learner, list[Event]]:
    learner = tiny_learner(TinyNet(seed))
    return learner, drain(fit(learner, Clusters(), plan))[0]


def told(events: list[Event]) -> list[dict[str, Any]]:
    """The events without what a clock says."""
    clocks = {"seconds", "images_per_second"}
    return [{name: value for name, value in event.to_dict().items() if name not in clocks} for event in events]


class Stumbling(nn.Module):
    """A network that meets something in its nth forward pass of training, or in validation."""

    def __init__(self, at: int | None = None, error: BaseException | None = None, answer: float = math.nan) -> None:
        super().__init__()
        self.linear = nn.Linear(FEATURES, CLASSES)
        self.at, self.error, self.answer = at, error, answer
        self.passes = 0

    def forward(self, points: Tensor) -> Tensor:
        logits: Tensor = self.linear(points)
        self.passes += self.training
        if (self.passes == self.at) if self.training else (self.at is None):
            if self.error:
                raise self.error
            logits = logits * self.answer
        return logits


class Scripted(Clusters):
    """Validation that comes out as written: so many of 100 pictures right in each epoch."""

    def __init__(self, right: list[int]) -> None:
        super().__init__(sizes=(4, 4))
        self.right = iter(right)
        self.valid_labels = torch.zeros(100, dtype=torch.int64)

    def validate(self, module: nn.Module) -> Generator[Event, None, Tensor]:
        yield from ()
        logits = torch.zeros(100, CLASSES)
        right = next(self.right)
        logits[:right, 0] = 1
        logits[right:, 1] = 1
        return logits


def test_two_runs_of_one_seed_are_bit_equal_whatever_was_drawn_before() -> None:
    one, one_events = trained(tiny_plan())
    torch.manual_seed(999)
    torch.rand(5)
    other, other_events = trained(tiny_plan())
    assert told(one_events) == told(other_events)
    assert same(one.state(), other.state())


def test_another_seed_gives_another_run() -> None:
    one, other = (trained(tiny_plan(seed=seed))[0] for seed in (1, 2))
    assert not same(one.module.state_dict(), other.module.state_dict())


def test_the_seed_of_an_epoch_depends_on_seed_and_epoch_alone() -> None:
    seeds = {epoch_seed(seed, epoch) for seed, epoch in itertools.product(range(20), range(20))}
    assert len(seeds) == 400
    assert epoch_seed(3, 4) == epoch_seed(3, 4)
    assert all(0 <= seed < 2**63 for seed in seeds)


@pytest.mark.parametrize("sizes", [(8, 8, 8, 8, 4), (8, 8, 9), (5,)])
def test_steps_are_counted_right_with_any_last_batch(sizes: tuple[int, ...]) -> None:
    learner = tiny_learner()
    events, _ = drain(fit(learner, Clusters(sizes), tiny_plan(epochs=3)))
    batches = [event for event in events if isinstance(event, BatchDone)]
    assert [event.step for event in batches] == list(range(1, 3 * len(sizes) + 1))
    assert {event.steps for event in batches} == {3 * len(sizes)}
    assert [event.epoch for event in batches] == [epoch for epoch in range(3) for _ in sizes]
    assert {int(state["step"]) for state in learner.optimizer.state.values()} == {3 * len(sizes)}


def test_the_epochs_loss_is_the_mean_over_its_pictures() -> None:
    sizes = (8, 8, 3)
    events, _ = drain(fit(tiny_learner(), Clusters(sizes), tiny_plan(epochs=1)))
    losses = [event.loss for event in events if isinstance(event, BatchDone)]
    expected = sum(loss * size for loss, size in zip(losses, sizes, strict=True)) / sum(sizes)
    assert [event.train_loss for event in events if isinstance(event, EpochDone)] == [pytest.approx(expected)]


def test_rate_and_momentum_of_every_step_are_the_plans() -> None:
    learner, peaks, step = tiny_learner(), (0.001, 0.004, 0.02), 0
    for event in fit(learner, Clusters(), tiny_plan(epochs=2, peaks=peaks)):
        if isinstance(event, BatchDone):
            groups = learner.optimizer.param_groups
            momentum = schedules.one_cycle_momentum()(step / 10)
            rates = [schedules.one_cycle(peak)(step / 10) for peak in peaks for _ in range(2)]
            assert [group["lr"] for group in groups] == rates
            assert {group["betas"] for group in groups} == {(momentum, 0.99)}
            assert (event.learning_rate, event.momentum) == (rates[-1], momentum)
            step += 1
    assert step == 10


@pytest.mark.parametrize("accumulate", [2, 3, 99])
def test_batches_that_are_added_up_count_as_one_step(accumulate: int) -> None:
    learner, sizes = tiny_learner(), (8, 8, 8, 8, 4)
    groups = [sum(sizes[start:start + accumulate]) for start in range(0, 5, accumulate)]
    events, _ = drain(fit(learner, Clusters(sizes), tiny_plan(epochs=3, accumulate=accumulate)))
    batches = [event for event in events if isinstance(event, BatchDone)]
    assert [event.step for event in batches] == list(range(1, 3 * len(groups) + 1))
    assert {event.steps for event in batches} == {3 * len(groups)}
    assert {int(state["step"]) for state in learner.optimizer.state.values()} == {3 * len(groups)}
    epoch = next(event for event in events if isinstance(event, EpochDone))
    expected = sum(event.loss * size for event, size in zip(batches, groups, strict=False)) / sum(sizes)
    assert epoch.train_loss == pytest.approx(expected)


def test_batches_that_are_added_up_train_as_larger_ones_do() -> None:
    def plain() -> nn.Module:
        with torch.random.fork_rng():
            torch.manual_seed(1)
            return nn.Sequential(nn.Linear(FEATURES, 8), nn.Tanh(), nn.Linear(8, CLASSES))

    several, whole = tiny_learner(plain()), tiny_learner(plain())
    drain(fit(several, Clusters((8, 8, 8, 8, 4)), tiny_plan(peaks=(0.02,), accumulate=2)))
    drain(fit(whole, Clusters((16, 16, 4)), tiny_plan(peaks=(0.02,))))
    for one, other in zip(several.module.parameters(), whole.module.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_warm_restarts_are_steps_of_the_peak_rate() -> None:
    _, events = trained(tiny_plan(epochs=3, schedule="sgdr", cycle_mult=2))
    rates = [event.learning_rate for event in events if isinstance(event, BatchDone)]
    assert [step for step, rate in enumerate(rates) if rate == 0.01] == [0, 5]      # five steps an epoch


def test_a_constant_schedule_keeps_rate_and_momentum() -> None:
    _, events = trained(tiny_plan(schedule="constant"))
    batches = [event for event in events if isinstance(event, BatchDone)]
    assert {(event.learning_rate, event.momentum) for event in batches} == {(0.01, 0.9)}


def test_each_layer_group_learns_at_its_own_rate() -> None:
    for silent, part in enumerate(("early", "late", "head")):
        learner = tiny_learner()
        before = {name: parameter.clone() for name, parameter in learner.module.named_parameters()}
        peaks = tuple(0.0 if group == silent else 0.01 for group in range(3))
        drain(fit(learner, Clusters(), tiny_plan(epochs=1, peaks=peaks)))
        for name, parameter in learner.module.named_parameters():
            assert torch.equal(parameter, before[name]) == name.startswith(part), name


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_separable_clusters_are_learned(precision: Precision) -> None:
    learner = tiny_learner(precision=precision)
    events, _ = drain(fit(learner, Clusters(), tiny_plan(epochs=12, peaks=(0.03,) * 3, precision=precision)))
    epochs = [event for event in events if isinstance(event, EpochDone)]
    assert epochs[-1].train_loss < epochs[0].train_loss / 3
    assert epochs[-1].accuracy == 1
    assert epochs[-1].valid_loss < 0.2
    assert next(learner.module.parameters()).dtype == torch.float32


def test_the_epoch_is_measured_with_the_network_in_evaluation() -> None:
    learner, feed = tiny_learner(), Clusters()
    events, _ = drain(fit(learner, feed, tiny_plan()))
    last = events[-1]
    assert isinstance(last, EpochDone)
    assert not learner.module.training
    with torch.no_grad():
        logits = learner.module(feed.points[-12:])
    assert learner.valid_logits is not None
    assert same(learner.valid_logits, logits.numpy())
    assert last.valid_loss == F.cross_entropy(logits, feed.valid_labels).item()
    assert last.accuracy == (logits.argmax(1) == feed.valid_labels).double().mean().item()
    assert last.error_rate == 1 - last.accuracy


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_nothing_is_told_inside_no_grad_or_autocast(precision: Precision) -> None:
    for _ in fit(tiny_learner(precision=precision), Clusters(), tiny_plan(precision=precision)):
        assert torch.is_grad_enabled()
        assert not torch.is_inference_mode_enabled()
        assert not torch.is_autocast_enabled("cpu")


def test_events_hold_plain_values_and_survive_json() -> None:
    for event in trained(tiny_plan())[1]:
        assert {type(value) for value in event.to_dict().values()} <= {str, int, float, bool, type(None)}
        assert from_dict(json.loads(event.to_json())) == event


@pytest.mark.parametrize("answer", [math.nan, math.inf])
def test_a_loss_that_is_no_number_stops_with_its_step_and_rate(answer: float) -> None:
    learner = tiny_learner(Stumbling(at=4, answer=answer))
    plan = tiny_plan(peaks=(0.3,), schedule="constant")
    with pytest.raises(Diverged) as caught:
        drain(fit(learner, Clusters(), plan))
    assert "step 4 of 10" in caught.value.problem
    assert "0.3" in caught.value.problem
    assert "0.03" in caught.value.remedy


def test_what_is_offered_is_a_tenth_of_the_highest_rate_and_not_of_the_step_that_failed() -> None:
    learner = tiny_learner(Stumbling(at=1, answer=math.nan))        # one_cycle begins at a 25th of its peak
    with pytest.raises(Diverged) as caught:
        drain(fit(learner, Clusters(), tiny_plan(peaks=(0.5,))))
    assert "step 1 of 10, with a learning rate of 0.02" in caught.value.problem
    assert "example 0.05." in caught.value.remedy


@pytest.mark.parametrize("answer", [math.nan, math.inf])
def test_answers_that_are_no_numbers_stop_and_are_not_kept(answer: float) -> None:
    learner = tiny_learner(Stumbling(answer=answer))
    with pytest.raises(Diverged, match="after epoch 1"):
        drain(fit(learner, Clusters(), tiny_plan(peaks=(0.3,))))
    assert learner.kept_state is None
    assert learner.epoch == 0


@pytest.mark.parametrize("error", [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
    MemoryError(),
    RuntimeError("[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you tried"),
    RuntimeError("[enforce fail at alloc_cpu.cpp:80] data. DefaultCPUAllocator: not enough memory: you tried"),
], ids=["GPU", "Python", "CPU", "Windows"])
@pytest.mark.parametrize("at", [2, None], ids=["training", "validation"])
def test_no_room_is_told_with_the_batch_and_a_remedy(error: Exception, at: int | None) -> None:
    with pytest.raises(OutOfMemory) as caught:
        drain(fit(tiny_learner(Stumbling(at, error)), Clusters((8, 8, 9)), tiny_plan(peaks=(0.1,))))
    assert "batch of 9 pictures" in caught.value.problem
    assert "smaller batch" in caught.value.remedy


@pytest.mark.parametrize("error", [RuntimeError("shapes do not match"), NotImplementedError("no such kernel"),
                                   ValueError("not enough memory of mine")], ids=lambda error: type(error).__name__)
def test_a_fault_of_another_kind_is_not_called_a_lack_of_memory(error: Exception) -> None:
    with pytest.raises(type(error), match=str(error)):
        drain(fit(tiny_learner(Stumbling(1, error)), Clusters(), tiny_plan(peaks=(0.1,))))


def test_a_real_lack_of_memory_is_recognised() -> None:
    class Greedy(Stumbling):
        def forward(self, points: Tensor) -> Tensor:
            return torch.empty(2**50)

    with pytest.raises(OutOfMemory):
        drain(fit(tiny_learner(Greedy()), Clusters(), tiny_plan(peaks=(0.1,))))


def test_the_latest_epoch_within_one_standard_error_of_the_best_is_kept() -> None:
    # 90 of 100 right has a standard error of 3 pictures.
    learner = tiny_learner()
    events, _ = drain(fit(learner, Scripted([50, 90, 86, 88, 80]), tiny_plan(epochs=5, first_epoch=10)))
    epochs = [event for event in events if isinstance(event, EpochDone)]
    assert [event.kept for event in epochs] == [True, True, False, True, False]
    assert [event.epoch for event in epochs] == [10, 11, 12, 13, 14]
    assert learner.kept == Kept(13, 0.9)


def test_the_highest_accuracy_of_earlier_stages_counts() -> None:
    learner = tiny_learner()
    learner.kept = Kept(4, 0.9)
    events, _ = drain(fit(learner, Scripted([86, 80]), tiny_plan(first_epoch=5)))
    assert [event.kept for event in events if isinstance(event, EpochDone)] == [False, False]
    assert learner.kept == Kept(4, 0.9)
    assert learner.kept_state is None


def test_a_perfect_epoch_gives_way_only_to_another() -> None:
    kept = Kept()
    assert [kept.admits(accuracy, 100) for accuracy in (1.0, 0.99, 1.0)] == [True, False, True]


def test_an_epoch_that_is_just_one_standard_error_below_is_still_kept() -> None:
    assert Kept(0, 0.5).admits(0.4, 25)      # the error of 0.5 on 25 pictures is 0.1
    assert not Kept(0, 0.5).admits(0.4, 26)


def test_what_is_kept_are_the_kept_epochs_weights_and_no_view_of_them() -> None:
    learner, weights = tiny_learner(), []
    for event in fit(learner, Scripted([90, 50, 50]), tiny_plan(epochs=3)):
        if isinstance(event, EpochDone):
            weights.append({name: tensor.clone() for name, tensor in learner.module.state_dict().items()})
    assert same(learner.kept_state, weights[0])
    assert not same(learner.kept_state, weights[2])


def test_the_stream_can_be_closed_between_any_two_events() -> None:
    whole = tiny_learner()
    kept_at = [(type(event), same_copy(whole.kept_state), whole.kept.epoch, whole.epoch)
               for event in fit(whole, Clusters(), tiny_plan())]
    assert [kind for kind, *_ in kept_at].count(EpochDone) == 2
    for stop, (_, kept_state, kept_epoch, epoch) in enumerate(kept_at, start=1):
        learner = tiny_learner()
        stream = fit(learner, Clusters(), tiny_plan())
        for _ in range(stop):
            next(stream)
        stream.close()
        assert same(learner.kept_state, kept_state)
        assert (learner.kept.epoch, learner.epoch) == (kept_epoch, epoch)


def same_copy(state: dict[str, Tensor] | None) -> dict[str, Tensor] | None:
    return None if state is None else {name: tensor.clone() for name, tensor in state.items()}


LEVERS = {"one_cycle": {}, "restarts": {"schedule": "sgdr", "cycle_mult": 2}, "sgd": {"optimizer": "sgd"},
          "mixup": {"mixup": 0.4, "label_smoothing": 0.1}, "clipped": {"accumulate": 2, "gradient_clip": 0.1},
          "triangles": {"schedule": "triangular", "cycle_len": 3}}


@pytest.mark.parametrize("levers", LEVERS.values(), ids=LEVERS)
@pytest.mark.parametrize("done", [1, 2, 3])
def test_a_resumed_run_is_bit_equal_to_an_unbroken_one(done: int, levers: dict[str, Any]) -> None:
    plan, optimizer = tiny_plan(epochs=4, first_epoch=2, **levers), levers.get("optimizer", "adamw")
    whole = tiny_learner(optimizer=optimizer)
    whole_events, _ = drain(fit(whole, Clusters(), plan))
    broken = tiny_learner(optimizer=optimizer)
    for event in fit(broken, Clusters(), plan):
        if isinstance(event, EpochDone) and broken.epoch == done:
            break
    file = io.BytesIO()
    torch.save(broken.state(), file)
    file.seek(0)

    torch.manual_seed(31)
    resumed = tiny_learner(TinyNet(seed=5), optimizer=optimizer)
    resumed.load_state(torch.load(file, weights_only=True))
    assert resumed.epoch == done
    events, _ = drain(fit(resumed, Clusters(), plan))

    assert same(resumed.state(), whole.state())
    assert same(resumed.valid_logits, whole.valid_logits)
    assert told(events) == told(whole_events)[-len(events):]


def test_a_later_stage_goes_on_with_new_orders_and_new_noise() -> None:
    asked: list[int] = []

    class Asked(Clusters):
        def train_batches(self, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
            asked.append(epoch)
            return super().train_batches(0)

    early, later = (drain(fit(tiny_learner(), Asked(), tiny_plan(first_epoch=first)))[0] for first in (0, 2))
    assert asked == [0, 1, 2, 3]
    assert told(early)[0]["loss"] != told(later)[0]["loss"]  # equal batches, another dropout


def test_a_run_that_is_done_has_nothing_left_to_do() -> None:
    learner, _ = trained(tiny_plan())
    before = same_copy(learner.module.state_dict())
    assert drain(fit(learner, Clusters(), tiny_plan()))[0] == []
    assert same(learner.module.state_dict(), before)


# ---- until it over-fits

def epochs_of(learner: Learner, right: list[int], **levers: Any) -> list[EpochDone]:
    """So many of 100 pictures right in each epoch: the more, the lower the validation loss."""
    events, _ = drain(fit(learner, Scripted(right), tiny_plan(epochs=len(right), **levers)))
    return [event for event in events if isinstance(event, EpochDone)]


@pytest.mark.parametrize(("right", "patience", "done"), [
    ([50, 60, 59, 58, 57, 56], 1, 3),
    ([50, 60, 59, 58, 57, 56], 2, 4),
    ([50, 60, 59, 61, 60, 60, 60], 2, 6),      # a better epoch begins the count anew
    ([50, 60, 60, 60, 60], 2, 4),              # as good is no improvement
    ([50, 60, 59, 58], 3, 4),
    ([50, 60, 70, 80], 1, 4),
    ([50, 40, 30, 20], None, 4),
], ids=str)
def test_patience_ends_a_stage_after_so_many_epochs_without_a_lower_loss(
        right: list[int], patience: int | None, done: int) -> None:
    learner = tiny_learner()
    assert len(epochs_of(learner, right, patience=patience)) == learner.epoch == done


def test_a_stage_that_ran_out_of_patience_does_not_go_on_when_it_is_taken_up_again() -> None:
    learner = tiny_learner()
    epochs_of(learner, [60, 50, 40, 30, 20], patience=2)
    again = tiny_learner(TinyNet(seed=5))
    again.load_state(learner.state())
    assert epochs_of(again, [60, 50, 40, 30, 20], patience=2) == []
    assert len(epochs_of(again, [0, 0, 0, 60, 50, 40, 30, 20], patience=5)) == 3    # who asks for more gets more


def test_patience_survives_a_break() -> None:
    whole, broken = tiny_learner(), tiny_learner()
    plan, right = tiny_plan(epochs=6, patience=2), [50, 60, 59, 58, 57, 56]
    drain(fit(whole, Scripted(right), plan))
    for event in fit(broken, Scripted(right), plan):
        if isinstance(event, EpochDone) and broken.epoch == 3:
            break
    again = tiny_learner(TinyNet(seed=5))
    again.load_state(broken.state())
    drain(fit(again, Scripted(right[3:]), plan))
    assert (again.epoch, again.epochs_without) == (whole.epoch, whole.epochs_without) == (4, 2)
    assert same(again.state(), whole.state())


@pytest.mark.parametrize(("levers", "done"), [
    ({"cycle_len": 1, "cycle_mult": 2}, 7),    # cycles of 1, 2, 4: in the third the patience ends, and it is finished
    ({"cycle_len": 3}, 6),
    ({"cycle_len": 1}, 4),                     # every epoch ends a cycle
], ids=str)
def test_a_stage_of_several_cycles_ends_only_with_one_of_them(levers: dict[str, int], done: int) -> None:
    learner = tiny_learner()
    epochs_of(learner, [50, 60, 59, 58, 57, 56, 55, 54, 53, 52], schedule="sgdr", patience=2, **levers)
    assert learner.epoch == done


def test_of_a_stage_that_trains_until_it_over_fits_the_epoch_with_the_lowest_loss_is_kept() -> None:
    right = [50, 60, 59, 60, 58]               # the last three within one standard error of the best
    learner = tiny_learner()
    assert [event.kept for event in epochs_of(learner, right, patience=3)] == [True, True, False, False, False]
    assert learner.kept == Kept(1, 0.6)
    learner = tiny_learner()
    assert epochs_of(learner, right)[-1].kept


def test_an_earlier_stage_that_was_clearly_better_is_kept_whatever_the_loss_of_this_one() -> None:
    learner = tiny_learner()
    learner.kept = Kept(4, 0.9)
    assert not any(event.kept for event in epochs_of(learner, [50, 52, 54], patience=1))


def test_each_stage_has_its_own_patience() -> None:
    learner = tiny_learner()
    learner.kept = Kept(4, 0.9)                         # an earlier stage was better
    assert len(epochs_of(learner, [50, 52, 54], patience=1)) == 3
