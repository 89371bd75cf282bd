"""Simple WebSocket clients: payloads without an envelope, no system messages, no acks."""

from __future__ import annotations

from ..core.events import GroupSender
from ..core.messages import (
    ClientMessage,
    GroupDataMessage,
    Payload,
    SendEventMessage,
    SendToGroupMessage,
    ServerDataMessage,
    ServiceMessage,
)
from .frame import BINARY, TEXT, Frame

EVENT = "message"


def decode(frame: Frame, sender: GroupSender | None) -> ClientMessage:
    """Read a frame: a user event called `message`, or a message to the group the client named at connect.

    A text frame that holds JSON is still text.
    """
    payload = Payload("text" if frame.opcode == TEXT else "binary", frame.data)
    if sender is None:
        return SendEventMessage(EVENT, payload)
    return SendToGroupMessage(sender.group, payload, sender.no_echo)


def encode(message: ServiceMessage) -> Frame | None:
    """Write the bare payload, or return None: simple clients get nothing else."""
    if not isinstance(message, GroupDataMessage | ServerDataMessage):
        return None
    payload = message.payload
    return Frame(TEXT if payload.data_type in ("text", "json") else BINARY, payload.data)
