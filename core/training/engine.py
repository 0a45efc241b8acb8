"""The training engine: one train step, and `fit`, a stream of events that reads top to bottom."""

import math
import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.errors import Diverged, OutOfMemory
from core.events import BatchDone, EpochDone, Event
from core.training import schedules
from core.vision.fast import DTYPES, Precision

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
    peaks: tuple[float, ...]         # learning rate of each parameter group of the optimizer
    schedule: str                    # "one_cycle" or "constant"
    precision: Precision
    seed: int
    first_epoch: int = 0             # epochs of the stages before

    def rate(self, group: int, position: float) -> float:
        """The learning rate of a group at a position from 0 to 1."""
        peak = self.peaks[group]
        return (schedules.one_cycle if self.schedule == "one_cycle" else schedules.constant)(peak)(position)

    def momentum(self, position: float) -> float:
        cycle = schedules.one_cycle_momentum() if self.schedule == "one_cycle" else schedules.constant(0.9)
        return cycle(position)


@dataclass(slots=True)
class Kept:
    """Which epoch's weights a run keeps: the latest whose accuracy cannot be told from the best so far.

    "Cannot be told" is one standard error of the best accuracy on these validation pictures (the
    one-standard-error rule of Breiman et al. 1984). On a small validation set the epoch with the highest
    accuracy, or the lowest loss, is mostly luck, and the later one is the better annealed: on the clothing
    photos it is right on 2 to 4 % more of unseen pictures (docs/decisions/kept-epoch.md).
    """

    epoch: int = -1                  # over the whole run; -1 before the first
    highest_accuracy: float = -1.0   # over all epochs of all stages

    def admits(self, accuracy: float, images: int) -> bool:
        """Whether an epoch with this accuracy on so many validation pictures is kept; the best is noted."""
        self.highest_accuracy = max(self.highest_accuracy, accuracy)
        error = math.sqrt(self.highest_accuracy * (1 - self.highest_accuracy) / images)
        return accuracy >= self.highest_accuracy - error


