"""Looking through a network, batch by batch: the same as one plain forward pass."""

import numpy as np
import pytest
import torch
from torch import nn

from core.data.preprocessing import Preprocessing
from core.events import Progress, drain
from core.vision.looking import BATCH, head_logits, logits, look_through
from tests.tiny import CPU, noise, packed, same, tiny_classifier

pytestmark = pytest.mark.usefixtures("one_thread")

COUNT = 2 * BATCH + 5
SQUARES = noise(COUNT)
CUT = Preprocessing(16)


def plain_inputs(rows: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(CUT.normalise(SQUARES[rows]))


def test_activations_and_progress_cover_the_rows_in_their_order() -> None:
    classifier, rows = tiny_classifier().eval(), np.random.default_rng(0).permutation(COUNT)
    out = np.full((COUNT, 12), np.nan, dtype=np.float32)
    body = nn.Sequential(classifier.early, classifier.late)
    events, _ = drain(look_through(body, packed(SQUARES).squares, rows, CUT, "float32", CPU, out))
    with torch.no_grad():
        np.testing.assert_allclose(out, classifier.activations(plain_inputs(rows)).numpy(), atol=1e-4)
    assert events == [Progress("looking at pictures", done, COUNT) for done in (BATCH, 2 * BATCH, COUNT)]


def test_logits_are_those_of_a_plain_forward_pass_and_the_classifier_stays_as_it_was() -> None:
    classifier = tiny_classifier().train()
    before = {name: tensor.clone() for name, tensor in classifier.state_dict().items()}
    rows = np.array([7, 3, 60])
    _, seen = drain(logits(classifier, packed(SQUARES), rows, CUT, "float32", CPU))
    assert same(classifier.state_dict(), before)
    assert all(module.training for module in classifier.modules())
    with torch.no_grad():
        np.testing.assert_allclose(seen, classifier.eval()(plain_inputs(rows)).numpy(), atol=1e-4)
    assert seen.dtype == np.float32


def test_a_bfloat16_body_gives_float32_logits_close_to_the_true_ones() -> None:
    classifier, rows = tiny_classifier().eval(), np.arange(40)
    _, rough = drain(logits(classifier, packed(SQUARES), rows, CUT, "bfloat16", CPU))
    _, exact = drain(logits(classifier, packed(SQUARES), rows, CUT, "float32", CPU))
    assert rough.dtype == np.float32
    assert 0 < np.abs(rough - exact).max() < 0.05 * np.abs(exact).max()


def test_nothing_is_told_inside_inference_mode() -> None:
    classifier = tiny_classifier()
    for _ in logits(classifier, packed(SQUARES), np.arange(COUNT), CUT, "float32", CPU):
        assert torch.is_grad_enabled()
        assert not torch.is_inference_mode_enabled()


@pytest.mark.parametrize("training", [True, False])
def test_a_head_is_asked_in_evaluation_and_put_back(training: bool) -> None:
    head = tiny_classifier().head.train(training)
    seen = np.random.default_rng(0).normal(size=(6, 12)).astype(np.float32)
    before = {name: tensor.clone() for name, tensor in head.state_dict().items()}
    answers = head_logits(head, seen, CPU)
    assert {module.training for module in head.modules()} == {training}
    assert same(head.state_dict(), before)
    with torch.no_grad():
        assert same(answers, head.eval()(torch.from_numpy(seen)).numpy())
