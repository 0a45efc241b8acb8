"""Addresses collected in a browser become pictures: the snippet on a page of its own, and the whole way in."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from pages.ui.upload_addresses import SNIPPET
from tests.e2e.conftest import Open, Start
from tests.e2e.test_journey import WORK_MS
from tests.fakes import picture_bytes
from tests.web.server import serving

SEARCH = "http://search.example/images?q=teddy%20bear%2F../"
FOUND = """<!doctype html><title>Search</title><base href="http://search.example/">
<a href="/imgres?imgurl=https%3A%2F%2Fzoo.example%2Flarge.jpg&h=9"><img src="/preview.jpg" width="150"></a>
<a href="https://zoo.example/direct.PNG?size=1#top">a picture</a>
<a href="https://zoo.example/about.html"><img src="/photo.jpg"></a>
<a href="https://wiki.example/wiki/File:Bear.jpg"><img src="/bear-320.jpg"
   srcset="/bear-320.jpg 320w, /bear-1280.jpg 1280w"></a>
<img src="/photo.jpg#again"><img src="/icon.png"><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">
<img alt="without a source"><a href="javascript:alert(1)">no</a><a href="mailto:a@b.example">no</a>
<a href="ftp://zoo.example/old.jpg">no</a><a href="http://[broken/x.jpg">no</a>"""


def answer(route: Route) -> None:
    """The search page, and pictures of 200 pixels, but for the icon."""
    if route.request.resource_type == "document":
        route.fulfill(body=FOUND, content_type="text/html")
    else:
        size = (16, 16) if "icon" in route.request.url else (200, 200)
        route.fulfill(body=picture_bytes(1, "PNG", size), content_type="image/png")


def test_the_snippet_saves_the_large_pictures_of_a_page_each_once(page: Page) -> None:
    page.route("**/*", answer)
    page.goto(SEARCH)
    page.wait_for_load_state("networkidle")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    with page.expect_download() as saved:
        page.evaluate(SNIPPET.read_text(encoding="utf-8"))
    assert saved.value.suggested_filename == "teddy bear.txt"
    assert Path(saved.value.path()).read_text().splitlines() == [
        "https://zoo.example/large.jpg", "https://zoo.example/direct.PNG?size=1", "http://search.example/photo.jpg",
        "http://search.example/bear-1280.jpg"]
    assert said == ["4 addresses saved as teddy bear.txt"]


def test_the_snippet_says_so_where_a_page_has_no_pictures(page: Page) -> None:
    page.route("**/*", lambda route: route.fulfill(body="<p>Nothing here", content_type="text/html"))
    page.goto("http://search.example/")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.evaluate(SNIPPET.read_text(encoding="utf-8"))
    assert said == ["No pictures found: scroll down first."]


@pytest.mark.parametrize("hosted", [False, True])
def test_lists_of_addresses_become_pictures(hosted: bool, playground: Start, newcomer: Open, tmp_path: Path) -> None:
    with serving() as web:
        app = playground(hosted=hosted, PLAYGROUND_OFFLINE="0", PLAYGROUND_TEST_HOSTS=web.host)
        for place, label in enumerate(("teddy", "black")):
            (tmp_path / f"{label}.txt").write_text("\n".join(
                [web.at(f"/picture/{100 * place + number}.jpg") for number in range(12)] + [web.at(f"/{label}-gone")]))
        page = newcomer()
        page.goto(app.address("data", new="1"))
        page.get_by_role("tab", name="Web addresses").click()
        page.locator("[class*=st-key-upload-lists] input[type=file]").set_input_files(
            [tmp_path / "teddy.txt", tmp_path / "black.txt"])
        expect(page.get_by_text("26 pictures to fetch, in 2 classes")).to_be_visible()
        assert not web.asked
        page.get_by_role("button", name="Bring them in").click()
        expect(page.get_by_role("button", name="Use these pictures")).to_be_visible(timeout=WORK_MS)
        expect(page.get_by_text("24 pictures").first).to_be_visible()
        page.get_by_text("2 left out: which, and why").click()
        expect(page.get_by_text("Copy these addresses:")).to_be_visible()
        assert not list(app.home.rglob("uploads/addresses-*")) and not list(app.home.rglob("uploads/fetched/*"))
        assert "Traceback" not in app.log.read_text()
