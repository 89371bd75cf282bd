"""Transport: the core's only way to reach clients."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from .connection import Connection
from .messages import ServiceMessage


class Transport(Protocol):
    """What the network side offers. Neither method waits."""

    def deliver(self, message: ServiceMessage, connections: Iterable[Connection]) -> None:
        """Queue one message for all these connections. The one loop over receivers stands here."""

    def close(self, connection: Connection, code: int, reason: str) -> None:
        """Send what is queued, then close with this WebSocket close code and reason."""
