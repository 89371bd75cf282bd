"""Sockets: raw WebSocket clients that read with a deadline and can prove that nothing came."""

from __future__ import annotations

import asyncio
import itertools
import json
from contextlib import asynccontextmanager

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

JSON = "json.webpubsub.azure.v1"
WAIT = 10.0
"""Seconds after which something awaited counts as not coming."""


@asynccontextmanager
async def open_socket(url, subprotocols=None, **options):
    """Open a WebSocket; messages from the service may have any size."""
    async with asyncio.timeout(WAIT):
        socket = await connect(url, subprotocols=subprotocols, max_size=None, open_timeout=WAIT, **options)
    try:
        yield socket
    finally:
        if socket.state is not State.CLOSED:
            await socket.close()


async def end_of(socket):
    """Read until the WebSocket ends; return the service's close code and reason, None where it sent none."""
    try:
        async with asyncio.timeout(WAIT):
            while True:
                await socket.recv()
    except ConnectionClosed as closed:
        return (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (None, None)


class SimpleClient:
    """A client without a subprotocol: payloads as they come."""

    def __init__(self, socket):
        self.socket = socket

    async def send(self, data):
        await self.socket.send(data)

    async def receive(self):
        async with asyncio.timeout(WAIT):
            return await self.socket.recv()

    async def end(self):
        return await end_of(self.socket)


class JsonClient(SimpleClient):
    """A client of `json.webpubsub.azure.v1`: messages are dicts."""

    def __init__(self, socket):
        super().__init__(socket)
        self.connected = None
        self._ack_ids = itertools.count(1000)

    @property
    def id(self):
        """The connection id."""
        return self.connected["connectionId"]

    async def read_connected(self):
        self.connected = await self.receive()

    async def send(self, message=None, **members):
        """Send a message: a dict, its members, or a raw frame."""
        frame = message if isinstance(message, str | bytes) else json.dumps({**(message or {}), **members})
        await self.socket.send(frame)

    async def receive(self):
        return json.loads(await super().receive())

    async def ask(self, **members):
        """Send a request with an ackId, and return its ack, which must be the next frame."""
        members.setdefault("ackId", next(self._ack_ids))
        await self.send(members)
        ack = await self.receive()
        assert (ack["type"], ack["ackId"]) == ("ack", members["ackId"]), ack
        return ack

    async def succeeds(self, **members):
        """Send a request that must be acked as done."""
        ack = await self.ask(**members)
        assert ack["success"] is True, ack

    async def fails(self, **members):
        """Send a request that must be refused; return the error's name."""
        ack = await self.ask(**members)
        assert ack["success"] is False, ack
        assert isinstance(ack["error"]["message"], str)
        return ack["error"]["name"]

    async def hears_nothing(self):
        """Prove that nothing waits: frames keep their order, so the answer to a ping must be the next one."""
        await self.send(type="ping")
        assert await self.receive() == {"type": "pong"}
