"""Who is here: one identity on one's own machine, else a room of its own for each browser, by a cookie.

The cookie holds 256 random bits that only the browser keeps. The room's id is their digest, so that neither a folder's
name nor the database tells what a cookie says.
"""

import hashlib
import ipaddress
import re
import secrets
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config

from core.jobs.entries import LOCAL
from core.settings import Settings

COOKIE = "playground_visitor"
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")      # 256 bits as base64 for addresses
KEPT_SECONDS = 400 * 24 * 3600                # as long as browsers allow, from the last page load


def visitor(settings: Settings) -> str:
    """The id of the visitor's room. Where strangers use the server and a browser has no cookie, the page ends here."""
    if not hosted(settings):
        return LOCAL
    token = _cookie()
    if token is None or not TOKEN.fullmatch(token):
        st.error("**Your browser sends no cookie.** Without one, your pictures cannot be told from other visitors'. "
                 "Allow cookies for this address, then reload the page.", icon=":material/cookie:")
        st.stop()
    return room_of(token)


def room_for(headers: Mapping[str, str], settings: Settings) -> str | None:
    """The room of whoever sent a request of their own, beside the pages; None for a browser without a cookie."""
    if not hosted(settings, headers):
        return LOCAL
    token = _token_in(headers)
    return room_of(token) if token else None


def room_of(token: str) -> str:
    """32 hexadecimal digits, fit for a folder's name."""
    return hashlib.sha256(token.encode()).hexdigest()[:32]


def hosted(settings: Settings, headers: Mapping[str, str] | None = None) -> bool:
    """Whether strangers use this server: as the settings say, else where it listens beyond this machine.

    A proxy that forwards to localhost names the visitor's address: who comes that way is not on this machine.
    `headers`: the request's, where no page runs.
    """
    if settings.hosted is not None:
        return settings.hosted
    if _forwarded(st.context.headers if headers is None else headers):
        return True
    address: str | None = config.get_option("server.address")
    return address is None or not _loopback(address)


def _cookie() -> str | None:
    token: str | None = st.context.cookies.get(COOKIE)
    return token


def _forwarded(headers: Mapping[str, str]) -> bool:
    return any(headers.get(name) for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP"))


def _loopback(address: str) -> bool:
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:       # another name, or a Unix socket, behind which a proxy stands
        return False


class VisitorCookie:
    """Middleware that gives each browser its cookie when it loads a page, and renews it from then on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if "text/html" not in headers.get("accept", ""):
            await self._app(scope, receive, send)
            return
        cookie = _set_cookie(_token_in(headers) or secrets.token_urlsafe(32), _is_secure(scope, headers))

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                answer.append("set-cookie", cookie)
                answer["cache-control"] = "no-store"     # a proxy that kept it would give everyone one identity
                answer["referrer-policy"] = "strict-origin"      # a share link's key stands in the address
            await send(message)

        await self._app(scope, receive, send_with_cookie)


def _token_in(headers: Mapping[str, str]) -> str | None:
    """The browser's token; None where there is none or it was tampered with."""
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return None
    return found.value if found and TOKEN.fullmatch(found.value) else None


def _is_secure(scope: Scope, headers: Headers) -> bool:
    forwarded = headers.get("x-forwarded-proto", "").split(",")[0].strip()
    return (forwarded or scope["scheme"]) == "https"


def _set_cookie(token: str, secure: bool) -> str:
    return (f"{COOKIE}={token}; Path=/; Max-Age={KEPT_SECONDS}; HttpOnly; SameSite=Lax"
            + ("; Secure" if secure else ""))
