"""What each kind of client gets of each type of data, whoever sends it."""

import base64
import json

import pytest

EVERYTHING = ["webpubsub.joinLeaveGroup", "webpubsub.sendToGroup"]
BYTES = bytes(range(256))
BASE64 = base64.b64encode(BYTES).decode()
JSON_VALUES = [0, -1.5, "text", "", True, False, [], {}, [1, [2, {"a": None}]], {"ä": "漢", "a": {"b": ["c"]}}]
TEXTS = ["hello", "", '{"not": "parsed"}', "ä漢\U0001f600", 'quote " back \\ slash', "line\nfeed\ttab\x00nul\x7f\u2028"]


async def publish(hub, frame):
    """Let a JSON client publish to a group; return what a JSON and a simple member of it receive."""
    async with (
        hub.json_client(roles=EVERYTHING) as sender,
        hub.json_client(groups=["room"]) as pubsub,
        hub.simple_client(user_id="raw", groups=["room"]) as simple,
    ):
        await sender.send(frame)
        await sender.hears_nothing()
        return await pubsub.receive(), await simple.receive()


@pytest.mark.parametrize("text", TEXTS)
async def test_text_arrives_as_text(hub, text):
    frame, payload = await publish(
        hub, json.dumps({"type": "sendToGroup", "group": "room", "dataType": "text", "data": text})
    )
    assert (frame["dataType"], frame["data"]) == ("text", text)
    assert payload == text


@pytest.mark.parametrize("value", JSON_VALUES)
@pytest.mark.parametrize("data_type", [{"dataType": "json"}, {}])
async def test_json_arrives_as_json_and_it_is_the_default(hub, value, data_type):
    frame, payload = await publish(
        hub, json.dumps({"type": "sendToGroup", "group": "room", "data": value, **data_type})
    )
    assert (frame["dataType"], frame["data"]) == ("json", value)
    assert isinstance(payload, str)
    assert json.loads(payload) == value


@pytest.mark.parametrize("data", [BYTES, b"", b"\x00"])
@pytest.mark.parametrize("data_type", ["binary", "protobuf"])
async def test_bytes_arrive_as_base64_or_as_a_binary_frame(hub, data_type, data):
    text = base64.b64encode(data).decode()
    frame, payload = await publish(
        hub, json.dumps({"type": "sendToGroup", "group": "room", "dataType": data_type, "data": text})
    )
    assert (frame["dataType"], frame["data"]) == (data_type, text)
    assert payload == data


@pytest.mark.parametrize(
    "raw", ['{"b":1.10,"a":12345678901234567890}', '{ "a" : 1E2 }', '"\\u00e4\\/"', '{"a":1,"a":2}', "-0", "1e400"]
)
async def test_json_passes_through_as_it_was_written(hub, raw):
    frame, payload = await publish(hub, f'{{"type":"sendToGroup","group":"room","data":{raw}}}')
    assert payload == raw
    assert frame["data"] == json.loads(raw)


async def test_white_space_around_data_is_no_part_of_it(hub):
    _, payload = await publish(hub, ' \n{ "type" : "sendToGroup" , "group":"room", "data" : [1, 2] } ')
    assert payload == "[1, 2]"


# Metadata


async def test_metadata_travels_with_a_message_to_json_clients(hub):
    metadata = {"trace-id": "abc", "Trace-Id": "other case", "empty": "", "!#$%&'*+-.^_`|~": " ~"}
    message = {"type": "sendToGroup", "group": "room", "data": 1, "metadata": metadata}
    frame, payload = await publish(hub, json.dumps(message))
    assert frame["metadata"] == metadata
    assert payload == "1"


async def test_metadata_may_be_as_large_as_the_limit(hub):
    metadata = {"k" * 256: "v" * 1024} | {f"{number:0>24}": "v" * 1000 for number in range(6)} | {"z" * 68: "v" * 700}
    assert sum(map(len, (*metadata, *metadata.values()))) == 8192
    message = {"type": "sendToGroup", "group": "room", "data": 1, "metadata": metadata}
    frame, _ = await publish(hub, json.dumps(message))
    assert frame["metadata"] == metadata


async def test_metadata_without_data_is_an_empty_text(hub):
    frame, payload = await publish(hub, '{"type":"sendToGroup","group":"room","metadata":{"a":"b"}}')
    assert (frame["dataType"], frame["data"], frame["metadata"]) == ("text", "", {"a": "b"})
    assert payload == ""


async def test_empty_metadata_is_none(hub):
    frame, _ = await publish(hub, '{"type":"sendToGroup","group":"room","data":1,"metadata":{}}')
    assert "metadata" not in frame


# From simple clients


@pytest.mark.parametrize("payload", [*TEXTS, BYTES, b""])
async def test_what_a_simple_client_publishes_is_text_or_binary(hub, payload):
    mode = {"webpubsub_mode": "sendToGroup", "group": "room"}
    async with (
        hub.json_client(groups=["room"]) as pubsub,
        hub.simple_client(user_id="listener", groups=["room"]) as simple,
        hub.simple_client(user_id="alice", roles=["webpubsub.sendToGroup.room"], **mode) as sender,
    ):
        await sender.send(payload)
        expected = ("text", payload) if isinstance(payload, str) else ("binary", base64.b64encode(payload).decode())
        frame = await pubsub.receive()
        assert (frame["dataType"], frame["data"]) == expected
        assert (frame["from"], frame["group"], frame["fromUserId"]) == ("group", "room", "alice")
        assert await simple.receive() == payload
