"""What a SKU allows: messages a day, counted for each receiver in pieces of 2 KB."""

import asyncio
import json
import time
from contextlib import AsyncExitStack, closing

import pytest
from azure.core.exceptions import HttpResponseError

from wpslab.emulator import Emulator

from .management import EVERYTHING, KINDS, new_management, resource
from .target import BINARY_TYPE, TEXT_TYPE, HubUnderTest, ServerSide, Target
from .upstreams import ScriptedUpstream, only_for_emulators, text
from .wire import Rest

PIECE = 2048
FREE_CONNECTIONS = 20
FREE_MESSAGES = 20_000
LIMIT = "Message count reaches limit"


@pytest.fixture
async def arm(lab):
    async with new_management(lab, "aio") as made:
        yield made


@pytest.fixture
async def name(arm, group):
    """The name of a free resource."""
    return (await arm.create(group, sku="Free_F1")).name


@pytest.fixture
async def hub(arm, group, name):
    """A hub of the free resource."""
    async with arm.hub(group, name, "chat") as made:
        yield made


@pytest.fixture(params=KINDS)
async def service(request, hub):
    """The server SDK for the hub: every test that uses it runs with the sync and with the async one."""
    made = ServerSide(hub.target, hub.name, request.param)
    yield made
    await made.close()


async def use_up(hub, leaving=0):
    """Send as many messages as the resource may today, but for those to be left."""
    left = FREE_MESSAGES - leaving
    async with hub.simple_client(user_id="hog") as hog:
        while left:
            pieces = min(left, 512)
            await asyncio.to_thread(hub.service.send_to_user, "hog", bytes(pieces * PIECE), content_type=BINARY_TYPE)
            assert len(await hog.receive()) == pieces * PIECE
            left -= pieces
    await hub.vanishes("hog")


async def send(service, receiver="ann", size=1):
    """Send to a user; return the status."""
    try:
        await service.send_to_user(receiver, bytes(size), content_type=BINARY_TYPE)
    except HttpResponseError as error:
        return error.status_code
    return 202


async def test_call_that_sends_one_message_too_many_is_refused_at_once(hub, service):
    async with hub.json_client(user_id="ann", groups=["room"]) as ann:
        await use_up(hub)
        begin = time.monotonic()
        for sending in (
            service.send_to_all(b"x", content_type=BINARY_TYPE),
            service.send_to_user("ann", b"x", content_type=BINARY_TYPE),
            service.send_to_group("room", b"x", content_type=BINARY_TYPE),
            service.send_to_connection(ann.id, b"x", content_type=BINARY_TYPE),
        ):
            with pytest.raises(HttpResponseError) as caught:
                await sending
            assert caught.value.status_code == 429
            assert LIMIT in str(caught.value)
        assert time.monotonic() - begin < 2  # the SDK does not try again
        await ann.hears_nothing()


async def test_refused_call_has_an_error_as_its_body(hub):
    async with hub.json_client(user_id="ann"):
        await use_up(hub)
        said = await asyncio.to_thread(
            Rest(hub.target, hub.name).call,
            "POST",
            "users/ann/:send",
            body=b"x",
            headers={"Content-Type": TEXT_TYPE},
        )
    assert said.status == 429
    assert json.loads(said.body)["message"].startswith(LIMIT)


async def test_messages_are_counted_in_pieces_of_two_kilobytes(hub, service):
    async with hub.json_client(user_id="ann") as ann:
        await use_up(hub, leaving=6)
        assert await send(service, size=2 * PIECE + 1) == 202  # 3 pieces
        assert await send(service, size=3 * PIECE + 1) == 429  # 4, and 3 are left
        assert await send(service, size=2 * PIECE) == 202
        assert await send(service, size=PIECE + 1) == 429
        assert await send(service, size=PIECE) == 202
        assert await send(service, size=1) == 429
        assert [len((await ann.receive())["data"]) > 0 for _ in range(3)] == [True] * 3
        await ann.hears_nothing()


