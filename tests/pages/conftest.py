import functools
from collections.abc import Iterator
from typing import Any

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.delta_generator import DeltaGenerator


@pytest.fixture(scope="session", autouse=True)
def packages_read_once() -> Iterator[None]:
    """Every AppTest reads the metadata of all installed packages, a tenth of a second: half of what a small test
    takes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests",
                      functools.cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture
def without_other_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a part of a page that stands alone: it knows no page to link to."""
    monkeypatch.setattr(st, "page_link", lambda *args, **more: None)


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that pages offered, run after run."""
    names: list[str] = []

    def noted(self: DeltaGenerator, label: str, data: object, file_name: str, mime: str, **options: Any) -> None:
        names.append(file_name)

    monkeypatch.setattr(DeltaGenerator, "download_button", noted)
    monkeypatch.setattr(st, "download_button", noted.__get__(st._main))  # type: ignore[attr-defined]
    return names
