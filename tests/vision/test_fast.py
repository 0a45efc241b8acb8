"""Fast paths: a folded body sees what the original sees, and to_input is the one preprocessing."""

import gc
import weakref

import pytest
import torch
from torch import nn

from core.data.preprocessing import Preprocessing
from core.vision.backbones import build
from core.vision.fast import folded, pooled, to_input
from tests.tiny import CPU, noise, same


@pytest.fixture(scope="module", params=["resnet18", "mobilenet_v3_small", "efficientnet_b0", "convnext_tiny"])
def body(request: pytest.FixtureRequest) -> nn.Module:
    """A random body whose batch-norms have met something: fresh ones would fold into almost nothing."""
    made = build(request.param, None, 0).eval()
    with torch.random.fork_rng():
        torch.manual_seed(1)
        for module in made.modules():
            if isinstance(module, nn.BatchNorm2d):
                assert module.running_mean is not None and module.running_var is not None
                module.running_mean.uniform_(-0.2, 0.2)
                module.running_var.uniform_(0.5, 2)
                nn.init.uniform_(module.weight, 0.5, 1.5)
                nn.init.uniform_(module.bias, -0.2, 0.2)
    return made


def pictures() -> torch.Tensor:
    return torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))


def test_a_folded_body_sees_what_the_original_sees_and_leaves_it_alone(body: nn.Module) -> None:
    before = {name: tensor.clone() for name, tensor in body.state_dict().items()}
    fast = folded(body, "float32", CPU)
    with torch.no_grad():
        expected, seen = body(pictures()), fast(pictures())
    torch.testing.assert_close(seen, expected, atol=1e-4 * float(expected.abs().max()), rtol=1e-4)
    assert same(body.state_dict(), before)
    assert all(parameter.requires_grad for parameter in body.parameters())


def test_a_folded_body_has_no_batch_norm_left_and_never_learns() -> None:
    fast = folded(build("resnet18", None, 0).train(), "float32", CPU)
    assert not [module for module in fast.modules() if isinstance(module, nn.BatchNorm2d)]
    assert not [parameter for parameter in fast.parameters() if parameter.requires_grad]
    assert not fast.training


def test_a_body_in_training_is_folded_as_it_is_in_evaluation() -> None:
    body = build("resnet18", None, 0)
    with torch.no_grad():
        expected = body.eval()(pictures())
        seen = folded(body.train(), "float32", CPU)(pictures())
    torch.testing.assert_close(seen, expected, atol=1e-4 * float(expected.abs().max()), rtol=1e-4)
    assert body.training


def test_a_bfloat16_body_holds_and_gives_bfloat16() -> None:
    fast = folded(build("resnet18", None, 0), "bfloat16", CPU)
    assert {parameter.dtype for parameter in fast.parameters()} == {torch.bfloat16}
    with torch.no_grad():
        assert fast(pictures().bfloat16()).dtype == torch.bfloat16


@pytest.mark.parametrize("preprocessing", [Preprocessing(16), Preprocessing(16, mean=(0.5, 0.1, 0.0), std=(1, 0.3, 2))])
def test_inputs_are_those_of_the_preprocessing_to_the_bit(preprocessing: Preprocessing) -> None:
    pixels = noise(5)
    inputs = to_input(pixels, preprocessing, CPU)
    assert same(inputs.contiguous().numpy(), preprocessing.normalise(pixels))
    assert inputs.is_contiguous(memory_format=torch.channels_last)


def test_a_folded_copys_weights_go_with_it_and_wait_for_no_collection() -> None:
    body = build("resnet18", None, 0)
    gc.collect()
    gc.disable()
    try:
        fast = folded(body, "float32", CPU)
        weights = [weakref.ref(parameter) for parameter in fast.parameters()]
        del fast
        assert weights and not [weight for weight in weights if weight() is not None]
    finally:
        gc.enable()


def test_inputs_leave_the_pixels_as_they_were_and_come_in_the_format_asked_for() -> None:
    pixels = noise(5)
    assert to_input(pixels, Preprocessing(16), CPU, torch.bfloat16).dtype == torch.bfloat16
    assert same(pixels, noise(5))


def test_pooling_is_the_mean_and_then_the_maximum_of_the_map_in_float32() -> None:
    maps = torch.tensor([[[[1.0, 2.0], [3.0, 6.0]], [[0.0, 0.0], [-4.0, 0.0]]]])
    assert pooled(maps).tolist() == [[3.0, -1.0, 6.0, 0.0]]
    assert pooled(maps.bfloat16()).dtype == torch.float32
