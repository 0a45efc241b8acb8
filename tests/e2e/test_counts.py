"""What can be clicked in charts and tables of the results: only a browser sends it."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from core.settings import from_environment
from tests.e2e.playground import Playground
from tests.pages.doing import shelved
from tests.pages.exhibits import trained
from tests.pages.test_result_confusion import answers

KINDS = 20           # classes: with so many the cells are small


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Playground]:
    """With a training that took one picture of each class for the next class's."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("PLAYGROUND_HOME", str(home))
    names = tuple(f"breed {number:02}" for number in range(KINDS))
    rows = [row for kind in range(KINDS) for row in ((kind, kind, 3), (kind, (kind + 1) % KINDS, 1 + (kind == 4)))]
    trained(shelved(from_environment(), tmp_path), answers(*rows, classes=names))
    with closing(Playground(home)) as playground:
        yield playground


def view(page: Page, app: Playground, name: str) -> None:
    page.goto(app.address("results"))
    page.get_by_role("radio", name=name, exact=True).click()


def click(page: Page, x: float, y: float) -> None:
    """As a hand does it: charts and tables look first at what lies below the pointer."""
    page.mouse.move(x, y)
    page.wait_for_timeout(300)
    page.mouse.click(x, y)


def cell(plot: Locator, row: float, column: float, first: float = 0, last: float = KINDS) -> tuple[float, float]:
    """The middle of a cell, of those from `first` to before `last` that are seen, once the page has come to rest."""
    before, box = None, plot.bounding_box()
    while box is None or box != before:
        plot.page.wait_for_timeout(400)
        before, box = box, plot.bounding_box()
    return (box["x"] + box["width"] * (column + 0.5 - first) / (last - first),
            box["y"] + box["height"] * (row + 0.5 - first) / (last - first))


def middle(element: Locator) -> tuple[float, float]:
    box = element.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_click_on_a_cell_opens_its_pictures_zoomed_in_too(app: Playground, page: Page) -> None:
    view(page, app, "Confusion")
    expect(page.get_by_text("2 pictures of breed 04 were taken for breed 05")).to_be_visible()
    plot = page.locator(".js-plotly-plot .nsewdrag").first
    plot.scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    click(page, *cell(plot, 7, 7))
    expect(page.get_by_text("3 pictures of breed 07 were recognised")).to_be_visible()
    click(page, *cell(plot, 9, 10))
    expect(page.get_by_text("1 picture of breed 09 was taken for breed 10")).to_be_visible()
    page.mouse.move(*cell(plot, 2, 2))
    page.mouse.down()
    page.mouse.move(*cell(plot, 12, 12), steps=5)
    page.mouse.up()
    page.wait_for_timeout(500)
    click(page, *cell(plot, 6, 7, 2.5, 12.5))
    expect(page.get_by_text("1 picture of breed 06 was taken for breed 07")).to_be_visible()
    click(page, *cell(plot, 5, 5, 2.5, 12.5))                                # the click left the zoom as it was
    expect(page.get_by_text("3 pictures of breed 05 were recognised")).to_be_visible()


def test_a_pair_of_the_list_opens_its_pictures_and_one_of_them_a_closer_look(app: Playground, page: Page) -> None:
    view(page, app, "Confusion")
    page.get_by_role("button", name="breed 00 → breed 01").click()
    expect(page.get_by_text("1 picture of breed 00 was taken for breed 01")).to_be_visible()
    page.locator("[class*='closer'] button").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("but it is labelled breed 00")


def test_a_dot_and_a_row_choose_the_class_and_the_same_dot_again_too(app: Playground, page: Page) -> None:
    view(page, app, "Classes")
    expect(page.get_by_text("Pictures of breed 04 that were taken for another class")).to_be_visible()
    dot = page.locator(".js-plotly-plot .points path").nth(2)
    dot.scroll_into_view_if_needed()
    table = page.get_by_test_id("stDataFrame").first
    for row in (1, 0):
        click(page, *middle(dot))
        expect(page.get_by_text("Pictures of breed 02 that were taken for another class")).to_be_visible()
        box = table.bounding_box()
        assert box is not None
        click(page, box["x"] + 40, box["y"] + 35 * (row + 1) + 17)
        expect(page.get_by_text(f"Pictures of breed 0{row} that were taken for another class")).to_be_visible()
