"""A server's side of ASGI for tests of middleware: requests made by hand, and what came back."""

from dataclasses import dataclass, field

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send


@dataclass
class Answer:
    """What an application sent."""

    messages: list[Message] = field(default_factory=list)

    async def send(self, message: Message) -> None:
        self.messages.append(message)

    @property
    def status(self) -> int | None:
        return self.messages[0]["status"] if self.messages else None

    @property
    def headers(self) -> Headers:
        return Headers(raw=list(self.messages[0]["headers"]))


def request(method: str, path: str, *, scheme: str = "http", **headers: str) -> Scope:
    """A request's scope; `accept_language="de"` is the header accept-language."""
    return {"type": "http", "method": method, "path": path, "scheme": scheme, "query_string": b"",
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]}


async def silence() -> Message:
    """A client that sends nothing more."""
    return {"type": "http.request", "body": b"", "more_body": False}


async def page(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that shows a page."""
    await send({"type": "http.response.start", "status": 200,
                "headers": [(b"content-type", b"text/html"), (b"cache-control", b"no-cache")]})
    await send({"type": "http.response.body", "body": b"<html>"})
