"""Going on with a run: the longer recipe begins with the very steps that were taken, or is refused in words."""

from typing import Any

import pytest

from core.errors import BadRecipe
from core.training.continuation import (
    begun,
    epochs_of_last,
    goes_on,
    hindrance,
    require_going_on,
    resolved_as,
    with_more_epochs,
)
from core.training.recipe import ModelSpec, Recipe, SplitSpec
from core.training.stage import Stage
from core.vision.augmentation import preset

HEAD = Stage(epochs=3, size=64, batch_size=8)
GROWING = Stage(trains="all", epochs=3, schedule="sgdr", cycle_mult=2, size=64, batch_size=8)
DONE = Recipe(name="done", dataset="abc", model=ModelSpec(architecture="resnet18", weights="imagenet"),
              stages=(HEAD, GROWING), met={"threads": 2})
MORE = Stage(trains="all", epochs=1)


def with_stages(*stages: Stage) -> Recipe:
    return DONE.model_copy(update={"stages": stages})


def other(stage: Stage, **values: Any) -> Stage:
    return stage.model_copy(update=values)


@pytest.mark.parametrize("longer", [
    DONE,
    with_stages(HEAD, GROWING, MORE),
    with_stages(HEAD, other(GROWING, epochs=7)),
    with_stages(HEAD, other(GROWING, epochs=7), MORE, HEAD),
    with_stages(other(HEAD, size=None, batch_size=None), other(GROWING, epochs=4, batch_size=None)),
    DONE.model_copy(update={"name": "mine", "sentence": "Longer.", "met": None, "dataset": None}),
    DONE.model_copy(update={"model": ModelSpec()}),
], ids=["itself", "a stage more", "a longer last stage", "both", "open sizes", "another name", "an open network"])
def test_a_recipe_that_begins_with_the_steps_that_were_taken_goes_on(longer: Recipe) -> None:
    assert goes_on(DONE, longer)
    assert require_going_on(DONE, longer) == resolved_as(DONE, longer)


@pytest.mark.parametrize(("longer", "words"), [
    (with_stages(HEAD), "fewer stages"),
    (with_stages(other(HEAD, epochs=4), GROWING), "stage 1 differs"),
    (with_stages(HEAD, other(GROWING, epochs=2)), "stage 2 differs"),
    (with_stages(HEAD, other(GROWING, mixup=0.2), MORE), "stage 2 differs"),
    (with_stages(HEAD, other(GROWING, schedule="one_cycle", epochs=7)), "stage 2 differs"),
    (DONE.model_copy(update={"seed": 7, "split": SplitSpec(seed=7)}), "split, seed differ"),
    (DONE.model_copy(update={"augmentation": preset("text")}), "augmentation differ"),
    (DONE.model_copy(update={"imbalance": "weighted_loss"}), "imbalance differs"),
    (DONE.model_copy(update={"model": ModelSpec(architecture="resnet34", weights="imagenet")}), "model differs"),
    (DONE.model_copy(update={"model": ModelSpec(architecture="resnet18", weights="none")}), "model differs"),
    (DONE.model_copy(update={"precision": "float32"}), "precision differs"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_a_recipe_that_begins_otherwise_is_refused_and_says_where(longer: Recipe, words: str) -> None:
    assert not goes_on(DONE, longer)
    with pytest.raises(BadRecipe, match=words) as caught:
        require_going_on(DONE, longer)
    assert caught.value.remedy.endswith(".")


def test_what_the_longer_recipe_leaves_open_is_as_the_run_resolved_it() -> None:
    longer = resolved_as(DONE, DONE.model_copy(update={
        "model": ModelSpec(), "stages": (Stage(epochs=3), other(GROWING, size=None), MORE)}))
    assert longer.model == DONE.model
    assert longer.stages == (HEAD, GROWING, MORE)      # what comes after is resolved when it is trained


def test_more_epochs_lengthen_a_last_stage_that_begins_alike() -> None:
    assert with_more_epochs(DONE, 7).stages == (HEAD, other(GROWING, epochs=7))
    constant = other(HEAD, schedule="constant")
    assert with_more_epochs(with_stages(constant), 9).stages == (other(constant, epochs=9),)


@pytest.mark.parametrize("last", [HEAD, other(HEAD, schedule="cosine"), other(GROWING, epochs=2),
                                  other(HEAD, schedule="triangular", cycle_len=2)],
                         ids=["one_cycle", "cosine", "a cut cycle of sgdr", "a cut triangle"])
def test_more_epochs_are_a_stage_of_their_own_where_the_schedule_would_have_begun_otherwise(last: Stage) -> None:
    longer = with_more_epochs(with_stages(last), last.epochs + 4)
    assert longer.stages == (last, other(last, epochs=4, find_lr=False))
    assert goes_on(with_stages(last), longer)


def test_epochs_that_are_asked_for_again_count_with_those_that_were_added_before() -> None:
    first = with_more_epochs(with_stages(GROWING, HEAD), 5)
    second = with_more_epochs(first, 9)
    assert [stage.epochs for stage in first.stages] == [3, 3, 2]
    assert [stage.epochs for stage in second.stages] == [3, 3, 2, 4]
    assert [epochs_of_last(recipe) for recipe in (with_stages(GROWING, HEAD), first, second)] == [3, 5, 9]
    with pytest.raises(BadRecipe, match="has 9 epochs already"):
        with_more_epochs(second, 9)


def test_a_stage_of_another_kind_does_not_count_with_the_last() -> None:
    assert epochs_of_last(with_stages(HEAD, other(HEAD, dropout=0.3))) == 3
    assert epochs_of_last(with_stages(HEAD, other(HEAD, find_lr=True))) == 3


def test_what_a_run_has_not_begun_may_still_be_changed() -> None:
    wild = with_stages(HEAD, other(GROWING, learning_rate=100.0), MORE)
    tamed = with_stages(HEAD, other(GROWING, learning_rate=0.001))
    assert not goes_on(wild, tamed)
    assert goes_on(begun(wild, 1), tamed)
    assert not goes_on(begun(wild, 2), tamed)
    assert begun(wild, 0).stages == begun(wild, 1).stages == (HEAD,)
    assert begun(wild, 99) == wild


@pytest.mark.parametrize("epochs", [3, 1, 0, -1])
def test_as_many_epochs_as_there_are_or_fewer_are_refused(epochs: int) -> None:
    with pytest.raises(BadRecipe, match="has 3 epochs already") as caught:
        with_more_epochs(DONE, epochs)
    assert caught.value.remedy


def test_another_augmentation_matters_only_where_pictures_were_drawn() -> None:
    varied = {"augmentation": preset("top-down")}
    head = with_stages(HEAD)
    assert goes_on(head, with_stages(HEAD, MORE).model_copy(update=varied))
    for drawn in (other(HEAD, precompute=False), other(HEAD, views=2), GROWING):
        why = hindrance(with_stages(drawn), with_stages(drawn, MORE).model_copy(update=varied))
        assert why == "augmentation differs from what it was trained with"
