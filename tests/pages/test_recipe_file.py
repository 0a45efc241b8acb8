"""Recipes as files, on the page Train."""

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import BadRecipe
from core.jobs.entries import DatasetEntry
from core.settings import Settings
from core.training import presets
from core.training.recipe import Recipe, SplitSpec
from pages.ui.recipe_file import onto, read
from tests.pages.doing import opened, shelved
from tests.pages.reading import button, draft, text


@pytest.fixture
def entry(settings: Settings, tmp_path: Path) -> DatasetEntry:
    return shelved(settings, tmp_path)


def file_of(recipe: Recipe, **values: Any) -> bytes:
    return json.dumps(json.loads(recipe.model_dump_json()) | values).encode()


def loaded(page: AppTest, content: bytes, name: str = "recipe.json") -> AppTest:
    page.file_uploader[0].upload(name, content, "application/json").run()
    assert not page.exception
    return page


LONG = presets.load("eight-steps").changed(seed=7, architecture="resnet34")


def test_the_recipe_of_a_run_of_other_pictures_becomes_the_draft_and_can_be_undone(entry: DatasetEntry) -> None:
    before = draft()
    page = loaded(opened("train"), file_of(LONG, dataset="f" * 64, met={"device": "cuda"}))
    assert draft() == LONG
    assert "The recipe of recipe.json is loaded" in page.success[0].value.replace("\\", "")
    button(page, "Undo").click().run()
    assert draft() == before


def test_the_same_file_can_be_loaded_once_more(entry: DatasetEntry) -> None:
    page = loaded(opened("train"), file_of(LONG))
    button(page, "Undo").click().run()
    loaded(page, file_of(LONG))
    assert draft() == LONG


def test_which_of_the_own_pictures_are_alike_stays_known() -> None:
    mine = presets.load("quick").model_copy(update={"split": SplitSpec(together=(("a", "b"),))})
    other = LONG.model_copy(update={"split": SplitSpec(valid_share=0.3, together=(("x", "y"),)), "met": {"threads": 1}})
    made = onto(other, mine)
    assert made.split == SplitSpec(valid_share=0.3, together=(("a", "b"),))
    assert made.met is None and made.stages == LONG.stages


@pytest.mark.parametrize(("content", "words"), [
    (b"\xff\xfe", "no readable recipe"),
    (b"{", "no readable recipe"),
    (b"[" * 100_000, "no readable recipe"),
    (b"[1, 2]", "says nothing of stages"),
    (b"{}", "says nothing of stages"),
    (file_of(LONG, stages=[]), "stages"),
    (file_of(LONG, colour="red"), "colour: no such setting"),
    (file_of(LONG, version=99), "newer playground"),
    (file_of(LONG, model={"weights": "/etc/passwd"}), "weights of somebody's own"),
])
def test_a_file_that_is_no_recipe_is_told_and_the_draft_stays(entry: DatasetEntry, content: bytes, words: str) -> None:
    before = draft()
    page = loaded(opened("train"), content, "my*recipe.json")
    assert words in page.error[0].value.replace("\\", "")
    assert draft() == before
    with pytest.raises(BadRecipe):
        read(content, "x")


def test_the_draft_can_be_saved_and_read_back(entry: DatasetEntry) -> None:
    page = opened("train")
    assert [each.proto.label for each in page.get("download_button")] == ["Save this recipe"]
    assert "Train" in text(page)
    assert read(draft().model_dump_json().encode(), "x") == draft()
