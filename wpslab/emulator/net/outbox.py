"""Outbox: what waits to be written to one client, bounded, and flushed once per turn of the loop."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from ..core.limits import MAX_QUEUED_BYTES, MAX_QUEUED_MESSAGES

_FLUSH_FRAMES = 256
_FLUSH_BYTES = 64 * 1024
"""A turn that queues more than this writes at once, so that a burst inside one turn is no slow reader."""


class Turn:
    """The outboxes to be flushed when this turn of the loop ends: one callback of the loop for all of them.

    A message to many clients would otherwise cost a callback for each client.

    Args:
        pause: seconds to wait before they are flushed; by default none.
    """

    def __init__(self, pause: float = 0.0) -> None:
        self._pause = pause
        self._outboxes: deque[Outbox] = deque()

    def flush_later(self, outbox: Outbox) -> None:
        """Have an outbox flushed."""
        if not self._outboxes:
            loop = asyncio.get_running_loop()
            if self._pause:
                loop.call_later(self._pause, self._flush)
            else:
                loop.call_soon(self._flush)
        self._outboxes.append(outbox)

    def _flush(self) -> None:
        try:
            while self._outboxes:
                self._outboxes.popleft().flush_turn()
        finally:
            if self._outboxes:  # one failed, which the loop reports; the others are not to suffer
                asyncio.get_running_loop().call_soon(self._flush)


class Outbox:
    """Frames on their way to one client.

    Frames queued in one turn of the loop go out in one write. While the peer does not read, they wait here; when
    more wait than the service keeps, `on_full` is called, once, on the next turn.

    Args:
        transport: where bytes go.
        drain: waits until the transport takes more.
        on_full: called when the client reads too slowly.
        turn: shared by all outboxes of a loop; one of its own by default.
    """

    def __init__(
        self,
        transport: asyncio.WriteTransport,
        drain: Callable[[], Awaitable[None]],
        on_full: Callable[[], None],
        loop: asyncio.AbstractEventLoop,
        turn: Turn | None = None,
    ) -> None:
        self._transport = transport
        self._drain = drain
        self._on_full = on_full
        self._loop = loop
        self._flush_later = (turn or Turn()).flush_later
        self._frames: list[bytes] = []
        self._bytes = 0
        self._scheduled = False
        self._full = False
        self._blocked: asyncio.Task[None] | None = None
        self._high_water = transport.get_write_buffer_limits()[1]

    def put(self, wire: bytes) -> None:
        """Queue the bytes of a whole frame. After `on_full`, nothing is queued any more."""
        if self._full:
            return
        self._frames.append(wire)
        self._bytes += len(wire)
        if self._blocked is None:
            if len(self._frames) >= _FLUSH_FRAMES or self._bytes >= _FLUSH_BYTES:
                self.flush()
            elif not self._scheduled:
                self._scheduled = True
                self._flush_later(self)
        elif len(self._frames) > MAX_QUEUED_MESSAGES or self._bytes > MAX_QUEUED_BYTES:
            self._full = True
            self._frames.clear()
            self._loop.call_soon(self._on_full)

    def end(self, wire: bytes) -> None:
        """Queue a last frame; nothing is queued after it."""
        self.put(wire)
        self.flush()
        self._full = True

    def flush(self) -> None:
        """Write what is queued, unless the peer does not read."""
        if self._frames and self._blocked is None and not self._transport.is_closing():
            frames, self._frames = self._frames, []
            self._bytes = 0
            self._transport.write(frames[0] if len(frames) == 1 else b"".join(frames))
            if self._transport.get_write_buffer_size() > self._high_water:
                self._blocked = self._loop.create_task(self._wait_for_peer())

    def flush_turn(self) -> None:
        """Write what was queued in a turn that ends."""
        self._scheduled = False
        self.flush()

    def discard(self) -> None:
        """Forget what is queued and stop waiting for the peer."""
        self._full = True
        self._frames.clear()
        if self._blocked is not None:
            self._blocked.cancel()

    async def _wait_for_peer(self) -> None:
        try:
            await self._drain()
        except ConnectionError:
            return  # the reading side notices as well and ends the connection
        self._blocked = None
        self.flush()
