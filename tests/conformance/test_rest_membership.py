"""Existence and group membership by REST, through the official server SDK."""

import pytest
from azure.core.exceptions import ResourceNotFoundError

from .target import TEXT_TYPE, HubUnderTest


async def hears_the_group(client, service, group="room"):
    """Tell whether a message to the group reaches the client; a message to the client alone marks the end."""
    await service.send_to_group(group, "to the group", content_type=TEXT_TYPE)
    await service.send_to_connection(client.id, "marker", content_type=TEXT_TYPE)
    heard = []
    while not heard or heard[-1] != "marker":
        heard.append((await client.receive())["data"])
    assert len(heard) <= 2
    return "to the group" in heard


async def test_connections_users_and_groups_exist_while_a_client_is_there(hub, service):
    assert not await service.user_exists("alice")
    assert not await service.group_exists("room")
    assert not await service.connection_exists("none")
    async with hub.json_client(user_id="alice", groups=["room"]) as alice:
        assert await service.connection_exists(alice.id)
        assert await service.user_exists("alice")
        assert await service.group_exists("room")
        assert not await service.user_exists("Alice")
        assert not await service.group_exists("Room")
    await hub.vanishes("alice")
    assert not await service.connection_exists(alice.id)
    assert not await service.group_exists("room")


async def test_a_user_exists_until_the_last_connection_is_gone(hub, service):
    async with hub.json_client(user_id="alice") as first:
        async with hub.json_client(user_id="alice") as second:
            await service.close_connection(second.id)
            assert await second.end() == (1000, "")
        assert await service.user_exists("alice")
        assert await service.connection_exists(first.id)
        assert not await service.connection_exists(second.id)


async def test_a_hub_does_not_see_the_clients_of_another(hub, service, webpubsub):
    other = HubUnderTest(webpubsub)
    try:
        async with other.json_client(user_id="alice", groups=["room"]) as alice:
            assert not await service.user_exists("alice")
            assert not await service.connection_exists(alice.id)
            await service.send_to_all("hello", content_type=TEXT_TYPE)
            await alice.hears_nothing()
    finally:
        other.close()


async def test_a_connection_is_added_to_a_group_and_removed(hub, service):
    async with hub.json_client() as client:
        assert not await hears_the_group(client, service)
        await service.add_connection_to_group("room", client.id)
        await service.add_connection_to_group("room", client.id)
        assert await hears_the_group(client, service)
        await service.remove_connection_from_group("room", client.id)
        assert not await hears_the_group(client, service)
        assert not await service.group_exists("room")
        await service.remove_connection_from_group("room", client.id)


async def test_adding_an_unknown_connection_says_that_it_is_not_found(service):
    with pytest.raises(ResourceNotFoundError) as caught:
        await service.add_connection_to_group("room", "no-such-connection")
    error = caught.value.error
    assert (error.code, error.target) == ("Error.Connection.NotExisted", "Connection")
    assert error.message == "Connection `no-such-connection` is not found."
    assert caught.value.response.headers["x-ms-error-code"] == "Error.Connection.NotExisted"


async def test_removing_what_is_not_there_is_no_error(service):
    await service.remove_connection_from_group("room", "no-such-connection")
    await service.remove_connection_from_all_groups("no-such-connection")
    await service.remove_user_from_group("room", "no-such-user")
    await service.remove_user_from_all_groups("no-such-user")


async def test_a_connection_is_removed_from_all_its_groups(hub, service):
    async with hub.json_client(groups=["a", "b"]) as client, hub.json_client(groups=["a"]) as other:
        await service.remove_connection_from_all_groups(client.id)
        assert not await hears_the_group(client, service, "a")
        assert not await hears_the_group(client, service, "b")
        assert (await other.receive())["group"] == "a"
        assert not await service.group_exists("b")


async def test_adding_a_user_adds_the_connections_of_now_and_not_of_later(hub, service):
    async with hub.json_client(user_id="alice") as first, hub.json_client(user_id="alice") as second:
        await service.add_user_to_group("room", "alice")
        async with hub.json_client(user_id="alice") as later:
            assert await hears_the_group(first, service)
            assert (await second.receive())["data"] == "to the group"
            await later.hears_nothing()


async def test_adding_a_user_who_is_not_there_is_not_found(service):
    with pytest.raises(ResourceNotFoundError):
        await service.add_user_to_group("room", "no-such-user")


async def test_a_user_is_removed_from_one_group_and_from_all(hub, service):
    token = {"user_id": "alice", "groups": ["a", "b", "c"]}
    async with hub.json_client(**token) as first, hub.json_client(**token) as second:
        await service.remove_user_from_group("a", "alice")
        assert not await service.group_exists("a")
        assert await service.group_exists("b")
        await service.remove_user_from_all_groups("alice")
        for group in ("a", "b", "c"):
            assert not await hears_the_group(first, service, group)
            assert not await hears_the_group(second, service, group)


async def test_a_simple_client_can_be_put_into_a_group(hub, service):
    async with hub.simple_client(user_id="raw") as raw:
        await service.add_user_to_group("room", "raw")
        await service.send_to_group("room", "hello", content_type=TEXT_TYPE)
        assert await raw.receive() == "hello"


async def test_membership_given_by_the_server_needs_no_role_and_gives_none(hub, service):
    async with hub.json_client() as client:
        await service.add_connection_to_group("room", client.id)
        assert await client.fails(type="leaveGroup", group="room") == "Forbidden"
        assert await client.fails(type="sendToGroup", group="room", data="x") == "Forbidden"
        assert await hears_the_group(client, service)
