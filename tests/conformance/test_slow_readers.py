"""Slow readers: a client that does not read is closed, and neither the others nor the publisher notice."""

import pytest

from .sockets import JSON
from .wire import wire_client

SEND = ["webpubsub.sendToGroup"]


@pytest.mark.parametrize(
    ("count", "size"), [pytest.param(30, 1000 * 1000, id="many bytes"), pytest.param(2600, 5000, id="many messages")]
)
@pytest.mark.parametrize("subprotocol", [JSON, None])
async def test_a_client_that_never_reads_is_closed_and_nobody_else_waits(own_hub, subprotocol, count, size):
    message = {"type": "sendToGroup", "group": "room", "dataType": "text", "data": "x" * size}
    url = own_hub.url(user_id="slow", groups=["room"])
    async with (
        wire_client(url, subprotocol, receive_buffer=4096),
        own_hub.json_client(groups=["room"]) as reader,
        own_hub.json_client(roles=SEND) as publisher,
    ):
        await own_hub.appears("slow")
        for _ in range(count):
            await publisher.send(message)
            assert len((await reader.receive())["data"]) == size
        await own_hub.vanishes("slow")
        await publisher.succeeds(**message)
        assert own_hub.service.group_exists("room")


async def test_a_burst_to_a_client_that_reads_is_no_reason_to_close_it(own_hub):
    async with own_hub.json_client(groups=["room"]) as reader, own_hub.json_client(roles=SEND) as publisher:
        for number in range(3000):
            await publisher.send(type="sendToGroup", group="room", data=number)
        assert [(await reader.receive())["data"] for _ in range(3000)] == list(range(3000))


async def test_a_slow_reader_that_catches_up_in_time_gets_everything(own_hub):
    url = own_hub.url(user_id="slow", groups=["room"])
    async with wire_client(url, receive_buffer=4096) as slow, own_hub.json_client(roles=SEND) as publisher:
        for number in range(500):
            await publisher.succeeds(type="sendToGroup", group="room", dataType="text", data=f"{number} {'x' * 10_000}")
        await slow.read()
        for number in range(500):
            assert f'"{number} x'.encode() in (await slow.read())[1]
