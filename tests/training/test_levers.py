"""The levers of a page and the recipe stand for each other."""

from dataclasses import replace

import pytest

from core.errors import BadRecipe
from core.training.levers import (
    Levers,
    along,
    explained,
    levers_of,
    pulled,
    rate_in_words,
    recipe_in_words,
    searches_alike,
    weights_for,
    with_learning_rate,
)
from core.training.recipe import Cut, Recipe, SplitSpec, presets
from core.vision.augmentation import preset

QUICK, FINE_TUNE, FROM_SCRATCH = presets().values()
DRAFT = QUICK.model_copy(update={"split": SplitSpec(valid_share=0.3, seed=7), "augmentation": preset("text"),
                                 "preprocessing": Cut(how="pad"), "seed": 9})
HEAD = Levers("resnet34", "imagenet", 128, 7, 0.003, 32)
WHOLE = replace(HEAD, whole_network=True, augment=False)


@pytest.mark.parametrize("recipe", presets().values(), ids=lambda recipe: recipe.name)
def test_a_preset_stands_as_it_was_when_no_lever_moves(recipe: Recipe) -> None:
    assert pulled(recipe, levers_of(recipe)) == recipe


@pytest.mark.parametrize("levers", [HEAD, WHOLE, Levers(), replace(WHOLE, weights="none"), replace(HEAD, epochs=1)])
def test_levers_are_found_again_in_the_recipe_that_they_made(levers: Levers) -> None:
    assert levers_of(pulled(DRAFT, levers)) == levers


def test_a_lever_leaves_split_augmentation_cut_and_seed_alone() -> None:
    for levers in (HEAD, WHOLE):
        recipe = pulled(DRAFT, levers)
        for part in ("split", "augmentation", "preprocessing", "seed"):
            assert getattr(recipe, part) == getattr(DRAFT, part)


def test_the_head_alone_is_one_stage_and_the_whole_network_begins_with_the_head() -> None:
    assert [stage.trains for stage in pulled(DRAFT, HEAD).stages] == ["head"]
    head, whole = pulled(DRAFT, WHOLE).stages
    assert (head.trains, whole.trains) == ("head", "all")
    assert (head.epochs, whole.epochs) == (7, 7)
    assert whole.spread == FINE_TUNE.stages[1].spread


def test_a_network_without_knowledge_learns_as_a_whole_from_the_first_step() -> None:
    assert [stage.trains for stage in pulled(DRAFT, replace(WHOLE, weights="none")).stages] == ["all"]


def test_size_and_batch_size_hold_for_every_stage() -> None:
    for stage in pulled(DRAFT, WHOLE).stages:
        assert (stage.size, stage.batch_size) == (128, 32)


def test_a_learning_rate_is_the_peak_of_every_stage_times_its_factor() -> None:
    assert [stage.learning_rate for stage in with_learning_rate(FINE_TUNE, 0.01).stages] == [0.03, 0.01]
    assert all(stage.learning_rate is None for stage in with_learning_rate(pulled(DRAFT, WHOLE), None).stages)


def test_what_cannot_be_is_refused_with_its_name() -> None:
    with pytest.raises(BadRecipe, match="epochs"):
        pulled(DRAFT, replace(HEAD, epochs=0))
    with pytest.raises(BadRecipe, match="resnet99"):
        pulled(DRAFT, replace(HEAD, architecture="resnet99"))
    with pytest.raises(BadRecipe, match="learning_rate"):
        with_learning_rate(DRAFT, -1.0)


def test_what_a_run_met_does_not_go_into_the_next_recipe() -> None:
    assert pulled(DRAFT.model_copy(update={"met": {"threads": 2}}), HEAD).met is None


def test_only_what_the_finder_saw_makes_another_curve() -> None:
    drawn = pulled(DRAFT, replace(WHOLE, weights="none", augment=True))
    for same in (with_learning_rate(DRAFT, 0.5), pulled(DRAFT, Levers(epochs=3)),
                 DRAFT.model_copy(update={"augmentation": preset("none")})):
        assert searches_alike(DRAFT, same)
    for other in (pulled(DRAFT, Levers(size=64)), pulled(DRAFT, Levers(architecture="resnet34")),
                  pulled(DRAFT, Levers(batch_size=8)), DRAFT.model_copy(update={"split": SplitSpec()}), drawn):
        assert not searches_alike(DRAFT, other)
    assert not searches_alike(drawn, drawn.model_copy(update={"augmentation": preset("none")}))


def test_bundled_weights_are_offered_only_where_they_fit() -> None:
    assert "bundled" in weights_for("resnet18")
    assert "bundled" in weights_for(None)
    assert "bundled" not in weights_for("resnet34")


@pytest.mark.parametrize(("rate", "words"), [(0.003, "3.0e-3"), (0.00209, "2.1e-3"), (1.0, "1.0e0"),
                                             (0.00999, "1.0e-2"), (1e-7, "1.0e-7")])
def test_a_learning_rate_reads_as_people_write_it(rate: float, words: str) -> None:
    assert rate_in_words(rate) == words


def test_a_recipe_in_words_names_network_what_learns_epochs_and_rate() -> None:
    assert recipe_in_words(pulled(DRAFT, replace(HEAD, epochs=20))) == (
        "resnet34, head only, 20 epochs, learning rate 3.0e-3")
    assert recipe_in_words(pulled(DRAFT, Levers(epochs=1, whole_network=True))) == (
        "usual network, whole network, 1 epoch, learning rate found before training")


def test_the_explanation_tells_what_learns_how_often_and_what_is_kept_aside() -> None:
    whole = explained(pulled(DRAFT, replace(WHOLE, augment=True)))
    assert "resnet34" in whole
    assert "Then the whole network learns 7 times" in whole
    assert "variant" in whole
    assert "never learned from" in whole
    assert "up to 3.0e-3" in whole
    assert "random weights" in explained(FROM_SCRATCH)
    assert "variant" not in explained(QUICK)


def test_another_network_lets_go_of_weights_that_do_not_fit_it() -> None:
    before = Levers(architecture="resnet18", weights="bundled")
    assert along(before, replace(before, architecture="resnet34")).weights == "auto"
    assert along(before, replace(before, epochs=3)).weights == "bundled"
    own = Levers(weights="own.safetensors")
    assert along(own, replace(own, epochs=3)).weights == "own.safetensors"


def test_what_learns_brings_its_own_number_of_epochs() -> None:
    head = Levers(epochs=33)
    assert along(head, replace(head, size=64)).epochs == 33
    whole = along(head, replace(head, whole_network=True))
    assert whole.epochs == FINE_TUNE.stages[-1].epochs
    assert along(whole, replace(whole, weights="none")).epochs == FROM_SCRATCH.stages[-1].epochs
