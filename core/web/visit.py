"""One visit for one picture: the checked address and no other, within limits of bytes, time and redirects."""

import email.utils
import errno
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from http.client import HTTPException
from pathlib import Path
from typing import Self
from urllib.parse import urljoin

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, ReadTimeoutError
from urllib3.response import BaseHTTPResponse

from core.errors import BadPicture
from core.settings import Settings
from core.web import guard
from core.web.guard import Address, Resolve

PIECE_BYTES = 1 << 16
MOST_REDIRECTS = 5
MOST_SERVERS = 3                 # of a host that has several, until one lets us in
REDIRECTS = (301, 302, 303, 307, 308)
TRANSIENT = (408, 425, 429, 500, 502, 503, 504)
LONGEST_PAUSE_SECONDS = 30.0     # that a server may ask for before it is asked again
TRY_LATER = "Try again later, or give another address."
ANOTHER = "Open the address in a browser; give another one."
HEADERS: Mapping[str, str] = {
    # Says what we are, as big sites ask of those who fetch.
    "User-Agent": "ClassifierPlayground/0.1 (fetches single pictures that a person has listed; urllib3)",
    "Accept": "image/jpeg,image/png,image/webp,image/*;q=0.9,*/*;q=0.1",
    "Accept-Encoding": "identity",       # pictures are packed already, and what unpacks may burst
    "Connection": "close",
}
WORDS = {
    400: "The server did not understand the address (400).",
    401: "The server gives the picture only to those who have signed in (401).",
    403: "The server does not give the picture to programs, or to strangers (403).",
    404: "The server says that the page does not exist (404).",
    410: "The server says that the picture is gone (410).",
    429: "The server says that it is asked too often (429).",
    451: "The server may not give the picture, for legal reasons (451).",
}


class NotNow(BadPicture):
    """It failed for a reason that may pass: asking again may help."""

    def __init__(self, problem: str, pause_seconds: float | None = None) -> None:
        super().__init__(problem, remedy=TRY_LATER)
        self.pause_seconds = pause_seconds       # that the server asked for


@cache
def verified() -> ssl.SSLContext:
    """The system's certificates; the host's name is checked."""
    return ssl.create_default_context()


@dataclass(frozen=True, slots=True)
class Rules:
    """What a visit may take, and whom it may see."""

    max_bytes: int                       # a picture
    step_seconds: float                  # to connect, and between two pieces
    picture_seconds: float               # for the whole of it, redirects included
    test_hosts: frozenset[str] = frozenset()
    resolve: Resolve = guard.from_system
    certificates: Callable[[], ssl.SSLContext] = verified

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(settings.max_picture_bytes, settings.download_timeout_seconds, settings.picture_seconds,
                   frozenset(settings.test_hosts))


