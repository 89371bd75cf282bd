"""Wire: a WebSocket client made of bytes, which may break every rule; and plain HTTP calls."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from .sockets import JSON, WAIT

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA


class WireClient:
    """The client's end of an open WebSocket, byte by byte. It answers nothing by itself."""

    def __init__(self, reader, writer):
        self.reader = reader
        self.writer = writer

    async def send(self, opcode, payload=b"", *, fin=True, reserved=0, masked=True, length=None):
        """Send a frame; `length` claims another size than the payload has."""
        size = len(payload) if length is None else length
        mask = 0x80 if masked else 0
        if size < 126:
            head = bytes([mask | size])
        elif size < 65536:
            head = bytes([mask | 126]) + size.to_bytes(2, "big")
        else:
            head = bytes([mask | 127]) + size.to_bytes(8, "big")
        if masked:
            payload = bytes(4) + payload  # a mask of zeros leaves the payload as it is
        await self.send_bytes(bytes([0x80 * fin | reserved << 4 | opcode]) + head + payload)

    async def send_bytes(self, data):
        self.writer.write(data)
        await self.writer.drain()

    async def read(self):
        """Return opcode and payload of the next frame, or None when the line ends."""
        try:
            async with asyncio.timeout(WAIT):
                head = await self.reader.readexactly(2)
                size = head[1] & 0x7F
                if size >= 126:
                    size = int.from_bytes(await self.reader.readexactly(2 if size == 126 else 8), "big")
                return head[0] & 0x0F, await self.reader.readexactly(size)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

    async def read_close(self):
        """Read up to the close frame; return its code and reason, or None if the line ends without one."""
        while frame := await self.read():
            if frame[0] == CLOSE:
                return int.from_bytes(frame[1][:2], "big"), frame[1][2:].decode()
        return None


@asynccontextmanager
async def wire_client(url, subprotocol=JSON, *, receive_buffer=None):
    """Open a WebSocket by hand. A small receive buffer makes a client that soon takes nothing more."""
    parts = urlsplit(url)
    line = socket.socket()
    if receive_buffer:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    line.setblocking(False)
    await asyncio.get_running_loop().sock_connect(line, (parts.hostname, parts.port))
    reader, writer = await asyncio.open_connection(sock=line, limit=2**16)
    writer.write(upgrade_request(parts, subprotocol))
    try:
        async with asyncio.timeout(WAIT):
            answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 101 "), answer
        yield WireClient(reader, writer)
    finally:
        writer.transport.abort()


def upgrade_request(parts, subprotocol=None):
    lines = [
        f"GET {parts.path}?{parts.query} HTTP/1.1",
        f"Host: {parts.netloc}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        *([f"Sec-WebSocket-Protocol: {subprotocol}"] if subprotocol else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


@dataclass
class Answer:
    """An HTTP answer."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def error(self):
        """Code and target of the error object that is the whole body."""
        error = json.loads(self.body)
        assert error["message"]
        return error["code"], error.get("target")


class Rest:
    """REST calls as plain HTTP, each with a token for exactly that call unless told otherwise."""

    VERSION = "api-version=2024-12-01"

    def __init__(self, target, hub):
        self.target = target
        self.hub = hub

    def call(self, method, path, query=VERSION, *, body=None, headers=None, token=None, **claims):
        """Call `path`, which begins at the hub unless with a slash. The claim `audience` replaces the call's URL."""
        path = path if path.startswith("/") else f"/api/hubs/{self.hub}/{path}".rstrip("/")
        target = f"{path}?{query}" if query else path
        token = token or self.target.sign(claims.pop("audience", self.target.endpoint + path), **claims)
        return self.bare(method, target, body, {"Authorization": f"Bearer {token}", **(headers or {})})

    def bare(self, method, target, body=None, headers=None):
        """Send exactly this."""
        parts = urlsplit(self.target.endpoint)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname, parts.port, timeout=WAIT)
        try:
            connection.request(method, target, body, headers or {})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()
