"""Channel: one client's open WebSocket: its outbox, its keep-alive, and how it is closed."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from aiohttp import web

from ..core.clock import Clock, Timer
from ..core.limits import MAX_CLOSE_REASON_BYTES, MISSED_KEEP_ALIVES
from ..core.settings import HubSettings
from ..protocols.frame import CLOSE, PING, Frame
from .linger import Linger
from .outbox import Outbox, Turn

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger("wpslab.emulator.websocket")

CLOSE_TIMEOUT = 5.0
"""Seconds a client has to answer a close frame before its transport is cut (RFC 6455 leaves this to the server)."""

SLOW_CLOSE_TIMEOUT = 0.5
"""Seconds a client that reads too slowly has to take the close frame."""

_VIOLATIONS = {
    1002: "The client frame is invalid.",
    1007: "The client message is not valid UTF-8 text.",
    1009: "The client message is too large.",
}


class Socket(web.WebSocketResponse):
    """aiohttp's WebSocket, for reading only: all that is written, close frames too, goes through the channel."""

    async def close(self, *, code: int = 1000, message: bytes = b"", drain: bool = True) -> bool:
        """Do nothing: aiohttp would hang up right after its close frame, before the client has read it."""
        return True


class Channel:
    """The network's handle on one connection. `put` and `close` never wait.

    Attributes:
        last_words: the reason with which the connection ends, as its `disconnected` event says it; None while it is
            open, and when it was cut without a word.
        is_read: False while nobody takes frames from the client, which is then not to blame for its silence.
    """

    def __init__(
        self,
        request: web.BaseRequest,
        clock: Clock,
        settings: Callable[[], HubSettings],
        turn: Turn,
    ) -> None:
        transport = request.transport
        if transport is None:
            raise ConnectionResetError("The client left during its handshake.")
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._clock = clock
        self._settings = settings
        self._closing = False
        self.last_words: str | None = None
        self.is_read = True
        self._ended = asyncio.Event()
        self._linger: Linger | None = None
        self._keep_alive_timer: Timer | None = None
        self._cut_timer: Timer | None = None
        self._silent_intervals = 0
        self.outbox = Outbox(transport, request.writer.drain, self._too_slow, self._loop, turn)
        self.put = self.outbox.put
        self._keep_alive_later()

    # Closing

    def close(self, code: int, reason: str) -> None:
        """Write what is queued, then the close frame; cut the line if the client does not answer in time."""
        if not self._closing:
            self._closing = True
            self.last_words = reason
            self.outbox.end(_close_frame(code, reason))
            self._cut_later(CLOSE_TIMEOUT)

    def answer_close(self, code: int, reason: str) -> None:
        """Answer the close frame of a client that leaves with this reason."""
        if not self._closing:
            self.close(code, "")
            self.last_words = reason

    def refuse(self, code: int) -> None:
        """Close for a violation after which no frame can be read any more, not even the client's close frame."""
        self.outbox.flush()
        self.outbox.discard()
        frame = b""
        if not self._closing:
            self.last_words = _VIOLATIONS.get(code, _VIOLATIONS[1002])
            frame = _close_frame(code, self.last_words)
        self._closing = True
        self._linger = Linger(self._transport, frame)
        self._cut_later(CLOSE_TIMEOUT)

    async def finish(self) -> None:
        """After the client's last frame: wait for what lingers, and stop every timer."""
        if self._linger is not None:
            await self._linger.gone
        self.outbox.discard()
        for timer in (self._keep_alive_timer, self._cut_timer):
            if timer is not None:
                timer.cancel()
        self._ended.set()

    @property
    def is_gone(self) -> bool:
        """Whether the line is cut, or about to be."""
        return self._transport.is_closing()

    async def wait_ended(self) -> None:
        """Wait until the connection is over."""
        await self._ended.wait()

    def cut(self) -> None:
        """End the connection without a word."""
        self._transport.abort()

    def _cut_later(self, seconds: float) -> None:
        if self._cut_timer is not None:
            self._cut_timer.cancel()
        self._cut_timer = self._clock.call_later(seconds, self.cut)

    def _too_slow(self) -> None:
        # The close frame is best effort: if the line is stuck, the abort is what the client sees (code 1006).
        logger.warning("A client reads too slowly: its connection is closed.")
        self.outbox.discard()
        if not self._closing and not self._transport.is_closing():
            self._closing = True
            self.last_words = "The outbound message queue is full."
            self._transport.write(_close_frame(1008, self.last_words))
        self._cut_later(SLOW_CLOSE_TIMEOUT)

    # Keep-alive

    def heard(self) -> None:
        """Note that the client sent a frame of any kind."""
        self._silent_intervals = 0

    def _keep_alive_later(self) -> None:
        interval = self._settings().web_socket_keep_alive_interval_in_seconds
        self._keep_alive_timer = self._clock.call_later(interval, self._keep_alive)

    def _keep_alive(self) -> None:
        if self._closing or self._transport.is_closing():
            return
        self._silent_intervals += self.is_read
        if self._silent_intervals >= MISSED_KEEP_ALIVES:
            logger.info("A client was silent for %d keep-alive intervals: it is cut.", self._silent_intervals)
            self.cut()
            return
        self.outbox.put(_PING)
        self._keep_alive_later()


_PING = Frame(PING, b"").wire()
"""A WebSocket ping without data (RFC 6455, section 5.5.2); goes the same way as every frame, so that none overtakes."""


def _close_frame(code: int, reason: str) -> bytes:
    """Return a close frame with a reason cut to what it holds, at a character's end."""
    reason = reason.encode()[:MAX_CLOSE_REASON_BYTES].decode(errors="ignore")
    return Frame(CLOSE, code.to_bytes(2, "big") + reason.encode()).wire()
