"""Which picture is fetched next: many servers at a time, few pictures of one, and none while it asks for a pause."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from core.web.guard import Address

AT_ONCE = 6                      # pictures of one server, as browsers do
TRIES = 3
PAUSE_SECONDS = (1.0, 4.0)       # after the first and the second failure, where the server names none
MOST_IN_VAIN = 5                 # pictures until a server that has never answered is left alone
MOST_IN_A_ROW = 20               # the same for one that has


@dataclass(frozen=True, slots=True)
class Errand:
    """A picture to fetch."""

    address: Address
    tries: int = 0


@dataclass(slots=True)
class _Server:
    waiting: deque[Errand] = field(default_factory=deque)
    under_way: int = 0
    places: int = AT_ONCE
    not_before: float = 0.0      # on the clock of whoever asks
    has_answered: bool = False
    in_vain: int = 0             # pictures since the last answer


class Schedule:
    """Turn by turn over the servers. `now` is in seconds on any clock that does not go back."""

    def __init__(self, addresses: Iterable[Address]) -> None:
        self._servers: dict[str, _Server] = {}
        for address in addresses:
            self._of(Errand(address)).waiting.append(Errand(address))
        self._turns = deque(self._servers)

    @property
    def over(self) -> bool:
        return not any(server.waiting or server.under_way for server in self._servers.values())

    def take(self, now: float) -> Errand | None:
        """The next one, which is under way from then on; None while nothing may be asked for."""
        for _ in range(len(self._turns)):
            server = self._servers[self._turns[0]]
            self._turns.rotate(-1)
            if server.waiting and server.under_way < server.places and server.not_before <= now:
                server.under_way += 1
                return server.waiting.popleft()
        return None

    def answered(self, errand: Errand) -> None:
        """It came to an end, good or bad: the server is there."""
        server = self._of(errand)
        server.under_way -= 1
        server.has_answered, server.in_vain = True, 0

    def failed(self, errand: Errand, now: float, asked_seconds: float | None = None) -> tuple[Errand, ...]:
        """It failed for a reason that may pass: it comes again after a pause, until its tries are used up.

        `asked_seconds` is the pause that the server itself asked for. The errands that are given up: none, or this
        one, or with it all that still wait for a server that has not answered for so long.
        """
        server = self._of(errand)
        server.under_way -= 1
        pause = PAUSE_SECONDS[min(errand.tries, len(PAUSE_SECONDS) - 1)] if asked_seconds is None else asked_seconds
        server.not_before = max(server.not_before, now + pause)
        if asked_seconds is not None:
            server.places = max(1, server.places // 2)
        if errand.tries + 1 < TRIES:
            server.waiting.appendleft(Errand(errand.address, errand.tries + 1))   # first: a dead server shows soon
            return ()
        server.in_vain += 1
        if server.in_vain < (MOST_IN_A_ROW if server.has_answered else MOST_IN_VAIN):
            return (errand,)
        rest = tuple(server.waiting)
        server.waiting.clear()
        return (errand, *rest)

    def _of(self, errand: Errand) -> _Server:
        return self._servers.setdefault(errand.address.authority, _Server())
