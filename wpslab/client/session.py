"""Session: one client connection, from the handshake to the close, by the `websockets` package."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.typing import Subprotocol

from .errors import AckError, ClientError, ConnectionRefused
from .frames import RECEIVED, SENT, Direction, binary_text
from .requests import Request

JSON_SUBPROTOCOL = "json.webpubsub.azure.v1"
TIMEOUT = 8.0
CLOSE_TIMEOUT = 2.0
# The payload may be 1 MB; the envelope around it comes on top.
MAX_FRAME = 4 * 1024 * 1024


class ClientSession:
    """One WebSocket connection with its acks. Lives on one event loop.

    Args:
        subprotocol: the subprotocol to offer, or None for a simple client.
        on_frame: called with each frame that travelled.
        on_closed: called once when the connection has ended; `reason` then says why.
    """

    def __init__(
        self,
        subprotocol: str | None,
        on_frame: Callable[[Direction, str], None],
        on_closed: Callable[[], None],
    ) -> None:
        self.connection_id: str | None = None
        self.reason = ""
        self._subprotocol = subprotocol
        self._on_frame = on_frame
        self._on_closed = on_closed
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._settled = asyncio.Event()  # the connected frame came, or the end
        self._ended = False
        self._acks: dict[int, asyncio.Future[str]] = {}
        self._last_ack_id = 0
        self._farewell = ""
        self._leaving = False

    async def open(self, url: str) -> None:
        """Connect and wait for the `connected` frame, which a simple client does not get."""
        try:
            async with asyncio.timeout(TIMEOUT):
                self._socket = await self._handshake(url)
                self._reader = asyncio.create_task(self._read(self._socket))
                if self._subprotocol is not None:
                    await self._settled.wait()
        except TimeoutError:
            raise ClientError(f"The service did not say connected within {TIMEOUT:g} seconds.") from None
        if self._ended:
            raise ClientError(self.reason)

    async def request(self, request: Request) -> None:
        """Send a request and wait for its ack.

        Raises:
            AckError: the service refused it.
        """
        ack = _parse(await self.ask(request))
        if not ack.get("success"):
            error = ack.get("error") or {}
            raise AckError(request.kind, str(error.get("name", "Unknown")), str(error.get("message", "")))

    async def ask(self, request: Request) -> str:
        """Send a request and return the text of its ack, whatever it says.

        Raises:
            ClientError: no ack came.
        """
        self._last_ack_id += 1
        ack_id = self._last_ack_id
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._acks[ack_id] = answer
        try:
            async with asyncio.timeout(TIMEOUT):
                await self.send_text(request.encode(ack_id))
                return await answer
        except TimeoutError:
            raise ClientError(f"No ack for {request.kind} came within {TIMEOUT:g} seconds.") from None
        finally:
            self._acks.pop(ack_id, None)

    async def send_text(self, text: str) -> None:
        """Send one text frame."""
        if self._socket is None or self._ended:
            raise ClientError("The client is not connected.")
        self._on_frame(SENT, text)
        try:
            async with asyncio.timeout(TIMEOUT):
                await self._socket.send(text)
        except ConnectionClosed:
            raise ClientError("The connection closed before the frame was sent.") from None
        except TimeoutError:
            raise ClientError(f"The frame could not be sent within {TIMEOUT:g} seconds.") from None

    async def close(self) -> None:
        """Close the connection and wait until its reader has ended. May be called twice."""
        self._leaving = True
        if self._socket is not None:
            await self._socket.close()
        if self._reader is not None:
            await self._reader

    async def _handshake(self, url: str) -> ClientConnection:
        offered = None if self._subprotocol is None else [Subprotocol(self._subprotocol)]
        try:
            return await connect(
                url, subprotocols=offered, open_timeout=TIMEOUT, close_timeout=CLOSE_TIMEOUT, max_size=MAX_FRAME
            )
        # The address holds the access token, so the original error is not chained: its text may quote the address.
        except InvalidStatus as refusal:
            status = refusal.response.status_code
        except OSError:
            status = None
        except WebSocketException as problem:
            raise ClientError(f"The handshake failed ({type(problem).__name__}).") from None
        raise ConnectionRefused(status)

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for data in socket:
                self._receive(data)
        except ConnectionClosed:
            pass
        finally:
            self._end(socket)

    def _receive(self, data: str | bytes) -> None:
        text = data if isinstance(data, str) else binary_text(data)
        self._on_frame(RECEIVED, text)
        if self._subprotocol is None:
            return
        message = _parse(text)
        match message:
            case {"type": "system", "event": "connected", "connectionId": str(connection_id)}:
                self.connection_id = connection_id
                self._settled.set()
            case {"type": "system", "event": "disconnected"}:
                self._farewell = str(message.get("message", ""))
            case {"type": "ack", "ackId": int(ack_id)} if ack_id in self._acks:
                answer = self._acks.pop(ack_id)
                if not answer.done():  # given up at this very moment
                    answer.set_result(text)

    def _end(self, socket: ClientConnection) -> None:
        self._ended = True
        self._settled.set()
        for answer in self._acks.values():
            if not answer.done():
                answer.set_exception(ClientError("The connection closed before the ack came."))
        self.reason = "" if self._leaving else self._why(socket)
        self._on_closed()

    def _why(self, socket: ClientConnection) -> str:
        words = self._farewell or socket.close_reason or ""
        code = f"with close code {socket.close_code}" if socket.close_code else "without a word"
        return f"The service closed the connection {code}." + (f" {words}" if words else "")


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None  # shown as it came, and otherwise nothing to act on
