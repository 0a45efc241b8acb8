"""The learning-rate finder: it leaves everything as it was, and its suggestions are fastai's."""

import json
import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.errors import OutOfMemory
from core.events import LrFound, LrStep, drain, from_dict
from core.training import lr_finder
from core.training.engine import fit
from core.training.learner import Learner
from core.training.lr_finder import LrCurve, choose, find_lr, minimum, slide, steep, valley
from core.training.step import Step, train_step
from core.vision.fast import Precision
from tests.tiny import CLASSES, CPU, FEATURES, Clusters, TinyNet, same, tiny_learner, tiny_plan

pytestmark = pytest.mark.usefixtures("one_thread")

RATES = np.geomspace(1e-7, 10, 100)
PEAKS = (0.01, 0.02, 0.04)


def curve_of(losses: Sequence[float] | np.ndarray) -> LrCurve:
    smoothed = np.asarray(losses, dtype=float)
    return LrCurve(RATES[:len(smoothed)], smoothed, smoothed, False)


def slope(low: float, high: float, drop: float = 1.5) -> np.ndarray:
    """A loss of 2 that falls by `drop` between two rates and blows up beyond a rate of 0.5."""
    fallen = np.clip(np.log(RATES / low) / np.log(high / low), 0, 1)
    losses: np.ndarray = 2 - drop * (1 - np.cos(np.pi * fallen)) / 2 + np.clip(RATES - 0.5, 0, None)
    return losses


def noisy(seed: int) -> np.ndarray:
    wiggle = np.random.default_rng(seed).normal(0, 0.03, len(RATES))
    return slope(1e-4, 1e-2) + np.convolve(wiggle, np.ones(5) / 5, mode="same")


CURVES = {"early": slope(1e-6, 1e-4), "late": slope(1e-3, 0.1), "shallow": slope(1e-4, 1e-2, drop=0.3),
          "stopped early": slope(1e-4, 1e-2)[:85]} | {f"noisy {seed}": noisy(seed) for seed in range(5)}


def all_state(learner: Learner) -> tuple[Any, ...]:
    """Everything that the finder might disturb, copied."""
    return (
        {name: tensor.clone() for name, tensor in learner.module.state_dict().items()},
        [{name: value.clone() if isinstance(value, Tensor) else value for name, value in state.items()}
         for state in learner.optimizer.state.values()],
        [{name: value for name, value in group.items() if name != "params"}
         for group in learner.optimizer.param_groups],
        [module.training for module in learner.module.modules()],
        [parameter.grad is None for parameter in learner.module.parameters()],
        learner.epoch, learner.kept.epoch,
        torch.get_rng_state(), np.random.get_state(), random.getstate(),
    )


class Greedy(TinyNet):
    """Has no room at its seventh batch."""

    passes = 0

    def forward(self, points: Tensor) -> Tensor:
        self.passes += 1
        if self.passes == 7:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return super().forward(points)


@pytest.mark.parametrize("was_training", [True, False])
@pytest.mark.parametrize("how", ["to its end", "closed half-way", "failing"])
@pytest.mark.parametrize("fresh", [True, False])
def test_the_search_leaves_learner_and_randomness_bit_equal(how: str, was_training: bool, fresh: bool) -> None:
    learner = tiny_learner()
    if not fresh:
        drain(fit(learner, Clusters(), tiny_plan(epochs=1)))
    if how == "failing":
        learner.module.__class__ = Greedy
    learner.module.train(was_training)
    before = all_state(learner)
    stream = find_lr(learner, Clusters(), PEAKS, Step(), seed=3)
    if how == "to its end":
        drain(stream)
    elif how == "closed half-way":
        for _ in range(30):
            next(stream)
            assert same(all_state(learner), before)
        stream.close()
    else:
        with pytest.raises(OutOfMemory, match="batch of 8"):
            drain(stream)
    assert same(all_state(learner), before)


