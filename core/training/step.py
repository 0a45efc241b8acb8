"""The only optimizer step: training and the learning-rate finder make it alike."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.training.learner import Learner
from core.vision.fast import DTYPES, Precision


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """How one optimizer step is made of one or more batches."""

    precision: Precision = "float32"
    label_smoothing: float = 0.0
    mixup: float = 0.0                       # alpha of the Beta distribution; 0: off
    class_weights: Tensor | None = None      # (K,) float32 on the device
    gradient_clip: float | None = None       # the largest norm of all gradients together


def train_step(learner: Learner, batches: Sequence[tuple[Tensor, Tensor]], step: Step) -> Tensor:
    """One optimizer step: the only one there is. Returns the mean loss over its pictures, before the step.

    Several batches (inputs, labels (n,) int64) add their gradients up to those of one that holds them all, but for
    batch-norm, which sees each by itself.
    """
    learner.optimizer.zero_grad(set_to_none=True)
    weight = sum(_weight(labels, step) for _, labels in batches)
    total = torch.zeros((), device=learner.device)
    for inputs, labels in batches:
        loss = _summed_loss(learner, inputs, labels, step) / weight
        torch.autograd.backward(learner.scaler.scale(loss) if learner.scaler else loss)
        total += loss.detach()
    if step.gradient_clip is not None:
        if learner.scaler:
            learner.scaler.unscale_(learner.optimizer)
        nn.utils.clip_grad_norm_(learner.module.parameters(), step.gradient_clip)
    if learner.scaler:
        learner.scaler.step(learner.optimizer)
        learner.scaler.update()
    else:
        learner.optimizer.step()
    return total


def _weight(labels: Tensor, step: Step) -> Tensor | int:
    return len(labels) if step.class_weights is None else step.class_weights[labels].sum()


def _summed_loss(learner: Learner, inputs: Tensor, labels: Tensor, step: Step) -> Tensor:
    """The batch's summed cross-entropy, in nats; of mixed pictures where the step mixes (Zhang 2017, arXiv:1710.09412).

    Each picture has its own share, above a half, as in fastai's MixUp.
    """
    def loss(logits: Tensor, labels: Tensor, reduction: str) -> Tensor:
        return F.cross_entropy(logits, labels, step.class_weights, reduction=reduction,
                               label_smoothing=step.label_smoothing)

    autocast = torch.autocast(learner.device.type, DTYPES[step.precision], enabled=step.precision != "float32")
    if not step.mixup:
        with autocast:
            logits = learner.module(inputs)
        return loss(logits.float(), labels, "sum")
    alpha = torch.full((len(labels),), step.mixup)
    share = torch.distributions.Beta(alpha, alpha).sample()
    share = torch.maximum(share, 1 - share).to(learner.device)
    others = torch.randperm(len(labels)).to(learner.device)
    with autocast:
        logits = learner.module(torch.lerp(inputs[others], inputs, share.view(-1, *(1,) * (inputs.ndim - 1))))
    own, other = (loss(logits.float(), each, "none") for each in (labels, labels[others]))
    return torch.lerp(other, own, share).sum()
