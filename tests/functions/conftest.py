"""What the tests of Azure Functions share: an emulator, and each of the two apps served by a host."""

import asyncio
import json
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
from functions_calls import APPS, WEBHOOK, sign
from websockets.asyncio.client import connect

from wpslab.emulator import Emulator
from wpslab.upstream.functions_host import FunctionsHost

ROUTES = {
    "http": lambda event: f"/api/{event}",
    "trigger": lambda event: WEBHOOK,
}


@pytest.fixture
def emulator():
    with Emulator() as running:
        yield running


@pytest.fixture
def signed(emulator):
    """Headers with which a request is the emulator's own."""
    return {"WebHook-Request-Origin": "127.0.0.1", "ce-signature": sign(emulator.access_key)}


@pytest.fixture(params=["http", "trigger"])
def form(request, emulator):
    """One of the two apps in a host whose service is the emulator, and the path of each event."""
    settings = {"PubSubConn": emulator.connection_string, "PubSubHub": "chat"}
    return SimpleNamespace(
        name=request.param, host=FunctionsHost(APPS / request.param, settings), path=ROUTES[request.param]
    )


class Client:
    """A client of `json.webpubsub.azure.v1`: messages are dicts."""

    def __init__(self, socket):
        self._socket = socket

    async def send(self, **members):
        await self._socket.send(json.dumps(members))

    async def receive(self):
        async with asyncio.timeout(10):
            return json.loads(await self._socket.recv())

    async def hears(self):
        """Return the data type and the data of the next message."""
        message = await self.receive()
        assert message["type"] == "message", message
        return message["dataType"], message["data"]

    async def hears_nothing(self):
        """Prove that nothing waits: frames keep their order."""
        await self.send(type="ping")
        assert await self.receive() == {"type": "pong"}

    async def end(self):
        async with asyncio.timeout(10):
            await self._socket.wait_closed()


@pytest.fixture
def join(emulator):
    """Connect a client to the emulator's hub `chat`."""

    @asynccontextmanager
    async def open_client(user_id="alice", **options):
        url = emulator.client_access_url("chat", user_id=user_id, **options)
        async with connect(url, subprotocols=["json.webpubsub.azure.v1"]) as socket:
            client = Client(socket)
            connected = await client.receive()
            client.id, client.user_id = connected["connectionId"], connected.get("userId")
            yield client

    return open_client
