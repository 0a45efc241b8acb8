import copy
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from core.vision import backbones
from core.vision.backbones import Body
from core.vision.classifier import Classifier
from core.vision.fast import folded
from core.vision.lean import make_lean

SIZE = 64
RESIDUAL = ("resnet18", "resnet34", "resnet50", "resnext50_32x4d")


def pair(architecture: str) -> tuple[Classifier, Classifier]:
    """A plain network, and the same one that holds less."""
    plain, lean = backbones.build(architecture, None, 3), backbones.build(architecture, None, 3)
    make_lean(lean)
    of = [Classifier(body, 3, 5).to(memory_format=torch.channels_last) for body in (plain, lean)]  # type: ignore[call-overload]
    return of[0], of[1]


def pictures(count: int = 4) -> Tensor:
    torch.manual_seed(0)
    return torch.rand(count, 3, SIZE, SIZE).contiguous(memory_format=torch.channels_last)


def step(classifier: Classifier, precision: torch.dtype) -> Tensor:
    torch.manual_seed(1)
    with torch.autocast("cpu", precision, enabled=precision != torch.float32):
        logits: Tensor = classifier(pictures())
    nn.functional.cross_entropy(logits.float(), torch.tensor([0, 1, 2, 0])).backward()
    return logits.detach()


def held_bytes(work: Callable[[], object]) -> int:
    """What autograd keeps for the way back, each piece of memory once."""
    held: dict[int, int] = {}

    def note(tensor: Tensor) -> Tensor:
        held[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        kept = work()
    assert kept is not None          # alive until here, so that no address is given out twice
    return sum(held.values())


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("architecture", RESIDUAL)
def test_answers_gradients_and_statistics_are_bit_equal(architecture: str, precision: torch.dtype) -> None:
    plain, lean = pair(architecture)
    for classifier in (plain, lean):
        classifier.train()
    for _ in range(2):
        assert torch.equal(step(plain, precision), step(lean, precision))
    grown = dict(lean.named_parameters())
    for name, parameter in plain.named_parameters():
        assert parameter.grad is not None and torch.equal(parameter.grad, grown[name].grad), name  # type: ignore[arg-type]
    state = lean.state_dict()
    assert list(state) == list(plain.state_dict())
    for name, tensor in plain.state_dict().items():
        assert torch.equal(tensor, state[name]), name


@pytest.mark.parametrize("architecture", RESIDUAL)
def test_it_holds_far_less_for_the_way_back(architecture: str) -> None:
    plain, lean = (classifier.train() for classifier in pair(architecture))
    batch = pictures(16)
    weights = sum(tensor.untyped_storage().nbytes() for tensor in plain.parameters())
    maps = [held_bytes(lambda classifier=classifier: classifier(batch)) - weights for classifier in (plain, lean)]  # type: ignore[misc]
    assert maps[1] < 0.8 * maps[0]


@pytest.mark.parametrize("frozen", [("early",), ("early", "late")])
def test_frozen_groups_stay_as_they_are_and_what_learns_learns_alike(frozen: tuple[str, ...]) -> None:
    plain, lean = pair("resnet18")
    before = copy.deepcopy(lean.state_dict())
    for classifier in (plain, lean):
        classifier.train()
        classifier.freeze(frozen)
    assert torch.equal(step(plain, torch.float32), step(lean, torch.float32))
    for (name, one), (_, other) in zip(plain.named_parameters(), lean.named_parameters(), strict=True):
        assert (one.grad is None) == (other.grad is None) == name.startswith(frozen)
        assert one.grad is None or torch.equal(one.grad, other.grad)  # type: ignore[arg-type]
    for name, tensor in lean.state_dict().items():
        assert not name.startswith(frozen) or torch.equal(tensor, before[name])


def test_batch_norms_that_learn_in_a_frozen_body_learn_alike() -> None:
    plain, lean = pair("resnet18")
    for classifier in (plain, lean):
        classifier.train()
        classifier.freeze(("early", "late"), train_batchnorm=True)
    assert torch.equal(step(plain, torch.float32), step(lean, torch.float32))
    grown = dict(lean.named_parameters())
    for name, parameter in plain.named_parameters():
        assert parameter.grad is None or torch.equal(parameter.grad, grown[name].grad), name  # type: ignore[arg-type]


def test_looking_and_folding_are_as_before() -> None:
    plain, lean = (classifier.eval() for classifier in pair("resnet18"))
    with torch.inference_mode():
        assert torch.equal(plain(pictures()), lean(pictures()))
        one, other = (folded(nn.Sequential(classifier.early, classifier.late), "float32", torch.device("cpu"))
                      for classifier in (plain, lean))
        assert torch.equal(one(pictures()), other(pictures()))
    assert not any(isinstance(module, nn.BatchNorm2d) for module in other.modules())


@pytest.mark.parametrize("architecture", ["mobilenet_v3_small", "convnext_tiny"])
def test_a_network_without_residual_blocks_of_that_kind_stays_as_it_is(architecture: str) -> None:
    body: Body = backbones.build(architecture, None, 0)
    kinds = [type(module) for module in body.modules()]
    make_lean(body)
    assert [type(module) for module in body.modules()] == kinds
