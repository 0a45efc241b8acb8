"""Where a trained network looks: which parts of a picture speak for a class.

Grad-CAM asks the last convolutional map: quick, and as coarse as that map. Occlusion covers one part of the picture
after another and watches the probability: slower, and it asks nothing of the network but its answers.
"""

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from captum.attr import LayerGradCam
from numpy.typing import NDArray
from torch import Tensor, nn

from core.data.preprocessing import Preprocessing
from core.vision.architectures import ARCHITECTURES, IMAGENET_SIZE
from core.vision.classifier import Classifier
from core.vision.fast import folded, pooled, to_input

CPU = torch.device("cpu")
BATCH_PIXELS = 16 * IMAGENET_SIZE ** 2   # of squares that go through the network at once: bounds its memory
MOST_POSITIONS, LEAST_POSITIONS = 7, 4   # of the patch, along a side
OCCLUSION_GFLOP = 360.0                  # for one map: resnet34 at 224 pixels has all positions, 2 s on two free cores
PATCH_STEPS = 2                          # a patch is so many times as wide as the way to the next one


@dataclass(frozen=True, slots=True, eq=False)
class Saliency:
    """Which parts of a square spoke for a class; to be stretched over it."""

    map: NDArray[np.float32]   # (h, w), from 0 to 1: a share of its own largest value
    anything: bool             # False: no part spoke for the class, and the map is 0 everywhere


@dataclass(frozen=True, slots=True, eq=False)
class Covered:
    """What becomes of a class's probability while one part of the square is covered."""

    before: float              # the probability with nothing covered, 0 to 1
    falls: NDArray[np.float32]  # (h, w): how much less it is with a patch around there; negative where it rises


class Frozen:
    """A classifier's copy that no longer learns, in float32 on the CPU; the classifier stays as it is.

    Batch-norm is folded into the convolutions, which agrees with the original within rounding (about 1e-5).
    """

    def __init__(self, classifier: Classifier, preprocessing: Preprocessing) -> None:
        self.preprocessing = preprocessing
        self.architecture = classifier.architecture
        self._body = folded(nn.Sequential(classifier.early, classifier.late), "float32", CPU)
        self.head = copy.deepcopy(classifier.head).eval().requires_grad_(False).to(CPU)

    def inputs(self, squares: np.ndarray) -> Tensor:
        """uint8 (n, size, size, 3) as the network wants it."""
        return to_input(squares, self.preprocessing, CPU)

    def maps(self, inputs: Tensor) -> Tensor:
        """The last convolutional maps (n, C, h, w) of inputs, a few at a time."""
        with torch.no_grad():      # not inference_mode: Grad-CAM starts from these maps
            return torch.cat([self._body(part) for part in torch.split(inputs, _batch(inputs.shape[-1]))])

    def logits(self, maps: Tensor) -> Tensor:
        """(n, K) of the last convolutional maps."""
        logits: Tensor = self.head(pooled(maps))
        return logits

    def probabilities(self, maps: Tensor) -> NDArray[np.float32]:
        """(n, K), rows sum to 1."""
        with torch.no_grad():
            result: NDArray[np.float32] = self.logits(maps).softmax(1).numpy()
        return result


class _FromMap(nn.Module):
    """What stands behind the last convolutional map, with a layer that captum can ask for it."""

    def __init__(self, network: Frozen) -> None:
        super().__init__()
        self.map = nn.Identity()
        self.head = network.head
        self._logits = network.logits

    def forward(self, maps: Tensor) -> Tensor:
        return self._logits(self.map(maps))


def grad_cam(network: Frozen, maps: Tensor, targets: Sequence[int]) -> tuple[Saliency, ...]:
    """Of each of these last convolutional maps (n, C, h, w), what spoke for a class; `targets` are n classes.

    Channels weighed by the mean gradient of the class's logit, added, and negative values dropped (Selvaraju 2017,
    arXiv:1610.02391). By captum, from the map on: every class of a picture costs one look at it.
    """
    whole = _FromMap(network)
    found = LayerGradCam(whole, whole.map).attribute(
        maps.detach().requires_grad_(), target=torch.tensor(targets), relu_attributions=True)
    return tuple(_scaled(values) for values in found.detach()[:, 0].numpy())


def _scaled(values: NDArray[np.float32]) -> Saliency:
    most = float(values.max())
    if most <= 0:
        return Saliency(np.zeros_like(values), anything=False)
    return Saliency(values / np.float32(most), anything=True)


def occlusion(network: Frozen, square: np.ndarray, target: int, positions: int, patch_pixels: int,
              rows: slice = slice(None)) -> Covered:
    """How much the class's probability falls while a grey patch covers a part of the square (size, size, 3) uint8.

    The patch stands in the middle of each of positions x positions fields, or of these rows of them; what lies beyond
    the edge is cut off. Grey is the mean colour that inputs are measured from (Zeiler and Fergus 2013,
    arXiv:1311.2901).
    """
    whole = network.inputs(np.stack([square]))
    size = whole.shape[-1]
    ends = [_span(place, size, positions, patch_pixels) for place in range(positions)]
    places = [(down, across) for down in ends[rows] for across in ends]
    chances = [network.probabilities(network.maps(whole))[:, target]]
    for start in range(0, len(places), _batch(size)):
        patched = [_with_patch(whole, *place) for place in places[start:start + _batch(size)]]
        chances.append(network.probabilities(network.maps(torch.cat(patched)))[:, target])
    before, *rest = np.concatenate(chances)
    return Covered(float(before), before - np.array(rest, dtype=np.float32).reshape(-1, positions))


def patches(architecture: str, size: int) -> tuple[int, int]:
    """How many positions along a side occlusion affords with this network and size, and the patch's side in pixels.

    A patch reaches half over its neighbours: what lies on the border of two is wholly covered by one.
    """
    known = ARCHITECTURES[architecture]
    look = known.gflop / known.rate * (size / IMAGENET_SIZE) ** 2
    positions = max(LEAST_POSITIONS, min(MOST_POSITIONS, math.isqrt(int(OCCLUSION_GFLOP / look))))
    return positions, max(1, round(PATCH_STEPS * size / positions))


def _span(place: int, size: int, positions: int, patch_pixels: int) -> slice:
    start = round((place + 0.5) * size / positions - patch_pixels / 2)
    return slice(max(0, start), min(size, start + patch_pixels))


def _with_patch(whole: Tensor, rows: slice, columns: slice) -> Tensor:
    patched = whole.clone()
    patched[:, :, rows, columns] = 0
    return patched


def _batch(size: int) -> int:
    return max(1, BATCH_PIXELS // size ** 2)
