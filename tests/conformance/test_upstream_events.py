"""Events of clients that are in: what the handler is told, what its answer does, and what becomes of failures."""

import asyncio
import base64
import gzip
import json
from urllib.parse import parse_qsl

import jwt
import pytest

from wpslab.emulator import EventHandler, EventListener

from .sockets import JSON, WAIT, open_socket
from .upstreams import MEBIBYTE, Answer, answer, knocking, new_stage, text
from .wire import BINARY, CLOSE, TEXT, wire_client

FAILED = {"name": "InternalServerError", "message": "Internal server error"}
NAMESPACE = "ns.servicebus.windows.net"


@pytest.fixture
async def stage(request):
    async with new_stage(request) as made:
        made.handle()
        yield made


def message(data_type, data, **more):
    """A reply as a JSON client reads it."""
    return {"type": "message", "from": "server", "dataType": data_type, "data": data, **more}


# Notifications


async def test_connected_and_disconnected_are_told_once_each(stage):
    async with stage.hub.json_client(user_id="alice") as client:
        connected = await stage.upstream.event("connected")
        await client.socket.close(1000, "bye")
    disconnected = await stage.upstream.event("disconnected")
    await stage.settle()
    assert [call.name for call in stage.upstream.events()] == ["connect", "connected", "disconnected"]
    for call, event_id in ((connected, "1"), (disconnected, "2")):
        assert call["ce-type"] == f"azure.webpubsub.sys.{call.name}"
        assert call["ce-source"] == f"/hubs/{stage.hub.name}/client/{client.id}"
        assert (call["ce-id"], call["ce-connectionId"]) == (event_id, client.id)
        assert (call["ce-userId"], call["ce-subprotocol"], call["ce-hub"]) == ("alice", JSON, stage.hub.name)
        assert call["Content-Type"] == "application/json; charset=utf-8"
        assert call["WebHook-Request-Origin"] == "127.0.0.1"
        assert "ce-connectionstate" not in call.names
    assert connected.body == b"{}"
    assert disconnected.json == {"reason": "bye"}


@pytest.mark.parametrize("status", [400, 404, 429])
async def test_a_notification_that_is_refused_is_a_failure_and_harms_nobody(stage, status):
    stage.upstream.on("POST", "/connected", answer(status, "no", state="x", headers=[("Set-Cookie", "a=1")]))
    async with stage.hub.json_client() as client:
        await stage.settle()
        await client.succeeds(type="event", event="order", data=1)
        call = await stage.upstream.event("order")
    assert not {"cookie", "ce-connectionstate"} & call.names
    assert [(failure.event, failure.status) for failure in stage.emulator.failures] == [("connected", status)]


async def test_notifications_are_retried_with_the_same_id(stage):
    stage.upstream.on("POST", "/connected", answer(500), answer(drop=True), answer(408), answer(200))
    async with stage.hub.json_client():
        await stage.settle()
    calls = stage.upstream.events("connected")
    assert [call["ce-id"] for call in calls] == ["1"] * 4
    assert len({call["x-ms-client-request-id"] for call in calls}) == 1
    assert stage.emulator.failures == []


async def test_connected_holds_up_neither_messages_nor_user_events(stage):
    gate = asyncio.Event()
    stage.upstream.on("POST", "/connected", answer(gate=gate))
    async with stage.hub.json_client(user_id="alice", groups=["room"]) as client:
        await stage.upstream.event("connected")
        await asyncio.to_thread(stage.hub.service.send_to_user, "alice", "hi", content_type="text/plain")
        assert (await client.receive())["data"] == "hi"
        await client.succeeds(type="event", event="order", data=1)
        gate.set()


async def test_disconnected_comes_after_connected_was_answered_and_no_departure_cancels_that(stage):
    gate = asyncio.Event()
    stage.upstream.on("POST", "/connected", answer(gate=gate))
    async with stage.hub.json_client() as client:
        connected = await stage.upstream.event("connected")
    await stage.until_traced("disconnected")
    assert stage.upstream.events("disconnected") == []
    assert not connected.gone.is_set()
    gate.set()
    assert (await stage.upstream.event("disconnected"))["ce-connectionId"] == client.id


# Why a connection is over


@pytest.mark.parametrize(("close", "reason"), [((1000, "bye"), "bye"), ((1000, ""), ""), ((4001, "mine"), "mine")])
@pytest.mark.parametrize("subprotocols", [[JSON], None])
async def test_the_reason_of_a_client_that_leaves_is_its_own(stage, subprotocols, close, reason):
    async with open_socket(stage.hub.url(), subprotocols) as socket:
        await stage.upstream.event("connected")
        await socket.close(*close)
    assert (await stage.upstream.event("disconnected")).json == {"reason": reason}


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (None, "Application server closed the connection."),
        ("kicked", "Application server closed the connection. Reason: kicked"),
        ("é" * 300, "Application server closed the connection. Reason: " + "é" * 300),
    ],
)
async def test_the_reason_of_a_closure_by_the_server_is_what_the_client_reads(stage, reason, told):
    options = {} if reason is None else {"reason": reason}
    async with stage.hub.json_client() as client:
        await asyncio.to_thread(stage.hub.service.close_connection, client.id, **options)
        assert (await client.receive())["message"] == told
        assert (await client.end())[0] == 1000
    assert (await stage.upstream.event("disconnected")).json == {"reason": told}


async def test_a_simple_client_closed_by_the_server_is_told_of_the_same(stage):
    async with stage.hub.simple_client(user_id="alice") as client:
        await asyncio.to_thread(stage.hub.service.close_all_connections, reason="over")
        assert (await client.end())[0] == 1000
    reason = "Application server closed the connection. Reason: over"
    assert (await stage.upstream.event("disconnected")).json == {"reason": reason}


