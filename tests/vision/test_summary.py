"""The summary: rows that cover the network, and a network that does not notice."""

import pytest
import torch

from core.vision.backbones import build
from core.vision.classifier import Classifier
from core.vision.summary import LayerRow, summarise, totals


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier(build("resnet18", None, 0), 3, 0)


@pytest.fixture(scope="module")
def convnext() -> Classifier:
    return Classifier(build("convnext_tiny", None, 0), 3, 0)


def by_name(rows: tuple[LayerRow, ...]) -> dict[str, LayerRow]:
    return {row.name: row for row in rows}


def test_rows_give_kind_shape_and_parameters_in_the_order_of_the_network(classifier: Classifier) -> None:
    rows = summarise(classifier, 64)
    assert [row.name for row in rows] == [
        "early.conv1", "early.bn1", "early.maxpool", "early.relu", "early.layer1", "early.layer2",
        "late.layer3", "late.layer4", "pool", *(f"head.{index}" for index in range(7))]
    named = by_name(rows)
    weights = 64 * 3 * 7 * 7
    assert named["early.conv1"] == LayerRow("early.conv1", "Conv2d", (64, 32, 32), weights, weights)
    assert named["late.layer4"].shape == (512, 2, 2)
    assert named["pool"] == LayerRow("pool", "ConcatPool", (1024,), 0, 0)
    assert named["head.6"].shape == (3,)


@pytest.mark.parametrize("depth", [1, 2, 3, 9])
def test_the_totals_are_the_networks_at_every_depth(depth: int, classifier: Classifier,
                                                    convnext: Classifier) -> None:
    for network in (classifier, convnext):
        everything = sum(parameter.numel() for parameter in network.parameters())
        assert totals(summarise(network, 32, depth)).parameters == everything


def test_depth_opens_blocks_one_level_at_a_time(classifier: Classifier) -> None:
    assert [row.name for row in summarise(classifier, 32, depth=1)] == ["early", "late", "pool", "head"]
    assert by_name(summarise(classifier, 32, depth=3))["late.layer3.0"].kind == "BasicBlock"
    assert by_name(summarise(classifier, 32, depth=4))["late.layer3.0.conv1"].kind == "Conv2d"


def test_a_frozen_body_shows_as_frozen() -> None:
    classifier = Classifier(build("mobilenet_v3_small", None, 0), 3, 0)
    classifier.freeze(("early", "late"))
    rows = summarise(classifier, 64, depth=1)
    assert [row.trainable for row in rows[:2]] == [0, 0]
    head = sum(parameter.numel() for parameter in classifier.head.parameters())
    assert totals(rows).trainable == head
    assert totals(rows).frozen == totals(rows).parameters - head


@pytest.mark.parametrize("training", [True, False])
def test_a_summary_leaves_modes_statistics_and_random_state(classifier: Classifier, training: bool) -> None:
    classifier.train(training)
    classifier.late.eval()
    modes = [module.training for module in classifier.modules()]
    state = {key: tensor.clone() for key, tensor in classifier.state_dict().items()}
    random_state = torch.get_rng_state()
    summarise(classifier, 64)
    assert [module.training for module in classifier.modules()] == modes
    assert all(torch.equal(tensor, state[key]) for key, tensor in classifier.state_dict().items())
    assert torch.equal(torch.get_rng_state(), random_state)
    assert not any(module._forward_hooks for module in classifier.modules())


def test_a_picture_the_network_cannot_take_leaves_no_trace(classifier: Classifier) -> None:
    classifier.train()
    with pytest.raises(RuntimeError):
        summarise(classifier, 0)
    assert classifier.training
    assert not any(module._forward_hooks for module in classifier.modules())
