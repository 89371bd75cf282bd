"""Asgi: the way from an ASGI server to a handler and back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from .http import HttpRequest, HttpResponse

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Handle = Callable[[HttpRequest], Awaitable[HttpResponse]]

NO_WEBSOCKET = "Clients connect to Azure Web PubSub, not to its event handler."


async def serve(handle: Handle, max_body_bytes: int, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one scope: a request, a WebSocket (refused), or the life of the server."""
    match scope["type"]:
        case "http":
            await _serve_request(handle, max_body_bytes, scope, receive, send)
        case "websocket":
            await _refuse_websocket(scope, receive, send)
        case "lifespan":
            await _serve_lifespan(receive, send)
        case other:
            raise ValueError(f"An event handler serves HTTP, not {other!r}.")


async def _serve_request(handle: Handle, max_body_bytes: int, scope: Scope, receive: Receive, send: Send) -> None:
    body = await _read_body(receive, max_body_bytes)
    if body is None:
        return
    answer = await handle(HttpRequest(scope["method"], scope["path"], scope["headers"], body))
    await _send(answer, "http.response", send)
    await answer.afterwards()


async def _read_body(receive: Receive, limit: int) -> bytes | None:
    """Return the body, up to one byte over the limit, or None if the caller hung up."""
    body = bytearray()
    while len(body) <= limit:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return bytes(body)


async def _refuse_websocket(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()  # websocket.connect
    if "websocket.http.response" in scope.get("extensions", {}):
        await _send(HttpResponse.of_text(403, NO_WEBSOCKET), "websocket.http.response", send)
    else:
        await send({"type": "websocket.close", "code": 1008, "reason": NO_WEBSOCKET})


async def _serve_lifespan(receive: Receive, send: Send) -> None:
    while True:
        step = (await receive())["type"]  # lifespan.startup, then lifespan.shutdown
        await send({"type": f"{step}.complete"})
        if step == "lifespan.shutdown":
            return


async def _send(answer: HttpResponse, kind: str, send: Send) -> None:
    lines = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    if answer.status != 204:
        lines.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": f"{kind}.start", "status": answer.status, "headers": lines})
    await send({"type": f"{kind}.body", "body": answer.body})
