"""The classifier: pooling, head, layer groups, freezing."""

import copy

import pytest
import torch
from torch import Tensor, nn

from core.vision.architectures import ARCHITECTURES
from core.vision.backbones import build
from core.vision.classifier import Classifier, create_head

CLASSES = 3


def pictures(count: int = 2) -> Tensor:
    return torch.randn(count, 3, 64, 64, generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="module", params=ARCHITECTURES)
def every_classifier(request: pytest.FixtureRequest) -> Classifier:
    return Classifier(build(request.param, None, 0), CLASSES, 0)


@pytest.fixture
def classifier() -> Classifier:
    return Classifier(build("mobilenet_v3_small", None, 0), CLASSES, 0)


def statistics(module: nn.Module) -> list[Tensor]:
    return [buffer.clone() for buffer in module.buffers()]


def test_activations_are_twice_the_channels_and_logits_are_the_heads(every_classifier: Classifier) -> None:
    every_classifier.eval()
    with torch.no_grad():
        activations = every_classifier.activations(pictures())
        logits = every_classifier(pictures())
        assert torch.equal(logits, every_classifier.head(activations))
    assert activations.shape == (2, 2 * every_classifier.channels)
    assert logits.shape == (2, CLASSES)


def test_the_layer_groups_hold_every_parameter_once(every_classifier: Classifier) -> None:
    grouped = [id(parameter) for group in every_classifier.layer_groups() for parameter in group]
    assert sorted(grouped) == sorted(map(id, every_classifier.parameters()))
    assert all(every_classifier.layer_groups())


def test_activations_are_the_averages_and_then_the_maxima_of_the_map(classifier: Classifier) -> None:
    classifier.eval()
    with torch.no_grad():
        maps = classifier.late(classifier.early(pictures()))
        averages, maxima = classifier.activations(pictures()).chunk(2, dim=1)
    torch.testing.assert_close(averages, nn.functional.adaptive_avg_pool2d(maps, 1).flatten(1))
    assert torch.equal(maxima, nn.functional.adaptive_max_pool2d(maps, 1).flatten(1))


def test_a_frozen_body_gets_no_gradients_and_keeps_its_statistics(every_classifier: Classifier) -> None:
    classifier = copy.deepcopy(every_classifier).train()
    classifier.freeze(("early", "late"))
    classifier.train()
    early, late, head = (statistics(part) for part in (classifier.early, classifier.late, classifier.head))
    classifier(pictures()).sum().backward()
    body = [*classifier.early.parameters(), *classifier.late.parameters()]
    assert all(parameter.grad is None for parameter in body)
    assert all(parameter.grad is not None for parameter in classifier.head.parameters())
    assert all(map(torch.equal, early, statistics(classifier.early)))
    assert all(map(torch.equal, late, statistics(classifier.late)))
    assert not all(map(torch.equal, head, statistics(classifier.head)))


def test_a_frozen_body_gives_equal_activations_in_training_mode(classifier: Classifier) -> None:
    classifier.freeze(("early", "late"))
    with torch.no_grad():
        training = classifier.train().activations(pictures())
        assert torch.equal(training, classifier.eval().activations(pictures()))


def test_unfreezing_trains_the_body_again(classifier: Classifier) -> None:
    classifier.freeze(("early", "late"))
    classifier.freeze(())
    before = statistics(classifier.early)
    classifier(pictures()).sum().backward()
    assert all(parameter.grad is not None for parameter in classifier.parameters())
    assert not all(map(torch.equal, before, statistics(classifier.early)))


def test_unfreezing_in_evaluation_mode_stays_in_evaluation_mode(classifier: Classifier) -> None:
    classifier.eval()
    classifier.freeze(("early", "late"))
    classifier.freeze(())
    assert not any(module.training for module in classifier.modules())


def test_the_head_is_fastais() -> None:
    head = create_head(10, CLASSES, seed=0, dropout=0.5)
    assert [type(layer).__name__ for layer in head] == [
        "BatchNorm1d", "Dropout", "Linear", "ReLU", "BatchNorm1d", "Dropout", "Linear"]
    assert (head[1].p, head[5].p) == (0.25, 0.5)
    assert head[2].weight.shape == (512, 10) and head[6].weight.shape == (CLASSES, 512)
    assert head[2].bias is None and head[6].bias is None
    assert float(head[6].weight.detach().std()) == pytest.approx((2 / 512) ** 0.5, rel=0.1)


