"""What a stage costs, counted in floating-point operations (GFLOP) and steps: the machine's pace makes it seconds.

A look through the network is one forward pass; the backward pass costs twice that, and reaches as far down as layers
learn. A picture of twice the side is four times the work.
"""

from dataclasses import dataclass

from core.training.stage import Stage
from core.vision.architectures import IMAGENET_SIZE, Architecture

FORWARD_AND_BACKWARD = 3.0   # forward passes


@dataclass(frozen=True, slots=True)
class Pictures:
    """How many there are on each side of the split."""

    train: int
    valid: int
    test: int = 0

    @property
    def total(self) -> int:
        return self.train + self.valid + self.test


@dataclass(frozen=True, slots=True)
class Work:
    """Of an epoch or of a stage."""

    training: float = 0.0    # GFLOP of training steps
    looking: float = 0.0     # GFLOP of forward passes alone
    head_steps: int = 0      # of a head on cached activations

    def times(self, count: int) -> "Work":
        return Work(self.training * count, self.looking * count, self.head_steps * count)

    def __add__(self, other: "Work") -> "Work":
        return Work(self.training + other.training, self.looking + other.looking, self.head_steps + other.head_steps)


def look(architecture: Architecture, size: int, pictures: int) -> Work:
    """So many pictures, once each, through the whole network."""
    return Work(looking=pictures * architecture.gflop * (size / IMAGENET_SIZE) ** 2)


def epoch(stage: Stage, architecture: Architecture, size: int, pictures: Pictures, steps: int) -> Work:
    """Training and validation; what is computed once for the stage is not in it (see `once`)."""
    if stage.cached:
        return Work(head_steps=steps)
    if stage.trains == "head":               # the validation pictures were seen once
        return look(architecture, size, pictures.train)
    scale = (size / IMAGENET_SIZE) ** 2
    early = FORWARD_AND_BACKWARD if stage.trains == "all" else 1.0
    a_picture = early * architecture.early + FORWARD_AND_BACKWARD * architecture.late
    return Work(training=pictures.train * a_picture * scale) + look(architecture, size, pictures.valid)


def once(stage: Stage, architecture: Architecture, size: int, pictures: Pictures) -> Work:
    """What a stage with a frozen body looks through before its first step."""
    if stage.trains != "head":
        return Work()
    if not stage.cached:
        return look(architecture, size, pictures.valid)
    return look(architecture, size, pictures.total + stage.views * pictures.train)
