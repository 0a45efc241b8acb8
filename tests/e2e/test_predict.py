"""Predict in a real browser, with a network that was really trained: photos dropped and pasted, answers, a CSV."""

import base64
import csv
import io
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect

from core.jobs.entries import Job
from tests.e2e.playground import Playground
from tests.fakes import picture_bytes

# What a browser does with a picture in its clipboard when somebody presses Ctrl+V.
PASTE = """(encoded) => {
  const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], "image.jpg", { type: "image/jpeg" }));
  document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def app(home: Path, trained_network: Job) -> Iterator[Playground]:
    """With a tiny network of red and blue that is not made ready yet."""
    with closing(Playground(home)) as playground:
        yield playground


def photo(name: str, seed: int) -> dict[str, object]:
    return {"name": name, "mimeType": "image/jpeg", "buffer": picture_bytes(seed, size=(90, 60))}


def test_photos_are_answered_pasted_downloaded_and_added_to_the_data_set(page: Page, app: Playground) -> None:
    page.goto(app.address("predict"))
    expect(page.get_by_text("Making the network ready:")).to_be_visible()
    expect(page.get_by_text("Making the network ready:")).to_be_hidden(timeout=120_000)
    field = page.locator("input[type=file]")
    field.set_input_files([photo("one.jpg", 1)])
    answer = page.locator(".st-key-predict-answer")
    expect(answer.get_by_text("red").or_(answer.get_by_text("blue"))).to_be_visible()
    expect(page.get_by_text("90 × 60 pixels")).to_be_visible()
    expect(page.get_by_text("The map is only").or_(page.get_by_text("No part of this picture"))).to_be_visible(
        timeout=90_000)

    page.evaluate(PASTE, base64.b64encode(picture_bytes(2, size=(60, 60))).decode())
    expect(page.get_by_text("2 photos:")).to_be_visible()
    field.set_input_files([photo("three.jpg", 3), {"name": "notes.txt", "mimeType": "text/plain",
                                                   "buffer": b"no picture"}])
    expect(page.get_by_text("3 photos:")).to_be_visible()
    expect(page.get_by_text("1 file could not be read")).to_be_visible()
    expect(page.locator("[class*='st-key-photo-'] img")).to_have_count(3)

    with page.expect_download() as coming:
        page.get_by_role("button", name="Download CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(coming.value.path()).read_text("utf-8-sig"))))
    assert [row["file"] for row in rows] == ["three.jpg", "notes.txt", "image.jpg", "one.jpg"]
    assert "no picture of a kind" in rows[1]["problem"] and rows[0]["prediction"] in ("red", "blue")
    assert float(rows[0]["p(red)"]) + float(rows[0]["p(blue)"]) == pytest.approx(1, abs=1e-5)

    page.get_by_role("button", name="Look closer").first.click()
    expect(page.get_by_text("1 of 3")).to_be_visible()
    page.get_by_role("button", name="Is it something else?").click()
    page.get_by_role("combobox", name="It is").click()
    page.get_by_role("option", name="red").click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Add it to colours").click()
    expect(page.get_by_text("as a new state of it")).to_be_visible(timeout=90_000)

    page.reload()
    expect(page.get_by_text("1 of 3")).to_be_visible()
    loaded = [each.path for each in psutil.Process(app.pid).memory_maps()]
    assert not any("libtorch" in path or "onnxruntime" in path for path in loaded)
