"""Fast paths of a network that is only looked through: folded batch-norm, one number format, channels_last."""

import copy
from typing import Literal

import numpy as np
import torch
import torch.fx
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from core.data.preprocessing import Preprocessing

Precision = Literal["float32", "bfloat16", "float16"]
DTYPES: dict[Precision, torch.dtype] = {
    "float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16,
}


def folded(body: nn.Module, precision: Precision, device: torch.device) -> nn.Module:
    """A frozen copy of a convolutional body for evaluation: each batch-norm folded into its convolution.

    In float32 it agrees with the original within rounding (about 1e-5); the original is untouched.
    """
    copied = copy.deepcopy(body).eval().requires_grad_(False)
    for conv, norm in _with_norms(body):
        fused: nn.Module = fuse_conv_bn_eval(copied.get_submodule(conv),    # type: ignore[type-var]
                                             copied.get_submodule(norm))    # type: ignore[arg-type]
        copied.set_submodule(conv, fused.requires_grad_(False))
        copied.set_submodule(norm, nn.Identity())
    return copied.to(device=device, dtype=DTYPES[precision],  # type: ignore[no-any-return, call-overload]
                     memory_format=torch.channels_last)


def _with_norms(body: nn.Module) -> list[tuple[str, str]]:
    """Names of convolutions whose answer goes to a batch-norm alone, and of that.

    torch.fx's own `fuse` finds the same, but a traced copy lies in rings of references, which hold its weights until
    Python's next full collection: one copy after another.
    """
    traced = torch.fx.symbolic_trace(body)
    return [(str(node.args[0].target), str(node.target)) for node in traced.graph.nodes
            if node.op == "call_module" and isinstance(traced.get_submodule(node.target), nn.BatchNorm2d)
            and isinstance(node.args[0], torch.fx.Node) and node.args[0].op == "call_module"
            and isinstance(traced.get_submodule(str(node.args[0].target)), nn.Conv2d) and len(node.args[0].users) == 1]


def to_input(pixels: np.ndarray, preprocessing: Preprocessing, device: torch.device,
             dtype: torch.dtype = torch.float32) -> Tensor:
    """uint8 (N, size, size, 3) to the network's (N, 3, size, size) on the device, channels_last.

    The arithmetic is `Preprocessing.normalise`'s; NHWC bytes are channels_last already, nothing is moved.
    """
    raw = torch.from_numpy(pixels)
    if device.type == "cuda":
        raw = raw.pin_memory().to(device, non_blocking=True)
    mean = torch.tensor(preprocessing.mean, device=device).mul_(255).view(1, 3, 1, 1)
    std = torch.tensor(preprocessing.std, device=device).mul_(255).view(1, 3, 1, 1)
    return raw.permute(0, 3, 1, 2).float().sub_(mean).div_(std).to(dtype)


def pooled(feature_map: Tensor) -> Tensor:
    """(N, C, h, w) to float32 activations (N, 2C): the mean and the maximum over the map.

    fastai's AdaptiveConcatPool2d; mean and amax have a deterministic backward on a GPU.
    """
    return torch.cat([feature_map.mean((2, 3)), feature_map.amax((2, 3))], dim=1).float()