@pytest.mark.parametrize(
    ("opcode", "payload", "options", "code", "reason"),
    [
        (BINARY, b"{}", {}, 1003, "The JSON subprotocol requires text messages."),
        (TEXT, b"{", {}, 1007, "The client message is not a valid JSON protocol message."),
        (TEXT, b" " * (MEBIBYTE + 1), {}, 1009, "The client message is too large."),
        (TEXT, b"{}", {"reserved": 4}, 1002, "The client frame is invalid."),
    ],
)
async def test_the_reason_of_a_fault_is_that_of_the_close_frame(stage, opcode, payload, options, code, reason):
    async with wire_client(stage.hub.url()) as client:
        await stage.upstream.event("connected")
        await client.send(opcode, payload, **options)
        assert await client.read_close() == (code, reason)
        await client.send(CLOSE, code.to_bytes(2, "big"))
    assert (await stage.upstream.event("disconnected")).json == {"reason": reason}
    await stage.settle()
    assert len(stage.upstream.events("disconnected")) == 1


async def test_a_client_that_is_cut_off_was_aborted(stage):
    async with wire_client(stage.hub.url()):
        await stage.upstream.event("connected")
    assert (await stage.upstream.event("disconnected")).json == {"reason": "connection aborted"}


async def test_a_client_that_falls_silent_was_aborted(stage):
    async with wire_client(stage.hub.url()):
        await stage.upstream.event("connected")
        for _ in range(2):
            stage.emulator.advance(21)
        assert (await stage.upstream.event("disconnected")).json == {"reason": "connection aborted"}


async def test_when_the_service_ends_every_client_is_told_of(stage):
    async with open_socket(stage.hub.url(), [JSON]), open_socket(stage.hub.url()):
        for _ in range(2):
            await stage.upstream.event("connected")
        await asyncio.to_thread(stage.emulator.stop)
        for _ in range(2):
            assert (await stage.upstream.event("disconnected")).json == {"reason": "server shutting down"}


# What a user event carries


@pytest.mark.parametrize(
    ("members", "content_type", "body"),
    [
        ({"dataType": "text", "data": "hé"}, "text/plain; charset=utf-8", "hé".encode()),
        ({"dataType": "json", "data": {"a": 1}}, "application/json", b'{"a": 1}'),
        ({"dataType": "json", "data": "hi"}, "application/json", b'"hi"'),
        ({"dataType": "json", "data": 1.5}, "application/json", b"1.5"),
        ({"data": [True, None]}, "application/json", b"[true, null]"),
        ({"dataType": "binary", "data": "aGVsbG8="}, "application/octet-stream", b"hello"),
        ({"dataType": "protobuf", "data": "CAE="}, "application/x-protobuf", b"\x08\x01"),
    ],
)
async def test_a_json_client_s_event(stage, members, content_type, body):
    async with stage.hub.json_client(user_id="alice") as client:
        await client.succeeds(type="event", event="Order.Created", **members)
        call = await stage.upstream.event("Order.Created")
    assert (call["Content-Type"], call.body) == (content_type, body)
    assert call.target == "/Order.Created"
    assert (call["ce-type"], call["ce-eventName"]) == ("azure.webpubsub.user.Order.Created", "Order.Created")
    assert (call["ce-id"], call["ce-userId"], call["ce-subprotocol"]) == ("2", "alice", JSON)
    assert call["ce-signature"] == (await stage.upstream.event("connect"))["ce-signature"]
    assert "ackid" not in repr((call.headers, call.body)).lower()


@pytest.mark.parametrize(
    ("data", "content_type"),
    [("hé", "text/plain; charset=utf-8"), (b"\x00\xff", "application/octet-stream"), ('{"a":1}', None), ("", None)],
)
async def test_a_simple_client_s_frame_is_the_event_message(stage, data, content_type):
    async with stage.hub.simple_client() as client:
        await client.send(data)
        call = await stage.upstream.event("message")
    assert call["Content-Type"] == (content_type or "text/plain; charset=utf-8")
    assert call.body == (data if isinstance(data, bytes) else data.encode())
    assert call["ce-type"] == "azure.webpubsub.user.message"
    assert "ce-subprotocol" not in call.names


async def test_a_user_event_called_like_a_system_event_is_none(stage):
    stage.handle(stage.handler("/system", None, ["connected"]), stage.handler("/user", "connected", []))
    async with stage.hub.json_client() as client:
        await client.succeeds(type="event", event="connected", data=1)
    await stage.settle()
    assert sorted((call.path, call["ce-type"]) for call in stage.upstream.events()) == [
        ("/system", "azure.webpubsub.sys.connected"),
        ("/user", "azure.webpubsub.user.connected"),
    ]


async def test_sending_to_a_group_never_reaches_the_handler(stage):
    roles = ["webpubsub.joinLeaveGroup", "webpubsub.sendToGroup"]
    async with stage.hub.json_client(roles=roles) as client:
        await client.succeeds(type="joinGroup", group="room")
        await client.succeeds(type="sendToGroup", group="room", data=1, noEcho=True)
        await client.succeeds(type="leaveGroup", group="room")
    await stage.upstream.event("disconnected")
    assert {call.name for call in stage.upstream.events()} == {"connect", "connected", "disconnected"}


# Replies


@pytest.mark.parametrize(
    ("reply", "frame"),
    [
        (text("hé"), message("text", "hé")),
        (answer(200, "hi", "Text/Plain ; charset=utf-8"), message("text", "hi")),
        (answer(201, {"a": [1]}), message("json", {"a": [1]})),
        (answer(200, "null", "application/json"), message("json", None)),
        (answer(200, '"x"', "application/json; charset=utf-8"), message("json", "x")),
        (answer(200, b"\x00\xff", "application/octet-stream"), message("binary", "AP8=")),
        (answer(200, b"\x08\x01", "application/x-protobuf"), message("protobuf", "CAE=")),
        (answer(200, b"\x00\xff"), message("binary", "AP8=")),
    ],
)
async def test_a_json_client_reads_the_reply_and_then_the_ack(stage, reply, frame):
    stage.upstream.on("POST", "/order", reply)
    async with stage.hub.json_client() as client:
        await client.send(type="event", event="order", data=1, ackId=1)
        assert await client.receive() == frame
        assert await client.receive() == {"type": "ack", "ackId": 1, "success": True}
        await client.send(type="event", event="order", data=1)
        assert await client.receive() == frame
        await client.hears_nothing()