@dataclass(slots=True, eq=False)
class Visit:
    """A visit under way in a thread of its own; `end` may be called from any other."""

    rules: Rules
    began: float = field(default_factory=time.monotonic)
    ended: bool = False
    _connection: HTTPConnection | None = None
    _response: BaseHTTPResponse | None = None
    _socket: socket.socket | None = None      # of its own: http.client lets go of it before the answer is read

    @property
    def late(self) -> bool:
        return time.monotonic() - self.began > self.rules.picture_seconds

    def end(self) -> None:
        """Have it stop. What waits for the network wakes up at once."""
        self.ended = True
        line = self._socket or (self._connection.sock if self._connection is not None else None)
        if isinstance(line, socket.socket):
            with suppress(OSError):
                # The plain socket's: that of TLS takes itself apart while another thread reads from it.
                socket.socket.shutdown(line, socket.SHUT_RDWR)

    def fetch(self, address: Address, target: Path) -> str:
        """Write what stands at the address to `target`, and return its kind as the server tells it ("image/png").

        Raises BadPicture (NotNow for what may pass), whose problem is a sentence for a beginner, and the system's
        error where the disk is full. What was written by then is the caller's to delete.
        """
        try:
            for _ in range(MOST_REDIRECTS + 1):
                response = self._asked(address)
                if response.status not in REDIRECTS:
                    return self._received(response, target)
                address = guard.parsed(urljoin(str(address), response.headers.get("location", "")),
                                       self.rules.test_hosts)
        except (OSError, HTTPError, HTTPException, ValueError) as error:   # ValueError: torn answers within http.client
            if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise self._told(error) from error
        finally:
            self._hang_up()
        raise BadPicture(f"It was sent on to another address more than {MOST_REDIRECTS} times.", remedy=TRY_LATER)

    def _asked(self, address: Address) -> BaseHTTPResponse:
        """The answer's beginning, from a server whose numeric address was checked just before."""
        self._hang_up()
        connection = self._connected(address)
        self._require_time()
        connection.request("GET", address.target, headers={"Host": address.authority, **HEADERS},
                           preload_content=False, decode_content=False)
        self._response = connection.getresponse()
        return self._response

    def _connected(self, address: Address) -> HTTPConnection:
        servers = guard.checked(address, self.rules.resolve, self.rules.test_hosts)[:MOST_SERVERS]
        for numeric in servers:
            self._require_time()
            self._connection = connection = _line(address, numeric, self.rules)
            try:
                connection.connect()
            except (OSError, HTTPError) as error:
                self._hang_up()
                if numeric == servers[-1] or isinstance(error, ssl.SSLError):
                    raise
            else:
                self._socket = connection.sock
                return connection
        raise AssertionError("a host without servers is an error before")

    def _received(self, response: BaseHTTPResponse, target: Path) -> str:
        if response.status != 200:
            raise _answered(response)
        too_large = BadPicture(f"It has more than {self.rules.max_bytes / 1e6:,.1f} MB.",
                               remedy="Give the address of a smaller one.")
        said = response.headers.get("content-length", "")
        if said.isascii() and said.isdigit() and int(said) > self.rules.max_bytes:
            raise too_large
        left = self.rules.max_bytes
        with target.open("wb") as file:
            while piece := response.read1(PIECE_BYTES):      # whatever has come: a slow one can be seen to be slow
                self._require_time()
                left -= len(piece)
                if left < 0:
                    raise too_large
                file.write(piece)
        self._require_time()
        return str(response.headers.get("content-type", "")).partition(";")[0].strip().lower()

    def _require_time(self) -> None:
        if self.ended or self.late:
            raise TimeoutError

    def _hang_up(self) -> None:
        response, connection = self._response, self._connection
        self._response = self._connection = self._socket = None
        for each in (response, connection):
            if each is not None:
                each.close()

    def _told(self, error: Exception) -> BadPicture:
        """What went wrong, in words; a picture that took all of its time is not asked for again."""
        causes = list(_causes(error))
        if any(isinstance(each, ssl.SSLCertVerificationError) for each in causes):
            return BadPicture("The server cannot prove that it is the one that the address names (its certificate).",
                              remedy=ANOTHER)
        if any(isinstance(each, socket.gaierror) and each.errno != socket.EAI_AGAIN for each in causes):
            return BadPicture("There is no server of that name.", remedy="Check the spelling of the address.")
        if self.late:
            return BadPicture(f"It took longer than {self.rules.picture_seconds:g} seconds.", remedy=ANOTHER)
        if self.ended:
            return BadPicture("It was stopped.", remedy="Go on later.")
        return NotNow(_in_words(causes, self.rules))


def _line(address: Address, numeric: str, rules: Rules) -> HTTPConnection:
    """A connection to this numeric address and no other: no name is asked for again, and no proxy stands between."""
    if address.scheme == "http":
        return HTTPConnection(numeric, address.port, timeout=rules.step_seconds)
    return HTTPSConnection(numeric, address.port, timeout=rules.step_seconds, server_hostname=address.host,
                           ssl_context=rules.certificates())


def _answered(response: BaseHTTPResponse) -> BadPicture:
    """What a status that brings no picture means."""
    status = response.status
    if status in TRANSIENT:
        problem = WORDS.get(status, f"The server is out of order just now ({status}).")
        return NotNow(problem, _pause_seconds(response.headers.get("retry-after", "")))
    problem = WORDS.get(status, f"The server answered with {status}, and no picture.")
    return BadPicture(problem, remedy=ANOTHER)


def _pause_seconds(asked: str) -> float | None:
    """How long a Retry-After asks to wait, at most LONGEST_PAUSE_SECONDS; None where it asks nothing."""
    if asked.isascii() and asked.isdigit():
        return min(float(asked), LONGEST_PAUSE_SECONDS)
    try:
        seconds = email.utils.parsedate_to_datetime(asked).timestamp() - time.time()
    except (TypeError, ValueError, OverflowError):
        return None
    return min(max(0.0, seconds), LONGEST_PAUSE_SECONDS)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, and what it came of."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__


def _in_words(causes: Sequence[BaseException], rules: Rules) -> str:
    if any(isinstance(each, socket.gaierror) for each in causes):
        return "The server's name could not be looked up: there may be no network just now."
    if any(isinstance(each, TimeoutError | ReadTimeoutError) for each in causes):
        return f"The server does not answer: nothing came for {rules.step_seconds:g} seconds."
    if any(isinstance(each, ConnectionRefusedError) for each in causes):
        return "The server does not answer: it refused the connection."
    return "The connection broke off before the picture was there."
