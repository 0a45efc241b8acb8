"""Cleaning in a real browser, with the keyboard alone."""

import json
import re
import shutil
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Start
from tests.e2e.playground import Playground
from tests.fakes import labelled_folder

WORK_MS = 120_000       # for a job's end, on a busy machine
MOST_TABS = 60
# The text of the button or link that has the focus.
FOCUSED = "['A', 'BUTTON'].includes(document.activeElement.tagName) ? document.activeElement.innerText : ''"


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    """Two classes of thirty pictures; five of them lie in both."""
    folder = labelled_folder(tmp_path / "photos", {"ant_1": 30, "bee": 30})
    for number in range(5):
        shutil.copyfile(folder / "ant_1" / f"{number}.jpg", folder / "bee" / f"copy-{number}.jpg")
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        for file in sorted(folder.rglob("*.jpg")):
            archive.write(file, file.relative_to(folder.parent))
    return tmp_path / "photos.zip"


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


def edits(app: Playground) -> list[dict[str, str]]:
    log = next((app.home / "datasets").glob("*/edits.jsonl"), None)
    return [json.loads(line) for line in log.read_text().splitlines()] if log else []


def press(page: Page, app: Playground, key: str, lines: int) -> None:
    """A key, until its edit is on the disk."""
    page.wait_for_timeout(300)        # sooner, it would be taken for a key that is held down
    page.locator("body").press(key)
    for _ in range(100):
        if len(edits(app)) == lines:
            break
        page.wait_for_timeout(100)
    assert len(edits(app)) == lines, f"{key} wrote no edit"


def looked_at(page: Page, count: int) -> None:
    expect(page.get_by_text(re.compile(rf"^{count} of \d+ doubtful pictures settled"))).to_be_visible()


def test_pictures_are_cleaned_with_the_keyboard_alone(playground: Start, page: Page, faulty: Path) -> None:
    app = playground()
    page.goto(app.address("data", new="1"))
    page.locator("input[type=file]").first.set_input_files(faulty)     # the one thing that the system's window does
    go_to(page, "Use these pictures")
    expect(page.locator("h1")).to_have_text("Augment")
    go_to(page, "Clean")
    expect(page.locator("h1")).to_have_text("Clean")
    expect(page.get_by_text("Wrong after 0 changes")).to_be_visible(timeout=WORK_MS)
    looked_at(page, 0)
    pictures = page.locator(".st-key-clean-pictures")
    expect(pictures.locator("img")).to_have_count(2)                   # the copy beside it
    expect(page.get_by_text("Their labels contradict each other.")).to_be_visible()

    first = pictures.inner_text()
    press(page, app, "y", 1)
    expect(pictures).not_to_have_text(first, use_inner_text=True)
    expect(page.get_by_text(re.compile("Checked with your corrected|Wrong after 1 change")).first).to_be_visible()
    press(page, app, "k", 2)
    press(page, app, "x", 3)
    press(page, app, "u", 4)
    assert [edit["action"] for edit in edits(app)] == ["remove", "keep", "remove", "undo"]

    page.reload()                                                      # nothing is pending
    expect(page.get_by_text("Wrong after 1 change", exact=True)).to_be_visible()
    shown = pictures.inner_text()
    page.wait_for_timeout(300)        # what the page shows listens to keys a moment later
    page.locator("body").press("ArrowRight")
    expect(pictures).not_to_have_text(shown, use_inner_text=True)
    expect(page.get_by_role("button", name="Back")).to_be_enabled()
    page.wait_for_timeout(300)
    page.locator("body").press("ArrowLeft")
    expect(pictures).to_have_text(shown, use_inner_text=True)

    other = "2" if "Labelled ant_1" in pictures.inner_text().split("\n")[0] else "1"
    press(page, app, other, 5)
    assert edits(app)[-1]["action"] == "relabel"
    assert "Traceback" not in app.log.read_text()
    expect(page.get_by_test_id("stException")).to_have_count(0)
