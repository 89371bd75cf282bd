"""Transport: the core's only way to reach clients."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from .connection import Connection
from .messages import ServiceMessage


class Travelled(Protocol):
    """A frame as it travels; the core only remembers it."""

    @property
    def data(self) -> bytes:
        """What stands in it."""

    @property
    def is_text(self) -> bool:
        """Whether that is UTF-8."""


class Transport(Protocol):
    """What the network side offers. Neither method waits."""

    def deliver(self, message: ServiceMessage, connections: Iterable[Connection]) -> Sequence[Travelled]:
        """Queue one message for all these connections. The one loop over receivers stands here.

        Returns:
            What travels: a frame per protocol, in the order in which the receivers first need it.
        """

    def close(self, connection: Connection, code: int, reason: str) -> None:
        """Send what is queued, then close with this WebSocket close code and reason."""
