"""The map of the results page in a real browser: a lasso, and the picture beside the pointer."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.settings import from_environment
from tests.e2e.conftest import Open, Start
from tests.e2e.playground import Playground
from tests.pages.doing import shelved
from tests.pages.exhibits import predictions_of, trained
from tests.pages.landscapes import mapped

MANY = 60
# Where plotly has drawn the first dot with a picture, in pixels of the window.
FIRST_DOT = """() => {
  const chart = document.querySelector('.js-plotly-plot');
  const trace = chart._fullData.find((trace) => trace.customdata);
  const place = chart.getBoundingClientRect(), { xaxis, yaxis } = chart._fullLayout;
  return [place.x + xaxis._offset + xaxis.l2p(trace.x[0]), place.y + yaxis._offset + yaxis.l2p(trace.y[0])];
}"""


@pytest.fixture
def app(playground: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Playground:
    """With a training of sixty pictures at its good end, a third of them taken for another class, and its map."""
    started = playground()
    monkeypatch.setenv("PLAYGROUND_HOME", str(started.home))
    entry = shelved(from_environment(), tmp_path)
    mapped(trained(entry, predictions_of([(0.9, 0.1), (0.1, 0.9), (0.8, 0.2)] * (MANY // 3),
                                         [0, 1, 1] * (MANY // 3))))
    return started


@pytest.fixture
def page(newcomer: Open) -> Page:
    """With room for the whole chart: the mouse goes where things are seen."""
    return newcomer(height=1500)


def the_map(page: Page, app: Playground) -> None:
    page.goto(app.address("results"))
    page.get_by_role("radio", name="Map", exact=True).click()
    expect(page.locator(".js-plotly-plot .nsewdrag").first).to_be_visible()
    page.wait_for_function("() => document.querySelector('.js-plotly-plot')._fullLayout?.xaxis?.l2p")


def draw_around(page: Page, left: float, right: float) -> None:
    """All dots between two shares of the chart's width."""
    box = page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    assert box is not None
    corners = [(left, 0.01), (right, 0.01), (right, 0.99), (left, 0.99), (left, 0.01)]
    for number, (x, y) in enumerate(corners):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=8)
        if not number:
            page.mouse.down()
    page.mouse.up()


def test_a_lasso_makes_a_gallery_that_stays_while_the_dots_move(page: Page, app: Playground) -> None:
    the_map(page, app)
    expect(page.get_by_text("Draw around dots")).to_be_visible()
    draw_around(page, 0.01, 0.4)
    expect(page.get_by_text("40 pictures chosen · 20 mistakes")).to_be_visible()
    cards = page.locator("[class*='st-key-card-']")
    expect(cards).to_have_count(12)
    page.get_by_role("radio", name="By likeness (t-SNE)").click()
    expect(page.get_by_text("Training pictures behind")).to_be_visible()
    expect(page.get_by_text("40 pictures chosen · 20 mistakes")).to_be_visible()
    page.get_by_role("button", name="Clear").click()
    expect(cards).to_have_count(0)


def test_the_pointer_on_a_dot_shows_its_picture_and_takes_it_away_again(page: Page, app: Playground) -> None:
    the_map(page, app)
    x, y = page.evaluate(FIRST_DOT)
    page.mouse.move(x - 40, y - 40)
    page.mouse.move(x, y, steps=4)
    picture = page.locator("img.dot-picture")
    expect(picture).to_be_visible()
    page.wait_for_function("() => document.querySelector('img.dot-picture').naturalWidth === 32")
    page.mouse.move(20, 20)
    expect(picture).to_be_hidden()
    page.get_by_role("radio", name="Table", exact=True).click()
    expect(picture).to_have_count(0)


def test_a_click_on_a_dot_shows_its_picture_and_the_choice_is_seen_on_the_way_back(page: Page, app: Playground) -> None:
    the_map(page, app)
    x, y = page.evaluate(FIRST_DOT)
    page.mouse.move(x - 40, y - 40)
    page.mouse.move(x, y, steps=4)
    expect(page.locator("img.dot-picture")).to_be_visible()
    page.wait_for_timeout(500)        # plotly takes a click for the dot on which the pointer rests
    page.mouse.click(x, y, delay=50)
    cards = page.locator("[class*='st-key-card-']")
    expect(page.get_by_text("1 picture chosen")).to_be_visible()
    expect(cards).to_have_count(1)
    page.get_by_role("radio", name="Table", exact=True).click()
    expect(cards).to_have_count(0)
    page.get_by_role("radio", name="Map", exact=True).click()
    expect(cards).to_have_count(1)
    page.wait_for_function("""() => document.querySelector('.js-plotly-plot')?._fullData?.filter(
        (trace) => trace.customdata).flatMap((trace) => [...trace.selectedpoints ?? []]).length === 1""")
