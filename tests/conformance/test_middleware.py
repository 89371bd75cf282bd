"""The middleware behind a real server, and the emulator calling it for real clients."""

import asyncio
import queue
from contextlib import contextmanager

import pytest
from websockets.exceptions import InvalidStatus

from wpslab.emulator import EventHandler
from wpslab.upstream import ConnectResponse, Reject, UserEventResponse, WebPubSubEventHandler
from wpslab.upstream.server import UpstreamServer

from .sockets import JSON, WAIT, JsonClient, open_socket

SYSTEM_EVENTS = ("connect", "connected", "disconnected")


class Upstream:
    """A middleware for the hub under test, which the emulator calls once it is served."""

    def __init__(self, hub):
        self.hub = hub
        self.handler = self.made()
        self.notices = queue.Queue()

    def made(self, **options):
        options = options or {"access_keys": [self.hub.target.access_key]}
        return WebPubSubEventHandler(self.hub.name, **options)

    @contextmanager
    def serve(self):
        """Serve the handler, and let the hub send its events there."""
        with UpstreamServer(self.handler) as server:
            self.register(server)
            yield server

    def register(self, server):
        self.hub.target.emulator.configure_hub(
            self.hub.name,
            event_handlers=[EventHandler(f"{server.url}/eventhandler/{{event}}", "*", SYSTEM_EVENTS)],
        )

    def note(self, request):
        """A function for `connected` and `disconnected`."""
        self.notices.put(request)

    async def noted(self):
        return await asyncio.to_thread(self.notices.get, timeout=WAIT)


@pytest.fixture
def upstream(own_hub):
    return Upstream(own_hub)


async def asks(client, data, data_type="text", event="message"):
    """Send an event; return the answer, which comes before the ack."""
    await client.send(type="event", event=event, dataType=data_type, data=data, ackId=1)
    first = await client.receive()
    if first["type"] == "ack":
        return first
    ack = await client.receive()
    assert (ack["type"], ack["success"]) == ("ack", True)
    return first


# connect


async def test_connect_decides_user_groups_and_roles(own_hub, upstream):
    @upstream.handler.connect
    def connect(request):
        return ConnectResponse(user_id="bob", groups=["lobby"], roles=["webpubsub.sendToGroup.lobby"])

    with upstream.serve():
        async with own_hub.json_client(user_id="alice", roles=["webpubsub.joinLeaveGroup"]) as client:
            assert client.connected["userId"] == "bob"
            assert await client.fails(type="joinGroup", group="other") == "Forbidden"
            await client.send(type="sendToGroup", group="lobby", dataType="text", data="hi", ackId=7)
            assert (await client.receive())["data"] == "hi"


async def test_connect_is_told_what_the_client_brings(own_hub, upstream):
    seen = []

    @upstream.handler.connect
    async def connect(request):
        seen.append(request)

    with upstream.serve():
        url = own_hub.url(user_id="Zoë", groups=["g"], room="blue")
        async with own_hub.json_client(url=url, headers={"X-Mine": "yes"}) as client:
            (request,) = seen
            assert request.connection_id == client.id
    assert request.user_id == "Zoë"
    assert request.claims["sub"] == ("Zoë",)
    assert request.query["room"] == ("blue",)
    assert "access_token" not in request.query
    assert request.headers["x-mine"] == ("yes",)
    assert request.subprotocols == (JSON,)
    assert (request.context.event_id, request.context.origin) == (0, "127.0.0.1")


async def test_connect_chooses_a_subprotocol_of_its_own(own_hub, upstream):
    upstream.handler.connect(lambda request: ConnectResponse(subprotocol="chat.v1"))
    with upstream.serve():
        async with open_socket(own_hub.url(), [JSON, "chat.v1"]) as socket:
            assert socket.subprotocol == "chat.v1"


@pytest.mark.parametrize("status", [401, 403, 429])
async def test_reject_is_the_status_the_client_gets(own_hub, upstream, status):
    upstream.handler.connect(lambda request: _raise(Reject(status, "Not today.")))
    with upstream.serve(), pytest.raises(InvalidStatus) as refused:
        async with open_socket(own_hub.url(), [JSON]):
            pass
    assert refused.value.response.status_code == status


async def test_handler_without_functions_lets_everybody_in(own_hub, upstream):
    with upstream.serve():
        async with own_hub.json_client(user_id="alice") as client:
            assert client.connected["userId"] == "alice"
            assert (await asks(client, "hi"))["success"] is True


# User events


@pytest.mark.parametrize(
    ("answer", "data_type", "data"),
    [
        ("tëxt", "text", "tëxt"),
        ({"a": [1]}, "json", {"a": [1]}),
        ([1, 2], "json", [1, 2]),
        (b"\x00\x01", "binary", "AAE="),
        (UserEventResponse("one", "json"), "json", "one"),
        (UserEventResponse(b"\x0a", "protobuf"), "protobuf", "Cg=="),
    ],
)
async def test_answer_reaches_the_client_as_its_type(own_hub, upstream, answer, data_type, data):
    upstream.handler.user_event()(lambda request: answer)
    with upstream.serve():
        async with own_hub.json_client() as client:
            got = await asks(client, "hi")
            assert (got["type"], got["from"], got["dataType"], got["data"]) == ("message", "server", data_type, data)


