"""Messages: what clients and the service say to each other, named as in Azure's Python client SDK."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

DataType = Literal["text", "json", "binary", "protobuf"]


class Payload(msgspec.Struct, frozen=True, gc=False):
    """What a message carries.

    `data` holds the UTF-8 of a text, the raw JSON text, the bytes of a binary payload, or a serialised
    `google.protobuf.Any`.
    """

    data_type: DataType
    data: bytes
    metadata: Mapping[str, str] | None = None


# Client to service


class JoinGroupMessage(msgspec.Struct, frozen=True):
    """Ask to become a member of a group."""

    group: str
    ack_id: int | None = None


class LeaveGroupMessage(msgspec.Struct, frozen=True):
    """Ask to be no member of a group any more."""

    group: str
    ack_id: int | None = None


class SendToGroupMessage(msgspec.Struct, frozen=True):
    """Publish to a group. `no_echo` leaves out the sending connection."""

    group: str
    payload: Payload
    no_echo: bool = False
    ack_id: int | None = None


class SendEventMessage(msgspec.Struct, frozen=True):
    """Raise a user event for the upstream server."""

    event: str
    payload: Payload
    ack_id: int | None = None


class SequenceAckMessage(msgspec.Struct, frozen=True):
    """Confirm messages up to `sequence_id`; without meaning on a connection that is not reliable."""

    sequence_id: int


class PingMessage(msgspec.Struct, frozen=True):
    """Ask for a pong."""


ClientMessage = (
    JoinGroupMessage | LeaveGroupMessage | SendToGroupMessage | SendEventMessage | SequenceAckMessage | PingMessage
)


# Service to client


class ConnectedMessage(msgspec.Struct, frozen=True):
    """Tell a client its connection id: the first frame of every PubSub connection."""

    connection_id: str
    user_id: str | None


class DisconnectedMessage(msgspec.Struct, frozen=True):
    """Tell a client why the service closes its connection."""

    message: str


class AckMessage(msgspec.Struct, frozen=True):
    """Answer a request that carried an ack id. `error` is None on success, else name and message."""

    ack_id: int
    error: tuple[str, str] | None = None


class GroupDataMessage(msgspec.Struct, frozen=True):
    """Carry a payload that was published to a group. `from_user_id` is None for the server's own sends."""

    group: str
    payload: Payload
    from_user_id: str | None = None


class ServerDataMessage(msgspec.Struct, frozen=True):
    """Carry a payload that the application server sent."""

    payload: Payload


class PongMessage(msgspec.Struct, frozen=True):
    """Answer a ping."""


ServiceMessage = (
    ConnectedMessage | DisconnectedMessage | AckMessage | GroupDataMessage | ServerDataMessage | PongMessage
)
