"""Target: the service under test, and a hub of its own for each test."""

from __future__ import annotations

import asyncio
import time
import uuid
from contextlib import asynccontextmanager
from urllib.parse import urlencode

import jwt
from azure.messaging.webpubsubservice import WebPubSubServiceClient
from azure.messaging.webpubsubservice.aio import WebPubSubServiceClient as AsyncWebPubSubServiceClient

from wpslab.connection_string import ConnectionString

from .sockets import JSON, WAIT, JsonClient, SimpleClient, open_socket

TEXT_TYPE = "text/plain"
JSON_TYPE = "application/json"
BINARY_TYPE = "application/octet-stream"


class Target:
    """A service that can be reached: its connection string, and the emulator if it is one."""

    def __init__(self, connection_string, emulator=None):
        parts = ConnectionString.parse(connection_string)
        self.connection_string = connection_string
        self.emulator = emulator
        self.endpoint = parts.endpoint
        self.access_key = parts.access_key

    def __repr__(self):
        return f"<Target {self.endpoint}>"

    def sign(self, audience, *, key=None, algorithm="HS256", **claims):
        """Sign a token by hand; a claim that is None is left out."""
        claims = {"aud": audience, "exp": int(time.time()) + 600, **claims}
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(claims, key or self.access_key, algorithm=algorithm)


class HubUnderTest:
    """A hub nobody else uses, with the service's side of it and its clients."""

    def __init__(self, target, name=None):
        self.target = target
        self.name = name or f"conf_{uuid.uuid4().hex[:10]}"
        self.audience = f"{target.endpoint}/client/hubs/{self.name}"
        self.service = WebPubSubServiceClient.from_connection_string(target.connection_string, hub=self.name)

    def close(self):
        self.service.close()

    def client_address(self, *, name=None, **query):
        """Return where clients connect, without a token."""
        address = f"ws{self.target.endpoint.removeprefix('http')}/client/hubs/{name or self.name}"
        return f"{address}?{urlencode(query, doseq=True)}" if query else address

    def url(self, *, user_id=None, roles=(), groups=(), **query):
        """Return a client access URL as the official SDK makes it."""
        token = self.service.get_client_access_token(user_id=user_id, roles=list(roles), groups=list(groups))
        return token["url"] + (f"&{urlencode(query, doseq=True)}" if query else "")

    def url_with_claims(self, **claims):
        """Return a client access URL with hand-made claims."""
        return self.client_address(access_token=self.target.sign(self.audience, **claims))

    @asynccontextmanager
    async def json_client(self, *, url=None, headers=None, **token):
        """Connect a client of the JSON subprotocol, past its first frame."""
        async with open_socket(url or self.url(**token), [JSON], additional_headers=headers) as socket:
            client = JsonClient(socket)
            await client.read_connected()
            yield client

    @asynccontextmanager
    async def simple_client(self, *, url=None, subprotocols=(), **token):
        """Connect a simple client; with a user id, wait until the service counts it in."""
        async with open_socket(url or self.url(**token), list(subprotocols) or None) as socket:
            if token.get("user_id"):
                await self.appears(token["user_id"])
            yield SimpleClient(socket)

    async def appears(self, user_id):
        """Wait until the user has a connection."""
        async with asyncio.timeout(WAIT):
            while not await asyncio.to_thread(self.service.user_exists, user_id):
                await asyncio.sleep(0.02)

    async def vanishes(self, user_id):
        """Wait until the user has no connection."""
        async with asyncio.timeout(WAIT):
            while await asyncio.to_thread(self.service.user_exists, user_id):
                await asyncio.sleep(0.02)


class ServerSide:
    """The official server SDK, sync or async, called in one way: every method is awaited."""

    def __init__(self, target, hub, kind, **options):
        maker = AsyncWebPubSubServiceClient if kind == "aio" else WebPubSubServiceClient
        self._kind = kind
        self._client = maker.from_connection_string(target.connection_string, hub=hub, **options)

    def __getattr__(self, name):
        method = getattr(self._client, name)
        return method if self._kind == "aio" else _awaitable(method)


def _awaitable(method):
    async def call(*args, **kwargs):
        return await asyncio.to_thread(method, *args, **kwargs)

    return call
