"""The only optimizer step: what it adds up, smooths, weighs, clips and mixes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.training.learner import Learner, set_rates
from core.training.step import Step, train_step
from core.vision.fast import Precision
from tests.tiny import CLASSES, FEATURES, Clusters, same, tiny_learner

pytestmark = pytest.mark.usefixtures("one_thread")

WEIGHTS = torch.tensor([0.5, 1.0, 3.0])
Batches = Sequence[tuple[Tensor, Tensor]]


def plain_net() -> nn.Module:
    """Without dropout and batch-norm: what it makes of a picture depends on that picture alone."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        return nn.Sequential(nn.Linear(FEATURES, 8), nn.Tanh(), nn.Linear(8, CLASSES))


def ready(optimizer: str = "adamw", rate: float = 0.05, precision: Precision = "float32") -> Learner:
    made = tiny_learner(plain_net(), precision, optimizer)
    set_rates(made, (rate,), 0.9)
    return made


def batches(sizes: Sequence[int]) -> Batches:
    return list(Clusters(sizes).train_batches(0))


def one(sizes: Sequence[int]) -> Batches:
    """The same pictures as one batch."""
    parts = batches(sizes)
    return [(torch.cat([inputs for inputs, _ in parts]), torch.cat([labels for _, labels in parts]))]


def close(found: Learner, expected: Learner) -> None:
    for (name, ours), theirs in zip(found.module.named_parameters(), expected.module.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, msg=name)


def test_a_step_returns_the_loss_before_it_and_lowers_it() -> None:
    learner = tiny_learner()
    learner.module.eval()
    for group in learner.optimizer.param_groups:
        group["lr"] = 1e-3
    inputs, labels = next(Clusters().train_batches(0))
    before = F.cross_entropy(learner.module(inputs), labels)
    assert torch.equal(train_step(learner, [(inputs, labels)], Step()), before)
    assert F.cross_entropy(learner.module(inputs), labels) < before


@pytest.mark.parametrize("how", [
    Step(), Step(label_smoothing=0.2), Step(class_weights=WEIGHTS), Step(gradient_clip=0.1),
    Step(label_smoothing=0.1, class_weights=WEIGHTS, gradient_clip=0.1),
], ids=["plain", "smoothed", "weighted", "clipped", "all of it"])
@pytest.mark.parametrize("sizes", [(8, 8, 8), (8, 8, 3), (5,)])
def test_batches_that_are_added_up_move_the_weights_as_one_that_holds_them_all(sizes: tuple[int, ...], how: Step
                                                                              ) -> None:
    several, whole = ready(), ready()
    for _ in range(3):
        losses = train_step(several, batches(sizes), how), train_step(whole, one(sizes), how)
        torch.testing.assert_close(*losses)
    close(several, whole)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["even", "weighted"])
def test_the_loss_is_torchs_cross_entropy(smoothing: float, weights: Tensor | None) -> None:
    made, (batch,) = ready(), one((8, 4))
    expected = F.cross_entropy(made.module(batch[0]), batch[1], weights, label_smoothing=smoothing)
    torch.testing.assert_close(train_step(made, [batch], Step(label_smoothing=smoothing, class_weights=weights)),
                               expected.detach())


def test_a_weighted_loss_is_the_weighted_mean_of_the_pictures_losses() -> None:
    made, (batch,) = ready(), one((8, 4))
    answers = made.module(batch[0]).detach().double().numpy()
    chances = np.exp(answers) / np.exp(answers).sum(1, keepdims=True)
    labels = batch[1].numpy()
    weight = WEIGHTS.numpy()[labels]
    by_hand = (weight * -np.log(chances[np.arange(12), labels])).sum() / weight.sum()
    assert train_step(made, [batch], Step(class_weights=WEIGHTS)).item() == pytest.approx(by_hand, rel=1e-5)


def test_label_smoothing_asks_for_a_little_of_every_class() -> None:
    made, (batch,) = ready(), one((8, 4))
    logs = made.module(batch[0]).detach().log_softmax(1).double()
    wanted = torch.full((12, CLASSES), 0.3 / CLASSES, dtype=torch.float64)
    wanted[range(12), batch[1]] += 0.7
    by_hand = -(wanted * logs).sum(1).mean().item()
    assert train_step(made, [batch], Step(label_smoothing=0.3)).item() == pytest.approx(by_hand, rel=1e-5)


def gradients(learner: Learner) -> Tensor:
    return torch.cat([parameter.grad.flatten() for parameter in learner.module.parameters()  # type: ignore[union-attr]
                      if parameter.grad is not None])


@pytest.mark.parametrize("norm", [0.01, 0.1])
def test_gradients_beyond_the_norm_are_shortened_to_it_in_their_own_direction(norm: float) -> None:
    free, clipped = ready(), ready()
    train_step(free, one((8, 4)), Step())
    train_step(clipped, one((8, 4)), Step(gradient_clip=norm))
    assert gradients(free).norm() > norm
    torch.testing.assert_close(gradients(clipped), gradients(free) * (norm / gradients(free).norm()),
                               rtol=1e-4, atol=1e-7)