async def test_no_answer_is_an_ack_and_nothing_else(own_hub, upstream):
    upstream.handler.user_event()(lambda request: None)
    with upstream.serve():
        async with own_hub.json_client() as client:
            await client.succeeds(type="event", event="message", dataType="text", data="hi")
            await client.hears_nothing()


@pytest.mark.parametrize(
    ("data_type", "data", "seen"),
    [("text", "hé", "hé"), ("json", {"a": 1}, {"a": 1}), ("json", False, False), ("binary", "AAE=", b"\x00\x01")],
)
async def test_event_is_read_by_its_type(own_hub, upstream, data_type, data, seen):
    requests = []
    upstream.handler.user_event("Order")(requests.append)
    with upstream.serve():
        async with own_hub.json_client() as client:
            await client.succeeds(type="event", event="order", dataType=data_type, data=data)
    (request,) = requests
    assert (request.event_name, request.data_type, request.data) == ("order", data_type, seen)
    assert request.context.subprotocol == JSON


async def test_simple_client_is_answered_with_frames(own_hub, upstream):
    @upstream.handler.user_event("message")
    async def message(request):
        return request.data

    with upstream.serve():
        async with own_hub.simple_client() as client:
            for frame in ("text", b"\x00\xff"):
                await client.send(frame)
                assert await client.receive() == frame


async def test_rejected_event_fails_and_the_client_stays(own_hub, upstream):
    upstream.handler.user_event()(lambda request: _raise(Reject(422, "Too long.")))
    with upstream.serve():
        async with own_hub.json_client() as client:
            assert await client.fails(type="event", event="e", dataType="text", data="x") == "InternalServerError"
            await client.hears_nothing()


async def test_event_of_one_client_is_answered_to_no_other(own_hub, upstream):
    upstream.handler.user_event()(lambda request: request.user_id)
    with upstream.serve():
        async with own_hub.json_client(user_id="ann") as ann, own_hub.json_client(user_id="bob") as bob:
            assert (await asks(ann, "hi"))["data"] == "ann"
            await bob.hears_nothing()


# State and notifications


async def test_state_comes_back_with_each_later_event(own_hub, upstream):
    upstream.handler.connect(lambda request: ConnectResponse(state={"n": 0}))
    upstream.handler.disconnected(upstream.note)

    @upstream.handler.user_event()
    def count(request):
        state = {"n": request.state["n"] + 1}
        return UserEventResponse(state, state=state)

    with upstream.serve():
        async with own_hub.json_client() as client:
            for number in (1, 2, 3):
                await client.send(type="event", event="e", dataType="text", data="")
                assert (await client.receive())["data"] == {"n": number}
        assert (await upstream.noted()).state == {"n": 3}


async def test_connected_and_disconnected_are_told_of_each_connection(own_hub, upstream):
    upstream.handler.connected(upstream.note)
    upstream.handler.disconnected(upstream.note)
    with upstream.serve():
        async with open_socket(own_hub.url(user_id="alice"), [JSON]) as socket:
            client = JsonClient(socket)
            await client.read_connected()
            connected = await upstream.noted()
            await socket.close(1000, "bye")
        disconnected = await upstream.noted()
    assert [connected.event_name, disconnected.event_name] == ["connected", "disconnected"]
    assert disconnected.reason == "bye"
    assert connected.connection_id == disconnected.connection_id == client.id
    assert connected.context.event_id < disconnected.context.event_id
    assert upstream.notices.empty()


# Trust


@pytest.mark.parametrize("key", ["access_key", "secondary_access_key"])
async def test_signature_is_by_either_key(own_hub, upstream, key):
    upstream.handler = upstream.made(access_keys=[getattr(own_hub.target.emulator, key)])
    upstream.handler.connect(lambda request: ConnectResponse(user_id="checked"))
    with upstream.serve():
        async with own_hub.json_client() as client:
            assert client.connected["userId"] == "checked"


async def test_server_with_another_key_lets_nobody_in(own_hub, upstream):
    upstream.handler = upstream.made(access_keys=["another key"])
    with upstream.serve(), pytest.raises(InvalidStatus, match="401"):
        async with open_socket(own_hub.url(), [JSON]):
            pass


@pytest.mark.parametrize(("origin", "allowed"), [("127.0.0.1", True), ("my.webpubsub.azure.com", False)])
async def test_service_stays_away_from_a_server_that_does_not_allow_it(own_hub, upstream, origin, allowed):
    upstream.handler = upstream.made(access_keys=[own_hub.target.access_key], allowed_origins=[origin])
    upstream.handler.connect(lambda request: ConnectResponse(user_id="called"))
    with upstream.serve():
        if allowed:
            async with own_hub.json_client() as client:
                assert client.connected["userId"] == "called"
        else:
            with pytest.raises(InvalidStatus, match="500"):
                async with open_socket(own_hub.url(), [JSON]):
                    pass


def _raise(error):
    raise error
