"""Cleaning the coins in a real browser, with the keyboard alone."""

import json
import re

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Start
from tests.e2e.playground import Playground

WORK_MS = 120_000       # for a job's end, on a busy machine
MOST_TABS = 60
# The text of the button or link that has the focus.
FOCUSED = "['A', 'BUTTON'].includes(document.activeElement.tagName) ? document.activeElement.innerText : ''"


def go_to(page: Page, name: str) -> None:
    """Tab until the focus is on a button or link of this name, and press Enter."""
    wanted = page.get_by_role("button", name=name).or_(page.get_by_role("link", name=name))
    expect(wanted.first).to_be_enabled(timeout=WORK_MS)
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if name in page.evaluate(FOCUSED).split("\n"):
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"the keyboard does not reach '{name}'")


def decided(page: Page) -> int:
    told = page.get_by_text(re.compile(r"\d+ of \d+ doubtful pictures looked at")).inner_text()
    return int(told.split()[0])


def edits(app: Playground) -> list[dict[str, str]]:
    log = next((app.home / "datasets").glob("*/edits.jsonl"), None)
    return [json.loads(line) for line in log.read_text().splitlines()] if log else []


def press(page: Page, app: Playground, key: str, lines: int) -> None:
    """A key, until its edit is on the disk."""
    page.locator("body").press(key)
    for _ in range(100):
        if len(edits(app)) == lines:
            break
        page.wait_for_timeout(100)
    assert len(edits(app)) == lines, f"{key} wrote no edit"


def test_the_coins_are_cleaned_with_the_keyboard_alone(playground: Start, page: Page) -> None:
    app = playground()
    page.goto(app.address())
    go_to(page, "Use the coins")
    go_to(page, "Use these pictures")
    expect(page.locator("h1")).to_have_text("Augment")
    go_to(page, "Clean")
    expect(page.locator("h1")).to_have_text("Clean")
    expect(page.get_by_text(re.compile("^0 of 6. doubtful pictures looked at"))).to_be_visible(timeout=WORK_MS)
    expect(page.get_by_text("Wrong after 0 changes")).to_be_visible(timeout=WORK_MS)

    first = page.locator(".st-key-clean-pictures").inner_text()
    press(page, app, "y", 1)
    expect(page.locator(".st-key-clean-pictures")).not_to_have_text(first)
    expect(page.get_by_text("Wrong after 1 change")).to_be_visible()
    press(page, app, "k", 2)
    press(page, app, "x", 3)
    assert [edit["action"] for edit in edits(app)] == ["remove", "keep", "remove"]
    expect(page.get_by_text("Wrong after 2 changes")).to_be_visible()
    before = decided(page)

    page.reload()                     # nothing is pending
    expect(page.get_by_text(f"{before} of")).to_be_visible(timeout=WORK_MS)
    press(page, app, "u", 4)
    expect(page.get_by_text("Wrong after 1 change", exact=True)).to_be_visible()
    shown = page.locator(".st-key-clean-pictures").inner_text()
    page.locator("body").press("ArrowRight")
    expect(page.locator(".st-key-clean-pictures")).not_to_have_text(shown)
    page.locator("body").press("ArrowLeft")
    expect(page.locator(".st-key-clean-pictures")).to_have_text(shown)

    press(page, app, "2", 5)          # the second class: gold, unless it is that already
    assert edits(app)[-1]["action"] == "relabel"
    assert "Traceback" not in app.log.read_text()
    expect(page.get_by_test_id("stException")).to_have_count(0)
