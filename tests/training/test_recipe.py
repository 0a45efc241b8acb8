"""A recipe is a document: it survives its file, and names what is wrong with a bad one."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from core.data.preprocessing import Preprocessing
from core.errors import BadRecipe
from core.training.presets import load, presets
from core.training.recipe import ModelSpec, Recipe, SplitSpec, parse
from core.training.stage import Stage
from core.vision.augmentation import preset

RICH = Recipe(
    name="müde Käfer", dataset="abc", split=SplitSpec(valid_share=0.3, seed=7), augmentation=preset("text"),
    model=ModelSpec(architecture="resnet34", weights="none", dropout=0.1),
    stages=(Stage(epochs=3, size=64, learning_rate=0.003, batch_size=16),
            Stage(trains="all", epochs=2, size=128, learning_rate_factor=0.5, spread=100, schedule="constant",
                  weight_decay=0.1, augment=False),
            Stage(trains="late", learning_rate=(1e-5, 1e-4, 1e-3), schedule="sgdr", cycle_mult=2, size=128,
                  optimizer="sgd", accumulate=2, gradient_clip=1.0, dropout=0.2, label_smoothing=0.1, mixup=0.4,
                  train_batchnorm=True, patience=3, views=2)),
    imbalance="weighted_loss", precision="bfloat16", seed=9, met={"threads": 2, "versions": {"torch": "2"}},
)


def refused(values: Any, *words: str) -> None:
    """The values are no recipe, and the problem says all these words."""
    with pytest.raises(BadRecipe) as caught:
        parse(values)
    for word in words:
        assert word in caught.value.problem
    assert caught.value.remedy.endswith(".")
    assert "Value error" not in caught.value.problem


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("recipe", [*presets().values(), RICH], ids=lambda recipe: recipe.name)
def test_a_recipe_survives_its_file(recipe: Recipe, tmp_path: Path) -> None:
    file = tmp_path / "recipe.json"
    recipe.save(file)
    assert load(str(file)) == recipe
    assert parse(json.loads(file.read_text(encoding="utf-8"))) == recipe


def test_every_preset_is_found_by_its_name_and_says_what_it_is() -> None:
    assert next(iter(presets())) == "quick"
    for name, recipe in presets().items():
        assert load(name) == recipe
        assert recipe.name == name
        assert recipe.sentence.endswith(".")


def test_a_recipe_needs_only_stages() -> None:
    recipe = parse({"stages": [{}]})
    assert recipe.seed == recipe.split.seed == recipe.augmentation.seed == 42
    assert recipe.stages == (Stage(),)


@pytest.mark.parametrize(("values", "key"), [
    ({"stages": [{}], "colour": 1}, "colour"),
    ({"stages": [{}, {"lr": 0.1}]}, "stages.1.lr"),
    ({"stages": [{}], "split": {"share": 0.1}}, "split.share"),
    ({"stages": [{}], "model": {"head": "big"}}, "model.head"),
    ({"stages": [{}], "preprocessing": {"size": 64}}, "preprocessing.size"),
    ({"stages": [{}], "augmentation": {"spin": 3}}, "augmentation.spin"),
])
def test_an_unknown_key_is_named(values: Mapping[str, Any], key: str) -> None:
    refused(values, f"{key}: no such setting")


@pytest.mark.parametrize(("values", "key"), [
    ({}, "stages"),
    ({"stages": []}, "stages"),
    ({"stages": [{"epochs": 0}]}, "stages.0.epochs"),
    ({"stages": [{"epochs": 2.5}]}, "stages.0.epochs"),
    ({"stages": [{"learning_rate": 0}]}, "stages.0.learning_rate"),
    ({"stages": [{"learning_rate": float("nan")}]}, "stages.0.learning_rate"),
    ({"stages": [{"size": 16}]}, "stages.0.size"),
    ({"stages": [{"size": 1000}]}, "stages.0.size"),
    ({"stages": [{"batch_size": 1}]}, "stages.0.batch_size"),
    ({"stages": [{"trains": "nothing"}]}, "stages.0.trains"),
    ({"stages": [{"schedule": "zigzag"}]}, "stages.0.schedule"),
    ({"stages": [{"spread": 0.5}]}, "stages.0.spread"),
    ({"stages": [{}], "split": {"valid_share": 0}}, "split.valid_share"),
    ({"stages": [{}], "model": {"dropout": 1}}, "model.dropout"),
    ({"stages": [{}], "preprocessing": {"std": [0.2, 0, 0.2]}}, "preprocessing.std.1"),
    ({"stages": [{}], "preprocessing": {"mean": [0.5]}}, "preprocessing.mean.1"),
    ({"stages": [{}], "precision": "int8"}, "precision"),
    ({"stages": [{}], "seed": -1}, "seed"),
    ({"stages": [{}], "version": 0}, "version"),
])
def test_an_impossible_value_is_named(values: Mapping[str, Any], key: str) -> None:
    refused(values, f"{key}: ")


def test_every_fault_is_named_at_once() -> None:
    refused({"stages": [{"epochs": 0}], "seed": -1, "colour": 2}, "stages.0.epochs", "seed", "colour")


@pytest.mark.parametrize(("values", "key"), [
    ({"rotate_degrees": 400}, "rotate_degrees"),
    ({"lighting": float("nan")}, "lighting"),
    ({"preset": "sideways"}, "preset"),
    ({"seed": -5}, "seed"),
    ({"max_zoom": "much"}, "max_zoom"),
])
def test_what_is_wrong_with_the_augmentation_is_a_fault_of_the_recipe(values: Mapping[str, Any], key: str) -> None:
    refused({"stages": [{}], "augmentation": values}, key)


def test_an_unknown_network_is_refused_with_the_known_ones() -> None:
    refused({"stages": [{}], "model": {"architecture": "vgg16"}}, "model.architecture", "vgg16", "resnet18")


@pytest.mark.parametrize("version", [3, 3.0, "3"])
def test_a_newer_recipe_is_refused_for_its_version(version: object) -> None:
    refused({"stages": [{}], "version": version}, "version")


def test_a_newer_recipe_is_not_blamed_for_its_new_keys() -> None:
    with pytest.raises(BadRecipe) as caught:
        parse({"version": 3, "stages": [{}], "mixup": 0.4})
    assert "newer playground" in caught.value.problem
    assert "mixup" not in caught.value.problem


@pytest.mark.parametrize("values", [None, [], "quick", 3, {"stages": 1}])
def test_values_of_another_kind_are_refused(values: object) -> None:
    refused(values)


@pytest.mark.parametrize("name", ["slow", "no/such/file.json", "x" * 5000, ""])
def test_a_name_that_is_no_preset_and_no_file_is_answered_with_the_presets(name: str) -> None:
    with pytest.raises(BadRecipe) as caught:
        load(name)
    assert name in caught.value.problem
    assert ", ".join(presets()) in caught.value.remedy


@pytest.mark.parametrize("content", [b"", b"epochs = 3", b'{"stages": [', b"\xff\xfe{}", b"[" * 100_000],
                         ids=["empty", "another language", "cut off", "no text", "too deep"])
def test_a_file_without_json_is_named(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_bytes(content)
    with pytest.raises(BadRecipe, match=r"mine\.json"):
        load(str(file))


def test_the_file_at_fault_is_named(tmp_path: Path) -> None:
    for values in ({"stages": [{"epochs": 0}]}, {"stages": [{}], "augmentation": {"warp": 9}}):
        file = tmp_path / "mine.json"
        file.write_text(json.dumps(values))
        with pytest.raises(BadRecipe, match=r"The recipe .mine\.json. cannot"):
            load(str(file))


def test_nothing_moves_where_no_lever_is_moved() -> None:
    assert RICH.changed() == RICH


def test_the_size_is_the_last_stages_and_earlier_ones_keep_their_ratio() -> None:
    assert [stage.size for stage in RICH.changed(size=256).stages] == [128, 256, 256]
    assert [stage.size for stage in RICH.changed(size=48).stages] == [32, 48, 48]  # none falls below what is accepted
    assert [stage.size for stage in parse({"stages": [{}, {}]}).changed(size=96).stages] == [96, 96]


@pytest.mark.parametrize("size", [0, 16, 31, 513])
def test_a_size_that_no_stage_accepts_is_refused_and_not_bent(size: int) -> None:
    with pytest.raises(BadRecipe, match=r"stages\.0\.size"):
        presets()["quick"].changed(size=size)


def test_the_epochs_are_the_last_stages() -> None:
    assert [stage.epochs for stage in RICH.changed(epochs=9).stages] == [3, 2, 9]


def test_the_learning_rate_takes_the_place_of_the_pick_in_every_stage_times_its_factor() -> None:
    open_rates = RICH.model_copy(update={"stages": (Stage(learning_rate_factor=3), Stage(learning_rate_factor=0.5))})
    assert [stage.learning_rate for stage in open_rates.changed(learning_rate=0.02).stages] == [0.06, 0.01]
    assert [stage.learning_rate for stage in RICH.changed(learning_rate=0.02).stages[:2]] == [0.003, 0.01]


def test_the_seed_moves_split_initialisation_and_draws_together() -> None:
    moved = RICH.changed(seed=5)
    assert (moved.seed, moved.split.seed, moved.augmentation.seed) == (5, 5, 5)
    assert moved.changed(seed=9).split.seed == 9


def test_network_and_weights_are_replaced() -> None:
    assert RICH.changed(architecture="resnet18", weights="bundled").model == ModelSpec(
        architecture="resnet18", weights="bundled", dropout=0.1)


@pytest.mark.parametrize(("lever", "key"), [
    ({"epochs": 0}, "epochs"), ({"learning_rate": -1.0}, "learning_rate"), ({"seed": -1}, "seed"),
    ({"seed": 2**32}, "seed"), ({"architecture": "vgg16"}, "vgg16"),
])
def test_a_lever_moved_too_far_is_named(lever: dict[str, Any], key: str) -> None:
    with pytest.raises(BadRecipe, match=key):
        presets()["quick"].changed(**lever)


def test_a_rate_for_each_group_takes_the_place_of_the_pick_as_it_stands() -> None:
    open_rates = RICH.model_copy(update={"stages": (Stage(learning_rate_factor=3), Stage(learning_rate=0.5))})
    changed = open_rates.changed(learning_rate=(1e-4, 1e-3, 1e-2))
    assert [stage.learning_rate for stage in changed.stages] == [(1e-4, 1e-3, 1e-2), 0.5]
    with pytest.raises(BadRecipe, match="early, late, head"):
        open_rates.changed(learning_rate=(1e-4, 1e-3))


def test_a_spread_comes_with_the_rate_and_stays_without_one() -> None:
    open_rates = RICH.model_copy(update={"stages": (Stage(), Stage(trains="all", spread=100))})
    assert [stage.spread for stage in open_rates.changed(learning_rate=0.01, spread=9).stages] == [9, 9]
    assert [stage.spread for stage in open_rates.changed(learning_rate=0.01).stages] == [1, 100]


@pytest.mark.parametrize("imbalance", ["ignore", "weighted_loss", "balanced_sampling"])
def test_what_is_done_about_rare_classes_survives_the_file(imbalance: str, tmp_path: Path) -> None:
    recipe = parse({"stages": [{}], "imbalance": imbalance})
    recipe.save(tmp_path / "recipe.json")
    assert load(str(tmp_path / "recipe.json")).imbalance == imbalance
    refused({"stages": [{}], "imbalance": "pray"}, "imbalance: ")


def test_a_recipe_of_the_first_version_reads_and_is_written_as_one_of_today(tmp_path: Path) -> None:
    values = {"version": 1, "name": "old", "stages": [{"trains": "head", "schedule": "one_cycle"}, {"trains": "all"}]}
    recipe = parse(values)
    assert [stage.trains for stage in recipe.stages] == ["head", "all"]
    recipe.save(tmp_path / "recipe.json")
    assert json.loads((tmp_path / "recipe.json").read_text())["version"] == 2
    assert values["version"] == 1        # what was read stays as it was
    refused(values | {"stages": [{"lr": 1}]}, "stages.0.lr: no such setting")


def test_the_cut_becomes_the_stages_preprocessing() -> None:
    recipe = parse({"stages": [{}], "preprocessing": {"how": "pad", "filter": "lanczos"}})
    assert recipe.preprocessing.at(96) == Preprocessing(96, "pad", "lanczos")


def test_a_faulty_stage_is_told_of_once_and_not_also_as_a_missing_one() -> None:
    with pytest.raises(BadRecipe) as caught:
        load("quick").changed(epochs=0)
    assert "stages.0.epochs" in caught.value.problem
    assert "Tuple" not in caught.value.problem
