"""The shell in a real browser: addresses, identity, words for what goes wrong."""

import re
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, Route, expect

from pages.ui.identity import COOKIE
from pages.ui.ways import PAGES
from tests.e2e.conftest import PATIENCE_SECONDS, Open, Start
from tests.e2e.playground import Playground

Started = Callable[[bool], Playground]


def cookie_of(page: Page) -> dict[str, Any]:
    [found] = [dict(cookie) for cookie in page.context.cookies() if cookie["name"] == COOKIE]
    return found


def expect_page(page: Page, file_title: str) -> None:
    """The page has come up, its name is marked above, and no traceback stands on it."""
    expect(page.locator("h1")).to_be_visible()
    expect(page.get_by_test_id("stTopNavLink").and_(page.locator("[aria-current=page]"))).to_contain_text(file_title)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_text("Traceback")).to_have_count(0)


@pytest.mark.parametrize("name", list(PAGES))
def test_each_page_opens_by_its_address(name: str, started: Started, page: Page) -> None:
    page.goto(started(False).address("" if name == "home" else name))
    expect_page(page, PAGES[name][1])
    expect(page.get_by_role("button", name="Where do my pictures go?")).to_be_visible()


def test_nothing_is_asked_of_the_network(started: Started, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(started(False).address())
    expect_page(page, "Home")
    page.wait_for_load_state("networkidle")
    home = started(False).address()
    assert [url for url in asked if not url.startswith((home, home.replace("http", "ws"), "data:", "blob:"))] == []


def test_the_cookie_is_hidden_from_scripts_and_stays_the_same(started: Started, page: Page) -> None:
    page.goto(started(True).address())
    expect_page(page, "Home")
    first = cookie_of(page)
    assert first["httpOnly"]
    assert first["sameSite"] == "Lax"
    assert COOKIE not in page.evaluate("document.cookie")
    page.reload()
    expect_page(page, "Home")
    tab = page.context.new_page()
    tab.goto(started(True).address("data"))
    expect_page(tab, "Data")
    assert cookie_of(page)["value"] == first["value"]


def test_another_browser_is_another_visitor(started: Started, newcomer: Open) -> None:
    one, other = newcomer(), newcomer()
    for page in (one, other):
        page.goto(started(True).address())
        expect_page(page, "Home")
    assert cookie_of(one)["value"] != cookie_of(other)["value"]


def test_without_cookies_a_hosted_server_shows_nothing_but_what_it_needs(started: Started, page: Page) -> None:
    def thrown_away(route: Route) -> None:
        """As a browser does that takes no cookies: this is asked for before the page's own connection is opened."""
        page.context.clear_cookies()
        route.continue_()

    page.route("**/_stcore/host-config", thrown_away)
    page.goto(started(True).address())
    expect(page.get_by_text("Your browser sends no cookie")).to_be_visible()
    expect(page.get_by_role("button", name="Use the coins")).to_have_count(0)


def test_an_address_of_nobody_is_told_of_in_words(started: Started, page: Page) -> None:
    page.goto(started(True).address("results", job="0" * 32))
    expect_page(page, "Results")
    expect(page.get_by_test_id("stAlert").first).to_be_visible()


def test_a_built_in_set_comes_in_by_one_click_and_is_found_after_a_restart(playground: Start, page: Page) -> None:
    app = playground(hosted=True)
    page.goto(app.address())
    page.get_by_role("button", name="Use the digits").click()
    expect(page.get_by_role("button", name="Use these pictures")).to_be_visible(timeout=90_000)
    strip = page.locator(".st-key-strip")
    expect(strip).to_contain_text("digits · 1,797 pictures")
    app.restart()
    page.goto(app.address())
    expect(page.locator(".st-key-strip")).to_contain_text("digits · 1,797 pictures")
    page.get_by_role("button", name="Where do my pictures go?").click()
    page.get_by_text("Yes, delete 1 data set").click()
    page.get_by_role("button", name="Delete my data").click()
    expect(page.locator(".st-key-strip")).to_contain_text("No pictures yet")
    rooms = {file.parents[2].name for file in (app.home / "visitors").glob("*/datasets/*/catalogue.json")}
    assert rooms == {"builtin"}          # the copy that all visitors' own ones are linked to


def test_an_error_of_ours_is_shown_as_a_reference_that_the_log_has(playground: Start, page: Page) -> None:
    app = playground()
    with closing(sqlite3.connect(app.home / "playground.db")) as database:
        database.execute("DROP TABLE datasets")
    page.goto(app.address())
    alert = page.get_by_test_id("stAlert")
    expect(alert).to_contain_text("Something went wrong on our side")
    expect(page.get_by_text("OperationalError")).to_have_count(0)
    expect(page.get_by_text("Traceback")).to_have_count(0)
    [reference] = re.findall(r"reference (\w{8})\.", alert.inner_text())
    log = app.log.read_text()
    assert f"shown as reference {reference}." in log
    assert "no such table: datasets" in log


def test_uploads_that_do_not_fit_together_go_one_after_the_other(playground: Start, page: Page) -> None:
    app = playground(PLAYGROUND_MAX_BYTES_IN_FLIGHT="3000")
    one, other = refused_upload(page, app), refused_upload(page.context.new_page(), app)     # of two sessions
    first, gone, last = begin(one, "PUT", 0, len(BODY)), begin(other, "PUT", 1, len(BODY)), begin(
        other, "PUT", 2, len(BODY))
    with closing(first), closing(last):
        gone.close()
        last.sendall(BODY)
        assert not answer_of(last)           # it waits, although it has sent everything
        first.sendall(BODY)
        assert answer_of(first) == "204"
        assert answer_of(last) == ""         # the first one's bytes are held by the server
        with closing(begin(one, "DELETE", 0, 0)) as freed:
            assert answer_of(freed) == "204"
        assert answer_of(last, PATIENCE_SECONDS) == "204"


def refused_upload(page: Page, app: Playground) -> Request:
    """The request by which a tab sent a file that was refused, and so is no longer held."""
    page.goto(app.address("data", new="1"))
    with page.expect_request("**/upload_file/**") as asked:
        page.locator("input[type=file]").first.set_input_files(
            {"name": "no.zip", "mimeType": "application/zip", "buffer": b"no zip"})
    expect(page.get_by_test_id("stAlert").first).to_be_visible()
    return asked.value


FORM = "form"
BODY = (f'--{FORM}\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\n\r\n'
        f"{'x' * 2000}\r\n--{FORM}--\r\n").encode()


def begin(like: Request, method: str, number: int, length: int) -> socket.socket:
    """A request as the browser sent another of this kind, up to its body, for another file of the same session."""
    address, headers = urlsplit(f"{like.url}{number}"), like.all_headers()
    connection = socket.create_connection((address.hostname, address.port), timeout=20)
    connection.sendall("\r\n".join((
        f"{method} {address.path} HTTP/1.1", f"Host: {address.netloc}", f"Cookie: {headers['cookie']}",
        f"X-Xsrftoken: {headers['x-xsrftoken']}", f"Content-Type: multipart/form-data; boundary={FORM}",
        f"Content-Length: {length}", "", "")).encode())
    return connection


def answer_of(connection: socket.socket, seconds: float = 1.0) -> str:
    """The answer's status, "" where none has come after so long."""
    connection.settimeout(seconds)
    try:
        return connection.recv(100).decode().split(" ")[1]
    except TimeoutError:
        return ""
