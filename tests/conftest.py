"""Every test has a home of its own, and writes nowhere else."""

from pathlib import Path

import pytest

from core.settings import Settings, from_environment
from tests.fakes import SHARED_DATA


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "playground-home"
    monkeypatch.setenv("PLAYGROUND_HOME", str(place))
    return place


@pytest.fixture
def settings(home: Path) -> Settings:
    return from_environment()


@pytest.fixture
def ants_bees() -> Path:
    return _shared("ants-bees.zip")


@pytest.fixture
def clothing() -> Path:
    return _shared("clothing.zip")


def _shared(name: str) -> Path:
    if not (SHARED_DATA / name).exists():
        pytest.skip(f"{SHARED_DATA / name} is not here")
    return SHARED_DATA / name