@pytest.mark.parametrize(
    ("reply", "frame"),
    [
        (text("hé"), "hé"),
        (answer(200, {"a": 1}), '{"a": 1}'),
        (answer(200, "{", "application/json"), "{"),
        (answer(200, b"\x00\xff", "application/octet-stream"), b"\x00\xff"),
        (answer(200, b"\x08\x01", "application/x-protobuf"), b"\x08\x01"),
        (answer(200, b"hi"), b"hi"),
    ],
)
async def test_a_simple_client_reads_the_reply_as_it_is(stage, reply, frame):
    stage.upstream.on("POST", "/message", reply)
    async with stage.hub.simple_client() as client:
        await client.send("hi")
        assert await client.receive() == frame


@pytest.mark.parametrize("reply", [answer(204), answer(200), answer(200, "", "text/html")])
async def test_an_empty_reply_is_no_message(stage, reply):
    stage.upstream.on("POST", "/order", reply)
    stage.upstream.on("POST", "/message", reply, text("second"))
    async with stage.hub.json_client() as client, stage.hub.simple_client() as simple:
        await client.succeeds(type="event", event="order", data=1)
        await client.hears_nothing()
        await simple.send("first")
        await simple.send("second")
        assert await simple.receive() == "second"


async def test_a_reply_goes_to_the_caller_only(stage):
    stage.upstream.on("POST", "/order", text("for you"))
    async with (
        stage.hub.json_client(user_id="alice", groups=["a"]) as one,
        stage.hub.json_client(user_id="alice", groups=["a"]) as other,
    ):
        await one.send(type="event", event="order", data=1)
        assert (await one.receive())["data"] == "for you"
        await other.hears_nothing()


async def test_a_reply_may_have_16_mib(stage):
    stage.upstream.on("POST", "/message", answer(200, chunks=16))
    async with stage.hub.simple_client() as client:
        await client.send("hi")
        assert len(await client.receive()) == 16 * MEBIBYTE


# Failures

FAILURES = [
    (answer(400, "secret", "text/plain"), "status"),
    (answer(404), "status"),
    (answer(429, headers=[("Retry-After", "0")]), "status"),
    (answer(302, headers=[("Location", "/elsewhere")]), "redirect"),
    (answer(200, "<p>hi", "text/html; charset=utf-8"), "badContentType"),
    (answer(200, "hi", "application/xml"), "badContentType"),
    (answer(200, "{", "application/json"), "badData"),
    (answer(200, b"\xff", "text/plain"), "badData"),
    (answer(200, announced=16 * MEBIBYTE + 1), "tooLarge"),
    (answer(200, chunks=17), "tooLarge"),
]


@pytest.mark.parametrize(("reply", "kind"), FAILURES)
async def test_a_failed_event_of_a_json_client_is_refused_if_it_has_an_ack_id_and_the_client_stays(stage, reply, kind):
    reply.headers.append(("ce-connectionState", "lost"))
    reply.headers.append(("X-WebPubSub-Metadata-a", "lost"))
    stage.upstream.on("POST", "/order", reply)
    async with stage.hub.json_client() as client:
        await client.send(type="event", event="order", data=1)
        await client.hears_nothing()
        await client.send(type="event", event="order", data=1, ackId=7)
        assert await client.receive() == {"type": "ack", "ackId": 7, "success": False, "error": FAILED}
        assert stage.kinds == [kind] * 2
        assert len(stage.upstream.events("order")) == 2
        stage.upstream.on("POST", "/order", text("again"))
        await client.send(type="event", event="order", data=1, ackId=7)
        assert await client.receive() == message("text", "again")
        assert await client.receive() == {"type": "ack", "ackId": 7, "success": True}
    assert "ce-connectionstate" not in stage.upstream.events("order")[-1].names


@pytest.mark.parametrize(
    ("reply", "kind"),
    [each for each in FAILURES if each[1] != "badData"] + [(answer(200, b"\xff", "text/plain"), "badData")],
)
async def test_a_failed_event_closes_a_simple_client_with_1011(stage, reply, kind):
    stage.upstream.on("POST", "/message", reply)
    async with stage.hub.simple_client() as client:
        await client.send("first")
        await client.send("second")
        assert await client.end() == (1011, "Internal server error")
    assert (await stage.upstream.event("disconnected")).json == {"reason": "Internal server error"}
    assert stage.kinds == [kind]
    assert len(stage.upstream.events("message")) == 1


async def test_a_json_client_is_closed_as_well_where_the_options_say_so(stage):
    stage.configure(drop_on_event_failure=True)
    stage.upstream.on("POST", "/order", answer(400))
    async with stage.hub.json_client() as client:
        assert await client.fails(type="event", event="order", data=1) == "InternalServerError"
        assert await client.end() == (1011, "Internal server error")


@pytest.mark.parametrize("status", [408, 500, 502, 599])
async def test_a_failing_handler_is_asked_four_times(stage, status):
    stage.upstream.on("POST", "/order", answer(status))
    async with stage.hub.json_client() as client:
        assert await client.fails(type="event", event="order", data={"a": 1}) == "InternalServerError"
    calls = stage.upstream.events("order")
    assert [(call["ce-id"], call.body) for call in calls] == [("2", b'{"a": 1}')] * 4
    assert len({call["x-ms-client-request-id"] for call in calls}) == 1
    assert (stage.failure.kind.value, stage.failure.status, stage.failure.attempts) == ("status", status, 4)


async def test_a_handler_that_recovers_has_its_reply_delivered_once(stage):
    stage.upstream.on("POST", "/order", answer(503), answer(drop=True), text("at last"))
    async with stage.hub.json_client() as client:
        await client.send(type="event", event="order", data=1, ackId=1)
        assert await client.receive() == message("text", "at last")
        assert (await client.receive())["success"] is True
        await client.hears_nothing()
    assert len(stage.upstream.events("order")) == 3


