"""Bodies: every architecture builds, takes torchvision's weights, and says what does not fit."""

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor
from torchvision.models import get_model, resnet18

from core.errors import BadRecipe, BadWeights
from core.vision.architectures import ARCHITECTURES
from core.vision.backbones import Body, build
from core.vision.weights import BUNDLED


@pytest.fixture(scope="module")
def bundled() -> dict[str, Tensor]:
    return load_file(BUNDLED)


def same(one: Body, other: Body) -> bool:
    ours, theirs = one.state_dict(), other.state_dict()
    return ours.keys() == theirs.keys() and all(map(torch.equal, ours.values(), theirs.values()))


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_body_takes_torchvisions_weights_and_is_cut_at_a_sixteenth(name: str) -> None:
    with torch.device("meta"):
        keys = get_model(name).state_dict()
    state = {key: torch.zeros(tensor.shape, dtype=tensor.dtype) for key, tensor in keys.items()}
    body = build(name, state, 0).eval()
    with torch.no_grad():
        middle = body.early(torch.zeros(1, 3, 64, 64))
        assert middle.shape[2:] == (8, 8)
        assert body.late[0](middle).shape[2:] == (4, 4)
        assert body.late(middle).shape == (1, body.channels, 2, 2)
    assert not any(torch.any(parameter) for parameter in body.parameters())


def test_bundled_weights_give_torchvisions_own_maps_to_the_bit(bundled: dict[str, Tensor]) -> None:
    theirs = resnet18(num_classes=200).eval()
    theirs.load_state_dict(bundled)
    ours = build("resnet18", bundled, 0).eval()
    pictures = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        maps = torch.nn.Sequential(*list(theirs.children())[:-2])(pictures)
        assert torch.equal(ours(pictures), maps)
    assert all(parameter.dtype == torch.float32 for parameter in ours.parameters())
    assert all(parameter.requires_grad for parameter in ours.parameters())


def test_training_a_body_leaves_the_state_it_came_from(bundled: dict[str, Tensor]) -> None:
    state = {key: tensor.float() if tensor.is_floating_point() else tensor for key, tensor in bundled.items()}
    before = {key: tensor.clone() for key, tensor in state.items()}
    body = build("resnet18", state, 0)
    with torch.no_grad():
        body(torch.ones(2, 3, 64, 64))
        for parameter in body.parameters():
            parameter.add_(1)
    assert all(torch.equal(state[key], before[key]) for key in before)


def test_statistics_counters_may_be_absent_as_in_old_files(bundled: dict[str, Tensor]) -> None:
    old = {key: tensor for key, tensor in bundled.items() if "num_batches_tracked" not in key}
    body = build("resnet18", old, 0)
    assert body.early.bn1.num_batches_tracked == 0
    assert not any(tensor.is_meta for tensor in body.state_dict().values())


def test_random_weights_are_a_function_of_the_seed() -> None:
    assert same(build("resnet18", None, 7), build("resnet18", None, 7))
    assert not same(build("resnet18", None, 7), build("resnet18", None, 8))


@pytest.mark.parametrize("given", [True, False])
def test_building_leaves_the_global_random_state(given: bool, bundled: dict[str, Tensor]) -> None:
    before = torch.get_rng_state()
    build("resnet18", bundled if given else None, 3)
    assert torch.equal(torch.get_rng_state(), before)


def test_an_unknown_architecture_is_answered_with_the_known_ones() -> None:
    with pytest.raises(BadRecipe, match="resnet19") as caught:
        build("resnet19", None, 0)
    assert all(name in caught.value.remedy for name in ARCHITECTURES)


def test_missing_unknown_and_misshapen_weights_are_named(bundled: dict[str, Tensor]) -> None:
    bad = bundled | {"conv1.weight": torch.zeros(64, 1, 7, 7), "extra": torch.zeros(1)}
    del bad["bn1.bias"]
    with pytest.raises(BadWeights) as caught:
        build("resnet18", bad, 0)
    for words in ("do not fit resnet18", "'conv1.weight' has the shape (64, 1, 7, 7)",
                  "'bn1.bias' is missing", "'extra' is unknown"):
        assert words in caught.value.problem


def test_weights_of_another_network_are_refused_in_a_short_message(bundled: dict[str, Tensor]) -> None:
    with pytest.raises(BadWeights, match=r"do not fit resnet50: .*; and \d+ more\.") as caught:
        build("resnet50", bundled, 0)
    assert len(caught.value.problem) < 400


def test_whole_numbers_in_the_place_of_weights_are_refused(bundled: dict[str, Tensor]) -> None:
    bad = bundled | {"conv1.weight": bundled["conv1.weight"].to(torch.int8)}
    with pytest.raises(BadWeights, match=r"'conv1.weight' holds int8 numbers"):
        build("resnet18", bad, 0)
