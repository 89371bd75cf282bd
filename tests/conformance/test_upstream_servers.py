"""Upstream servers made by others: the official Express middleware, and bare webhooks in Flask and in aiohttp."""

import asyncio
import base64
import contextlib
import json
import queue
import subprocess
import threading

import pytest
from aiohttp import web
from azure.messaging.webpubsubservice import WebPubSubServiceClient
from azure.messaging.webpubsubservice.aio import WebPubSubServiceClient as AsyncWebPubSubServiceClient
from flask import Flask, Response
from flask import request as flask_request
from werkzeug.serving import WSGIRequestHandler, make_server

from wpslab.emulator import EventHandler

from .sockets import JSON, WAIT, open_socket
from .test_javascript import FOLDER, node  # noqa: F401 - a fixture
from .upstreams import ALL_SYSTEM_EVENTS, new_stage, only_for_emulators

HUB = "chat"


@pytest.fixture
async def stage(request):
    async with new_stage(request, hub_name=HUB) as made:
        yield made


def handler(url):
    return EventHandler(url, "*", ALL_SYSTEM_EVENTS)


# The official Express middleware


class ExpressUpstream:
    """The server's process: what it prints is kept until it is asked for."""

    def __init__(self, process):
        self._process = process
        self._lines = queue.Queue()
        self._unread = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.url = f"http://127.0.0.1:{self._lines.get(timeout=WAIT)['port']}"

    def _read(self):
        for line in self._process.stdout:
            self._lines.put(json.loads(line))

    async def event(self, name, connection_id=None):
        """Return what the server printed of an event, of this connection if one is named."""
        return await asyncio.to_thread(self._wait, name, connection_id)

    def _wait(self, name, connection_id):
        while True:
            for line in self._unread:
                if line["name"] == name and connection_id in (None, line["connectionId"]):
                    self._unread.remove(line)
                    return line
            self._unread.append(self._lines.get(timeout=WAIT))

    def close(self):
        self._process.stdin.close()
        self._process.wait(WAIT)
        self._reader.join(WAIT)
        self._process.stdout.close()


