"""Looking closer at pictures of a finished training, in a real browser."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.jobs.entries import DatasetEntry
from core.settings import Settings
from tests.e2e.conftest import Start
from tests.pages.doing import shelved, the_desk
from tests.pages.exhibits import predictions_of, trained


@pytest.fixture
def entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DatasetEntry:
    """A finished training of tiny pictures, in the home of the app that is started next."""
    home = tmp_path / "playground-1"
    monkeypatch.setenv("PLAYGROUND_HOME", str(home))
    monkeypatch.setenv("PLAYGROUND_HOSTED", "0")
    entry = shelved(Settings(home=home), tmp_path)
    samples = the_desk().stored(entry.owner, entry.id).catalogue.samples
    trained(entry, predictions_of(((0.1, 0.9), (0.4, 0.6), (0.8, 0.2)), (0, 0, 0), ("blue", "red"),
                                  [sample.id for sample in samples[:3]]))
    return entry


def test_a_click_on_a_picture_opens_it_arrows_lead_on_and_labels_are_put_right(
        playground: Start, page: Page, entry: DatasetEntry) -> None:
    app = playground()
    page.goto(app.address("results", gallery="Top losses"))
    cards = page.locator('[class*="st-key-card-"]')
    expect(cards).to_have_count(3)
    expect(cards.first.locator("img")).to_be_visible()
    box = cards.first.locator("img").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("1 of 3")).to_be_visible()
    page.wait_for_timeout(500)        # what was just shown listens to keys a moment later
    page.keyboard.press("ArrowRight")
    expect(dialog.get_by_text("2 of 3")).to_be_visible()
    page.wait_for_timeout(500)
    page.keyboard.press("ArrowLeft")
    expect(dialog.get_by_text("1 of 3")).to_be_visible()

    dialog.get_by_role("button", name="Remove").click()
    expect(dialog.get_by_text("Removed since")).to_be_visible()
    page.wait_for_timeout(500)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("1 picture removed since this training")).to_be_visible()
    expect(cards.first.get_by_text("removed since")).to_be_visible()

    page.get_by_role("button", name="Look closer").first.click()
    dialog.get_by_role("button", name="Undo").click()
    expect(dialog.get_by_text("Removed since")).to_have_count(0)
    page.wait_for_timeout(500)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("since this training")).to_have_count(0)
    log = (app.home / "datasets" / entry.folder / "edits.jsonl").read_text().splitlines()
    assert [json.loads(line)["action"] for line in log] == ["remove", "undo"]

    page.reload()
    expect(page.get_by_text("the largest loss first")).to_be_visible()         # the address keeps the gallery
    expect(dialog).to_have_count(0)
    assert "Traceback" not in app.log.read_text()
    expect(page.get_by_test_id("stException")).to_have_count(0)


# Where the last letter of each of a card's lines ends, and where its card does, in pixels.
ENDS = """(card) => {
  const ends = [...card.querySelectorAll('p')].filter((line) => line.querySelector(':scope > strong')).map((line) => {
    const range = document.createRange();
    range.selectNodeContents(line.lastChild);
    return range.getBoundingClientRect().right;
  });
  return [ends, card.getBoundingClientRect().right];
}"""


def test_a_long_name_never_hides_its_number_and_of_two_pages_both_are_seen(
        playground: Start, page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = playground()
    monkeypatch.setenv("PLAYGROUND_HOME", str(app.home))
    monkeypatch.setenv("PLAYGROUND_HOSTED", "0")
    names = ("a name of very many letters indeed, and then some", "another one that no card has ever had room for")
    trained(shelved(Settings(home=app.home), tmp_path), predictions_of([(0.2, 0.8)] * 30, [0] * 30, names))
    for gallery, lines in (("Most uncertain", 2), ("Top losses", 4)):
        page.goto(app.address("results", gallery=gallery))
        card = page.locator('[class*="st-key-card-"]').first
        expect(card.locator("img")).to_be_visible()
        ends, edge = card.evaluate(ENDS)
        assert len(ends) == lines
        # A line that ends with a name may be cut; those that end with a number may not.
        numbered = ends if gallery == "Most uncertain" else ends[2:]
        assert all(end < edge for end in numbered), (ends, edge)
        expect(page.get_by_role("button", name="Page 1", exact=True)).to_be_visible()
        expect(page.get_by_role("button", name="Page 2", exact=True)).to_be_visible()
