"""What an inspector and a map read: real clients, the official SDK and an upstream server, entry by entry."""

import asyncio
import json
from contextlib import AsyncExitStack

import pytest

from wpslab.emulator import Emulator, EventHandlerSnapshot, EventListener

from .sockets import JSON, open_socket
from .target import HubUnderTest, Target
from .upstreams import answer, new_stage, text

BINARY = b"\x00\x01\xfe\xff"


@pytest.fixture
async def stage(request):
    async with new_stage(request) as made:
        yield made


def since(emulator, number):
    return emulator.trace_since(number)


def newest(emulator):
    """The number of the newest entry."""
    return emulator.snapshot().number


def short(entry):
    """What an entry is about."""
    return (entry.what, entry.detail or entry.event or entry.url or entry.frame)


async def until(emulator, number, what, count=1):
    """Wait until there are this many new entries of a kind, and return all new ones."""
    async with asyncio.timeout(10):
        while sum(entry.what == what for entry in since(emulator, number)) < count:
            await asyncio.sleep(0.01)
    return since(emulator, number)


# Clients and the REST API


async def test_a_client_that_comes_joins_sends_and_goes_is_told_step_by_step(emulator, own_hub):
    roles = ["webpubsub.joinLeaveGroup", "webpubsub.sendToGroup"]
    join = '{"type": "joinGroup", "group": "room", "ackId": 1}'
    send = '{"type": "sendToGroup", "group": "room", "dataType": "text", "data": "hello"}'
    async with own_hub.json_client(user_id="ann", roles=roles, groups=["lobby"]) as ann:
        await ann.send(join)
        await ann.receive()
        await ann.send(send)
        await ann.receive()
    entries = await until(emulator, 0, "disconnected")
    assert [(entry.what, entry.group, entry.detail) for entry in entries] == [
        ("connected", None, JSON),
        ("joined", "lobby", ""),
        ("delivered", None, "connected"),
        ("received", None, ""),
        ("joined", "room", ""),
        ("delivered", None, "ack"),
        ("received", None, ""),
        ("delivered", "room", "message"),
        ("disconnected", None, ""),
    ]
    assert {(entry.hub, entry.connection_id, entry.user_id) for entry in entries} == {(own_hub.name, ann.id, "ann")}
    assert [entry.frame for entry in entries if entry.what == "received"] == [join, send]
    told = [json.loads(entry.frame) for entry in entries if entry.what == "delivered"]
    assert told[0] == ann.connected
    assert told[1] == {"type": "ack", "ackId": 1, "success": True}
    assert told[2]["data"] == "hello"
    assert [entry.number for entry in entries] == list(range(1, 10))


async def test_a_rest_call_comes_before_what_it_leads_to(emulator, own_hub):
    async with own_hub.json_client(user_id="ann", groups=["room"]) as ann:
        before = newest(emulator)
        await asyncio.to_thread(own_hub.service.send_to_group, "room", "hello", content_type="text/plain")
        await ann.receive()
        rest, delivered = since(emulator, before)
    assert (rest.what, rest.method, rest.status) == ("rest", "POST", 202)
    assert rest.url == f"/api/hubs/{own_hub.name}/groups/room/:send"
    assert (rest.hub, rest.group, rest.connection_id, rest.frame) == (own_hub.name, "room", None, "hello")
    assert (delivered.what, delivered.connection_id, delivered.receivers) == ("delivered", None, (ann.id,))
    assert json.loads(delivered.frame)["from"] == "group"


