"""A desk with two visitors, and data sets that were never pictures: the desk looks at names alone."""

from collections.abc import Callable

import pytest

from core.jobs.desk import Desk
from core.jobs.entries import DatasetEntry
from core.settings import Settings
from core.training import recipe as recipes

ANNA, BERT = "a" * 32, "b" * 32
Shelve = Callable[..., DatasetEntry]


@pytest.fixture
def desk(settings: Settings) -> Desk:
    desk = Desk(settings)
    for visitor in (ANNA, BERT):
        desk.saw(visitor)
    return desk


@pytest.fixture
def shelve(desk: Desk) -> Shelve:
    """Shelve a data set's folder for a visitor."""
    def shelve(visitor: str, folder: str = "folder", size_bytes: int = 10) -> DatasetEntry:
        (desk.settings.of(visitor).datasets / folder).mkdir(parents=True, exist_ok=True)
        return desk.shelve(visitor, folder, f"{folder} of somebody", size_bytes, recipes.load("quick"))
    return shelve
