"""What learns, and the state that a checkpoint holds of it."""

import math
from typing import Any

import pytest

from core.events import drain
from core.training.engine import fit
from core.training.learner import learner, set_rates
from tests.tiny import CPU, Clusters, TinyNet, same, tiny_learner, tiny_plan

pytestmark = pytest.mark.usefixtures("one_thread")


def test_weight_decay_spares_biases_and_norms() -> None:
    net = TinyNet()
    made = learner(net, net.layer_groups(), 0.3, CPU, "float32")
    decay = {id(parameter): group["weight_decay"] for group in made.optimizer.param_groups
             for parameter in group["params"]}
    assert {name: decay[id(parameter)] for name, parameter in net.named_parameters()} == {
        "early.0.weight": 0.3, "early.0.bias": 0.0, "early.1.weight": 0.0, "early.1.bias": 0.0,
        "late.1.weight": 0.3, "late.1.bias": 0.0, "head.1.weight": 0.3, "head.1.bias": 0.0,
    }


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_every_group_gets_its_rate_and_everyone_the_momentum(optimizer: str) -> None:
    made = tiny_learner(optimizer=optimizer)
    set_rates(made, (0.1, 0.2, 0.3), 0.8)
    groups = made.optimizer.param_groups
    assert [group["lr"] for group in groups] == [0.1, 0.1, 0.2, 0.2, 0.3, 0.3]
    assert {group["betas"][0] if optimizer == "adamw" else group["momentum"] for group in groups} == {0.8}


def test_sgd_is_nesterovs() -> None:
    assert {group["nesterov"] for group in tiny_learner(optimizer="sgd").optimizer.param_groups} == {True}


@pytest.mark.parametrize("levers", [{}, {"optimizer": "sgd"}, {"precision": "float16"}], ids=str)
def test_a_state_that_is_loaded_is_the_state_that_was_saved(levers: dict[str, Any]) -> None:
    made = tiny_learner(**levers)
    plan = tiny_plan(first_epoch=3, precision=levers.get("precision", "float32"))
    drain(fit(made, Clusters(), plan))
    assert made.lowest_loss < math.inf
    loaded = tiny_learner(TinyNet(seed=5), **levers)
    loaded.load_state(made.state())
    assert same(loaded.state(), made.state())


def test_a_state_of_before_there_was_patience_is_read() -> None:
    made = tiny_learner()
    drain(fit(made, Clusters(), tiny_plan()))
    older = {name: value for name, value in made.state().items() if name not in ("lowest_loss", "epochs_without")}
    loaded = tiny_learner(TinyNet(seed=5))
    loaded.load_state(older)
    assert (loaded.epoch, loaded.lowest_loss, loaded.epochs_without) == (2, math.inf, 0)