@dataclass(slots=True)
class Learner:
    """All that changes while training, so all that a checkpoint must hold."""

    module: nn.Module                # what is trained: a head alone, or a whole classifier
    optimizer: torch.optim.Optimizer
    device: torch.device
    scaler: torch.amp.GradScaler | None = None   # float16 only
    epoch: int = 0                   # epochs done in this stage
    kept: Kept = field(default_factory=Kept)
    kept_state: dict[str, Tensor] | None = None  # of `module`, on the CPU; None: that epoch lies in an earlier stage
    valid_logits: np.ndarray | None = None       # (N, K) float32, of the last epoch

    def state(self) -> dict[str, Any]:
        """Everything to go on from, as `torch.save` takes it and weights_only reads it."""
        return {
            "module": self.module.state_dict(), "optimizer": self.optimizer.state_dict(), "epoch": self.epoch,
            "scaler": self.scaler.state_dict() if self.scaler else None,
            "kept_epoch": self.kept.epoch, "highest_accuracy": self.kept.highest_accuracy,
            "kept_state": self.kept_state,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        self.module.load_state_dict(state["module"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.scaler and state["scaler"]:
            self.scaler.load_state_dict(state["scaler"])
        self.epoch = state["epoch"]
        self.kept = Kept(state["kept_epoch"], state["highest_accuracy"])
        self.kept_state = state["kept_state"]


def learner(module: nn.Module, groups: Sequence[Sequence[nn.Parameter]], weight_decay: float,
            device: torch.device, precision: Precision) -> Learner:
    """AdamW (Loshchilov & Hutter 2017, arXiv:1711.05101) over layer groups, from the input to the head.

    Weight decay spares biases and batch-norms, as fastai's default does; its eps and beta2 are fastai's too.
    The optimizer's parameter groups alternate: decayed and spared of each layer group.
    """
    parameters = [
        {"params": [p for p in group if (p.ndim > 1) == decayed], "weight_decay": weight_decay if decayed else 0.0}
        for group in groups for decayed in (True, False)
    ]
    optimizer = torch.optim.AdamW(parameters, lr=0.0, betas=(0.9, 0.99), eps=1e-5, fused=True)
    scaler = torch.amp.GradScaler(device.type) if precision == "float16" else None
    return Learner(module, optimizer, device, scaler)


def train_step(learner: Learner, inputs: Tensor, labels: Tensor, precision: Precision) -> Tensor:
    """One optimizer step on one batch: the only one there is. Returns the batch's mean loss, before the step."""
    with torch.autocast(learner.device.type, DTYPES[precision], enabled=precision != "float32"):
        logits = learner.module(inputs)
    loss = F.cross_entropy(logits.float(), labels)
    learner.optimizer.zero_grad(set_to_none=True)
    if learner.scaler:
        torch.autograd.backward(learner.scaler.scale(loss))
        learner.scaler.step(learner.optimizer)
        learner.scaler.update()
    else:
        torch.autograd.backward(loss)
        learner.optimizer.step()
    return loss.detach()


def set_rates(learner: Learner, rates: Sequence[float], momentum: float) -> None:
    """Each layer group's learning rate (see `learner` for the order) and everyone's first beta."""
    for index, group in enumerate(learner.optimizer.param_groups):
        group["lr"] = rates[index // 2]
        group["betas"] = (momentum, group["betas"][1])


def fit(learner: Learner, feed: Feed, plan: Plan) -> Generator[Event, None, None]:
    """Train from where the learner stands to the plan's last epoch.

    Yields BatchDone after each step, what `validate` tells, EpochDone after each epoch; at that moment
    `learner.valid_logits` are the epoch's, and `learner.kept_state` are its weights if they are kept.
    Stop it between any two events. Raises Diverged when the loss is no number, OutOfMemory when the device has no room.
    """
    sizes = feed.batch_sizes()
    with out_of_memory_told(max(sizes)):
        for epoch in range(learner.epoch, plan.epochs):
            started = time.perf_counter()
            torch.manual_seed(epoch_seed(plan.seed, plan.first_epoch + epoch))  # dropout: a function of the epoch
            learner.module.train()
            total_loss = 0.0
            for batch, done in enumerate(_steps(learner, feed, plan, epoch)):
                total_loss += done.loss * sizes[batch]
                yield done
            learner.module.eval()
            logits = yield from feed.validate(learner.module)
            yield _close_epoch(learner, feed, plan, epoch, logits, total_loss / sum(sizes), started)


def _steps(learner: Learner, feed: Feed, plan: Plan, epoch: int) -> Iterator[BatchDone]:
    """The epoch's steps. On a GPU a loss is read one step late, so that the device never waits for us."""
    sizes = feed.batch_sizes()
    steps, lag = plan.epochs * len(sizes), 0 if learner.device.type == "cpu" else 1
    started, images = time.perf_counter(), 0
    unread: deque[tuple[Tensor, int, float, float]] = deque()

    def read() -> BatchDone:
        loss, step, rate, momentum = unread.popleft()
        value = loss.item()
        if not math.isfinite(value):
            raise Diverged(
                f"The loss became {value} at step {step} of {steps}, with a learning rate of {rate:.2g}.",
                remedy=f"Train with a smaller learning rate, for example {max(plan.peaks) / 10:.1g}.",
            )
        return BatchDone(plan.stage, epoch, step, steps, value, rate, momentum,
                         images / (time.perf_counter() - started))

    for batch, (inputs, labels) in enumerate(feed.train_batches(plan.first_epoch + epoch)):
        step = epoch * len(sizes) + batch
        rates = [plan.rate(group, step / steps) for group in range(len(plan.peaks))]
        momentum = plan.momentum(step / steps)
        set_rates(learner, rates, momentum)
        loss = train_step(learner, inputs, labels, plan.precision)
        images += len(labels)
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
            remedy=f"Train with a smaller learning rate, for example {max(plan.peaks) / 10:.1g}.",
        )
    valid_loss = F.cross_entropy(logits, labels).item()
    accuracy = (logits.argmax(1) == labels).double().mean().item()
    learner.epoch = epoch + 1
    learner.valid_logits = logits.numpy()
    kept = learner.kept.admits(accuracy, len(labels))
    if kept:
        learner.kept.epoch = plan.first_epoch + epoch
        learner.kept_state = {name: tensor.detach().to("cpu", copy=True)
                              for name, tensor in learner.module.state_dict().items()}
    return EpochDone(plan.stage, plan.first_epoch + epoch, train_loss, valid_loss, accuracy, 1 - accuracy,
                     time.perf_counter() - started, kept)


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
