"""Every lever of a stage is saved at once, and shows what the draft says."""

from pathlib import Path
from typing import Any

import pytest

from core.jobs.entries import LOCAL, DatasetEntry
from core.settings import Settings
from core.training import draft as drafts
from tests.pages.doing import shelved, the_desk
from tests.pages.recipes import click, draft, keep, move, shows, stage, train_page, widget
from tests.pages.test_learning_rate import words


@pytest.fixture
def entry(settings: Settings, tmp_path: Path) -> DatasetEntry:
    """Its draft is one stage of the whole network."""
    entry = shelved(settings, tmp_path)
    keep(entry, drafts.taken(entry.recipe, "from-scratch"))
    return the_desk().dataset(LOCAL, entry.id)


LEVERS: list[tuple[dict[str, Any], str, Any, dict[str, Any]]] = [
    ({}, "epochs", 7, {"epochs": 7}),
    ({}, "size", 96, {"size": 96}),
    ({"size": 96}, "size", 0, {"size": None}),
    ({}, "augment", False, {"augment": False}),
    ({}, "batch_size", 32, {"batch_size": 32}),
    ({"batch_size": 32}, "batch_size", 0, {"batch_size": None}),
    ({}, "accumulate", 4, {"accumulate": 4}),
    ({}, "optimizer", "sgd", {"optimizer": "sgd"}),
    ({}, "gradient_clip", 1.0, {"gradient_clip": 1.0}),
    ({"gradient_clip": 1.0}, "gradient_clip", None, {"gradient_clip": None}),
    ({}, "weight_decay", 0.2, {"weight_decay": 0.2}),
    ({}, "dropout", 0.25, {"dropout": 0.25}),
    ({"dropout": 0.25}, "dropout", None, {"dropout": None}),
    ({}, "label_smoothing", 0.1, {"label_smoothing": 0.1}),
    ({}, "mixup", 0.4, {"mixup": 0.4}),
    ({}, "patience", 3, {"patience": 3}),
    ({"patience": 3}, "patience", None, {"patience": None}),
    ({}, "pct_start", 0.3, {"pct_start": 0.3}),
    ({}, "div", 10.0, {"div": 10.0}),
    ({}, "div_final", 1e4, {"div_final": 1e4}),
    ({}, "learning_rate_factor", 3.0, {"learning_rate_factor": 3.0}),
    ({}, "find_lr", True, {"find_lr": True}),
    ({}, "spread", 10.0, {"spread": 10.0}),
    ({"trains": "late"}, "train_batchnorm", True, {"train_batchnorm": True}),
    ({"schedule": "triangular"}, "bound_ratio", 8.0, {"bound_ratio": 8.0}),
    ({"trains": "head"}, "views", 4, {"views": 4}),
    ({}, "trains", "late", {"trains": "late"}),
    ({}, "trains", "head", {"trains": "head", "precompute": False}),
    ({}, "trains", "cached", {"trains": "head", "precompute": True}),
    ({"trains": "head", "precompute": False}, "trains", "cached", {"trains": "head", "precompute": True}),
    ({"trains": "head", "precompute": False}, "trains", "all", {"trains": "all"}),
    ({}, "schedule", "cosine", {"schedule": "cosine", "epochs": 20}),
    ({}, "schedule", "sgdr", {"schedule": "sgdr", "epochs": 20, "cycle_len": 1}),
]


@pytest.mark.parametrize(("before", "lever", "value", "after"), LEVERS)
def test_a_moved_lever_is_saved_at_once_and_found_by_a_reload(
        entry: DatasetEntry, before: dict[str, Any], lever: str, value: Any, after: dict[str, Any]) -> None:
    keep(entry, drafts.changed(entry.recipe, 0, before))
    standing = stage().model_dump()
    move(train_page(1), f"stage {lever}", value)
    assert {field: getattr(stage(), field) for field in after} == after
    others = set(standing) - set(after)
    assert {field: standing[field] for field in others} == {field: stage().model_dump()[field] for field in others}
    assert widget(train_page(1), f"stage {lever}").value == value


def test_cycles_are_chosen_by_how_many_how_long_and_how_much_longer_each(entry: DatasetEntry) -> None:
    keep(entry, drafts.changed(entry.recipe, 0, {"schedule": "sgdr", "epochs": 3}))
    test = train_page(1)
    assert not shows(test, "stage epochs")
    move(test, "stage cycle_mult", 2)
    assert stage().cycles == (1, 2, 4)
    move(test, "stage cycles", 4)
    assert stage().cycles == (1, 2, 4, 8)
    assert "1 + 2 + 4 + 8 = 15" in words(test)
    move(test, "stage cycle_len", 2)
    assert stage().cycles == (2, 4, 8, 16)
    assert widget(test, "stage cycles").value == 4


def test_cycles_that_would_take_for_ever_are_as_many_as_fit(entry: DatasetEntry) -> None:
    keep(entry, drafts.changed(entry.recipe, 0, {"schedule": "sgdr", "epochs": 111, "cycle_mult": 10}))
    move(train_page(1), "stage cycles", 50)
    assert stage().cycles == (1, 10, 100)


def test_triangular_cycles_have_no_multiplier(entry: DatasetEntry) -> None:
    swinging = {"schedule": "triangular", "epochs": 4, "cycle_len": 2, "cycle_mult": 3}
    keep(entry, drafts.changed(entry.recipe, 0, swinging))
    test = train_page(1)
    assert not shows(test, "stage cycle_mult")
    move(test, "stage cycles", 3)
    assert stage().cycles == (2, 2, 2)


