"""A stage checks itself once, says which layer groups learn, and at which rates."""

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from core.training.recipe import parse
from core.training.stage import GROUPS, Stage, Trains
from tests.training.test_recipe import refused


@pytest.mark.parametrize(("trains", "groups", "frozen"), [
    ("head", ("head",), ("early", "late")), ("late", ("late", "head"), ("early",)), ("all", GROUPS, ()),
])
def test_what_trains_and_what_is_frozen_is_named_from_the_input_on(
        trains: Trains, groups: tuple[str, ...], frozen: tuple[str, ...]) -> None:
    stage = Stage(trains=trains)
    assert (stage.groups, stage.frozen) == (groups, frozen)


@pytest.mark.parametrize(("levers", "cached", "draws"), [
    ({}, True, False), ({"precompute": False}, False, True), ({"precompute": False, "augment": False}, False, False),
    ({"train_batchnorm": True}, False, True), ({"trains": "late"}, False, True),
    ({"trains": "all", "augment": False}, False, False), ({"views": 4}, True, False),
], ids=str)
def test_only_a_head_before_a_body_that_never_changes_learns_from_what_is_cached(
        levers: dict[str, Any], cached: bool, draws: bool) -> None:
    assert (Stage(**levers).cached, Stage(**levers).draws) == (cached, draws)


@pytest.mark.parametrize(("trains", "peaks"), [("head", (0.04,)), ("late", (0.02, 0.04)), ("all", (0.01, 0.02, 0.04))])
def test_one_rate_is_spread_geometrically_over_the_groups_that_learn(trains: Trains, peaks: tuple[float, ...]) -> None:
    assert Stage(trains=trains, learning_rate=0.04, spread=4).peaks(None) == pytest.approx(peaks)
    assert Stage(trains=trains, learning_rate_factor=2, spread=4).peaks(0.02) == pytest.approx(peaks)


@pytest.mark.parametrize(("trains", "peaks"), [("head", (0.3,)), ("late", (0.2, 0.3)), ("all", (0.1, 0.2, 0.3))])
def test_one_rate_a_group_is_taken_as_it_stands(trains: Trains, peaks: tuple[float, ...]) -> None:
    stage = Stage(trains=trains, learning_rate=(0.1, 0.2, 0.3), learning_rate_factor=7, spread=9)
    assert stage.peaks(0.5) == peaks
    assert stage.head_rate == 0.3


def test_a_rate_that_is_set_is_not_multiplied_by_the_factor_for_lr_finds_pick() -> None:
    assert Stage(learning_rate=0.01, learning_rate_factor=3).peaks(0.5) == (0.01,)


def test_an_open_rate_needs_the_one_that_was_found() -> None:
    with pytest.raises(ValueError, match="found"):
        Stage().peaks(None)


def test_a_slice_reads_as_its_higher_rate_and_the_spread_between_the_two() -> None:
    stage = Stage.model_validate({"trains": "all", "learning_rate": {"low": 1e-5, "high": 1e-3}})
    assert (stage.learning_rate, stage.spread) == (1e-3, pytest.approx(100))
    assert stage.peaks(None) == pytest.approx((1e-5, 1e-4, 1e-3))
    assert Stage.model_validate(stage.model_dump(mode="json")) == stage


@pytest.mark.parametrize("slice_", [
    {"low": 1e-3, "high": 1e-5}, {"low": 0, "high": 1}, {"low": -1, "high": 1}, {"low": "a", "high": 1},
    {"low": float("nan"), "high": 1}, {"low": 1e-3}, {"low": 1e-5, "high": 1e-3, "middle": 1e-4}, {},
], ids=str)
def test_a_slice_that_is_none_is_refused_in_words(slice_: Mapping[str, Any]) -> None:
    refused({"stages": [{"learning_rate": slice_}]}, "stages.0", "low", "slice")


def test_a_slice_and_a_spread_beside_it_are_refused() -> None:
    refused({"stages": [{"learning_rate": {"low": 1e-5, "high": 1e-3}, "spread": 10}]}, "stages.0", "spread")


@pytest.mark.parametrize("rates", [[], [0.1], [0.1, 0.2], [0.1, 0.2, 0.3, 0.4]], ids=str)
def test_a_list_of_another_length_names_the_layer_groups(rates: list[float]) -> None:
    refused({"stages": [{"learning_rate": rates}]}, "stages.0.learning_rate", f"{len(rates)} rates",
            "early, late, head")


