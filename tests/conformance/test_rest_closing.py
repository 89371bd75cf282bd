"""Closing connections by REST, through the official server SDK."""

import pytest

CLOSED = "Application server closed the connection."


def disconnected(reason=None):
    text = f"{CLOSED} Reason: {reason}" if reason else CLOSED
    return {"type": "system", "event": "disconnected", "message": text}


async def is_closed(client, reason=None):
    assert await client.receive() == disconnected(reason)
    assert await client.end() == (1000, "")


async def test_a_closed_connection_reads_why_and_then_code_1000_without_a_reason(hub, service):
    async with hub.json_client(user_id="alice", groups=["room"]) as client:
        await service.close_connection(client.id, reason="Maintenance")
        await is_closed(client, "Maintenance")
    assert not await service.connection_exists(client.id)
    assert not await service.user_exists("alice")
    assert not await service.group_exists("room")


@pytest.mark.parametrize("reason", [None, ""])
async def test_without_a_reason_only_the_first_sentence_is_sent(hub, service, reason):
    async with hub.json_client() as client:
        await service.close_connection(client.id, reason=reason)
        await is_closed(client)


async def test_a_reason_may_be_long_and_in_any_script(hub, service):
    reason = "Wartung läuft: 保守中 " * 30
    async with hub.json_client() as client:
        await service.close_connection(client.id, reason=reason)
        await is_closed(client, reason)


async def test_closing_an_unknown_connection_is_no_error(service):
    await service.close_connection("no-such-connection")


async def test_what_was_sent_before_a_close_arrives_before_it(hub, service):
    async with hub.json_client() as client:
        for number in range(20):
            await service.send_to_connection(client.id, number)
        await service.close_connection(client.id)
        assert [(await client.receive())["data"] for _ in range(20)] == list(range(20))
        await is_closed(client)


async def test_a_simple_client_only_gets_the_close_frame(hub, service):
    async with hub.simple_client(user_id="raw") as raw:
        await service.close_user_connections("raw", reason="Maintenance")
        assert await raw.end() == (1000, "")


async def test_the_connections_of_a_user_are_closed_but_the_excluded(hub, service):
    async with (
        hub.json_client(user_id="alice") as first,
        hub.json_client(user_id="alice") as second,
        hub.json_client(user_id="bob") as bob,
    ):
        await service.close_user_connections("alice", excluded=[second.id], reason="Too many")
        await is_closed(first, "Too many")
        await second.hears_nothing()
        await bob.hears_nothing()
        assert await service.user_exists("alice")
        await service.close_user_connections("alice")
        await is_closed(second)
        assert not await service.user_exists("alice")


async def test_the_members_of_a_group_are_closed_but_the_excluded(hub, service):
    async with (
        hub.json_client(groups=["room"]) as first,
        hub.json_client(groups=["room"]) as second,
        hub.json_client(groups=["other"]) as outside,
    ):
        await service.close_group_connections("room", excluded=[second.id], reason="Room closes")
        await is_closed(first, "Room closes")
        await second.hears_nothing()
        await outside.hears_nothing()
        assert await service.group_exists("room")


async def test_all_connections_of_a_hub_are_closed_but_the_excluded(hub, service):
    async with hub.json_client() as first, hub.json_client() as second, hub.simple_client(user_id="raw") as raw:
        await service.close_all_connections(excluded=[second.id], reason="Bye")
        await is_closed(first, "Bye")
        assert await raw.end() == (1000, "")
        await second.hears_nothing()
        await service.close_all_connections()
        await is_closed(second)


async def test_closing_nobody_is_no_error(service):
    await service.close_all_connections()
    await service.close_group_connections("no-such-group", reason="nobody there")
    await service.close_user_connections("no-such-user", excluded=["none"])


async def test_a_client_comes_back_with_a_new_connection_after_it_was_closed(hub, service):
    async with hub.json_client(user_id="alice") as before:
        await service.close_connection(before.id)
        await is_closed(before)
    async with hub.json_client(user_id="alice") as after:
        assert after.id != before.id
        assert await service.user_exists("alice")
