"""Functions asgi: an HTTP request and its answer as the host of Azure Functions sees them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request. Names of headers are in lower case, `query` holds the last value of each name."""

    method: str
    path: str
    url: str
    query: Mapping[str, str]
    headers: Mapping[str, tuple[str, ...]]
    body: bytes = field(repr=False)

    def header(self, name: str) -> str | None:
        """Return a header, its lines joined with a comma, or None."""
        lines = self.headers.get(name.lower())
        return None if lines is None else ",".join(lines)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_text(cls, status: int, text: str) -> Answer:
        """Return an answer of plain text."""
        return cls(status, text.encode(), {"content-type": "text/plain; charset=utf-8"})


async def read_request(scope: Scope, receive: Receive) -> Request | None:
    """Read a request to its end; None if the caller hung up."""
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers: dict[str, tuple[str, ...]] = {}
    for raw_name, raw_value in scope["headers"]:
        name = raw_name.decode("latin-1").lower()
        headers[name] = (*headers.get(name, ()), _decode(raw_value))
    query = scope.get("query_string", b"").decode("latin-1")
    host = headers.get("host", ("localhost",))[0]
    url = f"{scope.get('scheme', 'http')}://{host}{scope['path']}{'?' if query else ''}{query}"
    parameters = dict(parse_qsl(query, keep_blank_values=True))
    return Request(scope["method"].upper(), scope["path"], url, parameters, headers, bytes(body))


async def send_answer(answer: Answer, send: Send) -> None:
    """Send an answer."""
    lines = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items()]
    if answer.status != 204:
        lines.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": lines})
    await send({"type": "http.response.body", "body": answer.body})


async def serve_lifespan(receive: Receive, send: Send) -> None:
    """Agree to the server's start and to its end."""
    step = ""
    while step != "lifespan.shutdown":
        step = (await receive())["type"]
        await send({"type": f"{step}.complete"})


def _decode(value: bytes) -> str:
    """Decode a header. The service writes user ids as UTF-8; other senders may use Latin-1."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
