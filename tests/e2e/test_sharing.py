"""A link to a training, between two browsers on a server for strangers."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from core.settings import from_environment
from pages.ui import identity
from tests.e2e.conftest import Open, Start
from tests.e2e.playground import Playground
from tests.e2e.test_map import FIRST_DOT, the_map
from tests.pages.doing import shelved
from tests.pages.exhibits import predictions_of, trained
from tests.pages.landscapes import mapped

OWNER = "a" * 43             # the cookie of whoever trained


@pytest.fixture
def app(playground: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Playground:
    started = playground(hosted=True)
    monkeypatch.setenv("PLAYGROUND_HOME", str(started.home))
    monkeypatch.setenv("PLAYGROUND_HOSTED", "1")
    entry = shelved(from_environment(), tmp_path, visitor=identity.room_of(OWNER))
    mapped(trained(entry, predictions_of()))
    return started


def test_a_link_opens_to_another_browser_until_it_is_ended(app: Playground, newcomer: Open,
                                                           monkeypatch: pytest.MonkeyPatch) -> None:
    owner, guest = newcomer(), newcomer(height=1500)
    owner.context.add_cookies([{"name": identity.COOKIE, "value": OWNER, "url": app.address()}])
    owner.goto(app.address("results"))
    owner.get_by_role("button", name="Share").click()
    owner.get_by_role("button", name="Make a link").click()
    link = owner.locator("code").inner_text()
    assert link.startswith(app.address("results"))

    monkeypatch.setattr(app, "address", lambda page: link)
    the_map(guest, app)
    expect(guest.get_by_text("Shared with you: read only")).to_be_visible()
    x, y = guest.evaluate(FIRST_DOT)
    guest.mouse.move(x - 40, y - 40)
    guest.mouse.move(x, y, steps=4)
    guest.wait_for_function("() => document.querySelector('img.dot-picture').naturalWidth === 32")
    guest.get_by_role("radio", name="Pictures", exact=True).click()
    guest.get_by_role("button", name="Look closer").first.click()
    expect(guest.get_by_text("The whole picture is not shared")).to_be_visible()
    guest.keyboard.press("Escape")
    expect(guest.get_by_text("The whole picture is not shared")).to_be_hidden()
    expect(guest.get_by_text("Download CSV")).to_have_count(0)

    owner.get_by_role("button", name="End this link").click()
    expect(owner.get_by_role("button", name="Make a link")).to_be_visible()
    guest.get_by_role("radio", name="Top losses").click()
    expect(guest.get_by_text("This link opens nothing")).to_be_visible()
    guest.reload()
    expect(guest.get_by_text("This link opens nothing")).to_be_visible()
    expect(guest.locator("img")).to_have_count(0)
