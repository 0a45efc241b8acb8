"""What tests of the recipe's levers do: open the page Train, move a lever, read the draft that was saved."""

from typing import Any

from streamlit.testing.v1 import AppTest

from core.jobs.entries import LOCAL, DatasetEntry
from core.training.recipe import Recipe
from core.training.stage import Stage
from tests.pages.doing import opened, the_desk


def train_page(stage: int | str | None = None) -> AppTest:
    """With this stage's editor open, from 1."""
    test = opened("train") if stage is None else opened("train", stage=str(stage))
    assert not test.exception
    return test


def keep(entry: DatasetEntry, recipe: Recipe) -> None:
    the_desk().save_recipe(entry.owner, entry.id, recipe)


def draft() -> Recipe:
    entry = the_desk().chosen(LOCAL)
    assert entry is not None
    return entry.recipe


def stage(number: int = 1) -> Stage:
    return draft().stages[number - 1]


def trains() -> list[str]:
    return [each.trains for each in draft().stages]


def widget(test: AppTest, key: str) -> Any:
    """The one of this key, of whatever kind."""
    return next(element for element in every(test) if element.key == key)


def shows(test: AppTest, key: str) -> bool:
    return any(element.key == key for element in every(test))


def move(test: AppTest, key: str, value: Any) -> AppTest:
    widget(test, key).set_value(value).run()
    assert not test.exception
    return test


def click(test: AppTest, key: str) -> AppTest:
    widget(test, key).click().run()
    assert not test.exception
    return test


def every(test: AppTest) -> list[Any]:
    return [element for kind in ("button", "button_group", "selectbox", "number_input", "toggle")
            for element in getattr(test, kind)]