def test_a_head_on_what_was_seen_once_offers_views_in_the_place_of_augmentation(entry: DatasetEntry) -> None:
    test = train_page(1)
    assert shows(test, "stage augment") and not shows(test, "stage views")
    move(test, "stage trains", "cached")
    assert shows(test, "stage views") and not shows(test, "stage augment")


def test_frozen_layers_that_keep_counting_end_what_was_seen_once(entry: DatasetEntry) -> None:
    keep(entry, drafts.taken(entry.recipe, "quick"))
    test = move(train_page(1), "stage train_batchnorm", True)
    assert widget(test, "stage trains").value == "head"
    move(test, "stage trains", "cached")
    assert stage().cached and not stage().train_batchnorm


# ---- learning rates

def test_rates_are_one_value_a_slice_or_one_a_group(entry: DatasetEntry) -> None:
    test = move(train_page(1), "stage rate_kind", "one")
    assert (stage().learning_rate, stage().spread) == (1e-3, 1)
    move(test, "stage learning_rate", 0.004)
    assert stage().peaks(None) == (0.004, 0.004, 0.004)

    move(test, "stage rate_kind", "slice")
    assert stage().peaks(None) == pytest.approx((0.00004, 0.0004, 0.004))
    move(test, "stage low", 0.001)
    assert stage().peaks(None) == pytest.approx((0.001, 0.002, 0.004))
    move(test, "stage high", 0.016)
    assert stage().peaks(None) == pytest.approx((0.001, 0.004, 0.016))

    move(test, "stage rate_kind", "each")
    assert stage().learning_rate == pytest.approx((0.001, 0.004, 0.016))
    move(test, "stage rate_late", 0.002)
    move(test, "stage rate_early", 0.0005)
    move(test, "stage rate_head", 0.01)
    assert stage().learning_rate == (0.0005, 0.002, 0.01)

    move(test, "stage rate_kind", "slice")
    assert (stage().learning_rate, stage().spread) == (0.01, pytest.approx(20))
    move(test, "stage rate_kind", "found")
    assert (stage().learning_rate, stage().spread) == (None, pytest.approx(20))


def test_an_emptied_field_gets_back_what_it_had_and_the_draft_keeps_it(entry: DatasetEntry) -> None:
    keep(entry, drafts.with_rate(entry.recipe, 0, 0.003))
    test = train_page(1)
    for name in ("stage epochs", "stage learning_rate"):
        before = widget(test, name).value
        move(test, name, None)
        assert widget(test, name).value == before
    assert (draft().stages[0].epochs, draft().stages[0].learning_rate) == (entry.recipe.stages[0].epochs, 0.003)


def test_a_rate_is_stepped_by_a_tenth_of_its_power_of_ten(entry: DatasetEntry) -> None:
    keep(entry, drafts.with_rate(entry.recipe, 0, 3e-5))
    assert widget(train_page(1), "stage learning_rate").step == pytest.approx(1e-6)


def test_a_slice_never_falls_towards_the_head(entry: DatasetEntry) -> None:
    keep(entry, drafts.changed(entry.recipe, 0, {"learning_rate": 0.01, "spread": 10}))
    test = move(train_page(1), "stage low", 0.02)
    assert stage().peaks(None) == pytest.approx((0.02, 0.02, 0.02))
    keep(entry, drafts.changed(entry.recipe, 0, {"learning_rate": 0.01, "spread": 10}))
    move(test.run(), "stage high", 0.0005)
    assert stage().peaks(None) == pytest.approx((0.0005, 0.0005, 0.0005))


def test_a_list_of_rates_from_a_file_is_shown(entry: DatasetEntry) -> None:
    keep(entry, drafts.changed(entry.recipe, 0, {"learning_rate": [1e-5, 1e-4, 1e-3]}))
    test = train_page(1)
    assert [widget(test, f"stage rate_{group}").value for group in ("early", "late", "head")] == [1e-5, 1e-4, 1e-3]
    move(test, "stage trains", "late")
    assert not shows(test, "stage rate_early")
    move(test, "stage trains", "head")
    assert widget(test, "stage learning_rate").value == 1e-3


def test_a_head_alone_has_one_rate(entry: DatasetEntry) -> None:
    keep(entry, drafts.taken(entry.recipe, "quick"))
    test = train_page(1)
    assert len(widget(test, "stage rate_kind").options) == 2
    assert not shows(test, "stage spread")


def test_from_a_stage_the_page_learning_rate_opens_for_it(entry: DatasetEntry) -> None:
    keep(entry, drafts.taken(entry.recipe, "eight-steps"))
    test = click(train_page(3), "find stage 3")
    assert test.query_params["stage"] in ("3", ["3"])
    assert test.button_group(key="lr stage").value == 2


def test_values_that_no_list_offers_are_shown_as_they_are(entry: DatasetEntry) -> None:
    keep(entry, drafts.changed(entry.recipe, 0, {"size": 80, "batch_size": 24, "epochs": 3000}))
    test = train_page(1)
    assert [widget(test, f"stage {lever}").value for lever in ("size", "batch_size", "epochs")] == [80, 24, 3000]


def test_a_value_that_no_list_offered_is_not_taken(entry: DatasetEntry) -> None:
    from streamlit.testing.v1 import AppTest

    def tampered() -> None:
        import streamlit as st

        from pages.ui import session, stage_levers
        from pages.ui.recipe_draft import Shown

        chosen = session.chosen()
        assert chosen is not None
        st.session_state["stage size"] = 9999
        hand = stage_levers.InHand(Shown.of(chosen), 0)
        stage_levers.take(hand, "size", lambda stage, value: {"size": value}, (0, 96))

    assert not AppTest.from_function(tampered).run().exception
    assert draft() == entry.recipe
