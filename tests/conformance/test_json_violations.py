"""The JSON subprotocol: what no request is ends the connection, with the code and the reason of the service."""

import contextlib
import json

import pytest
from websockets.exceptions import ConnectionClosed

NOT_VALID = (1007, "The client message is not a valid JSON protocol message.")
NOT_TEXT = (1003, "The JSON subprotocol requires text messages.")
TOO_LARGE = (1009, "The client message is too large.")
EVERYTHING = ["webpubsub.joinLeaveGroup", "webpubsub.sendToGroup"]
LIMIT = 1024 * 1024


def send(**members):
    return {"type": "sendToGroup", "group": "room", "data": 1, **members}


def without(name, **members):
    message = send(**members)
    del message[name]
    return message


def event(name):
    return {"type": "event", "event": name, "data": 1}


MALFORMED = {
    "empty": "",
    "blank": "  ",
    "no JSON": "hello",
    "cut off": '{"type":"ping"',
    "two values": '{"type":"ping"}{"type":"ping"}',
    "trailing comma": '{"type":"ping",}',
    "byte order mark": '\ufeff{"type":"ping"}',
    "array": "[]",
    "text": '"ping"',
    "number": "7",
    "null": "null",
    "no type": "{}",
    "null type": {"type": None},
    "number as type": {"type": 1},
    "unknown type": {"type": "unknown", "ackId": 1},
    "client kind as type": {"type": "sendEvent", "event": "x", "data": 1},
    "answer as type": {"type": "ack", "ackId": 1, "success": True},
    "join without group": {"type": "joinGroup", "ackId": 1},
    "leave without group": {"type": "leaveGroup"},
    "send without group": without("group"),
    "empty group": send(group=""),
    "blank group": send(group=" \t"),
    "null group": send(group=None),
    "number as group": send(group=1),
    "long group": send(group="x" * 1025),
    "half a character as group": '{"type":"joinGroup","group":"\\ud800"}',
    "no data": without("data"),
    "null data": send(data=None),
    "null data with an ack id": send(data=None, ackId=1),
    "unknown data type": send(dataType="xml"),
    "null as data type": send(dataType=None),
    "number as data type": send(dataType=1),
    "text that is a number": send(dataType="text", data=1),
    "text that is an object": send(dataType="text", data={}),
    "half a character as text": '{"type":"sendToGroup","group":"g","dataType":"text","data":"\\udc00"}',
    "binary that is a number": send(dataType="binary", data=1),
    "binary that is no Base64": send(dataType="binary", data="not base64!"),
    "binary without padding": send(dataType="binary", data="YQ"),
    "binary in the other alphabet": send(dataType="binary", data="__--"),
    "binary with white space": send(dataType="binary", data="YWJj\nYWJj"),
    "protobuf that is no Base64": send(dataType="protobuf", data="?"),
    "data that is not quite JSON": '{"type":"sendToGroup","group":"g","data":{"a":01}}',
    "data with a control character": '{"type":"sendToGroup","group":"g","data":"a\x01b"}',
    "data that is no number": '{"type":"sendToGroup","group":"g","data":NaN}',
    "data with a wrong escape": '{"type":"sendToGroup","group":"g","data":"\\x"}',
    "text as ack id": send(ackId="1"),
    "negative ack id": send(ackId=-1),
    "huge ack id": send(ackId=2**64),
    "fraction as ack id": send(ackId=1.5),
    "boolean as ack id": send(ackId=True),
    "number as noEcho": send(noEcho=1),
    "text as noEcho": send(noEcho="true"),
    "null as noEcho": send(noEcho=None),
    "negative time to live": send(ttlSeconds=-1),
    "long time to live": send(ttlSeconds=301),
    "text as time to live": send(ttlSeconds="1"),
    "event without name": {"type": "event", "data": 1},
    "event without data": {"type": "event", "event": "hello"},
    "empty event": event(""),
    "event with a digit first": event("1st"),
    "event with a blank": event("my event"),
    "event with a letter of another script": event("ä"),
    "long event": event("x" * 129),
    "sequence ack without id": {"type": "sequenceAck"},
    "text as sequence id": {"type": "sequenceAck", "sequenceId": "1"},
    "negative sequence id": {"type": "sequenceAck", "sequenceId": -1},
    "metadata that is an array": send(metadata=["a"]),
    "metadata that is a text": send(metadata="a"),
    "metadata with a number": send(metadata={"a": 1}),
    "metadata with null": send(metadata={"a": None}),
    "metadata with an empty key": send(metadata={"": "a"}),
    "metadata with a blank in a key": send(metadata={"a b": "a"}),
    "metadata with a long key": send(metadata={"x" * 257: "a"}),
    "metadata with a long value": send(metadata={"a": "x" * 1025}),
    "metadata that is not ASCII": send(metadata={"a": "ä"}),
    "metadata that is too much": send(metadata={f"key{number}": "x" * 1020 for number in range(9)}),
    "metadata with a key twice": '{"type":"sendToGroup","group":"g","data":1,"metadata":{"a":"1","a":"2"}}',
    "deep nesting": '{"type":' + "[" * 100_000,
    "deep data": '{"type":"sendToGroup","group":"g","data":' + "[" * 100_000 + "]" * 100_000 + "}",
}