async def test_the_sdk_changes_groups_and_permissions_and_each_change_is_an_entry(emulator, own_hub):
    service = own_hub.service
    async with own_hub.json_client(user_id="ann") as ann:
        before = newest(emulator)
        await asyncio.to_thread(service.add_user_to_group, "room", "ann")
        await asyncio.to_thread(service.grant_permission, "sendToGroup", ann.id, target_name="room")
        await asyncio.to_thread(service.revoke_permission, "sendToGroup", ann.id, target_name="room")
        await asyncio.to_thread(service.remove_connection_from_group, "room", ann.id)
        await asyncio.to_thread(service.close_connection, ann.id, reason="done")
        assert await ann.end() == (1000, "")
        entries = await until(emulator, before, "disconnected")
    assert [(entry.what, entry.status, entry.group) for entry in entries] == [
        ("rest", 200, "room"),
        ("joined", None, "room"),
        ("rest", 200, None),
        ("granted", None, "room"),
        ("rest", 204, None),
        ("revoked", None, "room"),
        ("rest", 204, "room"),
        ("left", None, "room"),
        ("rest", 204, None),
        ("delivered", None, None),
        ("closed", 1000, None),
        ("disconnected", None, None),
    ]
    assert entries[-1].detail.endswith("Reason: done")


async def test_a_broadcast_to_two_hundred_receivers_is_one_entry(emulator, own_hub):
    async with AsyncExitStack() as stack:
        url = own_hub.url()
        clients = [await stack.enter_async_context(own_hub.json_client(url=url)) for _ in range(200)]
        before = newest(emulator)
        await asyncio.to_thread(own_hub.service.send_to_all, {"n": 1})
        for client in clients:
            await client.receive()
        rest, delivered = since(emulator, before)
    assert (rest.what, delivered.what) == ("rest", "delivered")
    assert delivered.receivers == tuple(client.id for client in clients)
    assert json.loads(delivered.frame)["data"] == {"n": 1}
    assert delivered.other_frames == ()


async def test_a_message_is_shown_once_for_each_protocol_it_travels_in(emulator, own_hub):
    async with own_hub.json_client() as first, own_hub.simple_client(user_id="s") as second:
        before = newest(emulator)
        await asyncio.to_thread(own_hub.service.send_to_all, "hello", content_type="text/plain")
        await first.receive()
        assert await second.receive() == "hello"
        _, delivered = since(emulator, before)
    assert json.loads(delivered.frame) == {"type": "message", "from": "server", "dataType": "text", "data": "hello"}
    assert delivered.other_frames == ("hello",)


async def test_a_message_to_nobody_is_an_entry_without_receivers(emulator, own_hub):
    await asyncio.to_thread(own_hub.service.send_to_group, "empty", "hello", content_type="text/plain")
    rest, delivered = since(emulator, 0)
    assert (rest.status, delivered.group, delivered.receivers, delivered.frame) == (202, "empty", (), None)


async def test_binary_and_long_frames_are_shortened(emulator, own_hub):
    async with own_hub.simple_client(user_id="s") as client:
        before = newest(emulator)
        await asyncio.to_thread(own_hub.service.send_to_all, BINARY, content_type="application/octet-stream")
        assert await client.receive() == BINARY
        await asyncio.to_thread(own_hub.service.send_to_all, "x" * 100_000, content_type="text/plain")
        assert len(await client.receive()) == 100_000
        frames = [entry.frame for entry in since(emulator, before) if entry.what == "delivered"]
    assert frames == ["4 bytes: 00 01 fe ff", "x" * 2000 + "…"]


async def test_a_frame_that_is_no_request_is_shown_and_the_close_after_it(emulator, own_hub):
    async with own_hub.json_client() as client:
        before = newest(emulator)
        await client.send("no json")
        code, _ = await client.end()
        entries = await until(emulator, before, "disconnected")
    assert [entry.what for entry in entries] == ["received", "closed", "disconnected"]
    assert (entries[0].frame, entries[1].status) == ("no json", code)


async def test_who_is_refused_is_told_with_the_status_and_the_reason(emulator, own_hub):
    rejected = pytest.raises(Exception, match="401")
    with rejected:
        async with open_socket(own_hub.client_address(access_token="rubbish"), [JSON]):
            pass
    refused, failed = since(emulator, 0)
    assert (refused.what, refused.status, refused.hub) == ("refused", 401, own_hub.name)
    assert refused.detail
    assert failed.what == "failed"


