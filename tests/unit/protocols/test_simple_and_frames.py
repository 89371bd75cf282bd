"""Simple clients' frames, and the bytes of a frame."""

import pytest

from wpslab.emulator.core.events import GroupSender
from wpslab.emulator.core.messages import (
    AckMessage,
    ConnectedMessage,
    GroupDataMessage,
    Payload,
    SendEventMessage,
    SendToGroupMessage,
    ServerDataMessage,
)
from wpslab.emulator.protocols import simple
from wpslab.emulator.protocols.frame import BINARY, TEXT, Frame


def test_frame_is_an_event_called_message_and_never_taken_for_json():
    assert simple.decode(Frame(TEXT, b"{}"), None) == SendEventMessage("message", Payload("text", b"{}"))
    assert simple.decode(Frame(BINARY, b"\x00"), None) == SendEventMessage("message", Payload("binary", b"\x00"))


def test_frame_goes_to_the_group_named_at_connect():
    message = simple.decode(Frame(TEXT, b"hi"), GroupSender("g", True))
    assert message == SendToGroupMessage("g", Payload("text", b"hi"), True)


@pytest.mark.parametrize(
    ("payload", "frame"),
    [
        (Payload("text", b"hi"), Frame(TEXT, b"hi")),
        (Payload("json", b'"hi"'), Frame(TEXT, b'"hi"')),
        (Payload("binary", b"\x00"), Frame(BINARY, b"\x00")),
        (Payload("protobuf", b"\x00"), Frame(BINARY, b"\x00")),
    ],
)
def test_payload_arrives_bare(payload, frame):
    assert simple.encode(ServerDataMessage(payload)) == frame
    assert simple.encode(GroupDataMessage("g", payload, "ann")) == frame


def test_simple_client_gets_no_system_message_and_no_ack():
    assert simple.encode(ConnectedMessage("c1", None)) is None
    assert simple.encode(AckMessage(1)) is None


@pytest.mark.parametrize(
    ("size", "head"),
    [(0, "8100"), (125, "817d"), (126, "817e007e"), (65535, "817effff"), (65536, "817f0000000000010000")],
)
def test_length_of_a_frame_is_written_in_the_shortest_form(size, head):
    assert Frame(TEXT, b"x" * size).wire() == bytes.fromhex(head) + b"x" * size
