"""Linger: the last moments of a connection whose client broke the protocol, so that it reads why it is closed."""

from __future__ import annotations

import asyncio


class Linger(asyncio.Protocol):
    """Take a transport over, end our side of it, and swallow what still comes until the client hangs up.

    A socket that is closed with unread bytes in it resets the connection, and a client that is still sending, say the
    rest of a message that is too large, would never read the close frame.

    Args:
        last_words: bytes written before our side ends.
    """

    def __init__(self, transport: asyncio.Transport, last_words: bytes) -> None:
        self._before = transport.get_protocol()
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if transport.is_closing():
            self.gone.set_result(None)
            return
        transport.write(last_words)
        transport.write_eof()
        transport.set_protocol(self)
        transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Swallow it."""

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell those who wait, and the protocol that was there before."""
        if not self.gone.done():
            self.gone.set_result(None)
        self._before.connection_lost(exc)