async def test_a_handler_that_hangs_up_fails_after_four_attempts(stage):
    stage.upstream.on("POST", "/order", answer(drop=True))
    async with stage.hub.json_client() as client:
        await client.fails(type="event", event="order", data=1)
    assert len(stage.upstream.events("order")) == 4
    assert (stage.failure.kind.value, stage.failure.attempts) == ("unreachable", 4)


async def test_a_handler_that_is_not_there_fails_after_four_attempts(stage, closed_port):
    stage.configure(validation=False)
    stage.handle(EventHandler(f"http://127.0.0.1:{closed_port}/", "*"))
    async with stage.hub.json_client() as client:
        await client.fails(type="event", event="order", data=1)
    assert (stage.failure.kind.value, stage.failure.attempts) == ("unreachable", 4)


async def test_a_handler_that_is_silent_fails_at_its_time_limit_and_is_not_asked_again(stage):
    stage.configure(event_timeout=100)
    stage.upstream.on("POST", "/order", answer(gate=asyncio.Event()), text("second"))
    async with stage.hub.json_client() as client:
        await client.send(type="event", event="order", data=1, ackId=1)
        call = await stage.upstream.event("order")
        stage.emulator.advance(99)
        assert not call.gone.is_set()
        stage.emulator.advance(1.5)
        assert (await client.receive())["success"] is False
        async with asyncio.timeout(WAIT):
            await call.gone.wait()
    assert (stage.failure.kind.value, stage.failure.attempts) == ("timeout", 1)


async def test_the_time_limit_is_for_the_headers_and_the_body_gets_as_long_again(stage):
    stage.configure(event_timeout=10)
    headers, body = asyncio.Event(), asyncio.Event()
    stage.upstream.on("POST", "/order", text("late", gate=headers, body_gate=body))
    emulator = stage.emulator

    def next_timer():
        return emulator._call(lambda: emulator._clock.next_due)

    async with stage.hub.json_client() as client:
        await stage.settle()
        await client.send(type="event", event="order", data=1)
        await stage.upstream.event("order")
        first_limit = next_timer()
        emulator.advance(6)
        assert next_timer() == first_limit
        headers.set()
        async with asyncio.timeout(WAIT):
            while next_timer() == first_limit:
                await asyncio.sleep(0.01)
        emulator.advance(6)
        body.set()
        assert await client.receive() == message("text", "late")


async def test_no_redirect_is_followed(stage):
    stage.upstream.on("POST", "/order", answer(308, headers=[("Location", f"{stage.upstream.url}/elsewhere")]))
    async with stage.hub.json_client() as client:
        await client.fails(type="event", event="order", data=1)
    assert "/elsewhere" not in [call.path for call in stage.upstream.log]


async def test_an_event_nobody_takes_fails(stage):
    stage.handle(stage.handler("/{event}", "order, delivery", ["connected"]))
    async with stage.hub.json_client() as client, stage.hub.simple_client() as simple:
        await client.succeeds(type="event", event="ORDER", data=1)
        await client.succeeds(type="event", event="delivery", data=1)
        assert (await client.ask(type="event", event="orders", data=1))["error"] == FAILED
        await client.send(type="event", event="orders", data=1)
        await client.hears_nothing()
        await simple.send("hi")
        assert await simple.end() == (1011, "Internal server error")
    assert stage.kinds == ["noHandler"] * 3


# Ack ids


async def test_an_ack_id_that_succeeded_is_a_duplicate_and_the_handler_is_not_asked(stage):
    stage.upstream.on("POST", "/order", text("hi"))
    async with stage.hub.json_client() as client:
        await client.send(type="event", event="order", data=1, ackId=1)
        assert (await client.receive())["type"] == "message"
        assert (await client.receive())["success"] is True
        assert await client.fails(type="event", event="order", data=1, ackId=1) == "Duplicate"
        assert await client.fails(type="event", event="another", data=1, ackId=1) == "Duplicate"
    assert len(stage.upstream.events("order")) == 1


async def test_an_ack_id_belongs_to_its_connection(stage):
    async with stage.hub.json_client() as one, stage.hub.json_client() as other:
        await one.succeeds(type="event", event="order", data=1, ackId=1)
        await other.succeeds(type="event", event="order", data=1, ackId=1)


# Metadata, state, cookies


async def test_metadata_travels_as_headers_and_back(stage):
    headers = [
        ("X-WebPubSub-Metadata-Trace", "lost"),
        ("x-webpubsub-metadata-TRACE", "first, second , third "),
        ("X-WebPubSub-Metadata-", "nameless"),
    ]
    stage.upstream.on("POST", "/order", answer(200, "hi", "text/plain", headers=headers), answer(204, headers=headers))
    async with stage.hub.json_client() as client:
        metadata = {"Trace-Id": "a, b", "k": ""}
        await client.send(type="event", event="order", data=1, metadata=metadata, ackId=1)
        assert await client.receive() == message("text", "hi", metadata={"trace": "third"})
        assert (await client.receive())["type"] == "ack"
        await client.send(type="event", event="order", data=1)
        assert await client.receive() == message("text", "", metadata={"trace": "third"})
    first, second = stage.upstream.events("order")
    assert (first["X-WebPubSub-Metadata-trace-id"], first["X-WebPubSub-Metadata-k"]) == ("a, b", "")
    assert [name for name, _ in first.headers if "etadata" in name] == [
        "X-WebPubSub-Metadata-trace-id",
        "X-WebPubSub-Metadata-k",
    ]
    assert "metadata" not in repr(second.headers).lower()


async def test_metadata_without_a_body_is_an_empty_text_for_a_simple_client(stage):
    stage.upstream.on("POST", "/message", answer(204, headers=[("X-WebPubSub-Metadata-a", "1")]))
    async with stage.hub.simple_client() as client:
        await client.send("hi")
        assert await client.receive() == ""