def test_gradients_within_the_norm_stay() -> None:
    free, clipped = ready(), ready()
    train_step(free, one((8, 4)), Step())
    train_step(clipped, one((8, 4)), Step(gradient_clip=100.0))
    assert same(gradients(clipped), gradients(free))


def test_gradients_of_one_step_are_gone_in_the_next() -> None:
    made = ready(rate=0.0)
    train_step(made, one((8, 4)), Step())
    first = gradients(made)
    train_step(made, one((8, 4)), Step())
    torch.testing.assert_close(gradients(made), first)


# ---- mixup

def mixed(alpha: float, seed: int = 5, how: dict[str, Any] | None = None) -> tuple[float, Learner]:
    made = ready()
    torch.manual_seed(seed)
    return train_step(made, one((8, 8)), Step(mixup=alpha, **(how or {}))).item(), made


def test_mixup_repeats_itself_for_one_random_state_and_not_for_another() -> None:
    (first, made), (again, alike), (third, _) = mixed(0.4), mixed(0.4), mixed(0.4, seed=6)
    assert first == again
    assert same(made.module.state_dict(), alike.module.state_dict())
    assert first != third


def test_an_alpha_of_zero_mixes_nothing_and_draws_nothing() -> None:
    state = torch.get_rng_state()
    plain = ready()
    train_step(plain, one((8, 8)), Step(mixup=0.0))
    assert same(torch.get_rng_state(), state)
    other = ready()
    train_step(other, one((8, 8)), Step())
    assert same(plain.module.state_dict(), other.module.state_dict())


class Watching(nn.Module):
    """Keeps what it was given, and always gives one answer."""

    def __init__(self) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.tensor([0.5, -1.0, 0.2]))

    def forward(self, points: Tensor) -> Tensor:
        self.seen = points
        return self.bias.expand(len(points), -1)


def test_a_mixed_picture_lies_between_two_nearer_to_its_own_and_its_loss_between_theirs() -> None:
    module = Watching()
    made = tiny_learner(module)
    torch.manual_seed(5)
    inputs, labels = torch.eye(8), torch.arange(8) % CLASSES
    loss = train_step(made, [(inputs, labels)], Step(mixup=1.0)).item()
    own = module.seen.diagonal()
    assert (own >= 0.5).all() and (own < 1).any()
    torch.testing.assert_close(module.seen.sum(1), torch.ones(8))         # two pictures, whose shares make one
    assert ((module.seen > 0).sum(1) <= 2).all()
    start = torch.tensor([0.5, -1.0, 0.2]).log_softmax(0)
    of_picture = [sum(float(share) * -float(start[labels[place]]) for place, share in enumerate(row))
                  for row in module.seen]
    assert loss == pytest.approx(np.mean(of_picture), rel=1e-5)
    assert -float(start.max()) <= loss <= -float(start.min())


def test_mixup_goes_with_weights_and_smoothing() -> None:
    loss, made = mixed(0.4, how={"class_weights": WEIGHTS, "label_smoothing": 0.1})
    assert 0 < loss < 5
    assert all(parameter.isfinite().all() for parameter in made.module.parameters())


# ---- number formats and optimizers

def test_sgd_moves_as_torchs_with_nesterovs_momentum() -> None:
    made = ready("sgd", rate=0.1)
    theirs = plain_net()
    decayed = [parameter for parameter in theirs.parameters() if parameter.ndim > 1]
    spared = [parameter for parameter in theirs.parameters() if parameter.ndim == 1]
    reference = torch.optim.SGD([{"params": decayed, "weight_decay": 0.01}, {"params": spared}], lr=0.1, momentum=0.9,
                                nesterov=True, fused=False, foreach=False)
    for batch in batches((8, 8, 8, 8)):
        train_step(made, [batch], Step())
        reference.zero_grad()
        torch.autograd.backward(F.cross_entropy(theirs(batch[0]), batch[1]))
        reference.step()
    for ours, expected in zip(made.module.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(ours, expected)


def test_float16_scales_the_loss_and_clips_the_gradients_that_it_stands_for() -> None:
    made = ready(precision="float16")
    assert made.scaler is not None
    first = train_step(made, one((8, 4)), Step("float16", gradient_clip=0.1)).item()
    assert gradients(made).norm() <= 0.1001               # unscaled first: else they would be 65536 times as long
    for _ in range(60):
        last = train_step(made, one((8, 4)), Step("float16", gradient_clip=0.1)).item()
    assert last < first / 2


def test_float16_skips_a_step_whose_gradients_do_not_fit_and_tries_a_smaller_scale() -> None:
    made = ready(precision="float16")
    assert made.scaler is not None
    made.scaler.load_state_dict(made.scaler.state_dict() | {"scale": 2.0**40})
    before = {name: tensor.clone() for name, tensor in made.module.state_dict().items()}
    loss = train_step(made, one((8, 4)), Step("float16"))
    assert loss.isfinite()
    assert same(made.module.state_dict(), before)
    assert made.scaler.get_scale() == 2.0**39
