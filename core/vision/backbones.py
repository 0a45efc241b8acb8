"""The networks that look at a picture: torchvision's, without their classifier, cut in two layer groups."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torchvision.models import get_model  # type: ignore[attr-defined]

from core.errors import BadRecipe, BadWeights

FAULTS_NAMED = 3


@dataclass(frozen=True, slots=True)
class Architecture:
    """A network one can choose. `late_from` is the first part of the late layer group.

    Every network is cut where its map shrinks from an eighth of the picture's side to a sixteenth.
    fastai cuts resnets there (between layer2 and layer3): before it edges and textures that serve any
    picture, behind it the parts and objects of what was learned, and over nine tenths of the parameters.
    """

    name: str        # torchvision's
    late_from: str
    sentence: str    # for a beginner


ARCHITECTURES = {architecture.name: architecture for architecture in (
    Architecture("resnet18", late_from="layer3",
                 sentence="Small, quick and dependable: start here on a computer without a GPU."),
    Architecture("resnet34", late_from="layer3",
                 sentence="Deeper than resnet18, and often more accurate: start here with a GPU."),
    Architecture("resnet50", late_from="layer3",
                 sentence="A classic, clearly more accurate, at over twice resnet18's work: likes a GPU."),
    Architecture("resnext50_32x4d", late_from="layer3",
                 sentence="resnet50 with its work in 32 paths: a little more accurate, a little slower."),
    Architecture("mobilenet_v3_small", late_from="4",
                 sentence="Tiny and the fastest, made for phones: good for first experiments."),
    Architecture("mobilenet_v3_large", late_from="7",
                 sentence="Made for phones: as accurate as resnet34 for a small part of its work."),
    Architecture("efficientnet_b0", late_from="4",
                 sentence="Accurate for its few parameters, but slower to train than they suggest."),
    Architecture("convnext_tiny", late_from="4",
                 sentence="Modern and the most accurate one here, with the most work: wants a GPU."),
)}


class Body(nn.Sequential):
    """A network without its classifier: pictures (N, 3, S, S) to maps (N, channels, S/32, S/32)."""

    early: nn.Sequential
    late: nn.Sequential

    def __init__(self, architecture: str, parts: Sequence[tuple[str, nn.Module]], channels: int) -> None:
        names = [name for name, _ in parts]
        cut = names.index(ARCHITECTURES[architecture].late_from)
        super().__init__(OrderedDict(early=nn.Sequential(OrderedDict(parts[:cut])),
                                     late=nn.Sequential(OrderedDict(parts[cut:]))))
        self.architecture = architecture
        self.channels = channels


def architecture_named(name: str) -> Architecture:
    """Raises BadRecipe that lists the known ones."""
    if name not in ARCHITECTURES:
        raise BadRecipe(f"There is no network named '{name}'.",
                        remedy=f"Choose one of {', '.join(ARCHITECTURES)}.")
    return ARCHITECTURES[name]


def build(architecture: str, state: Mapping[str, Tensor] | None, seed: int) -> Body:
    """The body of a network on the CPU, in float32, in training mode.

    `state` has torchvision's keys; its classifier (`fc.*`, `classifier.*`) is dropped, half precision
    is cast, and the tensors are copied. Without it the body starts at random, a function of the seed.
    Raises BadRecipe for an unknown architecture, BadWeights where the state does not fit it.
    """
    architecture_named(architecture)
    with seeded(seed):
        whole = get_model(architecture, num_classes=1)
        channels = _remove_classifier(whole)
    if state is not None:
        body_state = {key: tensor for key, tensor in state.items()
                      if not key.startswith(("fc.", "classifier."))}
        _check_fit(architecture, body_state, whole.state_dict())
        whole.load_state_dict(body_state)
    return _body(architecture, whole, channels)


def blank(architecture: str) -> Body:
    """A body without numbers ("meta"), for `load_state_dict(..., assign=True)` to fill."""
    architecture_named(architecture)
    with torch.device("meta"):
        whole = get_model(architecture, num_classes=1)
        return _body(architecture, whole, _remove_classifier(whole))


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draw on the CPU from this seed inside, and leave the global generators as they were."""
    with torch.random.fork_rng(devices=[]):
        # torch.manual_seed would reset the generators of the GPUs as well.
        torch.default_generator.manual_seed(seed)
        yield


def _body(architecture: str, whole: nn.Module, channels: int) -> Body:
    return Body(architecture, list(getattr(whole, "features", whole).named_children()), channels)


def _remove_classifier(whole: nn.Module) -> int:
    """Take pooling and classifier away; the channels that they were given."""
    name = "fc" if hasattr(whole, "fc") else "classifier"
    classifier = getattr(whole, name)
    linear = next(module for module in classifier.modules() if isinstance(module, nn.Linear))
    delattr(whole, name)
    del whole.avgpool
    return linear.in_features


def _check_fit(architecture: str, state: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> None:
    faults = []
    for key, wanted in expected.items():
        given = state.get(key)
        if given is None:
            if not key.endswith("num_batches_tracked"):  # absent from files older than 2018
                faults.append(f"'{key}' is missing")
        elif given.shape != wanted.shape:
            faults.append(f"'{key}' has the shape {tuple(given.shape)} in place of {tuple(wanted.shape)}")
        elif given.is_floating_point() != wanted.is_floating_point():
            faults.append(f"'{key}' holds {str(given.dtype).removeprefix('torch.')} numbers")
    faults += [f"'{key}' is unknown to it" for key in state if key not in expected]
    if faults:
        more = f"; and {len(faults) - FAULTS_NAMED} more" if len(faults) > FAULTS_NAMED else ""
        raise BadWeights(
            f"The weights do not fit {architecture}: {'; '.join(faults[:FAULTS_NAMED])}{more}.",
            remedy="Choose the network that these weights were made for, or other weights than these.",
        )
