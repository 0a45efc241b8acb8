"""A small web of its own for tests: pictures, and everything that can go wrong with them."""

import socket
import ssl
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from tests.fakes import picture_bytes

HOLD_SECONDS = 30.0              # that a silent server keeps a visitor waiting, unless the web closes before


class Web(ThreadingHTTPServer):
    """Answers on a free port of this machine, and counts what it was asked for.

    /picture/<n>.jpg a picture; /status/<code>[?after=<Retry-After>]; /flaky/<times>/<n> fails so often with 500, then
    gives it; /busy/<n> says 429 once; /to?address=...; /again redirects to itself; /page is HTML; /large/<bytes>[?said]
    with or without its length; /silent; /drip a byte now and then; /torn breaks off; /reset.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, host: str = "127.0.0.1", context: ssl.SSLContext | None = None) -> None:
        super().__init__((host, 0), _Answer)
        self.asked: Counter[str] = Counter()
        self.headers: list[dict[str, str]] = []
        self.at_once, self.most_at_once = 0, 0
        self.closing = threading.Event()
        self.lock = threading.Lock()
        self.scheme = "http" if context is None else "https"
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_side=True)

    @property
    def host(self) -> str:
        """As the settings' test hosts name it."""
        return f"{self.server_address[0]}:{self.server_address[1]}"

    def at(self, path: str) -> str:
        return f"{self.scheme}://{self.host}{path}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Visitors that hang up are what is tested."""


class _Answer(BaseHTTPRequestHandler):
    server: Web
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        web = self.server
        with web.lock:
            web.asked[self.path] += 1
            web.headers.append(dict(self.headers))
        with suppress(OSError):
            self._answer(urlsplit(self.path).path.strip("/").split("/"), parse_qs(urlsplit(self.path).query))

    def _answer(self, parts: list[str], query: dict[str, list[str]]) -> None:
        web = self.server
        match parts:
            case ["picture", name]:
                self._give(picture_bytes(int(name.split(".")[0])))
            case ["slowly", name]:
                # Not counted any more once the answer is under way: whoever has it may ask for the next.
                with web.lock:
                    web.at_once += 1
                    web.most_at_once = max(web.most_at_once, web.at_once)
                time.sleep(0.05)
                with web.lock:
                    web.at_once -= 1
                self._give(picture_bytes(int(name.split(".")[0])))
            case ["png", name]:
                self._give(picture_bytes(int(name), "PNG"), kind="text/plain")
            case ["status", code]:
                self._give(b"", int(code), **({"Retry-After": query["after"][0]} if "after" in query else {}))
            case ["flaky", times, name]:
                if self.server.asked[self.path] <= int(times):
                    self._give(b"", 500)
                else:
                    self._give(picture_bytes(int(name)))
            case ["busy", name]:
                if self.server.asked[self.path] == 1:
                    self._give(b"", 429, **{"Retry-After": "0"})
                else:
                    self._give(picture_bytes(int(name)))
            case ["to"]:
                self._give(b"", 302, Location=query["address"][0])
            case ["again"]:
                self._give(b"", 301, Location="/again")
            case ["page"]:
                self._give(b"<!doctype html><title>A page</title>", kind="text/html; charset=utf-8")
            case ["large", size]:
                self._give_in_pieces(int(size), said="said" in query)
            case ["silent"]:
                self.server.closing.wait(HOLD_SECONDS)
            case ["drip"]:
                self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                while not self.server.closing.wait(0.02):
                    self.wfile.write(b"x-more: 1\r\n")
                    self.wfile.flush()
            case ["torn"]:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc")
                self.close_connection = True
            case ["reset"]:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                self.close_connection = True
            case _:
                self._give(b"", 404)

    def _give_in_pieces(self, size: int, said: bool) -> None:
        self.send_response(200)
        if said:
            self.send_header("Content-Length", str(size))
        self.end_headers()
        self.close_connection = True
        piece = bytes(1 << 16)
        for start in range(0, size, len(piece)):
            self.wfile.write(piece[:size - start])

    def _give(self, content: bytes, status: int = 200, kind: str = "image/jpeg", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def serving(host: str = "127.0.0.1", context: ssl.SSLContext | None = None) -> Iterator[Web]:
    web = Web(host, context)
    thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield web
    finally:
        web.closing.set()
        web.shutdown()
        thread.join()
        web.server_close()
