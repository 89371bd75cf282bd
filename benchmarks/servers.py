"""Servers: the emulator and its peers, each on a thread and an event loop of its own, all doing the same job.

Every server greets a client with one frame. What one client publishes, every receiver gets, as the same bytes.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass

import websockets
from aiohttp import web
from websockets.asyncio.server import ServerConnection, broadcast, serve

from wpslab.emulator import Emulator

SUBPROTOCOL = websockets.Subprotocol("json.webpubsub.azure.v1")
GROUP = "bench"
TEXT = "a message of a hundred characters, ".ljust(100, ".")
TIMEOUT = 20.0
"""Seconds after which anything that waits gives up."""


@dataclass(frozen=True)
class Address:
    """Where a server is and how to use it.

    Attributes:
        receive: URL of a client that receives what is published.
        publish: URL of a client that publishes.
        request: the text a publisher sends for one message.
        echo: URL of a client that gets back what it sends.
        replies: how many frames answer one request there; the emulator sends an ack after the copy.
    """

    receive: str
    publish: str
    request: str
    echo: str
    replies: int


@contextmanager
def emulator() -> Iterator[Address]:
    """The emulator, as `wpslab.start()` makes it."""
    with Emulator(hubs=("bench",)) as running:
        # No keep-alive ping may fall into a count of bytes.
        running.configure_hub("bench", web_socket_keep_alive_interval_in_seconds=120)
        url = running.client_access_url
        yield Address(
            receive=url("bench", groups=[GROUP]),
            publish=url("bench", user_id="sender", roles=["webpubsub.sendToGroup"]),
            request=json.dumps({"type": "sendToGroup", "group": GROUP, "dataType": "text", "data": TEXT}),
            echo=url("bench", user_id="sender", roles=["webpubsub.sendToGroup"], groups=["echo"]),
            replies=2,
        )


def echo_request(ack_id: int) -> str:
    """Return what a client at `Address.echo` sends; peers send it back as it is."""
    body = {"type": "sendToGroup", "group": "echo", "ackId": ack_id, "dataType": "text", "data": TEXT}
    return json.dumps(body)


def websockets_server() -> AbstractContextManager[Address]:
    """A bare `websockets` server: echo, and `websockets.broadcast()`."""
    return _on_thread(_open_websockets_server)


def aiohttp_server() -> AbstractContextManager[Address]:
    """A bare aiohttp server that publishes with a plain loop of `send_str`."""
    return _on_thread(_open_aiohttp_server)


@asynccontextmanager
async def _open_websockets_server() -> AsyncIterator[int]:
    receivers: dict[ServerConnection, None] = {}

    async def handle(connection: ServerConnection) -> None:
        path = connection.request.path if connection.request else ""
        if path == "/receive":
            receivers[connection] = None
        await connection.send("hello")
        try:
            async for message in connection:
                if path == "/publish":
                    broadcast(receivers, message)
                else:
                    await connection.send(message)
        except websockets.ConnectionClosedError:
            pass  # a client left without a close frame
        finally:
            receivers.pop(connection, None)

    serving = serve(handle, "127.0.0.1", 0, subprotocols=[SUBPROTOCOL], compression=None, ping_interval=None)
    async with serving as server:
        yield next(iter(server.sockets)).getsockname()[1]


@asynccontextmanager
async def _open_aiohttp_server() -> AsyncIterator[int]:
    receivers: dict[web.WebSocketResponse, None] = {}

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        socket = web.WebSocketResponse(protocols=[SUBPROTOCOL], compress=False)
        await socket.prepare(request)
        if request.path == "/receive":
            receivers[socket] = None
        await socket.send_str("hello")
        async for message in socket:
            if request.path == "/publish":
                for receiver in receivers:
                    await receiver.send_str(message.data)
            else:
                await socket.send_str(message.data)
        receivers.pop(socket, None)
        return socket

    runner = web.ServerRunner(web.Server(handle, access_log=None), shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@contextmanager
def _on_thread(server: Callable[[], AbstractAsyncContextManager[int]]) -> Iterator[Address]:
    started: Future[int] = Future()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def main() -> None:
        try:
            async with server() as port:
                started.set_result(port)
                await stop.wait()
        except OSError as error:
            started.set_exception(error)

    thread = threading.Thread(target=lambda: loop.run_until_complete(main()), daemon=True)
    thread.start()
    try:
        yield _peer_address(started.result(TIMEOUT))
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


def _peer_address(port: int) -> Address:
    url = f"ws://127.0.0.1:{port}"
    # What the emulator's receivers get for its request, so that both move the same number of bytes.
    message = {"type": "message", "from": "group", "fromUserId": "sender", "group": GROUP, "dataType": "text"}
    request = json.dumps({**message, "data": TEXT}, separators=(",", ":"))
    return Address(f"{url}/receive", f"{url}/publish", request, f"{url}/echo", replies=1)


SERVERS = {"emulator": emulator, "websockets": websockets_server, "aiohttp": aiohttp_server}
