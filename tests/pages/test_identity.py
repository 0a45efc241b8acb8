"""Who is here: the cookie that browsers get, and the room that it opens."""

import asyncio
import re
from types import SimpleNamespace

import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest

from core.jobs.entries import LOCAL
from core.settings import Settings
from pages.ui import identity
from tests.pages.asgi import Answer, page, request, silence

TOKEN = "a" * 42 + "_"
HTML = "text/html,application/xhtml+xml"


def answered(method: str = "GET", path: str = "/", scheme: str = "http", **headers: str) -> Answer:
    answer = Answer()
    asyncio.run(identity.VisitorCookie(page)(request(method, path, scheme=scheme, **headers), silence, answer.send))
    return answer


def token_of(answer: Answer) -> str:
    found = re.match(rf"{identity.COOKIE}=([^;]*);", answer.headers["set-cookie"])
    assert found
    return found[1]


def test_a_browser_without_a_cookie_gets_one_of_256_random_bits() -> None:
    first, second = answered(accept=HTML), answered(accept=HTML)
    assert identity.TOKEN.fullmatch(token_of(first))
    assert token_of(first) != token_of(second)


def test_scripts_cannot_read_the_cookie_and_other_sites_cannot_send_it() -> None:
    cookie = answered(accept=HTML).headers["set-cookie"]
    assert "; HttpOnly" in cookie
    assert "; SameSite=Lax" in cookie
    assert "; Path=/" in cookie


@pytest.mark.parametrize(("scheme", "forwarded", "secure"), [
    ("http", {}, False), ("https", {}, True), ("http", {"x_forwarded_proto": "https"}, True),
    ("https", {"x_forwarded_proto": "http, https"}, False)])
def test_the_cookie_is_secure_where_the_visitor_came_by_https(scheme: str, forwarded: dict[str, str],
                                                              secure: bool) -> None:
    cookie = answered(scheme=scheme, accept=HTML, **forwarded).headers["set-cookie"]
    assert ("; Secure" in cookie) == secure


def test_a_standing_cookie_is_renewed_as_it_is() -> None:
    assert token_of(answered(accept=HTML, cookie=f"other=1; {identity.COOKIE}={TOKEN}")) == TOKEN


@pytest.mark.parametrize("broken", ["", "short", "../" * 15, "a" * 44, 'x"; Domain=evil'])
def test_a_malformed_cookie_is_replaced(broken: str) -> None:
    token = token_of(answered(accept=HTML, cookie=f"{identity.COOKIE}={broken}"))
    assert identity.TOKEN.fullmatch(token)
    assert token != broken


def test_no_proxy_may_keep_a_page_that_carries_a_cookie() -> None:
    assert answered(accept=HTML).headers.getlist("cache-control") == ["no-store"]
    assert answered(accept=HTML).headers["referrer-policy"] == "strict-origin"


@pytest.mark.parametrize(("method", "accept"), [("GET", "*/*"), ("GET", "image/webp"), ("POST", HTML), ("HEAD", HTML)])
def test_only_the_loading_of_a_page_gives_a_cookie(method: str, accept: str) -> None:
    assert "set-cookie" not in answered(method, accept=accept).headers


def test_a_room_is_named_by_a_digest_that_does_not_tell_the_cookie() -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", identity.room_of(TOKEN))
    assert identity.room_of(TOKEN) != identity.room_of("b" * 43)


@pytest.mark.parametrize(("address", "hosted"), [
    ("localhost", False), ("127.0.0.1", False), ("127.0.0.2", False), ("::1", False), ("[::1]", False),
    ("0.0.0.0", True), ("192.168.1.5", True), ("example.com", True), ("unix:///run/app.sock", True), (None, True)])
def test_a_server_that_listens_beyond_its_machine_is_hosted(address: str | None, hosted: bool,
                                                            monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "get_option", {"server.address": address}.get)
    assert identity.hosted(Settings()) is hosted
    assert identity.hosted(Settings(hosted=True)) is True
    assert identity.hosted(Settings(hosted=False)) is False


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_whoever_comes_through_a_proxy_on_this_machine_is_a_stranger(header: str,
                                                                     monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "get_option", {"server.address": "localhost"}.get)
    monkeypatch.setattr(identity.st, "context", SimpleNamespace(headers={header: "203.0.113.7"}))
    assert identity.hosted(Settings()) is True
    assert identity.hosted(Settings(hosted=False)) is False


def test_on_ones_own_machine_there_is_one_identity_whatever_the_cookie(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "_cookie", lambda: TOKEN)
    assert identity.visitor(Settings(hosted=False)) == LOCAL


def test_a_visitor_of_a_hosted_server_has_the_room_of_the_cookie(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "_cookie", lambda: TOKEN)
    assert identity.visitor(Settings(hosted=True)) == identity.room_of(TOKEN)


@pytest.mark.parametrize("cookie", [None, "../../etc"])
def test_without_a_cookie_a_hosted_page_says_what_it_needs_and_shows_nothing_else(
        cookie: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "_cookie", lambda: cookie)

    def script() -> None:
        import streamlit

        from core.settings import Settings
        from pages.ui import identity

        identity.visitor(Settings(hosted=True))
        streamlit.markdown("somebody's pictures")

    test = AppTest.from_function(script).run()
    assert "Allow cookies" in test.error[0].value
    assert not test.markdown
