"""Uploads pass one after another where their bytes would not fit into memory together."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field

import pytest
from starlette.types import Message, Receive, Scope, Send

from core.settings import Settings
from pages.ui import upload_gate
from pages.ui.upload_gate import ROUTE, ServerMemory, UploadGate
from pages.ui.upload_line import Line
from tests.pages.asgi import Answer, request

CAP = 1000
LARGEST = 2_000_000


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(upload_gate, "LOOK_SECONDS", 0.001)
    monkeypatch.setattr(upload_gate, "SIP_SECONDS", 0.001)
    yield


class Memory:
    """What a server holds for its sessions."""

    def __init__(self) -> None:
        self.bytes: dict[str, int] = {}

    def held(self) -> dict[str, int]:
        return dict(self.bytes)

    def let_go(self, session_id: str) -> None:
        del self.bytes[session_id]


@dataclass
class Server:
    """An application that takes an upload when a test lets it, a gate before it, and what the server holds."""

    settings: Settings = field(default_factory=lambda: Settings(
        max_bytes_in_flight=CAP, max_upload_bytes=LARGEST, min_free_bytes=0))
    memory: Memory = field(default_factory=Memory)
    keeps: bool = False          # what has arrived stays in memory, as the files of a folder do until the last one
    begun: list[str] = field(default_factory=list)
    bodies: dict[str, bytes] = field(default_factory=dict)
    may_end: dict[str, asyncio.Event] = field(default_factory=dict)
    line: Line = field(default_factory=Line)

    def __post_init__(self) -> None:
        self.gate = UploadGate(self.app, self.settings, self.memory, self.line)

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = scope["path"].rpartition("/")[2]
        self.begun.append(name)
        self.bodies[name] = b""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            self.bodies[name] += message["body"]
            if not message["more_body"]:
                break
        if name in self.may_end:
            await self.may_end[name].wait()
        if self.keeps:
            session = scope["path"].split("/")[-2]
            self.memory.bytes[session] = self.memory.bytes.get(session, 0) + len(self.bodies[name])
        await send({"type": "http.response.start", "status": 204, "headers": []})

    def sends(self, name: str, size: int, client: "Client | None" = None, method: str = "PUT",
              session: str | None = None) -> "asyncio.Task[Answer]":
        async def go() -> Answer:
            answer = Answer()
            scope = request(method, f"{ROUTE}{session or 'session-' + name}/{name}", content_length=str(size))
            await self.gate(scope, (client or Client()).receive, answer.send)
            return answer

        return asyncio.create_task(go())

    def holds_back(self, *names: str) -> None:
        """These uploads do not end before they are let."""
        self.may_end = {name: asyncio.Event() for name in names}


class Client:
    """A browser that sends its chunks, and then is gone or waits for the answer."""

    def __init__(self, *chunks: bytes, leaves: bool = False) -> None:
        self._chunks, self._leaves = list(chunks or (b"x",)), leaves

    async def receive(self) -> Message:
        if self._chunks:
            chunk = self._chunks.pop(0)
            return {"type": "http.request", "body": chunk, "more_body": bool(self._chunks)}
        if not self._leaves:
            await asyncio.Event().wait()
        return {"type": "http.disconnect"}


async def a_while() -> None:
    """Enough turns of the loop for everything that can happen to have happened."""
    for _ in range(10):
        await asyncio.sleep(0.002)


def played(scene: Callable[[Server], Coroutine[None, None, None]], server: Server | None = None) -> Server:
    server = server or Server()
    asyncio.run(asyncio.wait_for(scene(server), timeout=30))
    return server


def test_an_upload_passes_with_its_whole_body() -> None:
    async def scene(server: Server) -> None:
        answer = await server.sends("a", 6, Client(b"abc", b"def"))
        assert answer.status == 204

    assert played(scene).bodies == {"a": b"abcdef"}


def test_uploads_that_fit_together_pass_together() -> None:
    async def scene(server: Server) -> None:
        server.holds_back("a", "b")
        tasks = [server.sends("a", 600), server.sends("b", 400)]
        await a_while()
        assert server.begun == ["a", "b"]
        server.may_end["a"].set()
        server.may_end["b"].set()
        await asyncio.gather(*tasks)

    played(scene)


def test_an_upload_that_does_not_fit_waits_until_the_one_before_is_done() -> None:
    async def scene(server: Server) -> None:
        server.holds_back("a")
        first, second = server.sends("a", 600), server.sends("b", 401, Client(b"12", b"34", b"56"))
        await a_while()
        assert server.begun == ["a"]
        assert server.line.waits("session-b")
        assert not server.line.waits("session-a")
        server.may_end["a"].set()
        await asyncio.gather(first, second)
        assert not server.line.waits("session-b")

    server = played(scene)
    assert server.begun == ["a", "b"]
    assert server.bodies["b"] == b"123456"      # also what was read while it waited


def test_bytes_that_the_server_still_holds_count() -> None:
    async def scene(server: Server) -> None:
        server.memory.bytes = {"session-b": 700}
        task = server.sends("a", 400)
        await a_while()
        assert server.begun == []
        server.memory.bytes = {}                 # the page has put them on disk
        await task
        assert server.begun == ["a"]

    played(scene)


def test_first_come_first_served_also_when_a_later_one_would_fit() -> None:
    async def scene(server: Server) -> None:
        server.holds_back("a")
        tasks = [server.sends("a", 600), server.sends("b", 900), server.sends("c", 100)]
        await a_while()
        assert server.begun == ["a"]
        server.may_end["a"].set()
        await asyncio.gather(*tasks)

    assert played(scene).begun == ["a", "b", "c"]


def test_an_upload_larger_than_the_cap_passes_alone() -> None:
    async def scene(server: Server) -> None:
        server.holds_back("small", "large")
        small, large = server.sends("small", 10), server.sends("large", CAP * 2)
        await a_while()
        assert server.begun == ["small"]
        server.may_end["small"].set()
        await small
        late = server.sends("late", 10)
        await a_while()
        assert server.begun == ["small", "large"]
        server.may_end["large"].set()
        await asyncio.gather(large, late)

    played(scene)


def test_a_client_that_goes_away_while_it_waits_frees_its_place() -> None:
    async def scene(server: Server) -> None:
        server.holds_back("a")
        first = server.sends("a", 900)
        await a_while()
        gone = server.sends("gone", 900, Client(b"1", b"2", leaves=True))
        third = server.sends("c", 100)
        await a_while()
        assert server.begun == ["a", "c"]
        assert (await gone).status is None
        server.may_end["a"].set()
        await asyncio.gather(first, third)

    played(scene)


def test_a_client_that_goes_away_while_it_sends_frees_its_place() -> None:
    async def scene(server: Server) -> None:
        class Vanishing(Client):
            async def receive(self) -> Message:
                return {"type": "http.disconnect"}

        await server.sends("a", 900, Vanishing())
        await server.sends("b", 900)

    assert played(scene).begun == ["a", "b"]


def test_a_client_that_falls_silent_counts_as_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_gate, "STALL_SECONDS", 0.01)

    async def scene(server: Server) -> None:
        class Silent(Client):
            async def receive(self) -> Message:
                await asyncio.Event().wait()
                raise AssertionError

        await server.sends("a", 900, Silent())
        await server.sends("b", 900)

    assert played(scene).begun == ["a", "b"]


def test_a_client_that_trickles_is_cut_off_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_gate, "START_SECONDS", 0.05)

    async def scene(server: Server) -> None:
        class Trickling(Client):
            async def receive(self) -> Message:
                await asyncio.sleep(0.001)
                return {"type": "http.request", "body": b"x", "more_body": True}

        await server.sends("a", 900, Trickling())
        await server.sends("b", 900)
        refusal = server.line.refusal("session-a")
        assert refusal is not None
        assert "too slowly" in refusal.problem
        assert server.line.refusal("session-b") is None

    assert played(scene).begun == ["a", "b"]


def test_the_time_in_line_is_not_the_senders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_gate, "START_SECONDS", 0.2)

    async def scene(server: Server) -> None:
        server.memory.bytes = {"session-b": CAP}
        task = server.sends("a", 6, Client(b"abc", b"def"))
        await asyncio.sleep(0.4)
        server.memory.bytes = {}
        assert (await task).status == 204

    assert played(scene).bodies == {"a": b"abcdef"}


def test_a_larger_body_may_take_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_gate, "START_SECONDS", 0.0)
    monkeypatch.setattr(upload_gate, "LEAST_BYTES_PER_SECOND", 1)

    async def scene(server: Server) -> None:
        class Slow(Client):
            async def receive(self) -> Message:
                await asyncio.sleep(0.01)
                return await super().receive()

        assert (await server.sends("a", 60, Slow(b"abc", b"def"))).status == 204

    assert played(scene).bodies == {"a": b"abcdef"}


def test_two_folders_that_fill_the_memory_half_way_both_arrive() -> None:
    """Neither is handed to its page before its last file, so neither makes room for the other."""
    async def scene(server: Server) -> None:
        folders = [[server.sends(f"{session}{number}", 300, Client(b"x" * 300), session=session)
                    for session in ("anna", "bert")] for number in range(3)]
        await asyncio.gather(*(pair[0] for pair in folders))
        assert server.memory.bytes["anna"] == 900
        server.memory.bytes.pop("anna")          # her page has put them on disk
        await asyncio.gather(*(pair[1] for pair in folders))
        assert server.memory.bytes == {"bert": 900}

    played(scene, Server(keeps=True))


def test_a_folder_that_is_too_large_in_all_is_cut_and_its_page_told_of_it_once() -> None:
    async def scene(server: Server) -> None:
        server.memory.bytes = {"anna": LARGEST}
        answer = await server.sends("a", upload_gate.FRAME_BYTES + 1, session="anna")
        assert answer.status == 413
        refusal = server.line.refusal("anna")
        assert refusal is not None and "2 MB at most" in refusal.problem and refusal.remedy
        assert server.line.refusal("anna") is None

    assert played(scene).begun == []


@pytest.mark.parametrize(("settings", "size"), [
    (Settings(max_upload_bytes=LARGEST), LARGEST * 2), (Settings(min_free_bytes=10**18), 10)])
def test_every_refusal_is_kept_for_the_page(settings: Settings, size: int) -> None:
    async def scene(server: Server) -> None:
        await server.sends("a", size)
        assert server.line.refusal("session-a") is not None

    played(scene, Server(settings))


def test_bytes_that_nobody_comes_for_are_let_go_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.ui.upload_line.ABANDONED_SECONDS", 0.05)

    async def scene(server: Server) -> None:
        await server.sends("a", 900, Client(b"x" * 900), session="gone")
        assert server.memory.bytes == {"gone": 900}
        assert (await server.sends("b", 900, session="anna")).status == 204
        assert "gone" not in server.memory.bytes

    played(scene, Server(keeps=True))


def test_an_application_that_fails_frees_its_place() -> None:
    async def scene(server: Server) -> None:
        async def broken(scope: Scope, receive: Receive, send: Send) -> None:
            raise OSError("broken")

        gate = UploadGate(broken, server.settings, server.memory, server.line)
        with contextlib.suppress(OSError):
            await gate(request("PUT", f"{ROUTE}s/x", content_length="900"), Client().receive, Answer().send)
        await server.sends("b", 900)

    assert played(scene).begun == ["b"]


@pytest.mark.parametrize(("length", "status"), [
    (str(LARGEST), 204), (str(LARGEST + upload_gate.FRAME_BYTES + 1), 413), ("", 411), ("-5", 411), ("1e3", 411),
    ("²", 411)])
def test_an_upload_says_how_long_it_is_and_is_not_too_long(length: str, status: int) -> None:
    async def scene(server: Server) -> None:
        answer = Answer()
        scope = request("PUT", f"{ROUTE}s/a")
        scope["headers"] = [(b"content-length", length.encode("latin-1"))]
        await server.gate(scope, Client().receive, answer.send)
        assert answer.status == status

    assert played(scene).begun == (["a"] if status == 204 else [])


def test_a_disk_that_is_nearly_full_takes_no_upload() -> None:
    async def scene(server: Server) -> None:
        assert (await server.sends("a", 10)).status == 507

    assert played(scene, Server(Settings(min_free_bytes=10**18))).begun == []


@pytest.mark.parametrize(("method", "path"), [("DELETE", f"{ROUTE}s/a"), ("GET", "/data"), ("PUT", "/elsewhere/a")])
def test_everything_that_is_no_upload_passes_at_once(method: str, path: str) -> None:
    async def scene(server: Server) -> None:
        server.memory.bytes = {"session-b": CAP * 10}
        answer = Answer()
        await server.gate(request(method, path), Client().receive, answer.send)
        assert answer.status == 204

    played(scene)


def test_nobody_waits_where_nothing_is_uploaded() -> None:
    assert not upload_gate.waiting("some session")
    assert upload_gate.refusal("some session") is None
    assert ServerMemory().held() == {}
