"""Saliency against captum on the whole classifier, and against networks whose reasons are known."""

import copy

import numpy as np
import pytest
import torch
from captum.attr import LayerGradCam, Occlusion
from torch import nn

from core.data.preprocessing import Preprocessing
from core.vision import saliency
from core.vision.architectures import ARCHITECTURES
from core.vision.backbones import Body, build
from core.vision.classifier import Classifier
from core.vision.saliency import Frozen, grad_cam, occlusion
from tests.tiny import noise, same

SIZE = 64
PREPROCESSING = Preprocessing(SIZE)
pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module", params=["resnet18", "mobilenet_v3_small", "convnext_tiny"])
def classifier(request: pytest.FixtureRequest) -> Classifier:
    """Of three classes, random, with batch-norms that have met something."""
    made = Classifier(build(request.param, None, 0), 3, 0)
    for module in made.modules():
        if isinstance(module, nn.BatchNorm2d | nn.BatchNorm1d):
            module.momentum = None
    with torch.no_grad():
        made.train()(torch.randn(8, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(1)))
    return made


def test_grad_cam_is_captums_of_the_whole_classifier(classifier: Classifier) -> None:
    squares, targets = noise(3, SIZE), (2, 0, 1)
    evaluated = copy.deepcopy(classifier).eval()
    inputs = torch.from_numpy(PREPROCESSING.normalise(squares)).requires_grad_()
    expected = LayerGradCam(evaluated, evaluated.late).attribute(
        inputs, target=torch.tensor(targets), relu_attributions=True)[:, 0].detach().numpy()
    frozen = Frozen(classifier, PREPROCESSING)
    for found, wanted in zip(grad_cam(frozen, frozen.maps(frozen.inputs(squares)), targets), expected, strict=True):
        assert found.map.dtype == np.float32
        assert found.map.shape == (SIZE // 32, SIZE // 32)
        assert found.anything == bool(wanted.max() > 0)
        if found.anything:
            np.testing.assert_allclose(found.map, wanted / wanted.max(), atol=5e-3)


def test_the_frozen_copy_answers_as_the_classifier_does_and_leaves_it_alone(classifier: Classifier) -> None:
    classifier.train()
    classifier.freeze(("early",))
    before = {name: tensor.clone() for name, tensor in classifier.state_dict().items()}
    learning = [parameter.requires_grad for parameter in classifier.parameters()]
    modes = [module.training for module in classifier.modules()]
    squares = noise(2, SIZE)
    frozen = Frozen(classifier, PREPROCESSING)
    maps = frozen.maps(frozen.inputs(squares))
    answers, _, _ = frozen.probabilities(maps), grad_cam(frozen, maps, (0, 1)), occlusion(frozen, squares[0], 0, 2, 40)
    assert same(classifier.state_dict(), before)
    assert [parameter.requires_grad for parameter in classifier.parameters()] == learning
    assert [module.training for module in classifier.modules()] == modes
    assert all(parameter.grad is None for parameter in (*classifier.parameters(), *frozen.head.parameters()))
    classifier.freeze(())
    with torch.no_grad():
        expected = copy.deepcopy(classifier).eval()(torch.from_numpy(PREPROCESSING.normalise(squares))).softmax(1)
    np.testing.assert_allclose(answers, expected.numpy(), atol=1e-4)


def test_asked_again_it_answers_the_same() -> None:
    frozen, squares = corner_seeker(), noise(1, SIZE)
    once, again = (grad_cam(frozen, frozen.maps(frozen.inputs(squares)), (0,))[0].map for _ in range(2))
    assert np.array_equal(once, again)


def test_the_bright_corner_that_a_class_was_found_by_is_where_it_looks() -> None:
    square = np.full((SIZE, SIZE, 3), 60, dtype=np.uint8)
    square[:16, 48:] = 255                           # upper right
    frozen = corner_seeker()
    maps = frozen.maps(frozen.inputs(square[None].copy()))
    found = grad_cam(frozen, maps, (0,))[0]
    assert found.anything
    assert found.map.max() == 1 and np.unravel_index(found.map.argmax(), found.map.shape) == (0, 3)
    assert found.map[2:].max() < 0.5
    covered = occlusion(frozen, square, 0, 4, 16)
    assert np.unravel_index(covered.falls.argmax(), covered.falls.shape) == (0, 3)
    assert covered.before > 0.5 and covered.falls[0, 3] > 0.1
    assert abs(covered.falls[2:, :2]).max() < 0.05


def test_nothing_speaks_for_the_other_class_and_that_is_said() -> None:
    frozen = corner_seeker()
    found = grad_cam(frozen, frozen.maps(frozen.inputs(noise(1, SIZE))), (1,))[0]
    assert not found.anything
    assert np.array_equal(found.map, np.zeros((4, 4), dtype=np.float32))


def test_occlusion_is_captums_where_patches_do_not_overlap(classifier: Classifier) -> None:
    frozen, square, step = Frozen(classifier, PREPROCESSING), noise(1, SIZE)[0], SIZE // 4
    expected = Occlusion(lambda inputs: torch.from_numpy(frozen.probabilities(frozen.maps(inputs)))).attribute(
        frozen.inputs(square[None]), target=1, sliding_window_shapes=(3, step, step), strides=(3, step, step))
    found = occlusion(frozen, square, 1, 4, step)
    np.testing.assert_allclose(found.falls, expected[0, 0, step // 2::step, step // 2::step].numpy(), atol=1e-5)


def test_more_squares_than_fit_at_once_are_answered_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    frozen, square = corner_seeker(), noise(1, SIZE)[0]
    at_once = occlusion(frozen, square, 0, 3, 32)
    monkeypatch.setattr(saliency, "BATCH_PIXELS", 2 * SIZE ** 2)
    np.testing.assert_allclose(occlusion(frozen, square, 0, 3, 32).falls, at_once.falls, atol=1e-5)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_heavier_network_gets_fewer_patches_and_they_always_cover_the_square(name: str) -> None:
    counts = []
    for size in (32, 128, 224, 512, 1024):
        positions, patch_pixels = saliency.patches(name, size)
        counts.append(positions)
        covered = np.zeros(size, dtype=bool)
        for place in range(positions):
            covered[saliency._span(place, size, positions, patch_pixels)] = True
        assert covered.all()
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == saliency.MOST_POSITIONS
    assert counts[-1] < saliency.MOST_POSITIONS or ARCHITECTURES[name].gflop < 1


def corner_seeker() -> Frozen:
    """One channel, a fourth of the square's side: class 0 is the brighter, the more of it is bright."""
    mean = nn.Conv2d(3, 1, 16, stride=16, bias=False)
    nn.init.constant_(mean.weight, 1 / 768)
    body = Body("resnet18", [("conv1", mean), ("layer3", nn.Sequential(nn.ReLU()))], channels=1)
    classifier = Classifier(body, 2, 0)
    head = nn.Linear(2, 2)
    with torch.no_grad():
        head.weight.copy_(torch.tensor([[1.0, 1.0], [-1.0, -1.0]]))
        head.bias.zero_()
    classifier.head = nn.Sequential(head)
    return Frozen(classifier, PREPROCESSING)