BAD = {
    "learning_rate": [0, -1, 101, float("nan"), float("inf"), True, "fast", [0.1, 0, 0.1], [0.1, 0.2, "0.3"]],
    "spread": [0.5, float("nan"), 1e7], "learning_rate_factor": [0, 101], "epochs": [0, 10_001, 1.5, "many"],
    "patience": [0, -1, 1.5], "views": [-1, 33], "precompute": ["perhaps"], "trains": ["body"], "schedule": ["zigzag"],
    "pct_start": [0, 1], "div": [0.5], "div_final": [0.5, 1e10], "cycle_len": [0], "cycle_mult": [0, 11],
    "bound_ratio": [1, 0.5], "size": [31, 513], "batch_size": [1, 4097], "accumulate": [0, 257],
    "optimizer": ["adam"], "weight_decay": [-0.1, 11], "gradient_clip": [0, -1], "dropout": [1, -0.1],
    "label_smoothing": [1, -0.1], "mixup": [-0.1, 11], "train_batchnorm": ["perhaps"], "find_lr": ["perhaps"],
    "augment": ["perhaps"],
}


def test_every_lever_has_a_value_that_it_refuses() -> None:
    assert set(BAD) == set(Stage.model_fields)


@pytest.mark.parametrize(("lever", "value"), [(lever, value) for lever, values in BAD.items() for value in values],
                         ids=str)
def test_a_bad_value_is_named_once_with_its_key(lever: str, value: Any) -> None:
    refused({"stages": [{}, {lever: value}]}, f"stages.1.{lever}: ")
    with pytest.raises(ValidationError) as caught:
        Stage(**{lever: value})
    assert caught.value.error_count() == 1


def test_a_stage_of_the_first_version_reads_as_what_it_meant() -> None:
    older = {"trains": "all", "epochs": 3, "learning_rate": 0.002, "learning_rate_factor": 0.5, "spread": 100.0,
             "schedule": "constant", "size": 64, "batch_size": 16, "weight_decay": 0.1, "augment": False}
    recipe = parse({"version": 1, "stages": [older, {"trains": "head"}]})
    assert recipe.version == 2
    first, second = recipe.stages
    assert {name: getattr(first, name) for name in older} == older
    assert first.peaks(None) == pytest.approx((0.00002, 0.0002, 0.002))
    assert second.cached and not second.views and not second.find_lr
    for stage in recipe.stages:      # what the first version did not know is off
        assert (stage.optimizer, stage.accumulate, stage.patience, stage.gradient_clip) == ("adamw", 1, None, None)
        assert (stage.mixup, stage.label_smoothing, stage.dropout, stage.train_batchnorm) == (0, 0, None, False)


@pytest.mark.parametrize(("levers", "longer", "grows"), [
    ({"schedule": "constant", "epochs": 2}, {"epochs": 5}, True),
    ({"schedule": "constant", "epochs": 2}, {"epochs": 1}, False),
    ({"schedule": "constant", "epochs": 2}, {"epochs": 5, "mixup": 0.1}, False),
    ({"schedule": "one_cycle", "epochs": 2}, {"epochs": 2}, True),
    ({"schedule": "one_cycle", "epochs": 2}, {"epochs": 3}, False),
    ({"schedule": "cosine", "epochs": 2}, {"epochs": 3}, False),
    ({"schedule": "sgdr", "epochs": 3, "cycle_mult": 2}, {"epochs": 7}, True),
    ({"schedule": "sgdr", "epochs": 2, "cycle_mult": 2}, {"epochs": 7}, False),   # its second cycle was cut short
    ({"schedule": "triangular", "epochs": 4, "cycle_len": 2}, {"epochs": 5}, True),
    ({"schedule": "triangular", "epochs": 3, "cycle_len": 2}, {"epochs": 4}, False),
], ids=str)
def test_a_stage_grows_where_its_steps_so_far_would_have_been_the_same(
        levers: dict[str, Any], longer: dict[str, Any], grows: bool) -> None:
    stage = Stage(**levers)
    assert stage.grows_into(stage.model_copy(update=longer)) is grows
