"""Sending by REST, through the official server SDK, to clients of both kinds."""

import base64
import json
from contextlib import asynccontextmanager

import pytest

from .target import BINARY_TYPE, JSON_TYPE, TEXT_TYPE

BYTES = bytes(range(256))
DATA = {"number": 1.50, "text": "ä \u2028 漢", "list": [None, True]}

CASES = {
    "text": ("hello", TEXT_TYPE, "text", "hello", "hello"),
    # As bytes: the asynchronous SDK counts characters for Content-Length, and cuts a str that is not ASCII.
    "encoded text": ("hello ä漢".encode(), TEXT_TYPE, "text", "hello ä漢", "hello ä漢"),
    "json": (DATA, JSON_TYPE, "json", DATA, DATA),
    "json text": ("hello", JSON_TYPE, "json", "hello", "hello"),
    "binary": (BYTES, BINARY_TYPE, "binary", base64.b64encode(BYTES).decode(), BYTES),
}


def to(target, service, client):
    """Return the SDK's method for a target, with its first arguments."""
    return {
        "all": (service.send_to_all, ()),
        "group": (service.send_to_group, ("room",)),
        "user": (service.send_to_user, ("alice",)),
        "connection": (service.send_to_connection, (client.id,)),
    }[target]


@pytest.mark.parametrize("target", ["all", "group", "user", "connection"])
@pytest.mark.parametrize("case", CASES)
async def test_json_client_gets_what_the_server_sends(hub, service, target, case):
    message, content_type, data_type, data, _ = CASES[case]
    async with hub.json_client(user_id="alice", groups=["room"]) as alice:
        send, arguments = to(target, service, alice)
        await send(*arguments, message, content_type=content_type)
        frame = await alice.receive()
    expected = {"type": "message", "from": "server", "dataType": data_type, "data": data}
    if target == "group":
        expected |= {"from": "group", "group": "room"}
    assert frame.pop("fromUserId", None) is None
    assert frame == expected


@pytest.mark.parametrize("target", ["all", "group", "user"])
@pytest.mark.parametrize("case", CASES)
async def test_simple_client_gets_the_bare_payload(hub, service, target, case):
    message, content_type, data_type, _, plain = CASES[case]
    async with hub.simple_client(user_id="alice", groups=["room"]) as alice:
        send, arguments = to(target, service, _Nobody)
        await send(*arguments, message, content_type=content_type)
        payload = await alice.receive()
    assert (json.loads(payload) if data_type == "json" else payload) == plain


class _Nobody:
    id = "none"


@asynccontextmanager
async def two_of_a_kind(hub):
    token = {"user_id": "alice", "groups": ["room"]}
    async with hub.json_client(**token) as first, hub.json_client(**token) as second:
        yield first, second


@pytest.mark.parametrize("target", ["all", "group"])
async def test_excluded_connections_get_nothing(hub, service, target):
    async with two_of_a_kind(hub) as (first, second):
        send, arguments = to(target, service, first)
        await send(*arguments, "hello", content_type=TEXT_TYPE, excluded=[first.id, "no-such-connection"])
        assert (await second.receive())["data"] == "hello"
        await first.hears_nothing()


async def test_a_comma_is_no_separator_of_excluded_ids(hub, service):
    async with two_of_a_kind(hub) as (first, second):
        await service.send_to_all("hello", content_type=TEXT_TYPE, excluded=[f"{first.id},{second.id}", f" {first.id}"])
        assert (await first.receive())["data"] == "hello"
        assert (await second.receive())["data"] == "hello"


async def test_a_message_to_a_user_reaches_all_connections_of_that_user_only(hub, service):
    async with two_of_a_kind(hub) as (first, second), hub.json_client(user_id="bob") as bob:
        await service.send_to_user("alice", "hello", content_type=TEXT_TYPE)
        assert (await first.receive())["data"] == "hello"
        assert (await second.receive())["data"] == "hello"
        await bob.hears_nothing()


async def test_a_message_to_a_connection_reaches_no_other_connection_of_its_user(hub, service):
    async with two_of_a_kind(hub) as (first, second):
        await service.send_to_connection(first.id, "hello", content_type=TEXT_TYPE)
        assert (await first.receive())["data"] == "hello"
        await second.hears_nothing()


async def test_a_message_to_a_group_reaches_its_members_only(hub, service):
    async with hub.json_client(groups=["room"]) as member, hub.json_client(groups=["Room"]) as other:
        await service.send_to_group("room", "hello", content_type=TEXT_TYPE)
        assert (await member.receive())["data"] == "hello"
        await other.hears_nothing()


async def test_sending_to_nobody_is_accepted(service):
    await service.send_to_all("hello", content_type=TEXT_TYPE)
    await service.send_to_group("no-such-group", "hello", content_type=TEXT_TYPE)
    await service.send_to_user("no-such-user", "hello", content_type=TEXT_TYPE)
    await service.send_to_connection("no-such-connection", "hello", content_type=TEXT_TYPE)


@pytest.mark.parametrize(
    "name", ["two words", "a+b", "ä漢", "a@b=c&d?e#f[g]", "100%", "a;b", ".a", "a'b\"c", "\U0001f600"]
)
async def test_names_of_groups_and_users_may_hold_any_character_but_a_slash(hub, service, name):
    async with hub.json_client(user_id=name, groups=[name]) as client:
        await service.send_to_group(name, "to the group", content_type=TEXT_TYPE)
        assert (await client.receive())["group"] == name
        await service.send_to_user(name, "to the user", content_type=TEXT_TYPE)
        assert (await client.receive())["data"] == "to the user"


async def test_a_group_with_a_slash_is_out_of_reach_as_on_azure(hub, service):
    async with hub.json_client(groups=["a/b", "a%2Fb"]) as client:
        await service.send_to_group("a/b", "hello", content_type=TEXT_TYPE)
        assert (await client.receive())["group"] == "a%2Fb"
        await client.hears_nothing()


async def test_hub_names_compare_without_case(hub, service):
    token = hub.target.sign(f"{hub.target.endpoint}/client/hubs/{hub.name.upper()}")
    url = hub.client_address(name=hub.name.upper(), access_token=token)
    async with hub.json_client(url=url) as client:
        await service.send_to_all("hello", content_type=TEXT_TYPE)
        assert (await client.receive())["data"] == "hello"


async def test_json_passes_through_as_it_was_written(hub, service):
    numbers = b'{"b": 12345678901234567890, "a": 1.10, "c": 1E2}'
    async with hub.simple_client(user_id="raw") as client:
        await service.send_to_user("raw", json.loads(numbers), content_type=JSON_TYPE)
        assert json.loads(await client.receive()) == json.loads(numbers)


async def test_messages_to_one_client_keep_their_order(hub, service):
    async with hub.json_client() as client:
        for number in range(50):
            await service.send_to_connection(client.id, number)
        assert [(await client.receive())["data"] for _ in range(50)] == list(range(50))


async def test_the_largest_message_reaches_every_kind_of_client(hub, service):
    text = "x" * 1024 * 1024
    async with hub.json_client(groups=["big"]) as pubsub, hub.simple_client(user_id="raw", groups=["big"]) as simple:
        await service.send_to_group("big", text, content_type=TEXT_TYPE)
        assert (await pubsub.receive())["data"] == text
        assert await simple.receive() == text
