"""The recipe on the page Train: presets, cards of stages, network, rare classes; two tabs, and undo."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.jobs.entries import LOCAL, DatasetEntry
from core.settings import Settings
from core.training import draft as drafts
from core.training.presets import presets
from tests.pages.doing import shelved, the_desk
from tests.pages.recipes import click, draft, keep, move, shows, stage, train_page, trains, widget
from tests.pages.test_learning_rate import words


@pytest.fixture
def entry(settings: Settings, tmp_path: Path) -> DatasetEntry:
    return shelved(settings, tmp_path)


@pytest.fixture
def eight(entry: DatasetEntry) -> DatasetEntry:
    keep(entry, drafts.taken(entry.recipe, "eight-steps"))
    return the_desk().dataset(LOCAL, entry.id)


# ---- presets

@pytest.mark.parametrize("name", presets())
def test_a_preset_brings_its_stages_and_the_sentence_that_teaches_it(entry: DatasetEntry, name: str) -> None:
    test = move(train_page(), "preset", name)
    assert draft().stages == presets()[name].stages
    assert presets()[name].sentence in words(test)
    assert widget(train_page(), "preset").value == name
    assert [shows(test, f"open stage {number}") for number in range(1, 5)] == [
        number <= len(presets()[name].stages) for number in range(1, 5)]


def test_a_recipe_that_was_changed_is_ones_own_until_it_is_the_presets_again(entry: DatasetEntry) -> None:
    test = move(train_page(1), "stage epochs", 7)
    assert widget(test, "preset").value == drafts.OWN
    assert "A recipe of your own" in words(test)
    move(test, "stage epochs", 20)
    assert widget(test, "preset").value == "quick"
    assert drafts.OWN not in widget(test, "preset").options


def test_the_progressive_preset_asks_for_its_two_sizes(entry: DatasetEntry) -> None:
    test = train_page()
    assert not shows(test, "progressive small")
    move(test, "preset", "progressive")
    move(test, "progressive small", 96)
    move(test, "progressive large", 192)
    assert [each.size for each in draft().stages] == [96, 96, 192]
    assert widget(test, "preset").value == "progressive"
    assert "choose a larger second size" not in words(test)
    assert "choose a larger second size" in words(move(test, "progressive small", 256))


# ---- undo

def test_a_preset_takes_nothing_that_cannot_be_brought_back(entry: DatasetEntry) -> None:
    test = move(train_page(1), "stage epochs", 7)
    own = draft()
    move(test, "preset", "fine-tune")
    assert "the recipe Fine-tune" in widget(test, "undo").help
    click(test, "undo")
    assert draft() == own
    click(test, "undo")
    assert draft() == entry.recipe
    assert widget(test, "undo").disabled


def test_a_removed_stage_comes_back(eight: DatasetEntry) -> None:
    test = click(train_page(), "remove stage 2")
    assert trains() == ["head", "all"]
    click(test, "undo")
    assert draft() == eight.recipe


def test_what_another_tab_has_changed_since_is_not_undone(entry: DatasetEntry) -> None:
    test = move(train_page(), "preset", "fine-tune")
    assert not widget(test, "undo").disabled
    other = drafts.changed(draft(), 1, {"epochs": 9})
    keep(entry, other)
    click(test, "undo")
    assert draft() == other
    assert widget(test.run(), "undo").disabled


# ---- cards

def test_a_card_names_what_learns_what_is_frozen_how_long_and_how_big_the_steps_are(eight: DatasetEntry) -> None:
    told = words(train_page())
    for part in ("1 · Head on what was seen once", "3 · Whole network", "Frozen: early and late layers",
                 "Nothing is frozen", "up to 15 epochs in 4 cycles", "found before it, first layers ÷\u00a0100"):
        assert part in told


def test_stages_are_added_copied_moved_and_removed(eight: DatasetEntry) -> None:
    test = click(train_page(), "add stage")
    assert trains() == ["head", "head", "all", "all"]
    assert test.query_params["stage"] in ("4", ["4"])
    assert "Stage 4 · Whole network" in words(test)
    click(test, "copy stage 1")
    assert draft().stages[0] == draft().stages[1] == eight.recipe.stages[0]
    click(test, "later stage 2")
    assert draft().stages[2] == eight.recipe.stages[0]
    click(test, "earlier stage 3")
    assert draft().stages[1] == eight.recipe.stages[0]
    click(test, "remove stage 1")
    click(test, "remove stage 4")
    assert draft() == eight.recipe
    assert widget(test, "preset").value == "eight-steps"


def test_the_first_cannot_go_earlier_the_last_not_later_and_the_only_one_stays(entry: DatasetEntry) -> None:
    test = train_page()
    assert all(widget(test, f"{what} stage 1").disabled for what in ("earlier", "later", "remove"))
    click(test, "copy stage 1")
    assert [widget(test, f"earlier stage {number}").disabled for number in (1, 2)] == [True, False]
    assert [widget(test, f"later stage {number}").disabled for number in (1, 2)] == [False, True]
    assert not widget(test, "remove stage 1").disabled


def test_the_chosen_card_opens_its_editor_and_a_reload_finds_it(eight: DatasetEntry) -> None:
    test = train_page()
    assert not shows(test, "stage trains")
    click(test, "open stage 2")
    assert "Stage 2 · Head" in words(test)
    assert "Stage 2 · Head" in words(train_page(2))
    click(test, "open stage 2")
    assert not shows(test, "stage trains")


@pytest.mark.parametrize("number", [0, 4, 99, pytest.param("9" * 5000, id="9999...")])
def test_an_address_of_no_stage_opens_none(eight: DatasetEntry, number: int | str) -> None:
    assert not shows(train_page(number), "stage trains")


# ---- network

def test_network_and_weights_are_saved_at_once_and_found_by_a_reload(entry: DatasetEntry) -> None:
    test = move(train_page(), "recipe weights", "imagenet")
    move(test, "recipe architecture", "resnet34")
    assert (draft().model.architecture, draft().model.weights) == ("resnet34", "imagenet")
    again = train_page()
    assert widget(again, "recipe architecture").value == "resnet34"
    move(again, "recipe architecture", "the usual one")
    assert draft().model.architecture is None


def test_the_precision_is_saved_and_found_by_a_reload(entry: DatasetEntry) -> None:
    move(train_page(), "recipe precision", "float32")
    assert draft().precision == "float32"
    assert widget(train_page(), "recipe precision").value == "float32"


def test_another_network_lets_go_of_the_bundled_weights(entry: DatasetEntry) -> None:
    test = move(train_page(), "recipe weights", "bundled")
    move(test, "recipe architecture", "resnet50")
    assert draft().model.weights == "auto"
    assert "bundled" not in widget(test, "recipe weights").options


def test_weights_that_no_option_offered_are_not_taken(entry: DatasetEntry) -> None:
    def tampered() -> None:
        import streamlit as st

        from pages.ui import recipe_form, session
        from pages.ui.recipe_draft import Shown

        chosen = session.chosen()
        assert chosen is not None
        st.session_state[recipe_form.ARCHITECTURE] = recipe_form.USUAL
        st.session_state[recipe_form.WEIGHTS] = "/etc/secret.pth"
        recipe_form._take_network(Shown.of(chosen))

    assert not AppTest.from_function(tampered).run().exception
    assert draft() == entry.recipe


def test_weights_of_ones_own_are_shown_as_they_are(entry: DatasetEntry) -> None:
    keep(entry, drafts.with_network(entry.recipe, None, "own_*weights*.pth"))
    assert widget(train_page(), "recipe weights").value == "own_*weights*.pth"


def test_the_recipe_is_copied_to_the_next_bigger_network_with_all_its_stages(eight: DatasetEntry) -> None:
    test = train_page()
    assert "What this network has learned is not taken along" in words(test)
    assert widget(test, "bigger").label == "Copy this recipe to resnet34"
    click(test, "bigger")
    assert draft().model.architecture == "resnet34"
    assert draft().stages == eight.recipe.stages
    assert widget(test, "bigger").label == "Copy this recipe to resnet50"


def test_what_becomes_of_weights_and_rates_on_a_bigger_network_is_said(entry: DatasetEntry) -> None:
    keep(entry, drafts.with_rate(drafts.with_network(entry.recipe, "resnet18", "bundled"), 0, 0.01))
    told = words(train_page())
    assert "Its weights become the best available" in told
    assert "find them again" in told
    keep(entry, drafts.with_network(entry.recipe, "convnext_tiny", "imagenet"))
    assert not shows(train_page(), "bigger")


def test_frozen_layers_that_know_nothing_are_warned_of(entry: DatasetEntry) -> None:
    test = move(train_page(), "recipe weights", "none")
    assert "frozen layers stay as they were" in words(test)
    move(test, "preset", "from-scratch")
    assert "frozen layers stay as they were" not in words(test)


# ---- rare classes

def test_rare_classes_are_told_of_and_what_is_done_is_saved(settings: Settings, tmp_path: Path) -> None:
    shelved(settings, tmp_path, counts={"train/common": 13, "train/rare": 4, "valid/common": 2, "valid/rare": 2})
    test = train_page()
    assert "13 pictures of common, and only 4 of rare" in words(test)
    for remedy in ("weighted_loss", "balanced_sampling", "ignore"):
        move(test, "recipe imbalance", remedy)
        assert draft().imbalance == remedy


def test_classes_that_differ_by_no_more_than_three_times_are_not(settings: Settings, tmp_path: Path) -> None:
    shelved(settings, tmp_path, counts={"train/common": 12, "train/rare": 4, "valid/common": 8, "valid/rare": 2})
    assert not shows(train_page(), "recipe imbalance")


# ---- two tabs

def test_a_click_in_a_tab_that_shows_another_data_set_changes_neither(
        entry: DatasetEntry, settings: Settings, tmp_path: Path) -> None:
    test = train_page(1)
    second = shelved(settings, tmp_path / "2", name="second", counts={"red": 5, "blue": 5})
    for key, value in (("preset", "fine-tune"), ("stage epochs", 3), ("recipe architecture", "resnet50")):
        move(test, key, value)
        the_desk().choose(LOCAL, entry.id)
        assert draft() == entry.recipe
        the_desk().choose(LOCAL, second.id)
        assert draft() == second.recipe
        the_desk().choose(LOCAL, entry.id)
        test = train_page(1)
        the_desk().choose(LOCAL, second.id)


def test_a_place_among_stages_that_another_tab_has_rearranged_means_nothing_any_more(eight: DatasetEntry) -> None:
    test = train_page(2)
    other = drafts.moved(eight.recipe, 2, -1)
    keep(eight, other)
    click(test, "remove stage 3")
    assert draft() == other
    assert "Another tab has changed this recipe" in test.toast[0].value
    test = train_page(2)
    keep(eight, eight.recipe)
    move(test, "stage cycles", 1)
    assert draft() == eight.recipe
    keep(eight, other)
    test = train_page(2)
    keep(eight, drafts.removed(other, 0))
    move(test, "stage cycles", 1)
    assert draft() == drafts.removed(other, 0)


def test_a_lever_changes_what_another_tab_has_left_of_its_stage(eight: DatasetEntry) -> None:
    test = train_page(1)
    keep(eight, drafts.changed(eight.recipe, 0, {"mixup": 0.4}))
    move(test, "stage epochs", 9)
    assert (stage().mixup, stage().epochs) == (0.4, 9)