@pytest.mark.parametrize("value", ["é", "x" * 1025])
async def test_metadata_beyond_its_limits_is_a_failure(stage, value):
    stage.upstream.on("POST", "/order", text("hi", headers=[("X-WebPubSub-Metadata-a", value)]))
    async with stage.hub.json_client() as client:
        await client.fails(type="event", event="order", data=1)
    assert stage.kinds == ["badMetadata"]


async def test_a_state_is_kept_replaced_and_emptied(stage):
    replies = [
        answer(204, state="one"),
        answer(204),
        answer(400, state="lost"),
        answer(200, "<p>", "text/html", state="lost"),
        answer(204, state="two", headers=[("ce-connectionState", "lost")]),
        answer(204, state=""),
        answer(204),
    ]
    stage.upstream.on("POST", "/order", *replies)
    stage.upstream.on("POST", "/connected", answer(204, state="lost"))
    async with stage.hub.json_client() as client:
        await stage.settle()
        for _ in replies:
            await client.ask(type="event", event="order", data=1)
    states = [call["ce-connectionState"] for call in stage.upstream.events("order")]
    assert states == [None, "one", "one", "one", "one", "two", ""]
    assert (await stage.upstream.event("disconnected"))["ce-connectionState"] == ""


async def test_a_state_is_its_connections_own(stage):
    stage.upstream.on("POST", "/order", answer(204, state="one"))
    async with stage.hub.json_client() as one, stage.hub.json_client() as other:
        await one.succeeds(type="event", event="order", data=1)
        await other.succeeds(type="event", event="order", data=1)
    assert [call["ce-connectionState"] for call in stage.upstream.events("order")] == [None, None]


async def test_a_state_beyond_ascii_fails_the_events_after_it_without_a_retry(stage):
    stage.upstream.on("POST", "/order", answer(204, state="é"))
    async with stage.hub.json_client() as client:
        await client.succeeds(type="event", event="order", data=1)
        await client.fails(type="event", event="order", data=1)
    await stage.settle()
    assert stage.kinds == ["header", "header"]  # the second event, and `disconnected`
    assert len(stage.upstream.events("order")) == 1


async def test_cookies_are_kept_for_each_connection_and_sent_back_where_they_belong(stage):
    def set_cookies(*cookies, status=204):
        return answer(status, headers=[("Set-Cookie", cookie) for cookie in cookies])

    stage.upstream.on("OPTIONS", "/validate", Answer(200, [("WebHook-Allowed-Origin", "*"), ("Set-Cookie", "v=1")]))
    stage.upstream.on("POST", "/connect", set_cookies("a=1", "b=2; Path=/order"), set_cookies("a=9"))
    stage.upstream.on("POST", "/connected", set_cookies("c=3; HttpOnly; SameSite=Strict"), answer(204))
    stage.upstream.on(
        "POST", "/order", set_cookies("a=; Max-Age=0", "d=4"), set_cookies("e=5", status=400), answer(204)
    )
    async with stage.hub.json_client() as one:
        await stage.settle()
        async with stage.hub.json_client() as other:
            await stage.settle()
            await one.succeeds(type="event", event="order", data=1)
            await one.fails(type="event", event="order", data=1)
            await one.succeeds(type="event", event="order", data=1)
            await other.succeeds(type="event", event="order", data=1)
    for _ in range(2):
        await stage.upstream.event("disconnected")

    def sent(call):
        return set(call["Cookie"].split("; ")) if call["Cookie"] else set()

    cookies = {client.id: [] for client in (one, other)}
    for call in stage.upstream.events():
        cookies[call["ce-connectionId"]].append((call.name, sent(call)))
    assert cookies[one.id] == [
        ("connect", set()),
        ("connected", {"a=1"}),
        ("order", {"a=1", "b=2", "c=3"}),
        ("order", {"b=2", "c=3", "d=4"}),
        ("order", {"b=2", "c=3", "d=4"}),
        ("disconnected", {"c=3", "d=4"}),
    ]
    assert cookies[other.id] == [
        ("connect", set()),
        ("connected", {"a=9"}),
        ("order", {"a=9"}),
        ("disconnected", {"a=9"}),
    ]


# Which handler


async def test_the_first_handler_that_takes_an_event_gets_it_alone(stage):
    stage.handle(
        stage.handler("/one", "Order,cancel", ["connected"]),
        stage.handler("/two", "order", ["connect", "connected"]),
        stage.handler("/rest", "*", []),
    )
    async with stage.hub.json_client() as client:
        for event in ("order", "cancel", "other"):
            await client.succeeds(type="event", event=event, data=1)
    await stage.settle()
    assert sorted((call.name, call.path) for call in stage.upstream.events()) == [
        ("cancel", "/one"),
        ("connect", "/two"),
        ("connected", "/one"),
        ("order", "/one"),
        ("other", "/rest"),
    ]


async def test_new_settings_count_for_the_next_event_of_those_who_are_connected(stage):
    gate = asyncio.Event()
    stage.upstream.on("POST", "/order", text("old", gate=gate))
    stage.upstream.on("POST", "/new/order", text("new"))
    async with stage.hub.json_client() as client:
        await client.send(type="event", event="order", data=1)
        await stage.upstream.event("order")
        stage.handle(stage.handler("/new/{event}", "*", ["disconnected"]))
        gate.set()
        assert await client.receive() == message("text", "old")
        await client.send(type="event", event="order", data=1)
        assert await client.receive() == message("text", "new")
    assert (await stage.upstream.event("disconnected")).path == "/new/disconnected"


async def test_settings_that_are_wrong_change_nothing(stage):
    with pytest.raises(ValueError, match="wildcards"):
        stage.handle(EventHandler("http://127.0.0.1:1/", "order.*"))
    async with stage.hub.json_client() as client:
        await client.succeeds(type="event", event="order", data=1)


