"""The learning-rate finder (Smith 2015, arXiv:1506.01186): a short, ever steeper climb on a copy of the model.

Suggestions are pure functions of the curve; the definitions are fastai's (callback/schedule.py), so that
numbers can be compared.
"""

import copy
import itertools
import math
from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.events import Event, LrFound, LrStep
from core.training.course import STEADY_MOMENTUM
from core.training.drawing import killed_told
from core.training.engine import Feed, out_of_memory_told
from core.training.learner import Learner, set_rates
from core.training.schedules import exponential
from core.training.step import Step, train_step

START, END, STEPS = 1e-7, 10.0, 100
SMOOTHING = 0.98            # of the running mean of losses, bias-corrected, as in fastai's recorder
DIVERGED = 4.0              # times the best smoothed loss
DEFAULT_LEARNING_RATE = 1e-3
LEAST_DROP = 0.05           # a curve that falls by less, of its start, has no usable valley


@dataclass(frozen=True, slots=True, eq=False)
class LrCurve:
    """What the finder saw: one loss a rate, from the smallest rate up, in nats."""

    learning_rates: np.ndarray   # (n,) ascending
    losses: np.ndarray           # (n,) raw
    smoothed: np.ndarray         # (n,)
    diverged: bool               # stopped early, since the smoothed loss passed DIVERGED times its best

    def __post_init__(self) -> None:
        if not len(self.learning_rates) == len(self.losses) == len(self.smoothed):
            raise ValueError("a curve needs one raw and one smoothed loss for each learning rate")

    def told(self) -> LrFound:
        rate, why = choose(self)
        return LrFound(valley(self), slide(self), steep(self), minimum(self), _floats(self.learning_rates),
                       _floats(self.losses), _floats(self.smoothed), rate, why)


def _floats(values: np.ndarray) -> tuple[float, ...]:
    return tuple(float(f"{value:.6g}") for value in values)


def find_lr(learner: Learner, feed: Feed, peaks: Sequence[float], step: Step, seed: int,
            steps: int = STEPS, accumulate: int = 1) -> Generator[Event, None, LrCurve]:
    """Climb from START to END in `steps` steps on a copy; yields LrStep, returns the curve.

    `peaks` are the stage's rates a layer group, relative to each other (the last is the head's); `accumulate` batches
    make a step. The learner, its optimizer and the random state are bit-equal afterwards, however the stream ends.
    """
    rate_at = exponential(START, END)
    relative = [peak / peaks[-1] for peak in peaks]
    trial, random = _copy(learner), PrivateRandom(seed, learner.device)
    trial.module.train()
    rates: list[float] = []
    losses: list[float] = []
    smoothed: list[float] = []
    running, diverged = 0.0, False
    batches = _endless(feed)
    for number in range(steps):
        with killed_told():
            together = list(itertools.islice(batches, accumulate))
        rate = rate_at(number / (steps - 1))
        set_rates(trial, [rate * share for share in relative], STEADY_MOMENTUM)
        with random, killed_told(), out_of_memory_told(max(len(labels) for _, labels in together)):
            loss = train_step(trial, together, step).item()
        running = SMOOTHING * running + (1 - SMOOTHING) * loss
        mean = running / (1 - SMOOTHING ** (number + 1))
        if not math.isfinite(mean):
            diverged = True
            break
        rates.append(rate)
        losses.append(loss)
        smoothed.append(mean)
        yield LrStep(number + 1, steps, rate, loss, mean)
        if mean > DIVERGED * min(smoothed):
            diverged = True
            break
    return LrCurve(np.array(rates), np.array(losses), np.array(smoothed), diverged)


