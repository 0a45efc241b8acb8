"""How sure is sure enough, in a browser: a bar's pictures, the threshold moved and kept, a temperature used."""

from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.interpretation.predictions import Predictions
from core.runs import certainty
from core.settings import from_environment
from tests.e2e.playground import Playground
from tests.interpretation.made import drawn
from tests.pages.doing import shelved
from tests.pages.exhibits import trained

MOST_BYTES = 1_000_000       # that a click may bring
PICTURES = 5000


def over_confident() -> Predictions:
    made = drawn(PICTURES, 2.5, classes=3)
    return Predictions(tuple(f"{row:016x}" for row in range(PICTURES)), made.labels, made.logits, made.classes)


def test_at_5000_pictures_bars_threshold_and_temperature_answer_and_are_kept(
        page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("PLAYGROUND_HOME", str(home))
    job = trained(shelved(from_environment(), tmp_path), over_confident())
    received = [0]

    def count(data: str | bytes) -> None:
        received[0] += len(data)

    page.on("websocket", lambda socket: socket.on("framereceived", count))
    page.set_viewport_size({"width": 1280, "height": 2400})
    with closing(Playground(home)) as app:
        page.goto(app.address("results", job=job.id))
        page.get_by_text("How sure", exact=True).click()
        surest = page.locator("[class*='st-key-sure-chart'] g.trace.bars").first.locator("g.point path").last
        expect(surest).to_be_visible()
        expect(page.get_by_text("It would answer all 5,000 pictures")).to_be_visible()

        def bytes_of(click: str, done: str) -> int:
            received[0] = 0
            page.get_by_role("button", name=click).first.click()
            expect(page.get_by_text(done).first).to_be_visible()
            return received[0]

        box = surest.bounding_box()
        assert box is not None
        received[0] = 0
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        expect(page.get_by_text("answered with 95 to 100 %")).to_be_visible()
        assert received[0] < MOST_BYTES
        assert bytes_of("90 %", "others it would hand to you") < MOST_BYTES
        assert bytes_of("Use this threshold", "Stop using it") < MOST_BYTES
        expect(page.get_by_text("it would refuse")).to_be_visible()          # in the page's summary
        before = certainty.read(job.run).least
        assert before is not None
        assert bytes_of("Use it", "The threshold went along") < MOST_BYTES
        expect(page.get_by_text("Probabilities softened by the temperature 2")).to_be_visible()
        kept = certainty.read(job.run)
        assert kept.heat is not None and kept.least is not None and kept.least < before
        page.reload()
        page.get_by_text("How sure", exact=True).click()
        expect(page.get_by_text("In use:", exact=False)).to_have_count(2)
