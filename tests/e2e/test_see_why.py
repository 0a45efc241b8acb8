"""From a training to why it is right or wrong, in a real browser: every view with the jobs and processes behind it."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from pages.ui.cheating_words import HEADLINES
from tests.e2e.conftest import Start
from tests.e2e.test_journey import WORK_MS, confirm, loaded, photos, upload

__all__ = ["photos"]


def view(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name, exact=True).click()


def test_the_results_say_why_with_maps_saliency_shortcuts_and_epochs(playground: Start, page: Page,
                                                                     photos: Path) -> None:
    app = playground()
    upload(page, app, photos)
    confirm(page)
    page.goto(app.address("train"))
    page.get_by_role("button", name="Train", exact=True).click()
    page.get_by_role("button", name="See the results").click(timeout=WORK_MS)

    page.get_by_role("button", name="Look closer").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio", name="Look-alikes").click()
    dialog.get_by_role("button", name="Find look-alikes").click()       # it ends on the screen by itself
    expect(dialog.get_by_text("Of all training pictures these are the most alike")).to_be_visible(timeout=WORK_MS)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)

    view(page, "Map")
    page.get_by_role("radio", name="By likeness (t-SNE)").click()
    expect(page.get_by_text("Training pictures behind")).to_be_visible()
    expect(page.locator(".st-key-dots-map-0 .js-plotly-plot")).to_be_visible(timeout=WORK_MS)

    view(page, "Where it looks")
    maps = page.locator("img[alt^='Where it looked']")
    expect(maps.first).to_be_visible(timeout=WORK_MS)
    expect(maps).to_have_count(12)

    view(page, "Cheating?")
    verdict = page.get_by_text(re.compile("|".join(map(re.escape, (*HEADLINES.values(), "could cheat")))))
    expect(verdict.first).to_be_visible(timeout=WORK_MS)

    view(page, "Epochs")
    told = page.get_by_text(re.compile(r"Epoch \d+ of \d+")).first
    expect(told).to_be_visible()
    before = told.inner_text()
    page.wait_for_timeout(500)               # what was just shown listens to keys a moment later
    page.keyboard.press("b")
    expect(page.get_by_text(before, exact=True)).to_have_count(0)

    view(page, "Pictures")
    page.get_by_role("button", name="Look closer").first.click()
    dialog.get_by_role("radio", name="Where it looked").click()
    expect(dialog.get_by_text("Bright: what spoke for").or_(dialog.get_by_text("No part of this picture")).first
           ).to_be_visible(timeout=WORK_MS)
    dialog.get_by_role("button", name="Check by covering parts").click()
    expect(dialog.get_by_text(re.compile("covering|covered")).first).to_be_visible(timeout=WORK_MS)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)

    expect(page.get_by_test_id("stException")).to_have_count(0)
    assert not loaded(app, "torch"), "a network ran in the server's process"
    assert "Traceback" not in app.log.read_text()
