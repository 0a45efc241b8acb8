"""The Results page at 5,000 validation pictures: from a click in a real Chromium to its answer, and the bytes sent.

A real server, and runs made on the disk as the app would have left them (`bench.big_run`), of 2, 10 and 120 classes.
Each answer is timed from the click until what it shows stands on the page and the server has fallen silent; the median
of several, after one that is not counted. Bytes are those of the server's messages, without the pictures that the
browser then fetches by their addresses.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, Page, expect, sync_playwright

from bench.big_run import EPOCHS, big_run
from bench.classroom import serving
from bench.common import row
from core.settings import from_environment

PICTURES = 5_000
CLASSES = (2, 10, 120)
TIMES = 5                    # of each click that are counted
WIDTHS = (34, 12, 12, 12)
CHROMIUM = os.environ.get("PLAYGROUND_CHROMIUM", "/usr/bin/chromium")
PATIENCE = 30_000            # milliseconds
CARD = '[class*="st-key-card-"]'
# A chart of other data is another element: the one that was seen is marked, and the next one has no mark.
SEEN = "() => document.querySelectorAll('.js-plotly-plot').forEach((plot) => { plot.seen = true })"
DRAWN = ("() => [...document.querySelectorAll('.js-plotly-plot')].some((plot) => !plot.seen && "
         "plot._fullLayout?.xaxis?.l2p)")
IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"]'


@dataclass
class Tab:
    """A browser's tab on the Results page. `came` counts the bytes of the server's messages."""

    page: Page
    came: int = 0

    def view(self, name: str) -> None:
        self.page.get_by_role("radio", name=name, exact=True).click()
        self.settle()

    def settle(self) -> None:
        self.page.wait_for_timeout(300)
        expect(self.page.locator(IDLE)).to_have_count(1, timeout=PATIENCE)
        self.page.wait_for_timeout(700)

    def time(self, name: str, act: Callable[[int], None], ready: Callable[[int], object] = lambda number: None) -> None:
        """`act(number)` does the click of this number, from 0, and waits until its answer is seen; `ready` goes before
        and is not timed."""
        seconds, most = [], 0
        for number in range(TIMES + 1):
            ready(number)
            self.came, started = 0, time.perf_counter()
            act(number)
            expect(self.page.locator(IDLE)).to_have_count(1, timeout=PATIENCE)
            taken = time.perf_counter() - started
            self.settle()
            most = max(most, self.came)
            if number:
                seconds.append(taken)
        row(name, f"{statistics.median(seconds):.3f}", f"{max(seconds):.3f}", f"{most / 1e3:,.0f}", widths=WIDTHS)

    def until_other_cards(self, click: Callable[[], object]) -> None:
        first = self.page.locator(CARD).first
        before = first.get_attribute("class") if first.count() else ""
        click()
        expect(first).not_to_have_class(before or "", timeout=PATIENCE)
        expect(first.locator("img")).to_be_visible(timeout=PATIENCE)

    def until_other_words(self, words: Locator, click: Callable[[], object]) -> None:
        before = words.inner_text()
        click()
        expect(words).not_to_have_text(before, timeout=PATIENCE)


def main() -> None:
    for classes in CLASSES:
        with tempfile.TemporaryDirectory() as place:
            big_run(from_environment({**os.environ, "PLAYGROUND_HOME": place, "PLAYGROUND_OFFLINE": "1"}),
                    PICTURES, classes)
            with serving(Path(place), hosted=False) as (port, _), _tab(port) as tab:
                print(f"\n{PICTURES:,} pictures, {classes} classes", flush=True)
                row("a click on", "median (s)", "longest (s)", "sent (kB)", widths=WIDTHS)
                _look(tab, classes)


@contextmanager
def _tab(port: int) -> Iterator[Tab]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 2200})
        tab = Tab(page)

        def count(data: str | bytes) -> None:
            tab.came += len(data)

        page.on("websocket", lambda socket: socket.on("framereceived", count))
        page.goto(f"http://localhost:{port}/results")
        tab.settle()
        yield tab
        browser.close()


def _look(tab: Tab, classes: int) -> None:
    for view in (_pictures, _closer, _map, _confusion, _classes, _how_sure, _epochs, _table):
        view(tab, classes)


def _pictures(tab: Tab, classes: int) -> None:
    names = ("Most uncertain", "Top losses")

    def gallery(number: int) -> None:
        tab.until_other_cards(tab.page.get_by_role("radio", name=names[number % 2], exact=True).click)

    def page(number: int) -> None:
        tab.until_other_cards(tab.page.get_by_role("button", name="Next page").click)

    def file(number: int) -> None:
        def typed() -> None:
            tab.page.get_by_placeholder("Find a file").fill(f"{number + 1}7")
            tab.page.keyboard.press("Enter")
        tab.until_other_cards(typed)

    tab.time("another gallery", gallery)
    tab.time("its next page", page)
    tab.time("a part of a file's name", file)


def _closer(tab: Tab, classes: int) -> None:
    dialog = tab.page.get_by_role("dialog")

    def opened(number: int) -> None:
        tab.page.get_by_role("button", name="Look closer").nth(number).click()
        expect(dialog.locator(".js-plotly-plot")).to_be_visible(timeout=PATIENCE)

    def closed(number: int) -> None:
        tab.page.keyboard.press("Escape")
        expect(dialog).to_have_count(0, timeout=PATIENCE)
        tab.settle()

    def following(number: int) -> None:
        dialog.get_by_role("button", name="Next").click()
        expect(dialog.get_by_text(f"{number + 2} of ")).to_be_visible(timeout=PATIENCE)

    tab.time("a picture, to look closer", opened, closed)
    closed(0)
    opened(0)
    tab.settle()
    tab.time("the next one", following)
    closed(0)


def _map(tab: Tab, classes: int) -> None:
    tab.view("Map")
    sights = ("By likeness (PCA)", "By likeness (t-SNE)")

    def lasso(number: int) -> None:
        box = tab.page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
        assert box is not None
        left = 0.02 + 0.15 * number
        for corner, (x, y) in enumerate([(0, 0.02), (0.12, 0.02), (0.12, 0.98), (0, 0.98), (0, 0.03)]):
            tab.page.mouse.move(box["x"] + (left + x) * box["width"], box["y"] + y * box["height"], steps=6)
            if not corner:
                tab.page.mouse.down()

    def sight(number: int) -> None:
        tab.page.get_by_role("radio", name=sights[number % 2], exact=True).click()
        tab.page.wait_for_function(DRAWN, timeout=PATIENCE)

    tab.page.get_by_role("radio", name=sights[1], exact=True).click()
    tab.settle()
    tab.time("dots, with a lasso", lambda number: tab.until_other_cards(tab.page.mouse.up), lasso)
    tab.time("another sight of the map", sight, lambda number: tab.page.evaluate(SEEN))


def _confusion(tab: Tab, classes: int) -> None:
    tab.view("Confusion")

    def cell(number: int) -> None:
        place = number % classes
        box = tab.page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
        assert box is not None
        share = (place + 0.5) / classes
        tab.page.mouse.move(box["x"] + share * box["width"], box["y"] + share * box["height"])
        tab.page.wait_for_timeout(300)

    def clicked() -> None:
        tab.page.mouse.down()
        tab.page.mouse.up()

    tab.time("a cell of the confusion matrix", lambda number: tab.until_other_cards(clicked), cell)


def _classes(tab: Tab, classes: int) -> None:
    tab.view("Classes")

    def at(number: int) -> None:
        box = tab.page.get_by_test_id("stDataFrame").first.bounding_box()
        assert box is not None
        tab.page.mouse.move(box["x"] + 40, box["y"] + 35 * (1 + (number + 1) % min(classes, 7)) + 17)
        tab.page.wait_for_timeout(300)

    def clicked() -> None:
        tab.page.mouse.down()
        tab.page.mouse.up()

    tab.time("a class, in their table", lambda number: tab.until_other_cards(clicked), at)


def _how_sure(tab: Tab, classes: int) -> None:
    tab.view("How sure")
    words = tab.page.get_by_text("It would answer").first
    wishes = tab.page.locator(".st-key-wish-90 button, .st-key-wish-95 button")

    def step(number: int) -> None:
        tab.until_other_words(words, lambda: tab.page.keyboard.press("ArrowRight"))

    tab.time("a wish: right in 90, 95 of 100",
             lambda number: tab.until_other_words(words, wishes.nth(number % 2).click))
    tab.page.locator(".st-key-dont-know input[type=range]").focus()
    tab.time("the threshold, a step on", step)


def _epochs(tab: Tab, classes: int) -> None:
    tab.view("Epochs")

    def back(number: int) -> None:
        tab.page.get_by_role("button", name="Back").click()
        expect(tab.page.get_by_text(f"Epoch {EPOCHS - 1 - number} of {EPOCHS}")).to_be_visible(timeout=PATIENCE)
        expect(tab.page.locator(CARD).first).to_be_visible(timeout=PATIENCE)

    tab.time("the epoch before", back)


def _table(tab: Tab, classes: int) -> None:
    def table(number: int) -> None:
        tab.page.get_by_role("radio", name="Table", exact=True).click()
        expect(tab.page.get_by_test_id("stDataFrame")).to_be_visible(timeout=PATIENCE)

    tab.time("the table", table, lambda number: tab.view("Pictures"))


if __name__ == "__main__":
    main()