async def test_messages_are_counted_for_each_receiver_and_for_nobody_else(hub, service):
    async with (
        hub.json_client(user_id="ann", groups=["room"]) as ann,
        hub.json_client(user_id="bob", groups=["room"]) as bob,
        hub.json_client(user_id="eve"),
    ):
        await use_up(hub, leaving=7)
        await service.send_to_all(b"x", content_type=BINARY_TYPE)  # 4 are left
        await service.send_to_group("room", b"x", content_type=BINARY_TYPE)  # 2 are left
        await service.send_to_group("room", b"x", content_type=BINARY_TYPE, excluded=[ann.id])  # 1 is left
        await service.send_to_group("nobody", bytes(100 * PIECE), content_type=BINARY_TYPE)
        with pytest.raises(HttpResponseError):
            await service.send_to_group("room", b"x", content_type=BINARY_TYPE)
        assert [await send(service, "bob"), await send(service, "bob")] == [202, 429]
        assert await send(service, "nobody") == 202
        for client, count in ((ann, 2), (bob, 4)):
            for _ in range(count):
                assert (await client.receive())["type"] == "message"
            await client.hears_nothing()


async def test_broadcast_of_a_mebibyte_to_twenty_clients_is_half_a_days_worth(hub, service):
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(hub.json_client(user_id="ann")) for _ in range(FREE_CONNECTIONS)]
        await service.send_to_all(bytes(2**20), content_type=BINARY_TYPE)
        for client in clients:
            await client.receive()
        with pytest.raises(HttpResponseError) as caught:
            await service.send_to_all(bytes(2**20), content_type=BINARY_TYPE)
        assert caught.value.status_code == 429
        for client in clients:
            await client.hears_nothing()  # nobody got it, rather than some


async def test_hubs_share_the_messages_and_resources_do_not(arm, group, name, hub):
    other = (await arm.create(group)).name
    await use_up(hub)
    async with (
        arm.hub(group, name, "news") as same,
        arm.hub(group, other, "chat") as neighbour,
        same.json_client(user_id="ann"),
        neighbour.json_client(user_id="ann") as ann,
    ):
        with pytest.raises(HttpResponseError):
            same.service.send_to_all("x", content_type=TEXT_TYPE)
        neighbour.service.send_to_all("x", content_type=TEXT_TYPE)
        assert (await ann.receive())["data"] == "x"


async def test_only_messages_count_and_all_else_goes_on(hub, service):
    async with hub.json_client(user_id="ann", roles=EVERYTHING) as ann:
        await use_up(hub)
        await ann.succeeds(type="joinGroup", group="room")
        await ann.hears_nothing()
        assert await service.user_exists("ann")
        await service.add_connection_to_group("news", ann.id)
        assert await service.group_exists("news")
        async with hub.json_client(user_id="bob") as bob:
            await bob.hears_nothing()
        await service.close_user_connections("ann")
        assert (await ann.receive())["event"] == "disconnected"


async def test_client_that_sends_one_message_too_many_is_closed_with_1008_and_told_why(hub):
    async with (
        hub.json_client(user_id="ann", roles=EVERYTHING, groups=["room"]) as ann,
        hub.json_client(user_id="bob", groups=["room"]) as bob,
    ):
        await use_up(hub, leaving=2)
        await ann.succeeds(type="sendToGroup", group="nobody", data="x")
        await ann.send(type="sendToGroup", group="room", data="last", dataType="text", noEcho=False)
        assert [(await client.receive())["data"] for client in (ann, bob)] == ["last", "last"]
        await ann.send(type="sendToGroup", group="room", data="too many", ackId=7)
        frame = await ann.receive()
        assert (frame["type"], frame["event"]) == ("system", "disconnected")
        assert LIMIT in frame["message"]
        assert (await ann.end())[0] == 1008
        await bob.hears_nothing()


