"""Lets uploads through one after another, so that their bytes fit into the server's memory.

Streamlit holds what is uploaded in memory until the page has put it on disk. An upload that does not fit beside what is
held already waits before its body is read: the sender's network holds it back, and the page says why (`waiting`).
Where a part of a folder is not taken, the page is told (`refusal`), since a browser hands over the rest without a word.
"""

import asyncio
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from core.errors import BadSource, LimitReached, PlaygroundError, TooLarge
from core.settings import Settings
from pages.ui.upload_line import Limits, Line, Ticket, Turn

ROUTE = "/_stcore/upload_file/"      # then the session's id and the file's
FRAME_BYTES = 100_000                # what a form adds around its file, at most
LOOK_SECONDS = 0.1                   # between two looks whether there is room
SIP_SECONDS = 5.0                    # between two mouthfuls of a body that waits
STALL_SECONDS = 60.0                 # a sender that is silent for so long is gone
START_SECONDS = 60.0                 # that a body may take, besides what its bytes take at the least speed
LEAST_BYTES_PER_SECOND = 50_000
TOO_SLOW = BadSource("A file came in too slowly, or no longer.",
                     remedy="Try it again, on a better connection if you can.")
_THE_LINE = Line()


def waiting(session_id: str) -> bool:
    """Whether an upload of this browser session waits for another one to be done."""
    return _THE_LINE.waits(session_id)


def refusal(session_id: str) -> PlaygroundError | None:
    """Why a file of what this browser session sent last was not taken; None where all were. It is told of once."""
    return _THE_LINE.refusal(session_id)


class Memory(Protocol):
    """The uploads that the server holds until a page has put them on disk."""

    def held(self) -> Mapping[str, int]:
        """Bytes by session."""

    def let_go(self, session_id: str) -> None:
        """Free this session's."""


class ServerMemory:
    """Streamlit's."""

    def held(self) -> Mapping[str, int]:
        # Copies, which one step of the interpreter makes: the loop's thread adds files, and pages' threads take them.
        sessions = list(manager.file_storage.items()) if (manager := _manager()) else []
        return {session: sum(len(file.data) for file in list(files.values())) for session, files in sessions}

    def let_go(self, session_id: str) -> None:
        if manager := _manager():
            manager.remove_session_files(session_id)


class UploadGate:
    """The middleware. `memory` and `line` are the server's own, unless a test brings others."""

    def __init__(self, app: ASGIApp, settings: Settings, memory: Memory | None = None,
                 line: Line = _THE_LINE) -> None:
        self._app, self._settings, self._memory, self._line = app, settings, memory or ServerMemory(), line
        self._limits = Limits(settings.max_bytes_in_flight, settings.max_upload_bytes + FRAME_BYTES)
        most = f"{settings.max_upload_bytes / 1e6:,.0f} MB"
        self._too_large = TooLarge(f"A zip or a whole folder may have {most} at most.",
                                   remedy="Leave some pictures out, or make them smaller.")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("PUT", "POST") or ROUTE not in scope["path"]:
            await self._app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "")
        if not (length.isascii() and length.isdigit()):
            await PlainTextResponse("An upload must say how long it is.", 411)(scope, receive, send)
            return
        ticket = Ticket(scope["path"].partition(ROUTE)[2].split("/")[0], int(length))
        if ticket.size_bytes > self._limits.session:
            await self._refuse(ticket, self._too_large, 413)(scope, receive, send)
        elif _free_bytes(self._settings.home) - ticket.size_bytes < self._settings.min_free_bytes:
            full = LimitReached("The server's disk is nearly full: it takes no pictures just now.",
                                remedy="Delete data sets that you no longer need, or try again later.")
            await self._refuse(ticket, full, 507)(scope, receive, send)
        else:
            await self._in_turn(ticket, _Body(receive, ticket.size_bytes), scope, send)

    async def _in_turn(self, ticket: Ticket, body: "_Body", scope: Scope, send: Send) -> None:
        self._line.join(ticket, self._held())
        try:
            match await self._turn(ticket, body):
                case "go":
                    await self._app(scope, body.receive, send)
                case "too much":
                    await self._refuse(ticket, self._too_large, 413)(scope, body.receive, send)
        finally:
            self._line.leave(ticket)
            if body.cut_off:
                self._line.refuse(ticket.session_id, TOO_SLOW)

    def _refuse(self, ticket: Ticket, why: PlaygroundError, status: int) -> PlainTextResponse:
        self._line.refuse(ticket.session_id, why)
        return PlainTextResponse(why.problem, status)

    async def _turn(self, ticket: Ticket, body: "_Body") -> Turn:
        """Wait for the ticket's turn; "wait" where the sender is gone before it comes."""
        self._look()
        if (turn := self._line.turn(ticket)) != "wait":
            return turn
        watch = asyncio.create_task(body.sip_until_gone())
        try:
            while not watch.done():
                if self._line.is_next(ticket):       # one looks for all
                    self._look()
                if (turn := self._line.turn(ticket)) != "wait":
                    return turn
                await asyncio.sleep(LOOK_SECONDS)
            return "wait"
        finally:
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch

    def _look(self) -> None:
        self._line.look(self._held(), self._limits)

    def _held(self) -> Mapping[str, int]:
        """Bytes by session, without those that nobody comes for any more."""
        held = self._memory.held()
        abandoned = self._line.abandoned(held)
        for session_id in abandoned:
            self._memory.let_go(session_id)
        return {session_id: held[session_id] for session_id in held if session_id not in abandoned}


class _Body:
    """A request's body. While it waits, a mouthful is taken now and then and kept for the application: servers tell
    that a sender is gone only to someone who reads."""

    def __init__(self, receive: Receive, size_bytes: int) -> None:
        self._receive = receive
        self._sips: list[Message] = []
        self._patience_seconds = START_SECONDS + size_bytes / LEAST_BYTES_PER_SECOND
        self._until: float | None = None         # by the loop's clock, from the application's first read on
        self._whole = False
        self.cut_off = False                     # by us, because it stalled or trickled

    async def sip_until_gone(self) -> None:
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                return
            self._sips.append(message)
            await asyncio.sleep(SIP_SECONDS if message.get("more_body") else 0)

    async def receive(self) -> Message:
        """The next message. A sender that stalls or trickles counts as gone, lest it keep its place for ever."""
        if self._sips:
            sip = self._sips.pop(0)
            self._whole = not sip.get("more_body")
            return sip
        now = asyncio.get_running_loop().time()
        self._until = self._until or now + self._patience_seconds
        try:
            async with asyncio.timeout_at(min(now + STALL_SECONDS, self._until)):
                message = await self._receive()
        except TimeoutError:
            self.cut_off = not self._whole
            return {"type": "http.disconnect"}
        self._whole = not message.get("more_body")
        return message


def _manager() -> MemoryUploadedFileManager | None:
    manager = runtime.get_instance().uploaded_file_mgr if runtime.exists() else None
    return manager if isinstance(manager, MemoryUploadedFileManager) else None


def _free_bytes(home: Path) -> int:
    """Of the disk on which the home lies, or will."""
    place = next(folder for folder in (home, *home.parents) if folder.exists())
    return shutil.disk_usage(place).free
