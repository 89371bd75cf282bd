"""Simple WebSocket clients: no envelope, no system messages, events by default or one group to send to."""

import pytest
from websockets.exceptions import InvalidStatus

from .sockets import JSON, open_socket

NO_HANDLER = (1011, "Internal server error")
NOT_AUTHORIZED = (1008, "The connection is not authorized for raw sendToGroup mode.")
TEXT = {"content_type": "text/plain"}


def to_group(group="room", **query):
    return {"webpubsub_mode": "sendToGroup", "group": group, **query}


async def test_a_simple_client_gets_nothing_but_payloads(hub):
    async with hub.simple_client(user_id="raw", groups=["room"]) as raw:
        hub.service.send_to_user("raw", "first", **TEXT)
        assert await raw.receive() == "first"
        hub.service.send_to_group("room", {"a": 1})
        assert await raw.receive() == '{"a": 1}'
        hub.service.close_user_connections("raw", reason="bye")
        assert await raw.end() == (1000, "")


@pytest.mark.parametrize("frame", ["hello", b"hello", "", '{"type":"joinGroup","group":"room","ackId":1}'])
@pytest.mark.parametrize("mode", [{}, {"webpubsub_mode": ""}, {"webpubsub_mode": "SendEvent"}])
async def test_a_message_without_an_event_handler_ends_the_connection(hub, mode, frame):
    async with hub.simple_client(user_id="raw", roles=["webpubsub.joinLeaveGroup"], **mode) as raw:
        await raw.send(frame)
        assert await raw.end() == NO_HANDLER
    assert not hub.service.user_exists("raw")
    assert not hub.service.group_exists("room")


async def test_a_message_goes_to_the_group_named_at_connect(hub):
    roles = ["webpubsub.sendToGroup.room"]
    async with hub.json_client(groups=["room"]) as member, hub.json_client(groups=["other"]) as outside:
        async with hub.simple_client(user_id="raw", roles=roles, **to_group()) as raw:
            for number in range(3):
                await raw.send(str(number))
                assert (await member.receive())["data"] == str(number)
        await outside.hears_nothing()


async def test_a_sender_hears_the_group_only_as_a_member(hub):
    roles = ["webpubsub.sendToGroup"]
    async with (
        hub.simple_client(user_id="outside", roles=roles, **to_group()) as outside,
        hub.simple_client(user_id="member", roles=roles, groups=["room"], **to_group(noEcho="False")) as member,
    ):
        await outside.send("from outside")
        assert await member.receive() == "from outside"
        await member.send("from a member")
        assert await member.receive() == "from a member"
        hub.service.send_to_all("marker", **TEXT)
        assert await outside.receive() == "marker"


@pytest.mark.parametrize("no_echo", ["true", "TRUE", "True"])
async def test_no_echo_leaves_out_the_sender(hub, no_echo):
    token = {"roles": ["webpubsub.sendToGroup"], "groups": ["room"]}
    async with (
        hub.simple_client(user_id="one", **token, **to_group(noEcho=no_echo)) as one,
        hub.simple_client(user_id="two", **token) as two,
    ):
        await one.send("hello")
        assert await two.receive() == "hello"
        hub.service.send_to_all("marker", **TEXT)
        assert await one.receive() == "marker"


async def test_without_the_role_a_sender_gets_in_and_its_first_frame_ends_the_connection(hub):
    async with hub.json_client(groups=["room"]) as member:
        async with hub.simple_client(user_id="raw", roles=["webpubsub.sendToGroup.other"], **to_group()) as raw:
            hub.service.send_to_user("raw", "you are in", **TEXT)
            assert await raw.receive() == "you are in"
            await raw.send("hello")
            assert await raw.end() == NOT_AUTHORIZED
        await member.hears_nothing()