def test_the_search_really_trains_its_copy_and_its_loss_falls() -> None:
    _, curve = drain(find_lr(tiny_learner(), Clusters(), PEAKS, Step(), seed=3))
    assert curve.smoothed.min() < 0.8 * curve.smoothed[10]
    assert valley(curve) is not None


STEPS = {"smoothed": Step(label_smoothing=0.3), "weighted": Step(class_weights=torch.tensor([0.2, 1.0, 5.0])),
         "mixed": Step(mixup=0.4), "clipped": Step(gradient_clip=1e-4)}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_the_search_takes_the_stages_own_steps_and_leaves_everything_bit_equal(optimizer: str, step: Step) -> None:
    learner = tiny_learner(optimizer=optimizer)
    before = all_state(learner)
    _, plain = drain(find_lr(learner, Clusters(), PEAKS, Step(), seed=3))
    _, curve = drain(find_lr(learner, Clusters(), PEAKS, step, seed=3))
    _, again = drain(find_lr(learner, Clusters(), PEAKS, step, seed=3))
    assert same(all_state(learner), before)
    assert same(curve.losses, again.losses)
    assert not same(curve.losses, plain.losses)


def test_the_copy_is_in_training_whatever_the_network_is_in() -> None:
    curves = []
    for training in (True, False):
        learner = tiny_learner()
        learner.module.train(training)
        curves.append(drain(find_lr(learner, Clusters(), PEAKS, Step(), seed=3))[1].losses)
    assert same(*curves)


def test_a_search_repeats_itself_whatever_was_drawn_before() -> None:
    _, one = drain(find_lr(tiny_learner(), Clusters(), PEAKS, Step(), seed=3))
    torch.rand(3)
    _, other = drain(find_lr(tiny_learner(), Clusters(), PEAKS, Step(), seed=3))
    _, third = drain(find_lr(tiny_learner(), Clusters(), PEAKS, Step(), seed=4))
    assert same(one.losses, other.losses)
    assert not same(one.losses, third.losses)


def test_dropout_draws_go_on_from_step_to_step() -> None:
    """Each step's own noise, and not the same mask a hundred times."""
    private = lr_finder.PrivateRandom(1, CPU)
    draws = []
    for _ in range(3):
        with private:
            draws.append(torch.rand(1).item())
    assert len(set(draws)) == 3


def test_few_batches_are_cycled_and_the_rates_climb_in_equal_ratios() -> None:
    events, curve = drain(find_lr(tiny_learner(), Clusters((8, 4)), PEAKS, Step(), seed=3))
    steps = [event for event in events if isinstance(event, LrStep)]
    assert len(steps) == len(curve.losses) > 50
    assert [event.step for event in steps] == list(range(1, len(steps) + 1))
    np.testing.assert_allclose(curve.learning_rates, RATES[:len(steps)])
    assert [event.learning_rate for event in steps] == curve.learning_rates.tolist()
    assert [event.loss for event in steps] == curve.losses.tolist()
    assert [event.smoothed for event in steps] == curve.smoothed.tolist()


def test_the_layer_groups_keep_their_ratio_during_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def step(trial: Learner, *_: object) -> Tensor:
        seen.append([group["lr"] for group in trial.optimizer.param_groups])
        return torch.tensor(1.0)

    monkeypatch.setattr(lr_finder, "train_step", step)
    drain(find_lr(tiny_learner(), Clusters(), PEAKS, Step(), seed=3))
    np.testing.assert_allclose(seen, np.outer(RATES, [0.25, 0.25, 0.5, 0.5, 1, 1]))


def scripted(monkeypatch: pytest.MonkeyPatch, losses: Sequence[float]) -> LrCurve:
    """The curve of a search whose steps lose as written."""
    script = iter(losses)
    monkeypatch.setattr(lr_finder, "train_step", lambda *_: torch.tensor(next(script)))
    return drain(find_lr(tiny_learner(), Clusters(), PEAKS, Step(), seed=3))[1]


