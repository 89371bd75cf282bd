"""Crowd: publishers and receivers on raw sockets, cheap enough that the server's cost shows."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Collection
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from .servers import SUBPROTOCOL, TIMEOUT, Address

_CLOSE = bytes((0x88, 0x80, 0, 0, 0, 0))
_HANDSHAKE = (
    "GET {target} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: {subprotocol}\r\n\r\n"
)


class Crowd:
    """Publishers and receivers of one server, connected.

    Attributes:
        size: bytes of one published message as each receiver gets it.
    """

    def __init__(self, address: Address, *, receivers: int, publishers: int = 1) -> None:
        self._publishers = [Client(address.publish) for _ in range(publishers)]
        self._receivers = [Client(address.receive) for _ in range(receivers)]
        self._request = client_frame(address.request.encode())
        self._selector = selectors.DefaultSelector()
        self._buffer = bytearray(256 * 1024)
        self._publishers[0].socket.sendall(self._request)
        sizes = {len(receiver.read_frame()) for receiver in self._receivers}
        if len(sizes) != 1:
            raise RuntimeError(f"Receivers got messages of different sizes: {sizes}.")
        self.size = sizes.pop()
        for receiver in self._receivers:
            receiver.socket.setblocking(False)
            self._selector.register(receiver.socket, selectors.EVENT_READ)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._selector.close()
        clients = [*self._publishers, *self._receivers]
        if error is None:
            leave(clients)
        for client in clients:
            client.socket.close()

    def publish(self, messages: int) -> float:
        """Have each publisher publish in one write; return the seconds until every receiver has every message."""
        burst = self._request * messages
        missing = self.size * messages * len(self._publishers) * len(self._receivers)
        start = time.perf_counter()
        for publisher in self._publishers:
            publisher.socket.sendall(burst)
        while missing > 0:
            events = self._selector.select(TIMEOUT)
            if not events:
                raise TimeoutError(f"{missing} bytes did not arrive.")
            for key, _ in events:
                received = key.fileobj.recv_into(self._buffer)  # type: ignore[union-attr]
                if not received:
                    raise ConnectionError("The server closed a receiver.")
                missing -= received
        seconds = time.perf_counter() - start
        if missing:
            raise RuntimeError(f"{-missing} bytes more arrived than were published.")
        return seconds


class Client:
    """A WebSocket client with just enough of the protocol.

    Args:
        url: where to connect.
        greeted: whether to wait for the server's greeting at once.
    """

    def __init__(self, url: str, *, greeted: bool = True) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        self._unread = b""
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=TIMEOUT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(_HANDSHAKE.format(target=target, host=parts.netloc, subprotocol=SUBPROTOCOL).encode())
        if greeted:
            self.wait_for_greeting()

    def wait_for_greeting(self) -> None:
        """Read the answer to the handshake, and the first frame."""
        while b"\r\n\r\n" not in self._unread:
            self._receive()
        head, _, self._unread = self._unread.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 101"):
            raise ConnectionError(f"The handshake failed: {head[:40].decode()}")
        self.read_frame()  # the greeting

    def read_frame(self) -> bytes:
        """Read one frame and return it whole."""
        while len(self._unread) < 4:
            self._receive()
        size = 2 + self._unread[1]
        if self._unread[1] == 126:
            size = 4 + int.from_bytes(self._unread[2:4], "big")
        while len(self._unread) < size:
            self._receive()
        frame, self._unread = self._unread[:size], self._unread[size:]
        return frame

    def say_goodbye(self) -> None:
        """Send a close frame."""
        self.socket.settimeout(TIMEOUT)
        self.socket.sendall(_CLOSE)

    def wait_for_end(self) -> None:
        """Wait until the server has closed, so that its work does not fall into the next measurement."""
        while self.socket.recv(4096):
            pass

    def _receive(self) -> None:
        data = self.socket.recv(4096)
        if not data:
            raise ConnectionError("The server closed a client.")
        self._unread += data


def client_frame(data: bytes) -> bytes:
    """Return a text frame as a client sends it."""
    # A mask of zeros is legal and changes nothing (RFC 6455, section 5.3).
    size = bytes((0x80 | len(data),)) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2, "big")
    return b"\x81" + size + bytes(4) + data


def leave(clients: Collection[Client]) -> None:
    """Have clients leave, and wait until the server has closed each of them."""
    for client in clients:
        client.say_goodbye()
    for client in clients:
        client.wait_for_end()
    for client in clients:
        client.socket.close()


def allow_many_sockets(wanted: int) -> None:
    """Raise this process's limit of open files, which its children inherit."""
    with suppress(ImportError, ValueError, OSError):  # Windows has no such limit
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
