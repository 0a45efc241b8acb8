"""Training steps that hold less: what batch-norm and ReLU make of a map is not kept, but made again on the way back.

A residual network keeps two maps for each convolution: what came out of it (its batch-norm asks for that) and what
went in. The second is a function of the map before, cheap beside any convolution, so it is made twice and held for a
moment only (as Pleiss 2017, arXiv:1707.06990, does for densenets). Gradients and statistics are bit-equal to those of
the plain layers. On a GPU the plain layers work: cuDNN has its own.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock, Bottleneck

from core.vision.backbones import Body

aten = torch.ops.aten


def norm_relu_conv(maps: Tensor, norm: nn.Module, conv: nn.Conv2d) -> Tensor:
    """`conv(relu(norm(maps)))` of maps (N, C, h, w)."""
    if not (isinstance(norm, nn.BatchNorm2d) and _learns(norm, maps)):
        normed: Tensor = norm(maps)
        through: Tensor = conv(F.relu_(normed))
        return through
    _count(norm)
    convolved: Tensor = _NormReluConv.apply(maps, norm.weight, norm.bias, conv.weight, norm, conv)
    return convolved


def norm_pool_relu(maps: Tensor, norm: nn.Module, pool: nn.Module) -> Tensor:
    """`relu(pool(norm(maps)))` of maps (N, C, h, w)."""
    if not (isinstance(norm, nn.BatchNorm2d) and _learns(norm, maps)):
        normed: Tensor = norm(maps)
        pooled: Tensor = pool(normed)
        return F.relu_(pooled)
    _count(norm)
    smaller: Tensor = _NormPoolRelu.apply(maps, norm.weight, norm.bias, norm, pool)
    return smaller


class LeanStem(nn.Sequential):
    """A convolution, its batch-norm, a pool and a ReLU, and whatever comes behind them."""

    def forward(self, x: Tensor) -> Tensor:
        conv, norm, pool, _, *others = self
        x = norm_pool_relu(conv(x), norm, pool)
        for part in others:
            x = part(x)
        return x


class LeanBasicBlock(BasicBlock):
    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.bn2(norm_relu_conv(self.conv1(x), self.bn1, self.conv2))
        return _joined(self, out, x)


class LeanBottleneck(Bottleneck):
    def forward(self, x: Tensor) -> Tensor:
        out = norm_relu_conv(self.conv1(x), self.bn1, self.conv2)
        return _joined(self, self.bn3(norm_relu_conv(out, self.bn2, self.conv3)), x)


LEAN = {BasicBlock: LeanBasicBlock, Bottleneck: LeanBottleneck}


def make_lean(body: Body) -> None:
    """Have a residual network's blocks and its stem hold less; parameters, names and results stay.

    Other networks stay as they are.
    """
    for block in body.modules():
        if type(block) in LEAN:
            block.__class__ = LEAN[type(block)]
    if [type(part) for part in body.early][:4] == [nn.Conv2d, nn.BatchNorm2d, nn.MaxPool2d, nn.ReLU]:
        body.early.__class__ = LeanStem


def _joined(block: BasicBlock | Bottleneck, out: Tensor, x: Tensor) -> Tensor:
    out += x if block.downsample is None else block.downsample(x)
    return F.relu_(out)


def _learns(norm: nn.BatchNorm2d, maps: Tensor) -> bool:
    """Does it take its statistics from these maps, on a way that leads back? What torch.fx traces are no maps."""
    return norm.training and isinstance(maps, Tensor) and torch.is_grad_enabled() and maps.device.type == "cpu"


def _count(norm: nn.BatchNorm2d) -> None:
    assert norm.num_batches_tracked is not None
    norm.num_batches_tracked.add_(1)


def _normed(maps: Tensor, weight: Tensor, bias: Tensor, norm: nn.BatchNorm2d, first: bool
            ) -> tuple[Tensor, Tensor, Tensor]:
    """The batch-norm's answer, and the mean and 1 / std (C,) of these maps; the running ones move at the first time."""
    running = (norm.running_mean, norm.running_var) if first else (None, None)
    made: tuple[Tensor, Tensor, Tensor] = aten.native_batch_norm(maps, weight, bias, *running, True, norm.momentum,
                                                                 norm.eps)
    return made


class _NormReluConv(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, maps: Tensor, weight: Tensor, bias: Tensor, filters: Tensor, norm: nn.BatchNorm2d,
                conv: nn.Conv2d) -> Tensor:
        seen, mean, inverse_std = _normed(maps, weight, bias, norm, first=True)
        ctx.save_for_backward(maps, weight, bias, filters, mean, inverse_std)
        ctx.norm, ctx.conv = norm, conv
        return F.conv2d(seen.relu_(), filters.to(seen.dtype), None, conv.stride, conv.padding, conv.dilation,
                        conv.groups)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Any:
        maps, weight, bias, filters, mean, inverse_std = ctx.saved_tensors
        conv: nn.Conv2d = ctx.conv
        seen = _normed(maps, weight, bias, ctx.norm, first=False)[0].relu_()
        of_seen, of_filters, _ = aten.convolution_backward(
            gradients[0], seen, filters.to(seen.dtype), None, conv.stride, conv.padding, conv.dilation, False, (0, 0),
            conv.groups, (True, ctx.needs_input_grad[3], False))
        of_normed = aten.threshold_backward(of_seen, seen, 0)
        of_maps, of_weight, of_bias = aten.native_batch_norm_backward(
            of_normed, maps, weight, None, None, mean, inverse_std, True, ctx.norm.eps, (True, True, True))
        return of_maps, of_weight, of_bias, None if of_filters is None else of_filters.to(filters.dtype), None, None


class _NormPoolRelu(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, maps: Tensor, weight: Tensor, bias: Tensor, norm: nn.BatchNorm2d, pool: nn.MaxPool2d
                ) -> Tensor:
        normed, mean, inverse_std = _normed(maps, weight, bias, norm, first=True)
        ctx.save_for_backward(maps, weight, bias, mean, inverse_std)
        ctx.norm, ctx.pool = norm, pool
        return _pooled(normed, pool)[0].relu_()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Any:
        maps, weight, bias, mean, inverse_std = ctx.saved_tensors
        pool: nn.MaxPool2d = ctx.pool
        normed = _normed(maps, weight, bias, ctx.norm, first=False)[0]
        largest, places = _pooled(normed, pool)
        of_largest = aten.threshold_backward(gradients[0], largest, 0)
        of_normed = aten.max_pool2d_with_indices_backward(of_largest, normed, pool.kernel_size, pool.stride,
                                                          pool.padding, pool.dilation, pool.ceil_mode, places)
        del normed, places          # each as large as the maps
        return (*aten.native_batch_norm_backward(of_normed, maps, weight, None, None, mean, inverse_std, True,
                                                 ctx.norm.eps, (True, True, True)), None, None)


def _pooled(normed: Tensor, pool: nn.MaxPool2d) -> tuple[Tensor, Tensor]:
    made: tuple[Tensor, Tensor] = aten.max_pool2d_with_indices(normed, pool.kernel_size, pool.stride, pool.padding,
                                                               pool.dilation, pool.ceil_mode)
    return made
