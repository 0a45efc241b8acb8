"""Tiny networks and their food, for tests that need torch but no photograph."""

from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from core.data.pixels import Pixels
from core.events import Event, Progress
from core.training.course import Course
from core.training.engine import Plan
from core.training.learner import Learner, learner
from core.training.stage import ScheduleName, Stage
from core.training.step import Step
from core.vision.backbones import Body
from core.vision.classifier import Classifier
from core.vision.fast import Precision

CPU = torch.device("cpu")
FEATURES, CLASSES = 6, 3


class TinyNet(nn.Module):
    """Points (n, FEATURES) to logits (n, CLASSES): three layer groups, with statistics and dropout."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.early = nn.Sequential(nn.Linear(FEATURES, 8), nn.BatchNorm1d(8))
            self.late = nn.Sequential(nn.ReLU(), nn.Linear(8, 8))
            self.head = nn.Sequential(nn.Dropout(0.2), nn.Linear(8, CLASSES))

    def forward(self, points: Tensor) -> Tensor:
        logits: Tensor = self.head(self.late(self.early(points)))
        return logits

    def layer_groups(self) -> tuple[list[nn.Parameter], ...]:
        return list(self.early.parameters()), list(self.late.parameters()), list(self.head.parameters())


class Clusters:
    """A feed of well separated clusters of points; the last batch of an epoch is short."""

    def __init__(self, sizes: Sequence[int] = (8, 8, 8, 8, 4), seed: int = 0) -> None:
        random = np.random.default_rng(seed)
        centres = random.normal(0, 3, (CLASSES, FEATURES))
        labels = np.arange(sum(sizes) + 12) % CLASSES
        points = centres[labels] + random.normal(0, 0.5, (len(labels), FEATURES))
        self.points = torch.from_numpy(points).float()
        self.labels = torch.from_numpy(labels)
        self.sizes = tuple(sizes)
        self.valid_labels = self.labels[-12:]

    def batch_sizes(self) -> Sequence[int]:
        return self.sizes

    def train_batches(self, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        order = torch.from_numpy(np.random.default_rng([7, epoch]).permutation(sum(self.sizes)))
        for chosen in torch.split(order, list(self.sizes)):
            yield self.points[chosen], self.labels[chosen]

    def validate(self, module: nn.Module) -> Generator[Event, None, Tensor]:
        yield Progress("looking at points", 0, 12)
        with torch.no_grad():
            logits: Tensor = module(self.points[-12:])
        return logits


def tiny_learner(module: nn.Module | None = None, precision: Precision = "float32",
                 optimizer: str = "adamw") -> Learner:
    module = TinyNet() if module is None else module
    groups = module.layer_groups() if isinstance(module, TinyNet) else [list(module.parameters())]
    return learner(module, groups, 0.01, CPU, precision, optimizer)


def tiny_plan(epochs: int = 2, peaks: tuple[float, ...] = (0.01, 0.01, 0.01), schedule: ScheduleName = "one_cycle",
              seed: int = 1, precision: Precision = "float32", first_epoch: int = 0, **levers: Any) -> Plan:
    """A plan of `Stage(epochs, schedule, **levers)`."""
    stage = Stage(epochs=epochs, schedule=schedule, **levers)
    step = Step(precision, stage.label_smoothing, stage.mixup, None, stage.gradient_clip)
    return Plan(0, epochs, Course.of(stage, peaks), step, seed, first_epoch, stage.accumulate, stage.patience)


def tiny_classifier(seed: int = 0) -> Classifier:
    """A whole classifier of pictures with two convolutions."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        body = Body("resnet18", [("conv1", nn.Conv2d(3, 4, 3, stride=2, bias=False)), ("bn1", nn.BatchNorm2d(4)),
                                 ("relu", nn.ReLU()), ("layer3", nn.Conv2d(4, 6, 3, stride=2))], channels=6)
        for name, statistic in body.named_buffers():
            if name.endswith(("running_mean", "running_var")):
                statistic.uniform_(0.5, 2)
    return Classifier(body, CLASSES, seed)


def packed(pictures: Sequence[np.ndarray] | np.ndarray, key: str = "packed") -> Pixels:
    """Pictures (h, w, 3) uint8 as the cache holds them; the id of each is its row in words."""
    shapes = np.array([picture.shape[:2] for picture in pictures], dtype=np.int64)
    offsets = np.concatenate([[0], np.cumsum(shapes.prod(axis=1) * 3)])
    flat = np.concatenate([picture.reshape(-1) for picture in pictures])
    return Pixels(flat, shapes, offsets, {str(row): row for row in range(len(pictures))}, key, Path("nowhere"))


def noise(count: int, side: int = 16, seed: int = 0) -> np.ndarray:
    """(count, side, side, 3) uint8."""
    return np.random.default_rng(seed).integers(0, 256, (count, side, side, 3), dtype=np.uint8)


def same(one: Any, other: Any) -> bool:
    """Bit-equal, whatever dictionaries and lists the tensors lie in."""
    if isinstance(one, Tensor):
        return isinstance(other, Tensor) and one.dtype == other.dtype and torch.equal(one, other)
    if isinstance(one, np.ndarray):
        return isinstance(other, np.ndarray) and one.dtype == other.dtype and np.array_equal(one, other)
    if isinstance(one, dict):
        return isinstance(other, dict) and one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, list | tuple):
        return (type(one) is type(other) and len(one) == len(other)
                and all(same(a, b) for a, b in zip(one, other, strict=True)))
    return bool(one == other)
