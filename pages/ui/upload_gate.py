"""Lets uploads through one after another, so that their bytes fit into the server's memory.

Streamlit holds what is uploaded in memory until the page has put it on disk. An upload that does not fit beside what is
held already waits before its body is read: the sender's network holds it back, and the page says why (`waiting`).
"""

import asyncio
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import runtime
from streamlit.runtime.stats import CACHE_MEMORY_FAMILY, CacheStat

from core.settings import Settings

ROUTE = "/_stcore/upload_file/"      # then the session's id and the file's
FRAME_BYTES = 100_000                # what a form adds around its file, at most
LOOK_SECONDS = 0.1                   # between two looks whether there is room
SIP_SECONDS = 5.0                    # between two mouthfuls of a body that waits
STALL_SECONDS = 60.0                 # a sender that is silent for so long is gone


class Line:
    """Who waits and who is sending: first come, first served. Read by pages' threads, changed by the server's loop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[tuple[object, str]] = []         # (ticket, session id), the first is the next
        self._sending: dict[object, int] = {}                # bytes by ticket

    def join(self, ticket: object, session_id: str) -> None:
        with self._lock:
            self._waiting.append((ticket, session_id))

    def admit(self, ticket: object, own: int, held: int, most: int) -> bool:
        """Whether it is the ticket's turn and its bytes fit beside those held and those under way.

        One that is larger than `most` goes alone.
        """
        with self._lock:
            if self._waiting[0][0] is not ticket:
                return False
            others = held + sum(self._sending.values())
            if others and others + own > most:
                return False
            del self._waiting[0]
            self._sending[ticket] = own
            return True

    def leave(self, ticket: object) -> None:
        """Done, or gone: its place is free."""
        with self._lock:
            self._waiting = [place for place in self._waiting if place[0] is not ticket]
            self._sending.pop(ticket, None)

    def waits(self, session_id: str) -> bool:
        with self._lock:
            return any(session == session_id for _, session in self._waiting)


_THE_LINE = Line()


def waiting(session_id: str) -> bool:
    """Whether an upload of this browser session waits for another one to be done."""
    return _THE_LINE.waits(session_id)


def bytes_held() -> int:
    """Bytes of all uploads that the server holds in its memory."""
    if not runtime.exists():
        return 0
    statistics = runtime.get_instance().uploaded_file_mgr.get_stats()
    return sum(stat.byte_length for stat in statistics.get(CACHE_MEMORY_FAMILY, ()) if isinstance(stat, CacheStat))


class UploadGate:
    """The middleware. `held` and `line` are the server's own, unless a test brings others."""

    def __init__(self, app: ASGIApp, settings: Settings, held: Callable[[], int] = bytes_held,
                 line: Line = _THE_LINE) -> None:
        self._app, self._settings, self._held, self._line = app, settings, held, line

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("PUT", "POST") or ROUTE not in scope["path"]:
            await self._app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "")
        refusal = self._refusal(length)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        ticket, body = object(), _Body(receive)
        self._line.join(ticket, scope["path"].partition(ROUTE)[2].split("/")[0])
        try:
            if await self._turn(ticket, int(length), body):
                await self._app(scope, body.receive, send)
        finally:
            self._line.leave(ticket)

    def _refusal(self, length: str) -> PlainTextResponse | None:
        """The answer to an upload that is not taken; None for one that is."""
        if not (length.isascii() and length.isdigit()):
            return PlainTextResponse("An upload must say how long it is.", 411)
        if int(length) > self._settings.max_upload_bytes + FRAME_BYTES:
            return PlainTextResponse(
                f"An upload may have {self._settings.max_upload_bytes / 1e6:,.0f} MB at most.", 413)
        if _free_bytes(self._settings.home) - int(length) < self._settings.min_free_bytes:
            return PlainTextResponse("The server's disk is nearly full: it takes no pictures just now.", 507)
        return None

    async def _turn(self, ticket: object, own: int, body: "_Body") -> bool:
        """Wait for the ticket's turn; False where the sender is gone before it comes."""
        if self._line.admit(ticket, own, self._held(), self._settings.max_bytes_in_flight):
            return True
        watch = asyncio.create_task(body.sip_until_gone())
        try:
            while not watch.done():
                if self._line.admit(ticket, own, self._held(), self._settings.max_bytes_in_flight):
                    return True
                await asyncio.sleep(LOOK_SECONDS)
            return False
        finally:
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch


class _Body:
    """A request's body. While it waits, a mouthful is taken now and then and kept for the application: servers tell
    that a sender is gone only to someone who reads."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._sips: list[Message] = []

    async def sip_until_gone(self) -> None:
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                return
            self._sips.append(message)
            await asyncio.sleep(SIP_SECONDS if message.get("more_body") else 0)

    async def receive(self) -> Message:
        """The next message. A sender that stalls counts as gone, lest it keep its place for ever."""
        if self._sips:
            return self._sips.pop(0)
        try:
            async with asyncio.timeout(STALL_SECONDS):
                return await self._receive()
        except TimeoutError:
            return {"type": "http.disconnect"}


def _free_bytes(home: Path) -> int:
    """Of the disk on which the home lies, or will."""
    place = next(folder for folder in (home, *home.parents) if folder.exists())
    return shutil.disk_usage(place).free
