"""A visitor without a browser: Streamlit's websocket protocol as its front end speaks it, fragments' timers too."""

import asyncio
import http.client
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

Finished = ForwardMsg.ScriptFinishedStatus
OVER = {Finished.Value("FINISHED_SUCCESSFULLY"), Finished.Value("FINISHED_WITH_COMPILE_ERROR"),
        Finished.Value("FINISHED_FRAGMENT_RUN_SUCCESSFULLY")}
LONGEST_MESSAGE_BYTES = 1 << 26
PATIENCE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Shown:
    element: Element
    fragment: str


@dataclass
class Visitor:
    """One browser tab. `seconds` are the times from each wish to rerun until the script had finished; `bytes` what came
    for it, without the pictures that a browser then fetches by their addresses."""

    port: int
    seconds: list[float] = field(default_factory=list)
    bytes: list[int] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    heard: set[str] = field(default_factory=set)          # every text that was ever shown
    _shown: dict[tuple[int, ...], Shown] = field(default_factory=dict)
    _timers: dict[str, float] = field(default_factory=dict)
    _pages: dict[str, str] = field(default_factory=dict)  # address to hash
    _page: str = ""
    _query: str = ""
    _came: int = 0
    _socket: ClientConnection | None = None
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def come(self) -> None:
        """Load the page for its cookie, and open the first page."""
        cookie = await asyncio.to_thread(self._cookie)
        self._socket = await connect(f"ws://localhost:{self.port}/_stcore/stream", subprotocols=["streamlit"],  # type: ignore[list-item]
                                     additional_headers={"Cookie": cookie} if cookie else {},
                                     max_size=LONGEST_MESSAGE_BYTES, ping_timeout=None)
        await self.rerun()

    async def leave(self) -> None:
        assert self._socket is not None
        await self._socket.close()

    async def go(self, address: str) -> None:
        """To a page by its address below the root."""
        self._page = self._pages[address]
        self._query = ""
        await self.rerun()

    async def click(self, label: str) -> None:
        """The first button whose label contains this. Raises LookupError where there is none."""
        for shown in self._shown.values():
            if shown.element.WhichOneof("type") == "button" and label in shown.element.button.label:
                await self.rerun(shown.element.button.id, shown.fragment)
                return
        raise LookupError(f"no button '{label}' among {sorted(self.texts())}")

    async def choose(self, option: str) -> None:
        """The first group of buttons that offers this. Raises LookupError where there is none."""
        for shown in self._shown.values():
            if shown.element.WhichOneof("type") == "button_group" and any(
                    option == each.content for each in shown.element.button_group.options):
                await self.rerun(shown.element.button_group.id, shown.fragment, option=option)
                return
        raise LookupError(f"nothing offers '{option}'")

    def texts(self) -> set[str]:
        return {text for shown in self._shown.values() if (text := _text(shown.element))}

    async def idle(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        """Let the timers of fragments tick as a browser would; whether `until` became true."""
        end = time.monotonic() + seconds
        due = {fragment: time.monotonic() + every for fragment, every in self._timers.items()}
        while time.monotonic() < end:
            if until():
                return True
            due = {fragment: due.get(fragment, time.monotonic() + every) for fragment, every in self._timers.items()}
            ripe = [fragment for fragment, when in due.items() if when <= time.monotonic()]
            for fragment in ripe:
                due.pop(fragment)
                if fragment in self._timers:        # else the run before has taken it away, and nobody would answer
                    await self.rerun(fragment=fragment, automatic=True)
            await asyncio.sleep(0.05)
        return until()

    async def rerun(self, trigger: str = "", fragment: str = "", automatic: bool = False,
                    option: str = "") -> None:
        """Ask for a run, and take in what it shows until it has finished."""
        assert self._socket is not None
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_script_hash, state.fragment_id = self._query, self._page, fragment
        state.is_auto_rerun = automatic
        if trigger:
            widget = state.widget_states.widgets.add()
            widget.id = trigger
            if option:
                widget.string_array_value.data.append(option)
            else:
                widget.trigger_value = True
        async with self._busy:
            started, self._came = time.perf_counter(), 0
            await self._socket.send(message.SerializeToString())
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not self._take(ForwardMsg.FromString(await self._socket.recv())):  # type: ignore[arg-type]
                    pass
            self.seconds.append(time.perf_counter() - started)
            self.bytes.append(self._came)

    def _take(self, message: ForwardMsg) -> bool:
        """Whether the run is over."""
        self._came += message.ByteSize()
        match message.WhichOneof("type"):
            case "new_session":
                self._page = message.new_session.page_script_hash
                if not message.metadata.run.fragment_ids:
                    self._shown.clear()
                    self._timers.clear()
            case "navigation":
                self._pages = {page.url_pathname: page.page_script_hash for page in message.navigation.app_pages}
                self._page = message.navigation.page_script_hash or self._page
            case "page_info_changed":
                self._query = message.page_info_changed.query_string
            case "auto_rerun":
                self._timers[message.auto_rerun.fragment_id] = message.auto_rerun.interval
            case "stop_auto_rerun":
                for fragment in message.stop_auto_rerun.fragment_ids:
                    self._timers.pop(fragment, None)
            case "delta":
                self._show(message)
            case "script_finished":
                return message.script_finished in OVER
        return False

    def _show(self, message: ForwardMsg) -> None:
        delta = message.delta
        if delta.WhichOneof("type") != "new_element":
            return
        element = delta.new_element
        self._shown[tuple(message.metadata.delta_path)] = Shown(element, delta.fragment_id)
        text = _text(element)
        self.heard.add(text)
        if element.WhichOneof("type") == "exception" or (
                element.WhichOneof("type") == "alert" and element.alert.format == element.alert.ERROR):
            self.errors.append(text or str(element.exception))

    def _cookie(self) -> str:
        connection = http.client.HTTPConnection("localhost", self.port, timeout=30)
        connection.request("GET", "/", headers={"Accept": "text/html"})
        answer = connection.getresponse()
        answer.read()
        cookies = [value.split(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"]
        return "; ".join(cookies)


def _text(element: Element) -> str:
    kind: Any = element.WhichOneof("type")
    if kind in ("markdown", "alert", "text"):
        return str(getattr(element, kind).body)
    if kind == "progress":
        return str(element.progress.text)
    return str(element.button.label) if kind == "button" else ""