async def test_a_handler_with_managed_identity_gets_a_token_it_can_verify_and_a_validation_none(stage):
    stage.handle(stage.handler(auth_type="ManagedIdentity", auth_resource="api://my-app"))
    async with stage.hub.json_client() as client:
        await client.succeeds(type="event", event="order", data=1)
    await stage.upstream.event("disconnected")
    for call in stage.upstream.events():
        scheme, token = call["Authorization"].split(" ")
        claims = jwt.decode(token, stage.emulator.access_key, algorithms=["HS256"], audience="api://my-app")
        assert scheme == "Bearer"
        assert claims["iss"] == "urn:wpslab:emulator"
        assert claims["exp"] > claims["iat"]
        assert call["ce-signature"].startswith("sha256=")
    assert all("authorization" not in call.names for call in stage.upstream.validations)


# Order


async def test_a_clients_next_message_waits_until_the_one_before_it_was_answered(stage):
    gate = asyncio.Event()
    stage.upstream.on("POST", "/first", text("1", gate=gate))
    stage.upstream.on("POST", "/second", text("2"))
    async with stage.hub.json_client(roles=["webpubsub.sendToGroup"]) as client, stage.hub.json_client() as other:
        await client.send(type="event", event="first", data=1, ackId=1)
        await client.send(type="event", event="second", data=1, ackId=2)
        await client.send(type="ping")
        await stage.upstream.event("first")
        await other.succeeds(type="event", event="meanwhile", data=1)
        assert stage.upstream.events("second") == []
        gate.set()
        frames = [await client.receive() for _ in range(5)]
    assert [frame.get("data") or frame.get("ackId") or frame["type"] for frame in frames] == ["1", 1, "2", 2, "pong"]
    assert [call.name for call in stage.upstream.events() if call.name in ("first", "second")] == ["first", "second"]


async def test_messages_from_others_reach_a_client_whose_event_is_not_answered_yet(stage):
    gate = asyncio.Event()
    stage.upstream.on("POST", "/order", answer(gate=gate))
    async with stage.hub.json_client() as client:
        await client.send(type="event", event="order", data=1, ackId=1)
        await stage.upstream.event("order")
        await asyncio.to_thread(stage.hub.service.send_to_all, {"n": 1})
        assert (await client.receive())["data"] == {"n": 1}
        gate.set()
        assert (await client.receive())["success"] is True


async def test_a_websocket_ping_is_answered_while_the_handler_thinks(stage):
    gate = asyncio.Event()
    stage.upstream.on("POST", "/message", text("done", gate=gate))
    async with stage.hub.simple_client() as client:
        await client.send("hi")
        await stage.upstream.event("message")
        async with asyncio.timeout(WAIT):
            await (await client.socket.ping())
        gate.set()
        assert await client.receive() == "done"


async def test_many_messages_wait_in_order_behind_a_slow_answer(stage):
    gate = asyncio.Event()
    stage.upstream.on("POST", "/message", answer(gate=gate), answer(204))
    count = 200
    async with stage.hub.simple_client() as client:
        for number in range(count):
            await client.send(str(number))
        await stage.upstream.event("message")
        gate.set()
        for number in range(1, count):
            assert (await stage.upstream.event("message")).body == str(number).encode()


async def test_a_slow_handler_holds_up_one_client_of_a_hundred(stage):
    gate = asyncio.Event()
    stage.handle(stage.handler(system_events=[]))
    stage.upstream.on("POST", "/slow", answer(gate=gate))
    stage.upstream.on("POST", "/quick", text("quick"))
    async with stage.hub.json_client() as slow:
        await slow.send(type="event", event="slow", data=1, ackId=1)
        await stage.upstream.event("slow")

        async def talk():
            async with stage.hub.json_client() as client:
                await client.send(type="event", event="quick", data=1, ackId=1)
                assert (await client.receive())["data"] == "quick"
                assert (await client.receive())["success"] is True

        async with asyncio.timeout(WAIT):
            await asyncio.gather(*(talk() for _ in range(99)))
        assert len(stage.upstream.events("quick")) == 99
        gate.set()
        assert (await slow.receive())["success"] is True


async def test_a_hundred_events_are_at_the_handler_at_once(stage):
    gate = asyncio.Event()
    stage.handle(stage.handler(system_events=[]))
    stage.upstream.on("POST", "/slow", answer(gate=gate))

    async def talk():
        async with stage.hub.json_client() as client:
            await client.succeeds(type="event", event="slow", data=1)

    talks = [asyncio.create_task(talk()) for _ in range(100)]
    for _ in range(100):
        await stage.upstream.event("slow")
    gate.set()
    async with asyncio.timeout(WAIT):
        await asyncio.gather(*talks)


# Leaving while the handler thinks


@pytest.mark.parametrize("subprotocol", [JSON, None])
async def test_the_request_of_a_client_whose_line_is_lost_is_aborted_and_it_is_told_of_once(stage, subprotocol):
    frame = b'{"type":"event","event":"message","data":1}'
    stage.upstream.on("POST", "/message", answer(gate=asyncio.Event()))
    async with wire_client(stage.hub.url(), subprotocol) as client:
        for _ in range(100):
            await client.send(TEXT, frame)
        call = await stage.upstream.event("message")
    async with asyncio.timeout(WAIT):
        await call.gone.wait()
    assert (await stage.upstream.event("disconnected")).json == {"reason": "connection aborted"}
    await stage.settle()
    assert len(stage.upstream.events("message")) == 1
    assert len(stage.upstream.events("disconnected")) == 1


@pytest.mark.parametrize("subprotocol", [JSON, None])
async def test_client_that_says_goodbye_behind_its_messages_has_all_of_them_answered_first(stage, subprotocol):
    frame = b'{"type":"event","event":"message","data":1}'
    gate = asyncio.Event()
    stage.upstream.on("POST", "/message", answer(gate=gate))
    async with wire_client(stage.hub.url(), subprotocol) as client:
        for _ in range(3):
            await client.send(TEXT, frame)
        await client.send(CLOSE, (1000).to_bytes(2, "big") + b"bye")
        call = await stage.upstream.event("message")
        gate.set()
        assert (await client.read_close())[0] == 1000
    assert (await stage.upstream.event("disconnected")).json == {"reason": "bye"}
    await stage.settle()
    assert len(stage.upstream.events("message")) == 3
    assert not call.gone.is_set()


