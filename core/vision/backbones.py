"""The networks that look at a picture: torchvision's, without their classifier, cut in two layer groups."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torchvision.models import get_model  # type: ignore[attr-defined]

from core.errors import BadWeights
from core.vision.architectures import ARCHITECTURES, architecture_named

FAULTS_NAMED = 3


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
    parts = list(getattr(whole, "features", whole).named_children())
    names = [name for name, _ in parts]
    if "maxpool" in names:
        # max and ReLU commute, gradients included, and behind the pool the ReLU has a quarter of the pixels.
        relu, pool = names.index("relu"), names.index("maxpool")
        parts[relu], parts[pool] = parts[pool], parts[relu]
    return Body(architecture, parts, channels)


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