async def test_a_rest_call_with_a_wrong_key_is_refused_in_the_trace(emulator, own_hub):
    other = HubUnderTest(Target(emulator.connection_string.replace(emulator.access_key, "k" * 44)), own_hub.name)
    with pytest.raises(Exception, match=r"401|Unauthorized|Operation returned"):
        await asyncio.to_thread(other.service.send_to_all, {"n": 1})
    other.close()
    assert [(entry.what, entry.status) for entry in since(emulator, 0)] == [("rest", 401), ("refused", 401)]


# Events to an upstream server


async def test_an_event_its_answer_the_reply_and_the_ack_come_in_order(stage):
    stage.handle(stage.handler("/hook?code=s3cret", system_events=[]))
    stage.upstream.on("POST", "/hook", text("thanks"))
    async with stage.hub.json_client(user_id="ann") as ann:
        before = newest(stage.emulator)
        await ann.send(type="event", event="order", dataType="text", data="one tea", ackId=1)
        await ann.receive()
        await ann.receive()
        received, validation, event, answered, reply, ack = since(stage.emulator, before)
    assert [received.what, validation.what] == ["received", "validation"]
    assert (validation.method, validation.status) == ("OPTIONS", 200)
    assert (event.what, event.event, event.method, event.frame) == ("event", "order", "POST", "one tea")
    assert event.url == f"{stage.upstream.url}/hook?code=***"
    assert (event.connection_id, event.user_id) == (ann.id, "ann")
    assert (answered.what, answered.event, answered.status, answered.frame) == ("answered", "order", 200, "thanks")
    assert answered.answers == event.number
    assert answered.milliseconds >= 0
    assert [short(reply), short(ack)] == [("delivered", "message"), ("delivered", "ack")]
    assert reply.receivers == ack.receivers == (ann.id,)


async def test_system_events_and_their_answers_are_told(stage):
    stage.handle(stage.handler(user_event_pattern=None))
    stage.upstream.on("POST", "/connect", answer(200, {"userId": "ann", "groups": ["room"]}))
    async with stage.hub.json_client():
        pass
    await stage.upstream.event("disconnected")
    await stage.settle()
    entries = since(stage.emulator, 0)
    told = [(entry.what, entry.event) for entry in entries if entry.what in ("event", "answered")]
    assert told[:2] == [("event", "connect"), ("answered", "connect")]
    assert sorted(told[2:]) == sorted(
        (what, name) for what in ("event", "answered") for name in ("connected", "disconnected")
    )
    [connect] = [entry for entry in entries if (entry.what, entry.event) == ("answered", "connect")]
    assert json.loads(connect.frame) == {"userId": "ann", "groups": ["room"]}
    names = [entry.what for entry in entries]
    assert names.index("answered") < names.index("connected") < names.index("joined")


async def test_an_event_that_fails_has_an_answer_with_the_failure_and_then_the_failure_itself(stage):
    stage.configure(retry_delays=())
    stage.handle(stage.handler(system_events=[]))
    stage.upstream.on("POST", "/order", answer(drop=True), answer(503, "sorry"))
    async with stage.hub.json_client() as client:
        before = newest(stage.emulator)
        await client.fails(type="event", event="order", data=1)
        await client.fails(type="event", event="order", data=1)
        entries = since(stage.emulator, before)
    answers = [(entry.status, entry.detail) for entry in entries if entry.what == "answered"]
    assert answers == [(None, "unreachable"), (503, "")]
    assert [entry.what for entry in entries[-5:]] == ["event", "answered", "failed", "refused", "delivered"]


async def test_an_event_whose_client_leaves_is_given_up(stage):
    stage.handle(stage.handler(system_events=["disconnected"]))
    stage.upstream.on("POST", "/order", answer(204, gate=asyncio.Event()))
    async with stage.hub.json_client() as client:
        await client.send(type="event", event="order", data=1)
        await stage.upstream.event("order")
        client.socket.transport.abort()
    await stage.upstream.event("disconnected")
    entries = await until(stage.emulator, 0, "answered", 2)
    assert ("order", "given up") in [(entry.event, entry.detail) for entry in entries if entry.what == "answered"]