@pytest.fixture(scope="module")
def express(request, node):  # noqa: F811
    """The server, once for all."""
    only_for_emulators(request)
    script = str(FOLDER / "express_upstream.mjs")
    process = subprocess.Popen([node, script, HUB], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        with contextlib.closing(ExpressUpstream(process)) as upstream:
            yield upstream
    finally:
        process.kill()
        process.wait(WAIT)


@pytest.fixture
async def express_stage(express, stage):
    stage.handle(handler(f"{express.url}/api/webpubsub/hubs/{{hub}}/{{event}}?code=abc"))
    return stage


async def test_express_lets_a_client_in_and_says_who_it_is(express, express_stage):
    hub = express_stage.hub
    async with hub.json_client(url=hub.url(user_id="alice", groups=["a"], user="bob", tag=["1", "2"])) as client:
        connect = await express.event("connect", client.id)
        assert (connect["userId"], connect["hub"], connect["origin"]) == ("alice", HUB, "127.0.0.1")
        assert connect["claims"]["sub"] == ["alice"]
        assert connect["claims"]["webpubsub.group"] == ["a"]
        assert connect["queries"] == {"user": ["bob"], "tag": ["1", "2"]}
        assert connect["subprotocols"] == [JSON]
        assert connect["signature"].startswith("sha256=")
        assert client.connected["userId"] == "bob"
        connected = await express.event("connected", client.id)
        assert (connected["userId"], connected["states"]) == ("bob", {"visits": 0})
        (known,) = express_stage.emulator.snapshot().hubs[HUB].connections
        assert (known.user_id, known.groups) == ("bob", ("lobby",))
        await client.send(type="sendToGroup", group="lobby", data=1, ackId=1)
        assert (await client.receive())["fromUserId"] == "bob"
        assert (await client.receive())["success"] is True
        assert await client.fails(type="joinGroup", group="a") == "Forbidden"
        await client.socket.close(1000, "bye")
    disconnected = await express.event("disconnected", client.id)
    assert (disconnected["reason"], disconnected["userId"], disconnected["states"]) == ("bye", "bob", {"visits": 0})
    assert express_stage.emulator.failures == []


async def test_express_that_says_nothing_keeps_the_token(express, express_stage):
    async with express_stage.hub.json_client(user_id="alice", silent="1") as client:
        connected = await express.event("connected", client.id)
        assert (connected["userId"], connected["states"]) == ("alice", {})


async def test_express_can_choose_a_custom_subprotocol(express, express_stage):
    async with open_socket(express_stage.hub.url(), ["chat.v1", JSON]) as socket:
        assert socket.subprotocol == "chat.v1"


@pytest.mark.parametrize("status", [400, 401, 500])
async def test_express_can_turn_a_client_away(express, express_stage, status):
    body = "The connect event handler did not let this client in."
    url = express_stage.hub.url(user_id="alice", reject=str(status))
    assert await express_stage.is_rejected(url=url) == (status, body)
    express_stage.configure(forward_rejection=True)
    seen = (await express_stage.is_rejected(url=url))[1]
    assert seen == (body if status == 500 else "the reason is ours")


async def test_express_replies_to_the_events_of_a_json_client(express, express_stage):
    async with express_stage.hub.json_client(user_id="alice") as client:
        await client.send(type="event", event="order", dataType="text", data="hé", ackId=1)
        reply = {"type": "message", "from": "server", "dataType": "text", "data": "you said hé"}
        assert await client.receive() == reply
        assert await client.receive() == {"type": "ack", "ackId": 1, "success": True}
        for visits in (1, 2):
            await client.send(type="event", event="order", data={"a": [visits]})
            assert (await client.receive())["data"] == {"visits": visits, "echo": {"a": [visits]}}
        data = base64.b64encode(b"\x00\xff").decode()
        await client.send(type="event", event="order", dataType="binary", data=data)
        reply = await client.receive()
        assert (reply["dataType"], reply["data"]) == ("binary", data)
        await client.succeeds(type="event", event="quiet", data=1)
        assert await client.fails(type="event", event="refuse", data=1) == "InternalServerError"
        events = [await express.event("user", client.id) for _ in range(6)]
    assert [(each["eventName"], each["dataType"], each["data"]) for each in events] == [
        ("order", "text", "hé"),
        ("order", "json", {"a": [1]}),
        ("order", "json", {"a": [2]}),
        ("order", "binary", [0, 255]),
        ("quiet", "json", 1),
        ("refuse", "json", 1),
    ]
    assert [each["states"]["visits"] for each in events] == [0, 0, 1, 2, 2, 2]


async def test_express_replies_to_the_frames_of_a_simple_client(express, express_stage):
    async with express_stage.hub.simple_client(user_id="alice") as client:
        await client.send("hé")
        assert await client.receive() == "you said hé"
        await client.send(b"\x00\xff")
        assert await client.receive() == b"\x00\xff"
        await client.send("")
        assert await client.receive() == "you said "


async def test_express_that_names_its_services_is_asked_for_the_origin(express, stage):
    stage.handle(handler(f"{express.url}/local/{{event}}"))
    async with stage.hub.json_client(user_id="alice"):
        pass
    stage.handle(handler(f"{express.url}/elsewhere/{{event}}"))
    assert (await stage.is_rejected())[0] == 500
    assert stage.kinds == ["validationWrongOrigin"]


# A bare webhook in Flask


class Quiet(WSGIRequestHandler):
    """Serves without a line on the terminal for each request."""

    def log(self, *_):
        pass


@pytest.fixture
def flask_upstream(stage):
    """A webhook as the official Python sample writes it; `seen` holds the names and the users it heard of."""
    app = Flask("webhook")
    service = WebPubSubServiceClient.from_connection_string(stage.emulator.connection_string, hub=HUB)
    app.seen = queue.Queue()

    @app.route("/eventhandler", methods=["OPTIONS", "POST"])
    def handle():
        if flask_request.method == "OPTIONS":
            if flask_request.headers.get("WebHook-Request-Origin"):
                return Response(status=200, headers={"WebHook-Allowed-Origin": "*"})
            return "", 400
        kind = flask_request.headers["ce-type"]
        user_id = flask_request.headers.get("ce-userId", "").encode("latin-1").decode()
        app.seen.put((kind, user_id, flask_request.content_type, flask_request.get_data()))
        if kind == "azure.webpubsub.sys.connected":
            service.send_to_all(f"{user_id} connected", content_type="text/plain")
            return f"{user_id} connected", 200
        if kind == "azure.webpubsub.user.message":
            service.send_to_all({"from": user_id, "message": flask_request.get_data(as_text=True)})
            return Response(status=200, content_type="text/plain")
        if kind == "azure.webpubsub.user.html":
            return "a text without a type", 200
        return "", 204

    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    app.url = f"http://127.0.0.1:{server.server_port}/eventhandler"
    stage.handle(handler(app.url))
    yield app
    server.shutdown()
    thread.join(WAIT)
    server.server_close()
    service.close()


async def test_a_flask_webhook_sends_through_the_service_as_its_clients_come_and_talk(stage, flask_upstream):
    async with stage.hub.json_client(user_id="Zoë") as client:
        assert (await client.receive())["data"] == "Zoë connected"
        async with open_socket(stage.hub.url(user_id="bob")) as simple:
            async with asyncio.timeout(WAIT):
                assert await simple.recv() == "bob connected"
                assert (await client.receive())["data"] == "bob connected"
                await simple.send("hello")
                assert json.loads(await simple.recv()) == {"from": "bob", "message": "hello"}
            assert (await client.receive())["data"] == {"from": "bob", "message": "hello"}
        await client.succeeds(type="event", event="other", data=1)
        await client.socket.close(1000, "bye")
    await stage.settle()
    seen = [flask_upstream.seen.get(timeout=WAIT) for _ in range(8)]
    system = "application/json; charset=utf-8"
    assert [each[:3] for each in seen if each[1] == "Zoë"] == [
        ("azure.webpubsub.sys.connect", "Zoë", system),
        ("azure.webpubsub.sys.connected", "Zoë", system),
        ("azure.webpubsub.user.other", "Zoë", "application/json"),
        ("azure.webpubsub.sys.disconnected", "Zoë", system),
    ]
    assert {each[0].rpartition(".")[2] for each in seen if each[1] == "bob"} == {
        "connect",
        "connected",
        "message",
        "disconnected",
    }
    assert json.loads(seen[-1][3]) == {"reason": "bye"}
    assert stage.emulator.failures == []


async def test_a_text_that_flask_calls_html_is_a_failure(stage, flask_upstream):
    async with stage.hub.json_client(user_id="alice") as client:
        assert (await client.receive())["data"] == "alice connected"
        assert await client.fails(type="event", event="html", data=1) == "InternalServerError"
    assert (stage.failure.kind.value, stage.failure.detail) == ("badContentType", "text/html")


# A bare webhook in aiohttp


@pytest.fixture
async def aiohttp_upstream(stage):
    """A webhook that uses what the protocol has: a state, a cookie, and the asynchronous service client."""
    service = AsyncWebPubSubServiceClient.from_connection_string(stage.emulator.connection_string, hub=HUB)

    async def consent(request):
        return web.Response(headers={"WebHook-Allowed-Origin": request.headers["WebHook-Request-Origin"]})

    async def handle(request):
        connection_id = request.headers["ce-connectionId"]
        match request.match_info["event"]:
            case "connect":
                offered = (await request.json())["subprotocols"]
                if request.headers.get("ce-userId") == "mallory":
                    return web.Response(status=403, text="not you")
                response = web.json_response({"groups": ["lobby"], "subprotocol": offered[0] if offered else None})
                response.set_cookie("sticky", "1")
                response.headers["ce-connectionState"] = "0"
                return response
            case "count":
                count = int(request.headers["ce-connectionState"]) + 1
                sticky = request.cookies.get("sticky")
                body = {"count": count, "sticky": sticky}
                return web.json_response(body, headers={"ce-connectionState": str(count)})
            case "hello":
                await service.send_to_connection(connection_id, "over REST", content_type="text/plain")
                return web.Response(text="as a reply")
            case "disconnected":
                left.put_nowait((connection_id, await request.json()))
        return web.Response(status=204)

    left = asyncio.Queue()
    app = web.Application()
    app.router.add_route("OPTIONS", "/api/{hub}/{event}", consent)
    app.router.add_post("/api/{hub}/{event}", handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    stage.handle(handler(f"http://127.0.0.1:{runner.addresses[0][1]}/api/{{hub}}/{{event}}"))
    yield left
    await service.close()
    await runner.cleanup()


async def test_an_aiohttp_webhook_keeps_a_state_and_a_cookie_and_sends_by_both_ways(stage, aiohttp_upstream):
    async with stage.hub.json_client(user_id="alice") as client:
        for count in (1, 2):
            await client.send(type="event", event="count", data=1)
            assert (await client.receive())["data"] == {"count": count, "sticky": "1"}
        await client.send(type="event", event="hello", data=1, ackId=1)
        frames = [await client.receive() for _ in range(3)]
        assert [frame.get("data", frame["type"]) for frame in frames] == ["over REST", "as a reply", "ack"]
        await client.socket.close(1000, "bye")
    async with asyncio.timeout(WAIT):
        assert await aiohttp_upstream.get() == (client.id, {"reason": "bye"})
    assert (await stage.is_rejected(user_id="mallory"))[0] == 403
    assert stage.kinds == ["rejected"]


async def test_an_aiohttp_webhook_serves_many_clients_at_once(stage, aiohttp_upstream):
    async def talk():
        async with stage.hub.json_client() as client:
            for count in range(1, 6):
                await client.send(type="event", event="count", data=1)
                assert (await client.receive())["data"] == {"count": count, "sticky": "1"}

    async with asyncio.timeout(WAIT):
        await asyncio.gather(*(talk() for _ in range(20)))
    for _ in range(20):
        async with asyncio.timeout(WAIT):
            await aiohttp_upstream.get()
    assert stage.emulator.failures == []