def test_the_head_is_a_function_of_the_seed_and_leaves_the_global_random_state() -> None:
    before = torch.get_rng_state()
    one, same, other = (create_head(10, CLASSES, seed)[2].weight for seed in (1, 1, 2))
    assert torch.equal(one, same) and not torch.equal(one, other)
    assert torch.equal(torch.get_rng_state(), before)


# ---- layer groups that stay as they are

def copied(classifier: Classifier) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in classifier.state_dict().items()}


def one_step(classifier: Classifier) -> None:
    """Of every parameter that learns, and of all statistics that are taken along."""
    classifier.train()
    torch.optim.SGD([parameter for group in classifier.learning_groups() for parameter in group], lr=0.1).zero_grad()
    classifier(pictures(4)).square().mean().backward()
    torch.optim.SGD([parameter for group in classifier.learning_groups() for parameter in group], lr=0.1).step()


@pytest.mark.parametrize(("frozen", "changing"), [
    (("early", "late"), {"head"}), (("early",), {"late", "head"}), ((), {"early", "late", "head"}),
])
def test_a_step_changes_the_groups_that_learn_and_leaves_the_others_bit_equal(
        frozen: tuple[str, ...], changing: set[str], classifier: Classifier) -> None:
    classifier.freeze(frozen)
    before = copied(classifier)
    one_step(classifier)
    after = classifier.state_dict()
    assert {name.split(".")[0] for name in after if not torch.equal(after[name], before[name])} == changing


@pytest.mark.parametrize("frozen", [("early", "late"), ("early",)])
def test_batch_norms_of_frozen_groups_learn_where_they_are_asked_to_and_nothing_else_of_them(
        frozen: tuple[str, ...], classifier: Classifier) -> None:
    classifier.freeze(frozen, train_batchnorm=True)
    norms = {name for name, module in classifier.named_modules() if isinstance(module, nn.BatchNorm2d)
             and name.split(".")[0] in frozen}
    before = copied(classifier)
    one_step(classifier)
    after = classifier.state_dict()
    changed = [name.rpartition(".") for name in after
               if name.split(".")[0] in frozen and not torch.equal(after[name], before[name])]
    assert {module for module, _, _ in changed} == norms
    assert {"weight", "bias", "running_mean", "running_var"} <= {value for _, _, value in changed}


def test_what_was_asked_of_batch_norms_in_one_stage_is_forgotten_in_the_next(classifier: Classifier) -> None:
    classifier.freeze(("early", "late"), train_batchnorm=True)
    classifier.freeze(("early", "late"))
    before = copied(classifier)
    one_step(classifier)
    after = classifier.state_dict()
    assert all(torch.equal(after[name], before[name]) for name in after if not name.startswith("head."))


@pytest.mark.parametrize(("frozen", "groups"), [((), 3), (("early",), 2), (("early", "late"), 1)])
@pytest.mark.parametrize("train_batchnorm", [False, True])
def test_the_learning_groups_hold_every_parameter_that_learns_once(
        frozen: tuple[str, ...], groups: int, train_batchnorm: bool, classifier: Classifier) -> None:
    classifier.freeze(frozen, train_batchnorm)
    found = classifier.learning_groups()
    assert len(found) == groups
    assert sorted(id(parameter) for group in found for parameter in group) == sorted(
        id(parameter) for parameter in classifier.parameters() if parameter.requires_grad)
    assert {id(parameter) for parameter in classifier.head.parameters()} <= {id(parameter) for parameter in found[-1]}


def test_the_dropout_can_be_set_anew_for_a_stage() -> None:
    classifier = Classifier(build("mobilenet_v3_small", None, 0), CLASSES, 0, dropout=0.5)
    classifier.set_dropout(0.2)
    assert (classifier.head[1].p, classifier.head[5].p) == (0.1, 0.2)
    classifier.set_dropout(0.0)
    classifier.train()
    seen = torch.randn(4, 2 * classifier.channels, generator=torch.Generator().manual_seed(0))
    assert torch.equal(classifier.head(seen), classifier.head(seen))