async def test_an_event_that_a_listener_hears_is_told_without_an_answer(emulator, own_hub):
    emulator.configure_hub(own_hub.name, event_listeners=[EventListener("ns.example", "events", "*")])
    async with own_hub.json_client() as client:
        before = newest(emulator)
        await client.succeeds(type="event", event="order", data=1)
        entries = since(emulator, before)
    assert [short(entry) for entry in entries[1:]] == [("event", "heard by a listener"), ("delivered", "ack")]


# Secrets


async def test_no_entry_of_a_busy_scene_holds_a_key_or_a_token(stage):
    emulator, hub = stage.emulator, stage.hub
    stage.configure(retry_delays=(0.01,))
    echoing = stage.handler("/echo?code=s3cret", auth_type="ManagedIdentity", auth_resource="api://app")
    stage.handle(echoing)
    url = hub.url(user_id="ann", roles=["webpubsub.joinLeaveGroup", "webpubsub.sendToGroup"])
    tokens = [url.partition("access_token=")[2]]
    stage.upstream.on("POST", "/echo", answer(204), answer(503, "try again"), text("one"), answer(500, "no"))
    async with hub.json_client(url=url, headers={"Authorization": "Bearer t0ken", "Cookie": "c00kie=1"}) as client:
        await client.succeeds(type="joinGroup", group="room")
        await client.send(type="event", event="order", data=1, ackId=5)
        await client.send(type="sendToGroup", group="room", data=1, ackId=6)
        while (await client.receive()).get("ackId") != 6:
            pass
        await asyncio.to_thread(hub.service.send_to_all, {"n": 1})
        hub.service.close_all_connections(reason="done")
        await client.end()
    with pytest.raises(Exception, match="HTTP"):
        async with open_socket(hub.client_address(access_token=tokens[0] + "x"), [JSON]):
            pass
    await stage.settle()
    for call in stage.upstream.events():
        tokens.append(call["Authorization"].removeprefix("Bearer "))
    entries = emulator.trace
    assert {"event", "answered", "retry", "failed", "rest", "delivered", "received", "refused"} <= {
        entry.what for entry in entries
    }
    shown = repr(entries) + "".join(map(str, entries)) + repr(emulator.snapshot())
    for secret in (emulator.access_key, emulator.secondary_access_key, *tokens, "s3cret", "t0ken", "c00kie", "eyJ"):
        assert secret not in shown


# Reading


async def test_a_reader_continues_where_a_snapshot_ends(stage):
    stage.handle(
        stage.handler("/hook?code=s3cret", "order", ["connect"]),
        event_listeners=[EventListener("ns.example", "events", "*")],
    )
    async with stage.hub.json_client(user_id="ann", groups=["room"]) as ann:
        snapshot = stage.emulator.snapshot()
        assert stage.emulator.trace_since(snapshot.number) == []
        await ann.send(type="ping")
        await ann.receive()
        assert [short(entry)[1] for entry in since(stage.emulator, snapshot.number)] == ['{"type": "ping"}', "pong"]
    hub = snapshot.hubs[stage.hub.name]
    assert [(each.id, each.user_id, each.groups, each.subprotocol) for each in hub.connections] == [
        (ann.id, "ann", ("room",), JSON)
    ]
    url = f"{stage.upstream.url}/hook?code=***"
    assert hub.event_handlers == (EventHandlerSnapshot(url, "order", ("connect",)),)
    assert hub.event_listeners == 1


async def test_an_emulator_without_a_trace_says_so_and_remembers_nothing():
    with Emulator(trace=False) as emulator:
        hub = HubUnderTest(Target(emulator.connection_string, emulator))
        async with hub.json_client() as client:
            await client.hears_nothing()
        await asyncio.to_thread(hub.service.send_to_all, {"n": 1})
        hub.close()
        assert emulator.is_traced is False
        assert (emulator.trace, emulator.trace_since(0)) == ([], [])