async def test_the_request_of_a_client_that_is_closed_by_the_server_ends_with_it(stage):
    stage.upstream.on("POST", "/order", answer(gate=asyncio.Event()))
    async with stage.hub.json_client() as client:
        await client.send(type="event", event="order", data=1, ackId=1)
        call = await stage.upstream.event("order")
        await asyncio.to_thread(stage.hub.service.close_connection, client.id, reason="kicked")
        assert (await client.receive())["type"] == "system"
        assert (await client.end())[0] == 1000
        async with asyncio.timeout(WAIT):
            await call.gone.wait()
    reason = "Application server closed the connection. Reason: kicked"
    assert (await stage.upstream.event("disconnected")).json == {"reason": reason}


async def test_a_retry_that_is_due_ends_with_its_client(stage):
    stage.configure(retry_delays=(30.0,))
    stage.upstream.on("POST", "/order", answer(503))
    async with stage.hub.json_client() as client:
        await client.send(type="event", event="order", data=1, ackId=1)
        await stage.until_traced("retry")
    await stage.upstream.event("disconnected")
    stage.emulator.advance(31)
    await stage.settle()
    assert len(stage.upstream.events("order")) == 1


# Listeners


def listener(pattern="*", system_events=("connected", "disconnected"), name="events"):
    return EventListener(NAMESPACE, name, pattern, system_events)


async def test_a_listener_hears_every_event_as_a_message_with_properties(stage):
    stage.upstream.on("POST", "/connect", answer(200, {}, state="kept"))
    stage.emulator.configure_hub(stage.hub.name, event_listeners=[listener()])
    async with stage.hub.json_client(user_id="alice") as client:
        await client.succeeds(type="event", event="order", dataType="text", data="hi", metadata={"K": "v"})
        await client.socket.close(1000, "bye")
    await stage.upstream.event("disconnected")
    connected, order, disconnected = stage.emulator.events_of(NAMESPACE, "events")
    call = await stage.upstream.event("order")
    assert order["properties"] == {
        "cloudEvents:specversion": "1.0",
        "cloudEvents:awpsversion": "1.0",
        "cloudEvents:type": "azure.webpubsub.user.order",
        "cloudEvents:source": call["ce-source"],
        "cloudEvents:id": call["ce-id"],
        "cloudEvents:time": call["ce-time"],
        "cloudEvents:hub": stage.hub.name,
        "cloudEvents:eventname": "order",
        "cloudEvents:connectionid": client.id,
        "cloudEvents:userid": "alice",
        "cloudEvents:subprotocol": JSON,
        "cloudEvents:connectionstate": "kept",
        "x-webpubsub-metadata-k": "v",
    }
    assert (order["content_type"], order["body"]) == ("text/plain", b"hi")
    assert (order["message_id"], order["partition_key"]) == (f"{client.id}/2", client.id)
    assert (connected["body"], connected["content_type"]) == (b"{}", "application/json; charset=utf-8")
    assert json.loads(disconnected["body"]) == {"reason": "bye"}
    assert [each["properties"]["cloudEvents:id"] for each in (connected, disconnected)] == ["1", "3"]


async def test_a_listener_alone_makes_an_event_a_success_without_a_reply(stage):
    stage.emulator.configure_hub(stage.hub.name, event_handlers=[], event_listeners=[listener("order,message", ())])
    async with stage.hub.json_client() as client, stage.hub.simple_client() as simple:
        await client.succeeds(type="event", event="order", data=1, ackId=1)
        assert await client.fails(type="event", event="order", data=1, ackId=1) == "Duplicate"
        assert await client.fails(type="event", event="other", data=1) == "InternalServerError"
        await simple.send(b"\x00")
        async with asyncio.timeout(WAIT):
            await (await simple.socket.ping())
    bodies = [each["body"] for each in stage.emulator.events_of(NAMESPACE, "events")]
    assert bodies == [b"1", b"\x00"]


async def test_every_listener_hears_an_event_before_the_handler_and_whatever_that_answers(stage):
    listeners = [listener(), listener(), listener("other", (), "others")]
    stage.emulator.configure_hub(stage.hub.name, event_listeners=listeners)
    stage.upstream.on("POST", "/order", answer(gate=asyncio.Event()), answer(400))
    async with stage.hub.json_client() as client:
        await client.send(type="event", event="order", data=1)
        await stage.upstream.event("order")
        names = [
            each["properties"]["cloudEvents:eventname"]
            for each in stage.emulator.events_of(NAMESPACE.upper(), "EVENTS")
        ]
        assert names == ["connected", "connected", "order", "order"]
    assert stage.emulator.events_of(NAMESPACE, "others") == []


async def test_binary_data_reaches_a_listener_as_it_is(stage):
    stage.emulator.configure_hub(stage.hub.name, event_listeners=[listener("*", ())])
    async with stage.hub.json_client() as client:
        data = base64.b64encode(b"\x00\xff").decode()
        await client.succeeds(type="event", event="blob", dataType="binary", data=data)
    (heard,) = stage.emulator.events_of(NAMESPACE, "events")
    assert (heard["content_type"], heard["body"]) == ("application/octet-stream", b"\x00\xff")


# The rest of what may happen


async def test_an_event_nobody_takes_still_uses_up_an_id(stage):
    stage.handle(stage.handler("/{event}", "order", []))
    async with stage.hub.json_client() as client:
        await client.fails(type="event", event="other", data=1)
        await client.succeeds(type="event", event="order", data=1)
    assert [(call.name, call["ce-id"]) for call in stage.upstream.events()] == [("order", "3")]


async def test_a_simple_client_that_sends_to_a_group_raises_no_events(stage):
    token = {"roles": ["webpubsub.sendToGroup.room"], "groups": ["room"]}
    url = stage.hub.url(**token, webpubsub_mode="sendToGroup", group="room")
    async with stage.hub.simple_client(url=url) as client:
        await client.send("hi")
        assert await client.receive() == "hi"
    await stage.upstream.event("disconnected")
    assert stage.upstream.events("message") == []