@pytest.mark.parametrize("case", MALFORMED)
async def test_a_malformed_message_ends_the_connection(hub, case):
    frame = MALFORMED[case]
    async with hub.json_client(roles=EVERYTHING, groups=["room", "g"]) as client:
        await client.send(frame if isinstance(frame, str) else json.dumps(frame))
        assert await client.end() == NOT_VALID


async def test_a_malformed_message_gets_no_ack_and_no_disconnected_frame(hub):
    async with hub.json_client(user_id="alice") as client:
        await client.send(type="joinGroup", ackId=1)
        with pytest.raises(ConnectionClosed, match="1007"):
            await client.receive()
        await hub.vanishes("alice")


async def test_what_came_before_a_malformed_message_is_done_and_what_comes_after_is_not(hub):
    async with hub.json_client(groups=["before", "after"]) as member, hub.json_client(roles=EVERYTHING) as client:
        await client.send(type="sendToGroup", group="before", data=1)
        await client.send("rubbish")
        await client.send(type="sendToGroup", group="after", data=1)
        assert await client.end() == NOT_VALID
        assert (await member.receive())["group"] == "before"
        await member.hears_nothing()


@pytest.mark.parametrize("frame", [b"", b"\x00\xff", b'{"type":"ping"}'])
async def test_a_binary_frame_ends_the_connection(hub, frame):
    async with hub.json_client() as client:
        await client.send(frame)
        assert await client.end() == NOT_TEXT


@pytest.mark.parametrize("frame", [b"\xff\xfe", b'{"type":"p\xc3ing"}', b"\xed\xa0\x80"])
async def test_text_that_is_not_utf_8_ends_the_connection(hub, frame):
    async with hub.json_client() as client:
        await client.socket.send(frame, text=True)
        code, _ = await client.end()
        assert code == 1007


def padded(size):
    """Return a request whose frame has exactly so many bytes."""
    frame = '{"type":"sendToGroup","group":"room","ackId":1,"dataType":"text","data":"%s"}'
    return frame % ("x" * (size - len(frame) + 2))


async def test_a_message_of_exactly_one_mebibyte_is_taken(hub):
    async with hub.json_client(roles=EVERYTHING) as client, hub.json_client(groups=["room"]) as member:
        await client.send(padded(LIMIT))
        assert (await client.receive())["success"] is True
        assert len((await member.receive())["data"]) > LIMIT - 100


async def test_a_message_of_one_byte_more_ends_the_connection(hub):
    async with hub.json_client(roles=EVERYTHING) as client, hub.json_client(groups=["room"]) as member:
        await client.send(padded(LIMIT + 1))
        assert await client.end() == TOO_LARGE
        await member.hears_nothing()


async def test_the_limit_counts_bytes_and_not_characters(hub):
    async with hub.json_client(roles=EVERYTHING) as client:
        await client.send('{"type":"sendToGroup","group":"room","dataType":"text","data":"%s"}' % ("漢" * (LIMIT // 3)))
        assert await client.end() == TOO_LARGE


async def test_fragments_that_are_too_large_together_end_the_connection(hub):
    async with hub.json_client(roles=EVERYTHING) as client:
        frame = padded(LIMIT + 1)
        with contextlib.suppress(ConnectionClosed):
            await client.socket.send([frame[:1000], frame[1000 : LIMIT // 2], frame[LIMIT // 2 :]])
        assert await client.end() == TOO_LARGE
    async with hub.json_client(roles=EVERYTHING) as client:
        frame = padded(LIMIT)
        await client.socket.send([frame[:1000], frame[1000 : LIMIT // 2], frame[LIMIT // 2 :]])
        assert (await client.receive())["success"] is True


async def test_a_very_large_message_ends_the_connection_and_nobody_else_notices(hub):
    async with hub.json_client() as client, hub.json_client() as other:
        with contextlib.suppress(ConnectionClosed):  # the service may have closed before everything was sent
            await client.send("x" * 8 * LIMIT)
        assert await client.end() == TOO_LARGE
        await other.hears_nothing()
