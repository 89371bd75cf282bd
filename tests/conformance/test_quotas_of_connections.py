"""What a SKU allows: connections at a time, on all hubs of a resource together."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from .management import new_management, resource, status_of
from .sockets import JSON, open_socket
from .upstreams import ScriptedUpstream, answer

FREE_CONNECTIONS = 20


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


async def test_twenty_first_connection_of_a_free_resource_is_refused_until_one_leaves(hub):
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(hub.json_client(user_id="first"))
        for _ in range(FREE_CONNECTIONS - 1):
            await stack.enter_async_context(open_socket(hub.url(), [JSON]))
        assert await status_of(hub.url()) == 429
        await first.hears_nothing()
        assert hub.service.user_exists("first")
        await first.socket.close()
        await hub.vanishes("first")
        async with hub.json_client() as again:
            await again.hears_nothing()
            assert await status_of(hub.url()) == 429


async def test_connections_of_all_hubs_are_counted_together(arm, group, name):
    async with (
        AsyncExitStack() as stack,
        arm.hub(group, name, "one") as one,
        arm.hub(group, name, "two") as two,
    ):
        for hub in (one, two):
            for _ in range(FREE_CONNECTIONS // 2):
                await stack.enter_async_context(open_socket(hub.url()))
        assert [await status_of(hub.url()) for hub in (one, two)] == [429, 429]


async def test_clients_that_are_refused_take_no_place(hub):
    for _ in range(FREE_CONNECTIONS + 5):
        assert await status_of(hub.client_address()) == 401
    async with AsyncExitStack() as stack:
        for _ in range(FREE_CONNECTIONS):
            await stack.enter_async_context(open_socket(hub.url()))


async def test_clients_that_wait_for_the_connect_handler_take_a_place_until_they_are_refused(arm, group, name, hub):
    gate = asyncio.Event()
    async with ScriptedUpstream() as upstream:
        upstream.on("POST", "/connect", answer(403, gate=gate))
        handler = {"urlTemplate": upstream.url + "/{event}", "systemEvents": ["connect"]}
        wanted = {"properties": {"eventHandlers": [handler]}}
        await arm.web_pub_sub_hubs.begin_create_or_update("chat", group, name, wanted)
        waiting = [asyncio.create_task(status_of(hub.url())) for _ in range(FREE_CONNECTIONS)]
        for _ in waiting:
            await upstream.event("connect")
        assert await status_of(hub.url()) == 429
        gate.set()
        assert await asyncio.gather(*waiting) == [403] * FREE_CONNECTIONS
        assert await status_of(hub.url()) == 403


async def test_more_connections_are_let_in_at_once_when_the_resource_grows_and_stay_when_it_shrinks(
    arm, group, name, hub
):
    async with AsyncExitStack() as stack:
        for _ in range(FREE_CONNECTIONS):
            await stack.enter_async_context(open_socket(hub.url(), [JSON]))
        assert await status_of(hub.url()) == 429
        await arm.web_pub_sub.begin_update(group, name, resource("Standard_S1"))
        client = await stack.enter_async_context(hub.json_client())
        await arm.web_pub_sub.begin_update(group, name, resource("Free_F1"))
        await client.hears_nothing()
        assert await status_of(hub.url()) == 429


async def test_places_of_one_resource_are_not_taken_by_another(arm, group, hub):
    other = (await arm.create(group)).name
    async with AsyncExitStack() as stack:
        for _ in range(FREE_CONNECTIONS):
            await stack.enter_async_context(open_socket(hub.url()))
        async with arm.hub(group, other, "chat") as neighbour, neighbour.json_client() as client:
            await client.hears_nothing()
