import pytest
import streamlit as st


@pytest.fixture
def without_other_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a part of a page that stands alone: it knows no page to link to."""
    monkeypatch.setattr(st, "page_link", lambda *args, **more: None)
