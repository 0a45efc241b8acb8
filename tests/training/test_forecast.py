"""How long a recipe will take: its work, over the pace that this machine has shown."""

import pytest

from core.training import draft
from core.training.forecast import START_SECONDS, Machine, forecast
from core.training.pace import Pace
from core.training.presets import presets
from core.training.recipe import Recipe
from core.training.work import Pictures

QUICK, EIGHT, FINE_TUNE, PROGRESSIVE, FROM_SCRATCH = presets().values()
PICTURES = Pictures(train=200, valid=50, test=50)
# One GFLOP a second, and a thousand steps of a head: seconds are GFLOPs.
MACHINE = Machine(Pace(training={"resnet18": 1.0}, looking={"resnet18": 1.0}, head_steps=1000.0), 1.0, "resnet18", 224)
LOOK = 1.98 + 1.64           # GFLOP, one picture at 224


def stages(recipe: Recipe, prepared: bool = False) -> tuple[float, ...]:
    rates = recipe
    for place in range(len(recipe.stages)):
        rates = draft.with_rate(rates, place, 0.01)         # no search
    return forecast(rates, PICTURES, MACHINE, prepared).stages


def test_a_head_on_cached_activations_costs_one_look_at_every_picture() -> None:
    (seconds,) = stages(QUICK)
    assert seconds == pytest.approx(300 * LOOK, rel=0.01)


def test_activations_that_are_there_already_cost_nothing() -> None:
    assert stages(QUICK, prepared=True)[0] < 1
    longer = forecast(QUICK, PICTURES, MACHINE, prepared=True)
    assert longer.around == START_SECONDS


def test_every_view_costs_a_look_at_every_training_picture() -> None:
    (seconds,) = stages(draft.changed(QUICK, 0, {"views": 3}))
    assert seconds == pytest.approx((300 + 3 * 200) * LOOK, rel=0.01)


def test_the_whole_network_costs_three_looks_a_picture_and_validation() -> None:
    assert stages(FROM_SCRATCH)[0] == pytest.approx(20 * (3 * 200 + 50) * LOOK)


def test_frozen_early_layers_save_their_way_back() -> None:
    late = draft.changed(FROM_SCRATCH, 0, {"trains": "late", "epochs": 1})
    assert stages(late)[0] == pytest.approx(200 * (1.98 + 3 * 1.64) + 50 * LOOK)


def test_a_head_that_sees_pictures_anew_costs_a_look_an_epoch() -> None:
    anew = draft.changed(QUICK, 0, {"precompute": False, "epochs": 4})
    assert stages(anew)[0] == pytest.approx((4 * 200 + 50) * LOOK)


def test_half_the_side_is_a_quarter_of_the_work() -> None:
    small = draft.changed(FROM_SCRATCH, 0, {"size": 112})
    assert stages(small)[0] == pytest.approx(stages(FROM_SCRATCH)[0] / 4)


def test_what_was_seen_once_is_not_seen_again_until_the_body_has_learned() -> None:
    twice = draft.copied(QUICK, 0)
    assert stages(twice)[1] < 1
    between = draft.moved(draft.added(twice), 2, -1)
    assert stages(between)[2] == pytest.approx(300 * LOOK, rel=0.01)


def test_a_search_costs_its_steps() -> None:
    found = forecast(FROM_SCRATCH, PICTURES, MACHINE).seconds
    steps_an_epoch, steps = 13, 80                  # batches of 16
    assert found - forecast(draft.with_rate(FROM_SCRATCH, 0, 0.01), PICTURES, MACHINE).seconds == pytest.approx(
        (3 * 200 + 50) * LOOK * steps / steps_an_epoch)


def test_whole_networks_look_at_every_picture_once_more_at_the_end() -> None:
    assert forecast(FINE_TUNE, PICTURES, MACHINE).around == pytest.approx(START_SECONDS + 300 * LOOK)


def test_an_unknown_network_is_as_fast_beside_the_known_one_as_is_usual() -> None:
    bigger = draft.with_network(draft.with_rate(FROM_SCRATCH, 0, 0.01), "resnet34", "none")
    ratio = forecast(bigger, PICTURES, MACHINE).stages[0] / stages(FROM_SCRATCH)[0]
    assert ratio == pytest.approx((3.37 + 3.96) / LOOK)
    thin = draft.with_network(draft.with_rate(FROM_SCRATCH, 0, 0.01), "mobilenet_v3_small", "none")
    assert forecast(thin, PICTURES, MACHINE).stages[0] == pytest.approx(20 * 650 * 0.11 / 0.25)