async def test_a_large_binary_reply_reaches_a_json_client(stage):
    stage.upstream.on("POST", "/order", answer(200, chunks=16))
    async with stage.hub.json_client() as client:
        await client.send(type="event", event="order", data=1, ackId=1)
        assert len(base64.b64decode((await client.receive())["data"])) == 16 * MEBIBYTE
        assert (await client.receive())["success"] is True


async def test_a_body_that_breaks_off_is_a_network_error_and_retried(stage):
    stage.upstream.on("POST", "/order", answer(200, "cut", "text/plain", announced=10), text("whole"))
    async with stage.hub.json_client() as client:
        await client.send(type="event", event="order", data=1)
        assert await client.receive() == message("text", "whole")
    assert len(stage.upstream.events("order")) == 2


async def test_an_answer_that_is_no_http_is_a_failure(stage):
    stage.upstream.on("POST", "/order", answer(200, headers=[("no\x00header", "x")]))
    async with stage.hub.json_client() as client:
        await client.fails(type="event", event="order", data=1)
    assert stage.kinds == ["unreachable"]


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (answer(200, b"no gzip", "text/plain", headers=[("Content-Encoding", "gzip")]), "unreachable"),
        (answer(200, gzip.compress(bytes(17 * MEBIBYTE)), headers=[("Content-Encoding", "gzip")]), "tooLarge"),
        (answer(200, b"hi", "text/plain", headers=[("X-Long", "a" * 100_000)]), "unreachable"),
    ],
)
async def test_an_answer_that_cannot_be_read_is_a_failure(stage, reply, kind):
    stage.configure(retry_delays=())
    stage.upstream.on("POST", "/order", reply, answer(204))
    async with stage.hub.json_client() as client:
        await client.fails(type="event", event="order", data=1)
        await client.succeeds(type="event", event="order", data=1)
    assert stage.kinds == [kind]


async def test_cookies_that_are_none_harm_nobody(stage):
    cookies = ["a=\x01b; =; ;;; Expires=never", "a=b; Domain=.; Path=x; Max-Age=z", "=", "ok=1"]
    stage.upstream.on("POST", "/order", answer(204, headers=[("Set-Cookie", cookie) for cookie in cookies]))
    async with stage.hub.json_client() as client:
        await client.succeeds(type="event", event="order", data=1)
        await client.succeeds(type="event", event="order", data=1)
    assert "ok=1" in stage.upstream.events("order")[1]["Cookie"].split("; ")


async def test_the_query_of_the_template_means_the_same_to_the_handler(stage):
    query = "code=a%2Fb%3D%3D+c%2B&x=a=b&empty=&{unknown}={Event}"
    stage.handle(stage.handler(f"/a%2Fb/{{HUB}}?{query}", system_events=[]))
    async with stage.hub.json_client() as client:
        await client.succeeds(type="event", event="order", data=1)
    (call,) = stage.upstream.events()
    assert call.path == f"/a%2Fb/{stage.hub.name}"
    assert parse_qsl(call.query, keep_blank_values=True) == parse_qsl(
        query.replace("{Event}", "order"), keep_blank_values=True
    )


async def test_a_client_that_is_cut_off_behind_many_messages_is_told_of_once(stage):
    gate = asyncio.Event()
    stage.upstream.on("POST", "/message", answer(gate=gate), answer(204))
    async with wire_client(stage.hub.url(), None) as client:
        for _ in range(200):
            await client.send(TEXT, b"x")
        await stage.upstream.event("message")
    gate.set()
    assert (await stage.upstream.event("disconnected")).json == {"reason": "connection aborted"}
    await stage.settle()
    assert len(stage.upstream.events("disconnected")) == 1


async def test_nothing_is_kept_of_connections_that_are_over(stage):
    stage.upstream.on("POST", "/connect", answer(204, headers=[("Set-Cookie", "a=1")]))
    stage.upstream.on("POST", "/order", answer(204, headers=[("Set-Cookie", "b=1")]))
    for _ in range(3):
        async with stage.hub.json_client() as client:
            await client.succeeds(type="event", event="order", data=1)
    async with stage.hub.json_client() as client:
        await asyncio.to_thread(stage.hub.service.close_all_connections)
        await client.end()
    async with wire_client(stage.hub.url()):
        pass
    for _ in range(5):
        await stage.upstream.event("disconnected")
    await stage.settle()
    webhooks = stage.emulator._sites.webhooks(stage.emulator._service)
    async with asyncio.timeout(WAIT):
        while webhooks._caller.jars or webhooks._told or webhooks._over:
            await asyncio.sleep(0.01)


async def test_no_cookies_are_kept_of_a_connection_whose_end_nobody_is_told_of(stage):
    stage.handle(stage.handler(system_events=["connect"]))
    stage.upstream.on("POST", "/connect", answer(204, headers=[("Set-Cookie", "a=1")]))
    async with stage.hub.json_client():
        assert len(stage.emulator._sites.webhooks(stage.emulator._service)._caller.jars) == 1
    async with asyncio.timeout(WAIT):
        while stage.emulator._sites.webhooks(stage.emulator._service)._caller.jars:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("path", ["/validate", "/connect", "/connected", "/message"])
async def test_the_service_ends_in_time_while_a_handler_thinks(stage, path):
    method = "OPTIONS" if path == "/validate" else "POST"
    stage.upstream.on(method, path, Answer(200, gate=asyncio.Event()))
    async with knocking(stage.hub.url(), None) as reader:
        if path == "/message":
            await reader.readuntil(b"\r\n\r\n")
            reader._transport.write(b"\x81\x82\x00\x00\x00\x00hi")
        call = await (stage.upstream.validation() if method == "OPTIONS" else stage.upstream.event(path[1:]))
        async with asyncio.timeout(WAIT / 2):
            await asyncio.to_thread(stage.emulator.stop)
            await call.gone.wait()
