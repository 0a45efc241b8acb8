"""What learns: a module and its optimizer, with all that changes while they do."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from core.training.course import STEADY_MOMENTUM
from core.vision.fast import Precision


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
    lowest_loss: float = math.inf    # of the validation pictures, in this stage
    epochs_without: int = 0          # since it was lowered

    def state(self) -> dict[str, Any]:
        """Everything to go on from, as `torch.save` takes it and weights_only reads it."""
        return {
            "module": self.module.state_dict(), "optimizer": self.optimizer.state_dict(), "epoch": self.epoch,
            "scaler": self.scaler.state_dict() if self.scaler else None,
            "kept_epoch": self.kept.epoch, "highest_accuracy": self.kept.highest_accuracy,
            "kept_state": self.kept_state, "lowest_loss": self.lowest_loss, "epochs_without": self.epochs_without,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        self.module.load_state_dict(state["module"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.scaler and state["scaler"]:
            self.scaler.load_state_dict(state["scaler"])
        self.epoch = state["epoch"]
        self.kept = Kept(state["kept_epoch"], state["highest_accuracy"])
        self.kept_state = state["kept_state"]
        # Checkpoints of before there was patience hold neither.
        self.lowest_loss, self.epochs_without = state.get("lowest_loss", math.inf), state.get("epochs_without", 0)


def learner(module: nn.Module, groups: Sequence[Sequence[nn.Parameter]], weight_decay: float,
            device: torch.device, precision: Precision, optimizer: str = "adamw") -> Learner:
    """An optimizer over layer groups, from the input to the head.

    AdamW (Loshchilov & Hutter 2017, arXiv:1711.05101), or "sgd" with Nesterov's momentum. Weight decay spares biases
    and batch-norms, as fastai's default does; eps and beta2 of AdamW are fastai's too. The optimizer's parameter
    groups alternate: decayed and spared of each layer group.
    """
    parameters = [
        {"params": [p for p in group if (p.ndim > 1) == decayed], "weight_decay": weight_decay if decayed else 0.0}
        for group in groups for decayed in (True, False)
    ]
    made: torch.optim.Optimizer
    if optimizer == "sgd":
        made = torch.optim.SGD(parameters, lr=0.0, momentum=STEADY_MOMENTUM, nesterov=True, fused=True)
    else:
        made = torch.optim.AdamW(parameters, lr=0.0, betas=(STEADY_MOMENTUM, 0.99), eps=1e-5, fused=True)
    scaler = torch.amp.GradScaler(device.type) if precision == "float16" else None
    return Learner(module, made, device, scaler)


def set_rates(learner: Learner, rates: Sequence[float], momentum: float) -> None:
    """Each layer group's learning rate (see `learner` for the order) and everyone's momentum, AdamW's first beta."""
    for index, group in enumerate(learner.optimizer.param_groups):
        group["lr"] = rates[index // 2]
        if "betas" in group:
            group["betas"] = (momentum, group["betas"][1])
        else:
            group["momentum"] = momentum
