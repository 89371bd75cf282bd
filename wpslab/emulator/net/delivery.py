"""Delivery: the core's transport. Encodes a message once per protocol and queues it for each receiver."""

from __future__ import annotations

from collections.abc import Iterable

from ..core.connection import Connection
from ..core.messages import ServiceMessage
from ..core.subprotocols import Protocol
from ..protocols import json_v1, simple
from ..protocols.frame import Frame
from .channel import Channel


class Delivery:
    """Implements `core.transport.Transport` with one `Channel` per connection."""

    def deliver(self, message: ServiceMessage, connections: Iterable[Connection]) -> list[Frame]:
        """Queue one message for all these connections: the hot path of the whole service."""
        encoded: dict[Protocol, bytes | None] = {}
        frames: list[Frame] = []
        protocol = wire = None
        for connection in connections:
            if connection.protocol is not protocol:  # hashing an enum's member takes as long as the rest of the loop
                protocol = connection.protocol
                if protocol not in encoded:
                    frame = json_v1.encode(message) if protocol is Protocol.JSON else simple.encode(message)
                    encoded[protocol] = None
                    if frame is not None:
                        encoded[protocol] = frame.wire()
                        frames.append(frame)
                wire = encoded[protocol]
            if wire is not None:
                connection.channel.put(wire)
        return frames

    def close(self, connection: Connection, code: int, reason: str) -> None:
        """Close a connection's WebSocket after what is queued for it."""
        channel: Channel = connection.channel
        channel.close(code, reason)