async def test_a_group_name_in_the_query_is_decoded(hub):
    async with (
        hub.json_client(groups=["a/b +ä"]) as member,
        hub.simple_client(user_id="raw", roles=["webpubsub.sendToGroup"], **to_group("a/b +ä")) as raw,
    ):
        await raw.send("hello")
        assert (await member.receive())["group"] == "a/b +ä"


@pytest.mark.parametrize(
    "query",
    [
        {"webpubsub_mode": "broadcast"},
        {"webpubsub_mode": "sendToGroup"},
        {"webpubsub_mode": "sendToGroup", "group": ""},
        {"webpubsub_mode": "sendToGroup", "group": " "},
        {"webpubsub_mode": "sendToGroup", "group": "x" * 1025},
        {"webpubsub_mode": "sendtogroup", "group": "room", "noEcho": "1"},
        {"webpubsub_mode": "sendToGroup", "group": "room", "noEcho": "yes"},
        {"webpubsub_mode": ["sendEvent", "broadcast"]},
        {"webpubsub_mode": "sendToGroup", "group": ["room", ""]},
    ],
)
@pytest.mark.parametrize("subprotocol", [None, JSON])
async def test_an_illegal_mode_is_a_bad_request_whatever_is_offered(hub, query, subprotocol):
    with pytest.raises(InvalidStatus) as caught:
        async with open_socket(hub.url(**query), subprotocol and [subprotocol]):
            pass
    assert caught.value.response.status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        {"webpubsub_mode": ["broadcast", "sendToGroup"], "group": ["", "room"], "noEcho": ["maybe", ""]},
        {"webpubsub_mode": "SENDTOGROUP", "group": "room"},
        {"webpubsub_mode": "sendToGroup", "group": "room", "noEcho": ""},
    ],
)
async def test_the_last_of_repeated_values_counts(hub, query):
    async with (
        hub.json_client(groups=["room"]) as member,
        hub.simple_client(user_id="raw", roles=["webpubsub.sendToGroup"], **query) as raw,
    ):
        await raw.send("hello")
        assert (await member.receive())["data"] == "hello"


@pytest.mark.parametrize("query", [{"group": ""}, {"group": " ", "noEcho": "maybe"}, {"webpubsub_mode": "sendEvent"}])
async def test_without_that_mode_group_and_no_echo_are_not_looked_at(hub, query):
    async with hub.simple_client(user_id="raw", **query):
        assert hub.service.user_exists("raw")


async def test_the_mode_has_no_effect_on_a_client_of_the_json_subprotocol(hub):
    url = hub.url(roles=["webpubsub.sendToGroup"], groups=["room"], **to_group())
    async with hub.json_client(url=url) as client:
        await client.send(type="sendToGroup", group="room", data=1)
        assert (await client.receive())["data"] == 1


@pytest.mark.parametrize("query", [{"awps_connection_id": ""}, {"awps_reconnection_token": "x"}, {"anything": "else"}])
async def test_other_query_parameters_are_ignored(hub, query):
    async with hub.simple_client(user_id="raw", **query):
        assert hub.service.user_exists("raw")


async def test_a_message_of_exactly_one_mebibyte_is_taken_and_one_byte_more_is_not(hub):
    token = {"roles": ["webpubsub.sendToGroup"]}
    async with hub.simple_client(user_id="member", groups=["room"]) as member:
        async with hub.simple_client(user_id="raw", **token, **to_group()) as raw:
            await raw.send(b"x" * 1024 * 1024)
            assert len(await member.receive()) == 1024 * 1024
            await raw.send(b"x" * (1024 * 1024 + 1))
            assert await raw.end() == (1009, "The client message is too large.")
        await hub.vanishes("raw")
        hub.service.send_to_user("member", "marker", **TEXT)
        assert await member.receive() == "marker"


async def test_text_that_is_not_utf_8_ends_the_connection(hub):
    async with hub.simple_client(user_id="raw", roles=["webpubsub.sendToGroup"], **to_group()) as raw:
        await raw.socket.send(b"\xff\xfe", text=True)
        code, _ = await raw.end()
        assert code == 1007
