"""Recipes in words."""

import pytest

from core.training import draft
from core.training.presets import presets
from core.training.recipe import Recipe
from core.training.words import (
    explained,
    frozen_in_words,
    learns_in_words,
    length_in_words,
    rate_in_words,
    rates_in_words,
    recipe_in_words,
)

QUICK, EIGHT, FINE_TUNE, PROGRESSIVE, FROM_SCRATCH = presets().values()


@pytest.mark.parametrize(("rate", "words"), [(0.003, "3.0e-3"), (0.00209, "2.1e-3"), (1.0, "1"), (12.5, "12.5"),
                                             (0.00999, "1.0e-2"), (1e-7, "1.0e-7")])
def test_a_learning_rate_reads_as_people_write_it(rate: float, words: str) -> None:
    assert rate_in_words(rate) == words


def test_a_recipe_in_one_line_names_network_what_learns_epochs_and_rates() -> None:
    assert recipe_in_words(draft.with_rate(draft.with_network(QUICK, "resnet34", "auto"), 0, 0.003)) == (
        "resnet34, head only, 20 epochs, learning rate 3.0e-3")
    assert recipe_in_words(FINE_TUNE) == (
        "usual network, head only then whole network, 1 + 4 epochs, learning rate found before training")
    assert recipe_in_words(draft.with_rate(FINE_TUNE, 1, 1e-3)).endswith("found before training then 1.0e-3")
    assert recipe_in_words(draft.changed(QUICK, 0, {"epochs": 1})).startswith("usual network, head only, 1 epoch, ")


def test_many_stages_are_counted() -> None:
    assert recipe_in_words(draft.copied(EIGHT, 1)) == (
        "usual network, 4 stages (head only then whole network), 23 epochs")


@pytest.mark.parametrize("recipe", presets().values(), ids=lambda recipe: recipe.name)
def test_every_stage_is_told_in_a_sentence_of_its_own(recipe: Recipe) -> None:
    told = explained(recipe)
    assert told.count("(epochs)") == len(recipe.stages)
    assert "never learned from" in told


def test_the_explanation_tells_what_is_frozen_what_varies_and_when_it_stops() -> None:
    told = explained(EIGHT)
    assert "1. Every picture goes through it once" in told
    assert "learn 3 times from every picture (epochs), each time in another variant (augmentation)" in told
    assert "the early and late layers stay as they are (frozen)" in told
    assert "3. The whole network learns up to 15 times" in told
    assert "100 times smaller in the first of the layers" in told
    assert "has not fallen for 5 epochs" in told
    assert "random weights" in explained(FROM_SCRATCH)
    assert "variant" not in explained(QUICK)


def test_only_a_stage_that_searches_is_said_to() -> None:
    assert explained(FINE_TUNE).count("is found just before it starts") == 1
    assert explained(FINE_TUNE).count("is the one that was found before") == 1
    assert explained(EIGHT).count("is found just before it starts") == 2


@pytest.mark.parametrize(("values", "words"), [
    ({"mixup": 0.4}, "blended"), ({"label_smoothing": 0.1}, "label smoothing"), ({"size": 96}, "96 × 96"),
    ({"views": 4}, "in 4 other variants"), ({"schedule": "triangular", "cycle_len": 5}, "in straight lines"),
    ({"learning_rate": 0.01}, "of up to 1.0e-2"), ({"trains": "late"}, "the early layers stay as they are"),
])
def test_the_explanation_names_what_is_out_of_the_ordinary(values: dict[str, object], words: str) -> None:
    assert words not in explained(QUICK)
    assert words in explained(draft.changed(QUICK, 0, values))


def test_what_is_done_about_rare_classes_is_told() -> None:
    assert "weighted loss" in explained(QUICK.model_copy(update={"imbalance": "weighted_loss"}))
    assert "balanced sampling" in explained(QUICK.model_copy(update={"imbalance": "balanced_sampling"}))


def test_a_card_names_what_learns_what_is_frozen_how_long_and_how_big_the_steps_are() -> None:
    late = draft.changed(EIGHT, 1, {"trains": "late"}).stages[1]
    assert [learns_in_words(stage) for stage in (*EIGHT.stages, late)] == [
        "Head on what was seen once", "Head", "Whole network", "Late layers and head"]
    assert [frozen_in_words(stage) for stage in (EIGHT.stages[0], late, EIGHT.stages[2])] == [
        "Frozen: early and late layers", "Frozen: early layers", "Nothing is frozen"]
    assert [length_in_words(stage) for stage in EIGHT.stages] == [
        "2 epochs", "3 epochs in 3 cycles", "up to 15 epochs in 4 cycles"]


@pytest.mark.parametrize(("values", "words"), [
    ({}, "found before it, first layers ÷\u00a0100"), ({"learning_rate": 1e-3}, "1.0e-5 to 1.0e-3"),
    ({"learning_rate": 1e-3, "trains": "late"}, "1.0e-4 to 1.0e-3"), ({"learning_rate": 1e-3, "spread": 1}, "1.0e-3"),
    ({"learning_rate": [1e-5, 2e-4, 3e-3]}, "1.0e-5 · 2.0e-4 · 3.0e-3"),
    ({"learning_rate": [1e-5, 2e-4, 3e-3], "trains": "head"}, "3.0e-3"),
    ({"learning_rate_factor": 3, "spread": 1}, "found before it × 3"),
    ({"find_lr": False}, "as found before, first layers ÷\u00a0100"),
])
def test_rates_are_told_as_they_will_be_used(values: dict[str, object], words: str) -> None:
    assert rates_in_words(draft.changed(EIGHT, 2, values), 2) == words
