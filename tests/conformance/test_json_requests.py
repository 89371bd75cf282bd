"""The JSON subprotocol: what a client may ask, and how it is answered."""

import asyncio

import pytest

EVERYTHING = ["webpubsub.joinLeaveGroup", "webpubsub.sendToGroup"]
UINT64_MAX = 2**64 - 1


# Groups and acks


async def test_joining_and_leaving_are_acked_and_can_be_repeated(hub):
    async with hub.json_client(roles=EVERYTHING) as client:
        await client.send(type="joinGroup", group="room", ackId=1)
        assert await client.receive() == {"type": "ack", "ackId": 1, "success": True}
        await client.succeeds(type="joinGroup", group="room")
        assert hub.service.group_exists("room")
        await client.succeeds(type="leaveGroup", group="room")
        await client.succeeds(type="leaveGroup", group="room")
        assert not hub.service.group_exists("room")


async def test_a_member_hears_a_group_and_another_does_not(hub):
    async with (
        hub.json_client(roles=EVERYTHING, user_id="alice") as alice,
        hub.json_client(roles=EVERYTHING) as bob,
    ):
        await bob.succeeds(type="joinGroup", group="room")
        await alice.succeeds(type="sendToGroup", group="room", dataType="text", data="hi")
        assert await bob.receive() == {
            "type": "message",
            "from": "group",
            "fromUserId": "alice",
            "group": "room",
            "dataType": "text",
            "data": "hi",
        }
        await alice.hears_nothing()
        await bob.succeeds(type="leaveGroup", group="room")
        await alice.succeeds(type="sendToGroup", group="room", dataType="text", data="hi")
        await bob.hears_nothing()


async def test_a_sender_without_a_user_has_no_name(hub):
    async with hub.json_client(groups=["room"]) as member, hub.json_client(roles=EVERYTHING) as sender:
        await sender.succeeds(type="sendToGroup", group="room", data=1)
        assert (await member.receive()).get("fromUserId") is None


async def test_without_the_role_a_request_is_forbidden_and_the_connection_stays(hub):
    async with hub.json_client(groups=["room"]) as client:
        assert await client.fails(type="joinGroup", group="another") == "Forbidden"
        assert await client.fails(type="leaveGroup", group="room") == "Forbidden"
        assert await client.fails(type="sendToGroup", group="room", data=1) == "Forbidden"
        await client.hears_nothing()


async def test_without_an_ack_id_nobody_is_told(hub):
    async with hub.json_client(roles=["webpubsub.joinLeaveGroup.room"]) as client:
        await client.send(type="joinGroup", group="another")
        await client.send(type="sendToGroup", group="another", data=1)
        await client.send(type="event", event="hello", data=1)
        await client.hears_nothing()
        await client.send(type="joinGroup", group="room")
        await client.hears_nothing()
        assert hub.service.group_exists("room")
        assert not hub.service.group_exists("another")


async def test_the_senders_own_copy_comes_before_the_ack(hub):
    async with hub.json_client(roles=EVERYTHING, groups=["room"]) as client:
        await client.send(type="sendToGroup", group="room", data=1, ackId=1)
        assert (await client.receive())["type"] == "message"
        assert (await client.receive())["type"] == "ack"


async def test_no_echo_leaves_out_the_sending_connection_only(hub):
    token = {"user_id": "alice", "roles": EVERYTHING, "groups": ["room"]}
    async with hub.json_client(**token) as sender, hub.json_client(**token) as second:
        await sender.succeeds(type="sendToGroup", group="room", data=1, noEcho=True)
        assert (await second.receive())["data"] == 1
        await sender.hears_nothing()
        await second.send(type="sendToGroup", group="room", data=2, noEcho=False)
        assert (await second.receive())["data"] == (await sender.receive())["data"] == 2


async def test_group_names_compare_with_case(hub):
    async with hub.json_client(roles=EVERYTHING, groups=["room"]) as client:
        await client.succeeds(type="sendToGroup", group="Room", data=1)
        await client.hears_nothing()


@pytest.mark.parametrize("group", ["a/b", "*", " a ", "x" * 1024, 'quote"back\\slash', "\u2028\u0000\x7f漢\U0001f600"])
async def test_group_names_may_hold_any_character(hub, group):
    async with hub.json_client(roles=EVERYTHING) as client:
        await client.succeeds(type="joinGroup", group=group)
        await client.send(type="sendToGroup", group=group, data=1)
        assert (await client.receive())["group"] == group


async def test_sending_to_an_empty_group_succeeds(hub):
    async with hub.json_client(roles=EVERYTHING) as client:
        await client.succeeds(type="sendToGroup", group="nobody", data=1)


# Ack ids


@pytest.mark.parametrize("ack_id", [0, 1, 2**53 + 1, UINT64_MAX])
async def test_an_ack_id_is_any_unsigned_64_bit_number(hub, ack_id):
    async with hub.json_client() as client:
        assert await client.fails(type="joinGroup", group="room", ackId=ack_id) == "Forbidden"


async def test_a_request_with_a_used_ack_id_is_a_duplicate_and_not_executed(hub):
    async with hub.json_client(roles=EVERYTHING, groups=["room"]) as client:
        await client.succeeds(type="sendToGroup", group="nobody", data=1, ackId=7)
        await client.send(type="sendToGroup", group="room", data=1, ackId=7)
        ack = await client.receive()
        assert (ack["success"], ack["error"]["name"]) == (False, "Duplicate")
        assert ack["error"]["message"] == "Message with ack-id: 7 has been processed"
        await client.hears_nothing()