def smoothed_as_fastai(losses: Sequence[float]) -> list[float]:
    """A running mean with a weight of 0.98, corrected for its start at zero."""
    means = []
    for end in range(1, len(losses) + 1):
        weights = 0.98 ** np.arange(end)[::-1]
        means.append(float((weights * losses[:end]).sum() / weights.sum()))
    return means


def test_the_search_stops_when_the_smoothed_loss_passes_four_times_its_best(monkeypatch: pytest.MonkeyPatch) -> None:
    losses = [4.0] * 5 + [0.5] * 35 + [12.0] * 60  # four times its start is never passed
    expected = smoothed_as_fastai(losses)
    assert max(expected) < 4 * expected[0]
    stop = next(step for step in range(100) if expected[step] > 4 * min(expected[:step + 1]))
    curve = scripted(monkeypatch, losses)
    assert curve.diverged
    assert len(curve.losses) == stop + 1 < 100
    np.testing.assert_allclose(curve.smoothed, expected[:stop + 1], rtol=1e-6)


def test_the_search_runs_to_its_end_where_nothing_diverges(monkeypatch: pytest.MonkeyPatch) -> None:
    curve = scripted(monkeypatch, [1.0] * 100)
    assert not curve.diverged
    assert len(curve.losses) == 100
    assert curve.learning_rates[[0, -1]].tolist() == pytest.approx([1e-7, 10])


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
@pytest.mark.parametrize("after", [0, 3, 60])
def test_a_loss_that_is_no_number_ends_the_search_and_stays_out_of_the_curve(
        bad: float, after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    curve = scripted(monkeypatch, [*np.linspace(2, 1, after), bad])
    assert curve.diverged
    assert len(curve.losses) == after
    assert json.loads(curve.told().to_json())["chosen"] > 0


def fastai_view(curve: LrCurve) -> tuple[list[float], list[float]]:
    """What fastai's suggestions are given: without the first tenth and the last five."""
    start, end = len(curve.smoothed) // 10, -5
    return curve.learning_rates[start:end].tolist(), curve.smoothed[start:end].tolist()


def fastai_valley(rates: list[float], losses: list[float]) -> float:
    longest = [1] * len(losses)
    best_start = best_end = 0
    for i in range(1, len(losses)):
        for j in range(i):
            if losses[i] < losses[j]:
                longest[i] = max(longest[i], longest[j] + 1)
        if longest[i] > longest[best_end]:
            best_end, best_start = i, i - longest[i]
    third = (best_end - best_start) / 3
    return rates[best_start + int(third) + int(third / 2)]


def fastai_slide(rates: list[float], losses: list[float]) -> float:
    gradient, right, left = np.gradient(losses), -1, -16
    found = rates[left]
    while left >= -len(losses) and abs(gradient[right] - gradient[left]) > 0.005:
        found, right, left = rates[left], right - 1, left - 1
    return found


def fastai_steep(rates: list[float], losses: list[float]) -> float:
    slopes = [(losses[i + 1] - losses[i]) / np.log(rates[i + 1] / rates[i]) for i in range(len(rates) - 1)]
    return rates[slopes.index(min(slopes))]


def fastai_minimum(rates: list[float], losses: list[float]) -> float:
    return rates[losses.index(min(losses))] / 10


@pytest.mark.parametrize("losses", CURVES.values(), ids=CURVES)
@pytest.mark.parametrize(("ours", "fastais"), [(valley, fastai_valley), (slide, fastai_slide),
                                               (steep, fastai_steep), (minimum, fastai_minimum)])
def test_suggestions_are_those_of_fastai(losses: np.ndarray, ours: Callable[[LrCurve], float | None],
                                         fastais: Callable[[list[float], list[float]], float]) -> None:
    curve = curve_of(losses)
    assert ours(curve) == pytest.approx(fastais(*fastai_view(curve)))


def test_suggestions_lie_where_one_would_point_on_a_known_curve() -> None:
    curve = curve_of(slope(1e-4, 1e-2))
    rates = [valley(curve), steep(curve), minimum(curve)]
    assert rates[0] is not None and 1e-4 < rates[0] < 3e-3
    assert rates[1] is not None and 1e-4 <= rates[1] <= 1e-2
    assert rates[2] is not None and 1e-3 <= rates[2] <= 0.05
    assert choose(curve) == (rates[0], choose(curve)[1])
    assert "valley" in choose(curve)[1]


def test_a_curve_that_falls_all_the_way_has_fastais_valley() -> None:
    curve = curve_of(np.linspace(3, 1, 100))
    assert valley(curve) == fastai_valley(*fastai_view(curve))


def test_a_fall_in_the_first_steps_alone_never_gives_the_last_rate() -> None:
    curve = curve_of([3.0] * 10 + [3.0, 2.0] + [2.5] * 88)
    found = valley(curve)
    assert found is not None and found < 1e-5


UNUSABLE = {
    "flat": np.full(100, 1.1), "rising": np.linspace(1, 3, 100), "nearly flat": slope(1e-4, 1e-2, drop=0.05),
    "no numbers": np.full(100, np.nan), "numbers no more": np.append(slope(1e-4, 1e-2)[:60], [np.nan] * 40),
    "falling only where it is unsettled": np.append(np.linspace(3, 1, 10), np.full(90, 1.0)),
    "empty": np.array([]), "short": np.linspace(3, 1, 14),
} | {f"{length} steps": np.linspace(3, 1, length) for length in (1, 4, 5, 6, 7)}


@pytest.mark.parametrize("losses", UNUSABLE.values(), ids=UNUSABLE)
def test_a_curve_without_a_valley_suggests_nothing_and_falls_back_to_the_named_default(losses: np.ndarray) -> None:
    told = curve_of(losses).told()
    assert (told.valley, told.slide, told.steep, told.minimum) == (None, None, None, None)
    assert told.chosen == lr_finder.DEFAULT_LEARNING_RATE
    assert "no valley" in told.why
    assert "default" in told.why and "0.001" in told.why


def test_a_curve_too_short_for_an_interval_has_no_slide() -> None:
    curve = curve_of(np.linspace(3, 1, 22))  # 15 steps remain, and an interval takes 16
    assert slide(curve) is None
    assert valley(curve) is not None


def test_suggestions_are_functions_of_the_curve_and_leave_it_alone() -> None:
    curve = curve_of(noisy(1))
    before = curve.smoothed.copy()
    assert curve.told() == curve.told()
    assert same(curve.smoothed, before)


def test_what_is_told_survives_json() -> None:
    for losses in (noisy(0), UNUSABLE["flat"], UNUSABLE["empty"]):
        told = curve_of(losses).told()
        assert isinstance(told, LrFound)
        assert from_dict(json.loads(told.to_json())) == told
        assert len(told.learning_rates) == len(told.losses) == len(told.smoothed) == len(losses)


def test_a_curve_needs_its_three_columns_to_be_equally_long() -> None:
    with pytest.raises(ValueError, match="one raw and one smoothed loss"):
        LrCurve(RATES, np.ones(99), np.ones(100), False)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_nothing_is_told_inside_no_grad_or_autocast(precision: Precision) -> None:
    module = nn.Sequential(nn.Linear(FEATURES, CLASSES))
    for event in find_lr(tiny_learner(module), Clusters(), (0.01,), Step(precision), seed=3):
        assert torch.is_grad_enabled()
        assert not torch.is_autocast_enabled("cpu")
        assert {type(value) for value in event.to_dict().values()} <= {str, int, float}


def test_so_many_batches_make_a_step_of_the_search_as_they_do_in_training(monkeypatch: pytest.MonkeyPatch) -> None:
    together: list[int] = []

    def counted(learner: Learner, batches: list[tuple[Tensor, Tensor]], step: Step) -> Tensor:
        together.append(len(batches))
        return train_step(learner, batches, step)

    monkeypatch.setattr(lr_finder, "train_step", counted)
    drain(find_lr(tiny_learner(), Clusters(), PEAKS, Step(), seed=3, steps=6, accumulate=3))
    assert together == [3] * 6
