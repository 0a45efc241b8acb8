"""Whose upload passes when: first come, first served, as long as its bytes fit into the server's memory.

A browser hands a folder over when its last file has arrived, and until then the server holds all the others. So whoever
has begun must be able to end: the session that has held bytes for longest goes ahead, past the line and past the limit.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from core.errors import PlaygroundError

Turn = Literal["wait", "go", "too much"]
ABANDONED_SECONDS = 60.0     # a browser hands over at once what has arrived; after this its page was left
PAUSE_SECONDS = 3.0          # the files of a folder follow each other sooner, and a person chooses another one later
REMEMBERED_SECONDS = 3600.0  # a refusal; sessions that are gone never ask for theirs


@dataclass(frozen=True, slots=True, eq=False)
class Ticket:
    """An upload, of this many bytes at most. No two are the same, however alike."""

    session_id: str          # the browser tab's
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes of uploads in the server's memory: those that are held, with those under way."""

    everybody: int           # one upload that is larger goes alone
    session: int


class Line:
    """Who waits, who sends, and who was turned away. Read by pages' threads, changed by the server's loop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Ticket] = []                    # the first is the next
        self._sending: list[Ticket] = []
        self._too_much: list[Ticket] = []
        self._sessions: dict[str, float] = {}               # when each last moved; who came first stands first
        self._refused: dict[str, tuple[float, PlaygroundError]] = {}

    def join(self, ticket: Ticket, held: Mapping[str, int]) -> None:
        now = time.monotonic()
        with self._lock:
            when, _ = self._refused.get(ticket.session_id, (now, None))
            goes_on = held.get(ticket.session_id) or ticket.session_id in self._in_line()
            if not goes_on and now - when > PAUSE_SECONDS:       # the first file of something else
                del self._refused[ticket.session_id]
            self._waiting.append(ticket)
            self._sessions[ticket.session_id] = now

    def look(self, held: Mapping[str, int], limits: Limits) -> None:
        """Give everybody whose turn it is their turn. `held` are the bytes that the server holds, by session."""
        with self._lock:
            self._forget_who_is_gone(held)
            first = True
            for ticket in list(self._waiting):
                turn = self._decided(ticket, held, limits, first)
                if turn == "wait":
                    first = False
                else:
                    self._waiting.remove(ticket)
                    (self._sending if turn == "go" else self._too_much).append(ticket)

    def turn(self, ticket: Ticket) -> Turn:
        with self._lock:
            if ticket in self._waiting:
                return "wait"
            return "go" if ticket in self._sending else "too much"

    def is_next(self, ticket: Ticket) -> bool:
        with self._lock:
            return bool(self._waiting) and self._waiting[0] is ticket

    def leave(self, ticket: Ticket) -> None:
        """Done, or gone: its place is free."""
        with self._lock:
            for places in (self._waiting, self._sending, self._too_much):
                if ticket in places:
                    places.remove(ticket)
            if ticket.session_id in self._sessions:
                self._sessions[ticket.session_id] = time.monotonic()

    def waits(self, session_id: str) -> bool:
        with self._lock:
            return any(ticket.session_id == session_id for ticket in self._waiting)

    def abandoned(self, held: Mapping[str, int]) -> list[str]:
        """Sessions whose bytes nobody has come for: the page was left while its folder was under way."""
        now = time.monotonic()
        with self._lock:
            in_line = self._in_line()
            return [session for session, moved in self._sessions.items()
                    if held.get(session) and session not in in_line and now - moved > ABANDONED_SECONDS]

    def refuse(self, session_id: str, why: PlaygroundError) -> None:
        """Note that a file of this session was not taken, for the page that gets the rest."""
        now = time.monotonic()
        with self._lock:
            self._refused = {session: told for session, told in self._refused.items()
                             if now - told[0] < REMEMBERED_SECONDS}
            self._refused[session_id] = now, why

    def refusal(self, session_id: str) -> PlaygroundError | None:
        """Why a file of what this session sent last was not taken. It is told of once."""
        with self._lock:
            _, why = self._refused.pop(session_id, (0.0, None))
            return why

    def _decided(self, ticket: Ticket, held: Mapping[str, int], limits: Limits, first: bool) -> Turn:
        own = held.get(ticket.session_id, 0)
        own_under_way = sum(each.size_bytes for each in self._sending if each.session_id == ticket.session_id)
        if own and own + ticket.size_bytes > limits.session:
            return "too much"
        if (own or own_under_way) and own + own_under_way + ticket.size_bytes > limits.session:
            return "wait"                # for the other one to arrive, or to fail
        if ticket.session_id == next((session for session in self._sessions if held.get(session)), None):
            return "go"
        others = sum(held.values()) + sum(each.size_bytes for each in self._sending)
        return "wait" if not first or (others and others + ticket.size_bytes > limits.everybody) else "go"

    def _in_line(self) -> set[str]:
        return {ticket.session_id for ticket in (*self._waiting, *self._sending)}

    def _forget_who_is_gone(self, held: Mapping[str, int]) -> None:
        in_line = self._in_line()
        self._sessions = {session: moved for session, moved in self._sessions.items()
                          if session in in_line or held.get(session)}
