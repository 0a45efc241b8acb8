from typing import Any

import pytest

from core.training.difference import NOTHING, WORDS, Difference, differences, with_rates
from core.training.presets import presets
from core.training.recipe import Recipe
from core.training.stage import Stage
from core.vision.augmentation import preset

QUICK = presets()["quick"]


def with_stage(recipe: Recipe, **values: Any) -> Recipe:
    return recipe.model_copy(update={"stages": (recipe.stages[0].model_copy(update=values), *recipe.stages[1:])})


def told(first: Recipe, second: Recipe) -> list[tuple[str, str, str, str]]:
    return [(each.where, each.what, each.first, each.second) for each in differences(first, second)]


def test_equal_recipes_differ_in_nothing_whatever_they_are_called() -> None:
    named = QUICK.model_copy(update={"name": "mine", "sentence": "…", "met": {"device": "cpu"}})
    assert differences(QUICK, named) == ()


def test_only_what_differs_is_told_with_both_values() -> None:
    other = with_stage(QUICK, epochs=3, learning_rate=0.004).changed(architecture="resnet34")
    assert told(QUICK, other) == [
        ("", "network", "usual", "resnet34"),
        ("stage 1", "epochs", "20", "3"),
        ("stage 1", "learning rate", "found before it", "4.0e-3"),
    ]


def test_the_augmentation_is_told_strength_by_strength() -> None:
    tuned = presets()["fine-tune"]
    other = tuned.model_copy(update={"augmentation": preset("top-down")})
    assert {each.where for each in differences(tuned, other)} == {"augmentation"}
    assert ("augmentation", "flip vertical", "no", "yes") in told(tuned, other)


def test_an_augmentation_that_no_stage_uses_is_no_difference() -> None:
    other = QUICK.model_copy(update={"augmentation": preset("top-down")})
    assert differences(QUICK, other) == ()
    views = with_stage(QUICK, views=2)
    assert differences(views, with_stage(other, views=2)) != ()


def test_a_stage_that_only_one_of_them_has_is_told_as_a_whole() -> None:
    longer = QUICK.model_copy(update={"stages": (*QUICK.stages, Stage(trains="all", epochs=1))})
    assert told(QUICK, longer) == [("stage 2", "the whole stage", NOTHING, "whole network, 1 epoch")]
    assert told(longer, QUICK) == [("stage 2", "the whole stage", "whole network, 1 epoch", NOTHING)]


@pytest.mark.parametrize("idle", [
    {"pct_start": 0.5, "schedule": "cosine"}, {"cycle_mult": 3}, {"bound_ratio": 9.0}, {"augment": False},
    {"spread": 100.0}])
def test_a_lever_without_an_effect_is_no_difference(idle: dict[str, Any]) -> None:
    base = with_stage(QUICK, schedule=idle.get("schedule", "one_cycle"))
    assert differences(base, with_stage(base, **idle)) == ()


def test_stages_of_other_layers_differ_in_those_and_not_in_how_a_head_would_be_fed() -> None:
    whole = with_stage(QUICK, trains="all")
    assert [what for _, what, _, _ in told(with_stage(QUICK, precompute=False), whole)] == ["what learns"]
    assert [what for _, what, _, _ in told(with_stage(QUICK, precompute=False), QUICK)] == ["looked at once"]


def test_a_rate_for_each_group_is_told_from_the_input_to_the_head() -> None:
    whole = with_stage(presets()["from-scratch"], learning_rate=(1e-5, 1e-4, 1e-3))
    assert differences(presets()["from-scratch"], whole)[0] == Difference(
        "stage 1", "learning rate", "found before it", "1.0e-5 · 1.0e-4 · 1.0e-3")


def test_the_rates_that_were_found_stand_in_the_place_of_open_ones_alone() -> None:
    recipe = presets()["fine-tune"]
    told_rates = with_rates(recipe, [3e-3])
    assert [stage.learning_rate for stage in told_rates.stages] == [3e-3, None]
    fixed = with_stage(recipe, learning_rate=1e-2)
    assert with_rates(fixed, [3e-3, 1e-3]).stages[0].learning_rate == 1e-2
    assert differences(with_rates(recipe, [3e-3]), with_rates(recipe, [3e-3])) == ()


def test_every_lever_of_a_stage_has_words() -> None:
    assert set(Stage.model_fields) <= set(WORDS)
