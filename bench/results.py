"""The Results page at 5,000 validation pictures: from a click in a real Chromium to its answer, and the bytes sent.

A real server, and runs made on the disk as the app would have left them (`bench.big_run`), of 2, 10 and 120 classes.
Each answer is timed by the browser itself, from the pointer's or the key's event until what was asked for stands on
the page, painted, and the server has fallen silent; the median of several, after one that is not counted. Bytes are
those of the server's messages, without the pictures that the browser then fetches by their addresses.
"""

import os
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from bench.big_run import big_run
from bench.classroom import serving
from bench.common import row
from core.settings import from_environment

PICTURES = 5_000
CLASSES = (2, 10, 120)
TIMES = 5                    # of each click that are counted
WIDTHS = (34, 12, 12, 12)
CHROMIUM = os.environ.get("PLAYGROUND_CHROMIUM", "/usr/bin/chromium")
PATIENCE = 30_000            # milliseconds
IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"]'
# What is seen, as expressions of the browser's language: the answer has come when one of them is another than before.
CARDS = """(() => { const card = document.querySelector('[class*="st-key-card-"]');
    return card?.querySelector('img')?.complete && card.className })()"""
# A chart of other data is another element, which has no mark yet; its legend is the last that plotly draws.
CHART = """(() => { const chart = document.querySelector('.js-plotly-plot:has(.legend)');
    return chart && (chart.number ??= performance.now()) })()"""
DIALOG = "document.querySelector('[role=dialog] .js-plotly-plot .infolayer') !== null"
PLACE = "document.querySelector('.st-key-closer-way [data-testid=stCaptionContainer]')?.textContent"
EPOCH = """[...document.querySelectorAll('[data-testid=stMarkdown] strong')]
    .find(words => words.textContent.startsWith('Epoch '))?.textContent"""
PROMISE = """[...document.querySelectorAll('.st-key-dont-know p')]
    .find(words => words.textContent.startsWith('It would answer'))?.textContent"""
TABLE = "document.querySelector('[data-testid=stDataFrame] canvas') !== null"
# No polling by the test's own tools: these take a third of the time that they are to measure.
WATCH = """() => {
  const seen = () => %s;
  const before = seen();
  let began = null;
  window.taken = null;
  const begin = () => { began ??= performance.now() };
  for (const kind of ["pointerup", "keydown"]) document.addEventListener(kind, begin, {capture: true, once: true});
  const look = () => {
    const now = began !== null && document.querySelector('%s') && seen();
    if (!now || now === before) return requestAnimationFrame(look);
    requestAnimationFrame(() => { window.taken = performance.now() - began });
  };
  requestAnimationFrame(look);
}"""


@dataclass
class Tab:
    """A browser's tab on the Results page. `came` counts the bytes of the server's messages."""

    page: Page
    came: int = 0

    def view(self, name: str) -> None:
        self.choose(name)
        self.settle()

    def choose(self, name: str) -> None:
        self.page.get_by_role("radio", name=name, exact=True).click()

    def settle(self) -> None:
        self.page.wait_for_timeout(300)
        expect(self.page.locator(IDLE)).to_have_count(1, timeout=PATIENCE)
        self.page.wait_for_timeout(700)

    def time(self, name: str, act: Callable[[int], object], seen: str,
             ready: Callable[[int], object] = lambda number: None) -> None:
        """`act(number)` does the click of this number, from 0, which changes what is `seen`; `ready` goes before and is
        not timed."""
        seconds, most = [], 0
        for number in range(TIMES + 1):
            ready(number)
            self.came = 0
            self.page.evaluate(WATCH % (seen, IDLE))
            act(number)
            self.page.wait_for_function("window.taken !== null", polling=200, timeout=PATIENCE)
            taken = self.page.evaluate("window.taken") / 1000
            self.settle()
            most = max(most, self.came)
            if number:
                seconds.append(taken)
        row(name, f"{statistics.median(seconds):.3f}", f"{max(seconds):.3f}", f"{most / 1e3:,.0f}", widths=WIDTHS)

    def press(self) -> None:
        """The pointer's button, where the pointer is."""
        self.page.mouse.down()
        self.page.mouse.up()


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

    def file(number: int) -> None:
        tab.page.get_by_placeholder("Find a file").fill(f"{number + 1}7")

    tab.time("another gallery", lambda number: tab.choose(names[number % 2]), CARDS)
    tab.time("its next page", lambda number: tab.page.get_by_role("button", name="Next page").click(), CARDS)
    tab.time("a part of a file's name", lambda number: tab.page.keyboard.press("Enter"), CARDS, file)


def _closer(tab: Tab, classes: int) -> None:
    dialog = tab.page.get_by_role("dialog")

    def opened(number: int) -> None:
        tab.page.get_by_role("button", name="Look closer").nth(number).click()

    def closed(number: int) -> None:
        tab.page.keyboard.press("Escape")
        expect(dialog).to_have_count(0, timeout=PATIENCE)
        tab.settle()

    tab.time("a picture, to look closer", opened, DIALOG, closed)
    tab.time("the next one", lambda number: dialog.get_by_role("button", name="Next").click(), PLACE)
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

    def another(number: int) -> None:
        tab.choose(sights[number % 2])

    tab.choose(sights[1])
    tab.settle()
    tab.time("another sight of the map", another, CHART)
    tab.time("dots, with a lasso", lambda number: tab.page.mouse.up(), CARDS, lasso)
    tab.time("another sight, above their gallery", another, CHART)


def _confusion(tab: Tab, classes: int) -> None:
    tab.view("Confusion")

    def cell(number: int) -> None:
        place = number % classes
        box = tab.page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
        assert box is not None
        share = (place + 0.5) / classes
        tab.page.mouse.move(box["x"] + share * box["width"], box["y"] + share * box["height"])
        tab.page.wait_for_timeout(300)

    tab.time("a cell of the confusion matrix", lambda number: tab.press(), CARDS, cell)


def _classes(tab: Tab, classes: int) -> None:
    tab.view("Classes")

    def at(number: int) -> None:
        box = tab.page.get_by_test_id("stDataFrame").first.bounding_box()
        assert box is not None
        tab.page.mouse.move(box["x"] + 40, box["y"] + 35 * (1 + (number + 1) % min(classes, 7)) + 17)
        tab.page.wait_for_timeout(300)

    tab.time("a class, in their table", lambda number: tab.press(), CARDS, at)


def _how_sure(tab: Tab, classes: int) -> None:
    tab.view("How sure")
    wishes = tab.page.locator(".st-key-wish-90 button:visible, .st-key-wish-95 button:visible")
    tab.time("a wish: right in 90, 95 of 100", lambda number: wishes.nth(number % 2).click(), PROMISE)
    tab.page.locator(".st-key-dont-know input[type=range]").focus()
    tab.time("the threshold, a step on", lambda number: tab.page.keyboard.press("ArrowRight"), PROMISE)


def _epochs(tab: Tab, classes: int) -> None:
    tab.view("Epochs")
    tab.time("the epoch before", lambda number: tab.page.get_by_role("button", name="Back").click(), EPOCH)


def _table(tab: Tab, classes: int) -> None:
    tab.time("the table", lambda number: tab.choose("Table"), TABLE, lambda number: tab.view("Pictures"))


if __name__ == "__main__":
    main()
