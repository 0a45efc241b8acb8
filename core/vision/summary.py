"""What a network is made of, row by row, for a table."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from core.vision.classifier import Classifier

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LayerRow:
    """A layer, or a block of layers."""

    name: str                # "early.layer1"
    kind: str                # its class, "Conv2d"
    shape: Shape             # of its output for one picture, without the batch: (C, H, W) or (C,)
    parameters: int
    trainable: int           # of the parameters, those that are not frozen


@dataclass(frozen=True, slots=True)
class Totals:
    parameters: int
    trainable: int

    @property
    def frozen(self) -> int:
        return self.parameters - self.trainable


def summarise(classifier: Classifier, size: int, depth: int = 2) -> tuple[LayerRow, ...]:
    """The classifier's layers in their order, as a picture of `size` pixels a side passes them.

    `depth` 1 shows early, late, pool and head; 2 their stages; 3 the blocks within; a large one every
    layer. A layer above that depth that has no layers within is shown too, and so is a block with
    parameters of its own, so the rows always cover every parameter once.
    A black picture is passed in evaluation mode; modes, statistics and random state stay as they were.
    """
    parts = _parts(classifier, "", depth)
    shapes = _output_shapes(classifier, parts, size)
    return tuple(LayerRow(name, type(part).__name__, shapes[name], *_counts(part))
                 for name, part in parts.items())


def totals(rows: Sequence[LayerRow]) -> Totals:
    return Totals(sum(row.parameters for row in rows), sum(row.trainable for row in rows))


def _parts(module: nn.Module, prefix: str, depth: int) -> dict[str, nn.Module]:
    parts: dict[str, nn.Module] = {}
    for child_name, child in module.named_children():
        name = prefix + child_name
        whole = depth <= 1 or not list(child.children()) or list(child.parameters(recurse=False))
        parts |= {name: child} if whole else _parts(child, f"{name}.", depth - 1)
    return parts


def _output_shapes(classifier: Classifier, parts: dict[str, nn.Module], size: int) -> dict[str, Shape]:
    shapes: dict[str, Shape] = {}

    def watch(name: str, part: nn.Module) -> torch.utils.hooks.RemovableHandle:
        def note(_part: nn.Module, _given: tuple[Tensor, ...], made: Tensor) -> None:
            shapes[name] = tuple(made.shape[1:])
        return part.register_forward_hook(note)

    modes = {module: module.training for module in classifier.modules()}
    hooks = [watch(name, part) for name, part in parts.items()]
    try:
        classifier.eval()
        some = next(classifier.parameters())
        with torch.no_grad():
            classifier(torch.zeros(1, 3, size, size, device=some.device, dtype=some.dtype))
    finally:
        for hook in hooks:
            hook.remove()
        for module, training in modes.items():
            module.training = training
    return shapes


def _counts(part: nn.Module) -> tuple[int, int]:
    """Parameters, and those of them that train."""
    parameters = list(part.parameters())
    return (sum(parameter.numel() for parameter in parameters),
            sum(parameter.numel() for parameter in parameters if parameter.requires_grad))
