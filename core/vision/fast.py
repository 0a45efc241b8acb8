"""Fast paths of a network that is only looked through: folded batch-norm, one number format, channels_last."""

import copy
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.fx.experimental.optimization import fuse

from core.data.preprocessing import Preprocessing

Precision = Literal["float32", "bfloat16", "float16"]
DTYPES: dict[Precision, torch.dtype] = {
    "float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16,
}


def folded(body: nn.Module, precision: Precision, device: torch.device) -> nn.Module:
    """A frozen copy of a convolutional body for evaluation: each batch-norm folded into its convolution.

    In float32 it agrees with the original within rounding (about 1e-5); the original is untouched.
    """
    copied = fuse(copy.deepcopy(body).eval(), inplace=True).requires_grad_(False)
    return copied.to(device=device, dtype=DTYPES[precision],  # type: ignore[no-any-return, call-overload]
                     memory_format=torch.channels_last)


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
