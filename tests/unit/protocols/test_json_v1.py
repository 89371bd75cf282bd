"""The JSON subprotocol: requests read, responses written."""

import json

import pytest

from wpslab.emulator.core.errors import InvalidFrame
from wpslab.emulator.core.messages import (
    AckMessage,
    ConnectedMessage,
    DisconnectedMessage,
    GroupDataMessage,
    JoinGroupMessage,
    LeaveGroupMessage,
    Payload,
    PingMessage,
    PongMessage,
    SendEventMessage,
    SendToGroupMessage,
    SequenceAckMessage,
    ServerDataMessage,
)
from wpslab.emulator.protocols import json_v1
from wpslab.emulator.protocols.frame import BINARY, TEXT, Frame


def decode(request):
    text = request if isinstance(request, str) else json.dumps(request)
    return json_v1.decode(Frame(TEXT, text.encode()))


def send(**members):
    return {"type": "sendToGroup", "group": "g", **members}


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"type": "joinGroup", "group": "g", "ackId": 1}, JoinGroupMessage("g", 1)),
        ({"type": "JOINGROUP", "group": "g", "ackId": None, "other": [1]}, JoinGroupMessage("g")),
        ({"type": "leaveGroup", "group": "g", "ackId": 2**64 - 1}, LeaveGroupMessage("g", 2**64 - 1)),
        (send(data="hi", dataType="text"), SendToGroupMessage("g", Payload("text", b"hi"))),
        (send(data={"a": 1}, noEcho=True, ackId=0), SendToGroupMessage("g", Payload("json", b'{"a": 1}'), True, 0)),
        (send(data="hi"), SendToGroupMessage("g", Payload("json", b'"hi"'))),
        (send(data="AAEC", dataType="Binary"), SendToGroupMessage("g", Payload("binary", b"\x00\x01\x02"))),
        (send(data="AAEC", dataType="protobuf"), SendToGroupMessage("g", Payload("protobuf", b"\x00\x01\x02"))),
        (send(metadata={"k": "v"}), SendToGroupMessage("g", Payload("text", b"", {"k": "v"}))),
        (send(data=1, metadata=None, ttlSeconds=300), SendToGroupMessage("g", Payload("json", b"1"))),
        (
            {"type": "event", "event": "order", "data": 1, "ackId": 4},
            SendEventMessage("order", Payload("json", b"1"), 4),
        ),
        ({"type": "ping"}, PingMessage()),
        ({"type": "sequenceAck", "sequenceId": 7}, SequenceAckMessage(7)),
    ],
)
def test_request_is_read(request_, message):
    assert decode(request_) == message


@pytest.mark.parametrize(
    "text",
    ['{"a":1.10,"b":12345678901234567890,"a":"x"}', "[ 1,2 ]", "1e400", '"\\ud83d\\ude00"', "true"],
)
def test_json_data_passes_as_raw_text(text):
    message = decode(f'{{"type":"sendToGroup","group":"g","data":{text}}}')
    assert message.payload.data.decode() == text


@pytest.mark.parametrize(
    "request_",
    [
        "",
        "{",
        "[]",
        "1",
        '{"type":"joinGroup","group":"g"} x',
        "{}",
        {"type": 1},
        {"type": "unknown"},
        {"type": "sendEvent", "event": "e", "data": 1},
        {"type": "joinGroup"},
        {"type": "joinGroup", "group": ""},
        {"type": "joinGroup", "group": " \t"},
        {"type": "joinGroup", "group": "g" * 1025},
        {"type": "joinGroup", "group": None},
        {"type": "joinGroup", "group": "g", "ackId": -1},
        {"type": "joinGroup", "group": "g", "ackId": 2**64},
        {"type": "joinGroup", "group": "g", "ackId": "1"},
        {"type": "joinGroup", "group": "g", "ackId": 1.5},
        {"type": "joinGroup", "group": "g", "ackId": True},
        send(),
        send(data=None),
        send(data=1, dataType="text"),
        send(data="no base64!", dataType="binary"),
        send(data="AAE", dataType="binary"),
        send(data="x", dataType="xml"),
        send(data="x", dataType=None),
        send(stream={"streamId": "s1"}),
        send(data="x", stream={"streamId": "s1"}),
        send(data="x", noEcho=None),
        send(data="x", noEcho="true"),
        send(data="x", noEcho=1),
        send(data="x", ttlSeconds=301),
        send(data="x", ttlSeconds=-1),
        send(data="x", metadata=[]),
        send(data="x", metadata={"a b": "c"}),
        send(data="x", metadata={"a": 1}),
        send(data="x", metadata={"a": "ü"}),
        send(data="x", metadata={"a": "v" * 1025}),
        send(data="x", metadata={f"k{n}": "v" * 1000 for n in range(9)}),
        '{"type":"sendToGroup","group":"g","data":1,"metadata":{"a":"1","a":"2"}}',
        send(metadata={}),
        {"type": "event", "event": "", "data": 1},
        {"type": "event", "event": "1st", "data": 1},
        {"type": "event", "event": "e" * 129, "data": 1},
        {"type": "sequenceAck"},
        {"type": "sequenceAck", "sequenceId": "7"},
        "[" * 100_000,
        '{"type":"sendToGroup","group":"g","dataType":"text","data":"\\ud800"}',
    ],
)
def test_what_is_no_request_is_refused_with_1007_whatever_its_ack_id(request_):
    with pytest.raises(InvalidFrame) as caught:
        decode(request_)
    assert (caught.value.code, caught.value.reason) == (
        1007,
        "The client message is not a valid JSON protocol message.",
    )


def test_binary_frame_is_refused_with_1003():
    with pytest.raises(InvalidFrame) as caught:
        json_v1.decode(Frame(BINARY, b'{"type":"ping"}'))
    assert (caught.value.code, caught.value.reason) == (1003, "The JSON subprotocol requires text messages.")


@pytest.mark.parametrize(
    ("message", "frame"),
    [
        (
            ConnectedMessage("c1", None),
            {"type": "system", "event": "connected", "userId": None, "connectionId": "c1"},
        ),
        (DisconnectedMessage('say "why"'), {"type": "system", "event": "disconnected", "message": 'say "why"'}),
        (AckMessage(3), {"type": "ack", "ackId": 3, "success": True}),
        (
            AckMessage(3, ("Forbidden", "no")),
            {"type": "ack", "ackId": 3, "success": False, "error": {"name": "Forbidden", "message": "no"}},
        ),
        (PongMessage(), {"type": "pong"}),
        (
            GroupDataMessage("gé", Payload("text", b'a"\n'), "ann"),
            {
                "type": "message",
                "from": "group",
                "fromUserId": "ann",
                "group": "gé",
                "dataType": "text",
                "data": 'a"\n',
            },
        ),
        (
            GroupDataMessage("g", Payload("json", b'{"a":1}')),
            {"type": "message", "from": "group", "group": "g", "dataType": "json", "data": {"a": 1}},
        ),
        (
            ServerDataMessage(Payload("binary", b"\x00\x01\x02", {"k": "v"})),
            {"type": "message", "from": "server", "dataType": "binary", "data": "AAEC", "metadata": {"k": "v"}},
        ),
        (
            ServerDataMessage(Payload("protobuf", b"\x00")),
            {"type": "message", "from": "server", "dataType": "protobuf", "data": "AA=="},
        ),
    ],
)
def test_response_is_written(message, frame):
    written = json_v1.encode(message)
    assert written.opcode == TEXT
    assert json.loads(written.data) == frame