async def test_simple_client_that_sends_one_message_too_many_is_closed_with_1008(hub):
    url = hub.url(roles=EVERYTHING, user_id="raw", webpubsub_mode="sendToGroup", group="room")
    async with hub.json_client(groups=["room"]) as ann, hub.simple_client(url=url) as raw:
        await use_up(hub)
        await raw.send("too many")
        assert (await raw.end())[0] == 1008
        await ann.hears_nothing()


async def test_client_whose_event_is_answered_with_one_message_too_many_is_closed_with_1008(arm, group, name, hub):
    async with ScriptedUpstream() as upstream:
        upstream.on("POST", "/order", text("a reply"))
        handler = {"urlTemplate": upstream.url + "/{event}", "userEventPattern": "*"}
        wanted = {"properties": {"eventHandlers": [handler]}}
        await arm.web_pub_sub_hubs.begin_create_or_update("chat", group, name, wanted)
        async with hub.json_client() as ann:
            await use_up(hub)
            await ann.succeeds(type="event", event="silent", data=1)  # an event itself is no message to a client
            await ann.send(type="event", event="order", data=1, ackId=7)
            assert LIMIT in (await ann.receive())["message"]
            assert (await ann.end())[0] == 1008


async def test_next_day_there_are_messages_again(request):
    only_for_emulators(request)
    async with Emulator(sku="Free_F1", unit_count=1) as emulator:
        target = Target(emulator.connection_string, emulator)
        with closing(HubUnderTest(target)) as hub:
            async with hub.json_client(user_id="ann", roles=EVERYTHING, groups=["room"]) as ann:
                await use_up(hub)
                emulator.advance(86_400)
                await ann.send(type="sendToGroup", group="room", data="good morning", dataType="text")
                assert (await ann.receive())["data"] == "good morning"
                sent = {"body": b"by REST", "headers": {"Content-Type": TEXT_TYPE}, "exp": int(emulator.time) + 600}
                said = await asyncio.to_thread(Rest(target, hub.name).call, "POST", ":send", **sent)
                assert said.status == 202
                assert (await ann.receive())["data"] == "by REST"


async def test_new_day_may_begin_without_making_anybodys_token_old(request):
    only_for_emulators(request)
    async with Emulator(sku="Free_F1", unit_count=1) as emulator:
        with closing(HubUnderTest(Target(emulator.connection_string, emulator))) as hub:
            async with hub.json_client(user_id="ann") as ann:
                await use_up(hub)
                with pytest.raises(HttpResponseError, match="TooManyRequests"):
                    await asyncio.to_thread(hub.service.send_to_all, "too late", content_type=TEXT_TYPE)
                await asyncio.to_thread(emulator.next_day)
                await asyncio.to_thread(hub.service.send_to_all, "good morning", content_type=TEXT_TYPE)
                assert (await ann.receive())["data"] == "good morning"


async def test_bigger_resource_sends_at_once_what_the_free_one_would_not(arm, group, name, hub, service):
    async with hub.json_client(user_id="ann") as ann:
        await use_up(hub)
        assert await send(service) == 429
        await arm.web_pub_sub.begin_update(group, name, resource("Standard_S1"))
        assert await send(service) == 202
        await use_up(hub)  # and a day's worth more
        assert await send(service) == 202
        for _ in range(2):
            assert (await ann.receive())["type"] == "message"
        await ann.hears_nothing()


@pytest.mark.parametrize("sku", ["Standard_S1", "Premium_P1"])
async def test_resource_that_is_paid_for_does_not_stop_at_a_number(arm, group, sku):
    made = await arm.create(group, sku=sku)
    async with arm.hub(group, made.name, "chat") as hub, hub.json_client(user_id="ann") as ann:
        await use_up(hub)
        hub.service.send_to_all("one more", content_type=TEXT_TYPE)
        assert (await ann.receive())["data"] == "one more"
