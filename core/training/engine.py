"""The training engine: `fit`, a stream of events that reads top to bottom."""

import itertools
import math
import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.errors import Diverged, OutOfMemory
from core.events import BatchDone, EpochDone, Event
from core.training.course import Course
from core.training.drawing import killed_told
from core.training.learner import Learner, set_rates
from core.training.step import Step, train_step

# How torch's CPU allocator says it, on Linux and macOS and on Windows: a plain RuntimeError.
NO_ROOM = ("can't allocate memory", "not enough memory", "CUBLAS_STATUS_ALLOC_FAILED", "CUDA error: out of memory")


class Feed(Protocol):
    """Where batches come from: cached activations for a head, augmented pictures for a whole network."""

    def batch_sizes(self) -> Sequence[int]:
        """Pictures in each batch of an epoch; its length is the optimizer's steps an epoch."""

    def train_batches(self, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Inputs and labels (n,) int64 on the device; the same for the same epoch."""

    def validate(self, module: nn.Module) -> Generator[Event, None, Tensor]:
        """Logits (N, K) float32 on the CPU of the validation pictures, in the split's order."""

    @property
    def valid_labels(self) -> Tensor:
        """(N,) int64 on the CPU."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a stage trains: its rates over its steps, and what makes it repeatable."""

    stage: int
    epochs: int
    course: Course                           # of each layer group of the optimizer
    step: Step
    seed: int
    first_epoch: int = 0                     # epochs of the stages before
    accumulate: int = 1                      # batches a step
    patience: int | None = None              # epochs without a lower validation loss after which the stage stops;
                                             # of such a stage the epoch with the lowest one is kept

    @property
    def highest_rate(self) -> float:
        """Of any group, over a cycle; for telling what to try instead."""
        return max(rate(part / 100) for rate in self.course.rates for part in range(101))


def fit(learner: Learner, feed: Feed, plan: Plan) -> Generator[Event, None, None]:
    """Train from where the learner stands to the plan's last epoch, or until it over-fits where the plan has patience.

    Yields BatchDone after each step, what `validate` tells, EpochDone after each epoch; at that moment
    `learner.valid_logits` are the epoch's, and `learner.kept_state` are its weights if they are kept.
    Stop it between any two events. Raises Diverged when the loss is no number, OutOfMemory when the device has no room,
    MachineFault when a process that draws is killed.
    """
    sizes = step_sizes(feed, plan.accumulate)
    with out_of_memory_told(max(feed.batch_sizes())), killed_told():
        while learner.epoch < plan.epochs and not out_of_patience(learner, plan):
            epoch, started = learner.epoch, time.perf_counter()
            torch.manual_seed(epoch_seed(plan.seed, plan.first_epoch + epoch))  # dropout: a function of the epoch
            learner.module.train()
            total_loss = 0.0
            for step, done in enumerate(_steps(learner, feed, plan, epoch)):
                total_loss += done.loss * sizes[step]
                yield done
            learner.module.eval()
            logits = yield from feed.validate(learner.module)
            yield _close_epoch(learner, feed, plan, epoch, logits, total_loss / sum(sizes), started)


def out_of_patience(learner: Learner, plan: Plan) -> bool:
    """Whether it over-fits: asked at the end of a cycle where there are several, since a restart raises the loss."""
    if plan.patience is None or learner.epochs_without < plan.patience:
        return False
    cycles = plan.course.cycles
    return len(cycles) == 1 or learner.epoch in itertools.accumulate(cycles)


def step_sizes(feed: Feed, accumulate: int) -> tuple[int, ...]:
    """Pictures in each optimizer step of an epoch; its length is the steps an epoch."""
    sizes = feed.batch_sizes()
    return tuple(sum(sizes[start:start + accumulate]) for start in range(0, len(sizes), accumulate))


def _steps(learner: Learner, feed: Feed, plan: Plan, epoch: int) -> Iterator[BatchDone]:
    """The epoch's steps. On a GPU a loss is read one step late, so that the device never waits for us."""
    an_epoch = len(step_sizes(feed, plan.accumulate))
    steps, lag = plan.epochs * an_epoch, 0 if learner.device.type == "cpu" else 1
    started, images = time.perf_counter(), 0
    unread: deque[tuple[Tensor, int, float, float]] = deque()

    def read() -> BatchDone:
        loss, step, rate, momentum = unread.popleft()
        value = loss.item()
        if not math.isfinite(value):
            raise Diverged(
                f"The loss became {value} at step {step} of {steps}, with a learning rate of {rate:.2g}.",
                remedy=f"Train with a smaller learning rate, for example {plan.highest_rate / 10:.1g}.",
            )
        return BatchDone(plan.stage, epoch, step, steps, value, rate, momentum,
                         images / (time.perf_counter() - started))

    batches = feed.train_batches(plan.first_epoch + epoch)
    for number in range(an_epoch):
        step = epoch * an_epoch + number
        rates, momentum = plan.course.at(step, an_epoch)
        set_rates(learner, rates, momentum)
        together = list(itertools.islice(batches, plan.accumulate))
        loss = train_step(learner, together, plan.step)
        images += sum(len(labels) for _, labels in together)
        unread.append((loss, step + 1, rates[-1], momentum))
        if len(unread) > lag:
            yield read()
    while unread:
        yield read()


def _close_epoch(learner: Learner, feed: Feed, plan: Plan, epoch: int, logits: Tensor, train_loss: float,
                 started: float) -> EpochDone:
    labels = feed.valid_labels
    if not torch.isfinite(logits).all():
        raise Diverged(
            f"The network's answers to the validation pictures are no numbers any more after epoch {epoch + 1}.",
            remedy=f"Train with a smaller learning rate, for example {plan.highest_rate / 10:.1g}.",
        )
    valid_loss = F.cross_entropy(logits, labels).item()
    accuracy = (logits.argmax(1) == labels).double().mean().item()
    learner.epoch = epoch + 1
    learner.valid_logits = logits.numpy()
    lowered = valid_loss < learner.lowest_loss
    learner.epochs_without = 0 if lowered else learner.epochs_without + 1
    learner.lowest_loss = min(learner.lowest_loss, valid_loss)
    # A stage that trains until it over-fits is over its best epoch when it ends: there the lowest loss decides.
    kept = learner.kept.admits(accuracy, len(labels)) and (lowered or plan.patience is None)
    if kept:
        learner.kept.epoch = plan.first_epoch + epoch
        learner.kept_state = {name: tensor.detach().to("cpu", copy=True)
                              for name, tensor in learner.module.state_dict().items()}
    return EpochDone(plan.stage, plan.first_epoch + epoch, train_loss, valid_loss, accuracy, 1 - accuracy,
                     time.perf_counter() - started, kept, _gpu_bytes(learner.device))


def _gpu_bytes(device: torch.device) -> int | None:
    return torch.cuda.max_memory_allocated(device) if device.type == "cuda" else None


def epoch_seed(seed: int, epoch: int) -> int:
    """The random state of an epoch, a function of seed and epoch, so that a resumed run equals an unbroken one."""
    return int(np.random.SeedSequence([seed, epoch]).generate_state(1, np.uint64)[0] >> 1)


@contextmanager
def out_of_memory_told(batch_size: int) -> Iterator[None]:
    """Turns a device's or the machine's 'out of memory' into OutOfMemory with a remedy."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        told = isinstance(error, MemoryError | torch.OutOfMemoryError)
        if not told and not any(words in str(error) for words in NO_ROOM):
            raise
        raise OutOfMemory(f"A batch of {batch_size} pictures does not fit into the memory.",
                          remedy="Choose a smaller batch size, a smaller picture size or a smaller network."
                          ) from error