async def test_ack_ids_are_shared_by_all_types_of_request(hub):
    async with hub.json_client(roles=EVERYTHING) as client:
        await client.succeeds(type="joinGroup", group="room", ackId=7)
        for request in (
            {"type": "leaveGroup", "group": "room"},
            {"type": "sendToGroup", "group": "room", "data": 1},
            {"type": "event", "event": "hello", "data": 1},
        ):
            assert await client.fails(**request, ackId=7) == "Duplicate"
        assert hub.service.group_exists("room")


async def test_what_was_refused_may_be_repeated_with_the_same_ack_id(hub):
    async with hub.json_client() as client:
        assert await client.fails(type="joinGroup", group="room", ackId=7) == "Forbidden"
        hub.service.grant_permission("joinLeaveGroup", client.id, target_name="room")
        await client.succeeds(type="joinGroup", group="room", ackId=7)
        assert await client.fails(type="joinGroup", group="room", ackId=7) == "Duplicate"


async def test_the_last_thousand_ack_ids_are_remembered(hub):
    async with hub.json_client(roles=EVERYTHING) as client:
        for ack_id in range(1000):
            await client.succeeds(type="sendToGroup", group="nobody", data=1, ackId=ack_id)
        assert await client.fails(type="joinGroup", group="room", ackId=0) == "Duplicate"
        await client.succeeds(type="joinGroup", group="room", ackId=1000)
        await client.succeeds(type="joinGroup", group="room", ackId=0)
        assert await client.fails(type="joinGroup", group="room", ackId=2) == "Duplicate"


async def test_ack_ids_belong_to_one_connection(hub):
    async with hub.json_client(roles=EVERYTHING) as first, hub.json_client(roles=EVERYTHING) as second:
        await first.succeeds(type="joinGroup", group="room", ackId=1)
        await second.succeeds(type="joinGroup", group="room", ackId=1)


# Events and the rest


async def test_an_event_without_a_handler_fails_and_the_connection_stays(hub):
    async with hub.json_client() as client:
        await client.send(type="event", event="hello", dataType="text", data="x", ackId=3)
        ack = await client.receive()
        assert (ack["ackId"], ack["success"]) == (3, False)
        assert ack["error"] == {"name": "InternalServerError", "message": "Internal server error"}
        assert await client.fails(type="event", event="hello", data=1, ackId=3) == "InternalServerError"
        await client.hears_nothing()


@pytest.mark.parametrize("event", ["a", "message", "My_Event.v1-x", "x" * 128])
async def test_legal_event_names_are_taken(hub, event):
    async with hub.json_client() as client:
        assert await client.fails(type="event", event=event, data=1) == "InternalServerError"


async def test_a_ping_is_answered(hub):
    async with hub.json_client() as client:
        await client.send(type="ping")
        assert await client.receive() == {"type": "pong"}


async def test_a_sequence_ack_has_no_effect_on_a_connection_that_is_not_reliable(hub):
    async with hub.json_client() as client:
        for number in (0, 1, UINT64_MAX):
            await client.send(type="sequenceAck", sequenceId=number)
        await client.hears_nothing()


async def test_types_compare_without_case_and_other_members_are_ignored(hub):
    async with hub.json_client(roles=EVERYTHING, groups=["room"]) as client:
        await client.send(type="JOINGROUP", group="room", ackId=1, more={"deep": [1, 2]})
        assert (await client.receive())["success"] is True
        await client.send(type="SendToGroup", group="room", dataType="TEXT", data="hi", invocationId=5)
        assert (await client.receive())["dataType"] == "text"
        await client.send(type="Ping", group="room")
        assert await client.receive() == {"type": "pong"}


async def test_a_null_ack_id_time_to_live_or_metadata_is_none(hub):
    async with hub.json_client(roles=EVERYTHING, groups=["room"]) as client:
        await client.send(type="sendToGroup", group="room", data=1, ackId=None, ttlSeconds=None, metadata=None)
        frame = await client.receive()
        assert frame["data"] == 1
        assert "metadata" not in frame
        await client.hears_nothing()


async def test_a_time_to_live_is_taken(hub):
    async with hub.json_client(roles=EVERYTHING) as client:
        for seconds in (0, 300):
            await client.succeeds(type="sendToGroup", group="room", data=1, ttlSeconds=seconds)


async def test_a_fragmented_message_is_one_message(hub):
    async with hub.json_client() as client:
        await client.socket.send(['{"type":', '"pi', 'ng"}'])
        assert await client.receive() == {"type": "pong"}


async def test_requests_of_one_connection_are_answered_in_order(hub):
    async with hub.json_client(roles=EVERYTHING) as client:
        await asyncio.gather(*(client.send(type="joinGroup", group="room", ackId=number) for number in range(100)))
        assert [(await client.receive())["ackId"] for _ in range(100)] == list(range(100))


async def test_websocket_pings_are_answered(hub):
    async with hub.json_client() as client:
        await (await client.socket.ping(b"are you there?"))


async def test_a_client_that_closes_gets_its_code_back_and_is_gone(hub):
    async with hub.json_client(user_id="alice", groups=["room"]) as client:
        await client.socket.close(1000, "bye")
        assert client.socket.close_code == 1000
        await hub.vanishes("alice")
        assert not hub.service.group_exists("room")


async def test_a_client_that_breaks_off_is_gone(hub):
    async with hub.json_client(user_id="alice") as client:
        client.socket.transport.abort()
        await hub.vanishes("alice")
