"""A web on this machine, and settings that may visit it."""

from collections.abc import Iterator

import pytest

from core.settings import Settings
from core.web import schedule
from tests.web.server import Web, serving


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as web:
        yield web


@pytest.fixture
def online(settings: Settings, web: Web) -> Settings:
    """Settings that may visit the web of the tests, and wait for little."""
    return settings.model_copy(update={"offline": False, "test_hosts": (web.host,), "download_timeout_seconds": 0.4,
                                       "picture_seconds": 1.5})


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "PAUSE_SECONDS", (0.01, 0.02))
