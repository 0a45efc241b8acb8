"""Every test has a home of its own, and writes nowhere else."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.settings import Settings, from_environment
from tests.fakes import SHARED_DATA

if TYPE_CHECKING:
    from tests.running import Heard, Workshop


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "playground-home"
    monkeypatch.setenv("PLAYGROUND_HOME", str(place))
    monkeypatch.setenv("PLAYGROUND_OFFLINE", "1")
    return place


@pytest.fixture
def settings(home: Path) -> Settings:
    return from_environment()


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> "Workshop":
    """Red and blue pictures with a test folder. Share its data set and caches: change nothing in it."""
    from tests.running import Workshop, coloured_folder, write_lively_weights

    place = tmp_path_factory.mktemp("workshop")
    # One thread: on a busy machine two of them wait for each other, twenty times as long as such steps take.
    settings = Settings(home=place / "home", offline=True, threads=1)
    return Workshop(coloured_folder(place / "colours", train=12, test=4), settings,
                    write_lively_weights(place / "lively.safetensors"))


@pytest.fixture(scope="session")
def quick_run(workshop: "Workshop", tmp_path_factory: pytest.TempPathFactory) -> "Heard":
    """A finished training of a head, to read from."""
    from tests.running import QUICK

    return workshop.train(QUICK, tmp_path_factory.mktemp("runs") / "quick")


@pytest.fixture(scope="session")
def fine_tuned(workshop: "Workshop", tmp_path_factory: pytest.TempPathFactory) -> "Heard":
    """A finished training of a head and then of the whole network, to read from."""
    from tests.running import FINE_TUNE

    return workshop.train(FINE_TUNE, tmp_path_factory.mktemp("runs") / "fine-tune")


@pytest.fixture
def one_thread() -> Iterator[None]:
    """For networks of a few numbers: they gain nothing from threads, and on a busy machine lose much."""
    import torch  # the tests that need no torch shall not load it

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


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