class PrivateRandom:
    """torch's random state for the blocks that are entered, going on from one to the next; outside it is as it was."""

    def __init__(self, seed: int, device: torch.device) -> None:
        self._cuda = device if device.type == "cuda" else None
        with self._forked():
            torch.manual_seed(seed)
            self._state = self._read()

    def __enter__(self) -> None:
        self._outside = self._read()
        self._write(self._state)

    def __exit__(self, *_: object) -> None:
        self._state = self._read()
        self._write(self._outside)

    def _forked(self) -> AbstractContextManager[None]:
        return torch.random.fork_rng(devices=[self._cuda] if self._cuda else [])

    def _read(self) -> tuple[Tensor, Tensor | None]:
        return torch.get_rng_state(), torch.cuda.get_rng_state(self._cuda) if self._cuda else None

    def _write(self, state: tuple[Tensor, Tensor | None]) -> None:
        torch.set_rng_state(state[0])
        if self._cuda and state[1] is not None:
            torch.cuda.set_rng_state(state[1], self._cuda)


def _copy(learner: Learner) -> Learner:
    """A learner of its own weights and optimizer state."""
    module, optimizer = copy.deepcopy((learner.module, learner.optimizer))
    return Learner(module, optimizer, learner.device, copy.deepcopy(learner.scaler))


def _endless(feed: Feed) -> Iterator[tuple[Tensor, Tensor]]:
    """Epoch after epoch: few batches are cycled, in a new order each time."""
    for epoch in itertools.count():
        yield from feed.train_batches(epoch)


def _inner(curve: LrCurve) -> tuple[np.ndarray, np.ndarray]:
    """Rates and smoothed losses without the unsettled start and the blow-up at the end, as fastai plots them."""
    start, end = len(curve.smoothed) // 10, len(curve.smoothed) - 5
    return curve.learning_rates[start:end], curve.smoothed[start:end]


def usable(curve: LrCurve) -> bool:
    """Whether the loss falls by more than LEAST_DROP anywhere on the way."""
    _, losses = _inner(curve)
    if len(losses) < 10:
        return False
    return bool((np.maximum.accumulate(losses) - losses).max() > LEAST_DROP * losses[0])


def valley(curve: LrCurve) -> float | None:
    """Half-way down the longest run of falling losses: steep and still stable. None without a usable one.

    The run is the longest decreasing subsequence, not only of neighbours (fastai's `valley`).
    """
    if not usable(curve):
        return None
    rates, losses = _inner(curve)
    lengths = np.ones(len(losses), dtype=int)
    for i in range(1, len(losses)):
        before = lengths[:i][losses[:i] > losses[i]]
        lengths[i] = before.max() + 1 if len(before) else 1
    end = int(lengths.argmax())
    start = end - int(lengths[end])
    third = (end - start) / 3
    return float(rates[max(0, start + int(third) + int(third / 2))])


def steep(curve: LrCurve) -> float | None:
    """Where the loss falls fastest against the logarithm of the rate. None without a usable valley."""
    if not usable(curve):
        return None
    rates, losses = _inner(curve)
    return float(rates[(np.diff(losses) / np.diff(np.log(rates))).argmin()])


def minimum(curve: LrCurve) -> float | None:
    """A tenth of the rate with the least loss. None without a usable valley."""
    if not usable(curve):
        return None
    rates, losses = _inner(curve)
    return float(rates[losses.argmin()] / 10)


def slide(curve: LrCurve, width: int = 15, threshold: float = 0.005) -> float | None:
    """The largest rate left of the blow-up: an interval slides from the right until its ends' slopes agree.

    The interval slide rule (Bahar 2019, fastai's `slide`). None without a usable valley, or where no
    interval of `width` steps is that even.
    """
    if not usable(curve):
        return None
    rates, losses = _inner(curve)
    slopes = np.gradient(losses)
    left = rightmost = len(losses) - width - 1
    while left >= 0 and abs(slopes[left + width] - slopes[left]) > threshold:
        left -= 1
    return float(rates[min(left + 1, rightmost)]) if left >= 0 else None


def choose(curve: LrCurve) -> tuple[float, str]:
    """The rate to train with, and why in words: the valley, or a named default rather than a guess."""
    found = valley(curve)
    if found is None:
        return DEFAULT_LEARNING_RATE, (
            f"the loss never falls clearly on this curve, so there is no valley to pick from: "
            f"the default rate of {DEFAULT_LEARNING_RATE:g} is used")
    return found, "the middle of the longest stretch on which the loss falls (valley)"
