"""lab.explain(): every kind of failure is provoked for real, and what is said about it is read word by word."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass

import pytest
from azure.core.exceptions import HttpResponseError
from azure.messaging.webpubsubservice import WebPubSubServiceClient
from azure.mgmt.webpubsub import WebPubSubManagementClient
from azure.mgmt.webpubsub.models import ResourceSku, WebPubSubResource
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError, InvalidStatus

import wpslab
from wpslab.az import az
from wpslab.connection_string import VARIABLES, ConnectionString
from wpslab.emulator import Emulator, EventHandler, Failure, FailureKind, UpstreamOptions
from wpslab.emulator.core.tokens import client_access_url
from wpslab.explain import ON_AZURE, explain
from wpslab.lab import Lab
from wpslab.upstream import WebPubSubEventHandler

SECRET = "s3cret"
PATH = f"/eventhandler?code={SECRET}"
JSON = "json.webpubsub.azure.v1"
PATIENCE = 10.0

NOT_IN = "A client of hub chat was refused with 500, because its connect event failed."
EVENT_FAILED = (
    "The user event {} of hub chat failed: a simple client is closed with 1011, a PubSub client stays, and reads "
    "success false if it asked for an ack."
)
MESSAGE_FAILED = EVENT_FAILED.format("message")
ON_LIVE_TRACE = "Azure's Live trace calls this AbuseProtectionResponseFailed."


# Servers


def allow(origin="*"):
    return Response(headers={"WebHook-Allowed-Origin": origin})


def webhook(*, connect=None, message=None, options=allow, path="/eventhandler"):
    """An app whose path answers OPTIONS and POST; each answer is a function that takes the request or nothing."""

    async def endpoint(request):
        if request.method == "OPTIONS":
            answer = options
        else:
            answer = {"connect": connect}.get(request.headers["ce-eventname"], message)
        if answer is None:
            return Response(status_code=204)
        said = answer()
        return await said(request) if callable(said) and not isinstance(said, Response) else said

    return Starlette(routes=[Route(path, endpoint, methods=["OPTIONS", "POST"])])


class Stuck:
    """An answer that does not come until its caller hangs up."""

    def __init__(self):
        self.asked = threading.Event()

    def __call__(self):
        return self.wait

    async def wait(self, request):
        self.asked.set()
        while (await request.receive())["type"] != "http.disconnect":
            pass
        return Response()


CONSENT = b"HTTP/1.1 200 OK\r\nWebHook-Allowed-Origin: *\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@asynccontextmanager
async def raw_server(*, post=b"", validation=CONSENT):
    """A server that answers an event, and whatever else comes, with these bytes and no more."""

    async def serve(reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        if "content-length: " in head:
            await reader.readexactly(int(head.partition("content-length: ")[2].partition("\r")[0]))
        writer.write(post if head.startswith("post") else validation)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


def status_line(status):
    lines = (f"HTTP/1.1 {status} X", "Content-Length: 0", f"Location: /x?code={SECRET}", "Connection: close", "", "")
    return "\r\n".join(lines).encode()


@contextmanager
def closed_port():
    """A port nobody listens on, and nobody can: it is taken, by a socket that does not listen."""
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        yield line.getsockname()[1]


def register(lab, place, **changes):
    template = f"http://{place}{PATH}"
    settings = {"user_event_pattern": "*", "system_events": ()} | changes
    lab.emulator.configure_hub("chat", event_handlers=[EventHandler(template, **settings)])


# Clients


def url_of(lab, hub="chat", **claims):
    target = ConnectionString.parse(lab.connection_string)
    return client_access_url(target.endpoint, target.access_key, hub, now=time.time(), **claims)


async def refused(url, *subprotocols):
    """Connect, and return the status with which that was refused."""
    with pytest.raises(InvalidStatus) as caught:
        await connect(url, subprotocols=subprotocols or None, proxy=None, open_timeout=PATIENCE)
    return caught.value.response.status_code


async def sends(lab, data="hello"):
    """Send as a simple client, and see the connection closed."""
    async with connect(url_of(lab), proxy=None, open_timeout=PATIENCE) as client:
        await client.send(data)
        with pytest.raises(ConnectionClosedError) as caught:
            await client.recv()
        assert caught.value.rcvd.code == 1011


async def raises_event(lab, event="order"):
    """Send an event as a PubSub client, read that it failed, and return the connection's id."""
    async with connect(url_of(lab), subprotocols=[JSON], proxy=None, open_timeout=PATIENCE) as client:
        connection_id = json.loads(await client.recv())["connectionId"]
        await client.send(json.dumps({"type": "event", "event": event, "ackId": 1, "dataType": "text", "data": "x"}))
        ack = json.loads(await client.recv())
        assert (ack["type"], ack["success"], ack["error"]["name"]) == ("ack", False, "InternalServerError")
        return connection_id


# What failed, and what is said about it


@dataclass
class Case:
    kind: FailureKind
    provoke: object
    what: str
    why: str
    change: str


CASES = {}


def case(kind, what, why, change):
    """Register a function that provokes a failure; it returns what stands for PLACE in the sentences, or None."""

    def add(provoke):
        CASES[kind] = Case(kind, provoke, what, why, change)
        return provoke

    return add


@case(
    FailureKind.REFUSED,
    "A client was refused with 401 by the service itself, not by an event handler.",
    "There is no access token, and hub `chat` denies anonymous clients.",
    "Connect with a fresh client access URL, made for this hub with the access key of this service.",
)
async def _(lab):
    assert await refused(url_of(lab).partition("?")[0]) == 401


def is_free(lab):
    """Let the lab's own resource be one of Free_F1, as a learner does who made one on Azure."""
    free = WebPubSubResource(location=lab.location, sku=ResourceSku(name="Free_F1"))
    with WebPubSubManagementClient(lab.credential, lab.subscription_id, **lab.arm_options) as client:
        client.web_pub_sub.begin_update(lab.resource_group, lab.name, free).result(PATIENCE)


@case(
    FailureKind.QUOTA,
    "A client of hub chat was closed with 1008, because of the message it sent.",
    "Message count reaches limit: Free_F1 sends 20,000 messages a day (UTC), counted for each receiver in pieces of "
    "2 KB.",
    "Wait for midnight (UTC), or let the resource grow: az webpubsub update --sku Standard_S1 --unit-count 1.",
)
async def _(lab):
    is_free(lab)
    url = url_of(lab, roles=["webpubsub.sendToGroup"], groups=["room"]) + "&webpubsub_mode=sendToGroup&group=room"
    async with connect(url, proxy=None, open_timeout=PATIENCE, max_size=None) as client:
        for _ in range(39):  # of 512 pieces each, to itself
            await client.send(bytes(2**20))
            await client.recv()
        await client.send(bytes(2**20))
        with pytest.raises(ConnectionClosedError) as caught:
            await client.recv()
        assert caught.value.rcvd.code == 1008


@case(
    FailureKind.NO_HANDLER,
    EVENT_FAILED.format("order"),
    "No event handler of hub chat takes the user event order; the patterns there are: message, news.",
    'Give a handler the user event pattern "*" or one that names order.',
)
async def _(lab):
    lab.attach_upstream("chat", webhook(), path=PATH, user_event_pattern="message, news")
    await raises_event(lab, "order")


@case(
    FailureKind.VALIDATION_UNREACHABLE,
    NOT_IN,
    "Before its first event a webhook is validated, and nobody answered at PLACE (ConnectionRefusedError: Connect call "
    "failed ('127.0.0.1', PORT)).",
    f"Start the server, and compare its port with the URL template. {ON_LIVE_TRACE}",
)
async def _(lab):
    with closed_port() as port:
        register(lab, f"127.0.0.1:{port}", system_events=["connect"])
        assert await refused(url_of(lab)) == 500
    return f"127.0.0.1:{port}"


@case(
    FailureKind.VALIDATION_TIMEOUT,
    NOT_IN,
    "OPTIONS /eventhandler: no answer within 2 s.",
    f"Answer OPTIONS at once; it asks only whether the webhook wants the events. {ON_LIVE_TRACE}",
)
async def _(lab):
    stuck = Stuck()
    lab.attach_upstream("chat", webhook(options=stuck), path=PATH)
    asking = asyncio.create_task(refused(url_of(lab)))
    assert await asyncio.to_thread(stuck.asked.wait, PATIENCE)
    lab.emulator.advance(2)
    assert await asking == 500


@case(
    FailureKind.VALIDATION_STATUS,
    NOT_IN,
    "OPTIONS /eventhandler answered 405: the path must also accept OPTIONS and answer WebHook-Allowed-Origin.",
    "Add OPTIONS to the methods of the route.",
)
async def _(lab):
    async def endpoint(request):
        return Response()

    only_post = Starlette(routes=[Route("/eventhandler", endpoint, methods=["POST"])])
    lab.attach_upstream("chat", only_post, path=PATH)
    assert await refused(url_of(lab)) == 500


@case(
    FailureKind.VALIDATION_NO_ORIGIN,
    MESSAGE_FAILED,
    "OPTIONS /eventhandler answered 200 without WebHook-Allowed-Origin: the webhook did not consent.",
    "Answer OPTIONS with the header WebHook-Allowed-Origin: * (or the host of the service). Azure's Live trace calls "
    "this AbuseProtectionResponseMissingAllowedOrigin.",
)
async def _(lab):
    lab.attach_upstream("chat", webhook(options=Response), path=PATH, system_events=[])
    await sends(lab)


@case(
    FailureKind.VALIDATION_WRONG_ORIGIN,
    MESSAGE_FAILED,
    "OPTIONS /eventhandler consented to another service: 127.0.0.1 is not among: my.webpubsub.azure.com.",
    "Name the service's host, without scheme and port, one header line for each host; or answer *.",
)
async def _(lab):
    app = webhook(options=lambda: allow("my.webpubsub.azure.com"))
    lab.attach_upstream("chat", app, path=PATH, system_events=[])
    await sends(lab)


@case(
    FailureKind.UNREACHABLE,
    MESSAGE_FAILED,
    "POST /eventhandler was sent 4 times, and no answer came from PLACE (ServerDisconnectedError).",
    "The server was there to be validated, and since then it is gone or hangs up: start it again, or look into its "
    "log.",
)
async def _(lab):
    async with raw_server() as place:
        register(lab, place)
        await sends(lab)
        return place


@case(
    FailureKind.TIMEOUT,
    EVENT_FAILED.format("order"),
    "POST /eventhandler: no answer within 5 s.",
    "Answer first and do slow work afterwards. A time-out is not retried.",
)
async def _(lab):
    stuck = Stuck()
    lab.attach_upstream("chat", webhook(message=stuck), path=PATH, system_events=[])
    asking = asyncio.create_task(raises_event(lab))
    assert await asyncio.to_thread(stuck.asked.wait, PATIENCE)
    lab.emulator.advance(5)
    await asking


@case(
    FailureKind.REDIRECT,
    MESSAGE_FAILED,
    "POST /eventhandler answered 307, a redirect to /eventhandler/?code=***, and the service follows none.",
    "Register the final URL, with or without the last slash.",
)
async def _(lab):
    app = webhook(message=lambda: RedirectResponse(f"/eventhandler/?code={SECRET}"))
    lab.attach_upstream("chat", app, path=PATH, system_events=[])
    await sends(lab)


@case(
    FailureKind.STATUS,
    MESSAGE_FAILED,
    'POST /eventhandler answered 500 after 4 attempts. It said "Internal Server Error". In the server: '
    "LookupError: no room 7.",
    'The handler raised an error; lab.upstream_log("chat") has the log of an attached server. 408 and 5xx are '
    "retried, so a handler may run more than once for one event.",
)
async def _(lab):
    def fail():
        raise LookupError("no room 7")

    lab.attach_upstream("chat", webhook(message=fail), path=PATH, system_events=[])
    await sends(lab)


@case(
    FailureKind.REJECTED,
    "A client of hub chat was refused with 403 by the connect handler.",
    'POST /eventhandler answered 403: that is how a connect handler refuses a client. It said "Members only".',
    "If the client should come in, answer 200 or 204; if not, all is well.",
)
async def _(lab):
    lab.attach_upstream("chat", webhook(connect=lambda: PlainTextResponse("Members only.", 403)), path=PATH)
    assert await refused(url_of(lab)) == 403


@case(
    FailureKind.HEADER,
    MESSAGE_FAILED,
    "The event was not sent: ce-connectionState holds a character that is not printable ASCII.",
    "User ids and connection states travel in HTTP headers. Encode a state, for example as Base64 of JSON.",
)
async def _(lab):
    app = webhook(connect=lambda: Response(headers={"ce-connectionState": "café"}))
    lab.attach_upstream("chat", app, path=PATH, system_events=["connect"])
    await sends(lab)


@case(
    FailureKind.TOO_LARGE,
    MESSAGE_FAILED,
    "POST /eventhandler answered 200 with more than 16777216 bytes.",
    "Answer with less; send large data by REST, or as a link.",
)
async def _(lab):
    async with raw_server(post=b"HTTP/1.1 200 OK\r\nContent-Length: 16777217\r\n\r\n") as place:
        register(lab, place)
        await sends(lab)


def answers_connect(answer):
    """Provoke a failure by what the handler of `connect` answers as JSON."""

    async def provoke(lab):
        lab.attach_upstream("chat", webhook(connect=lambda: JSONResponse(answer)), path=PATH)
        assert await refused(url_of(lab)) == 500

    return provoke


case(
    FailureKind.BAD_JSON,
    NOT_IN,
    "POST /eventhandler answered 200 with a body that is no answer to connect: Expected `str | null`, got `int` - at "
    "`$.userId`.",
    "Answer nothing (204), or a JSON object with userId, roles, groups and subprotocol, each of its own type.",
)(answers_connect({"userId": 7}))

case(
    FailureKind.BAD_ROLES,
    NOT_IN,
    "POST /eventhandler answered with roles the service cannot use: there is a null in the list.",
    "roles is a list of texts such as webpubsub.sendToGroup; leave it out to keep the token's.",
)(answers_connect({"roles": [None]}))

case(
    FailureKind.BAD_GROUPS,
    NOT_IN,
    "POST /eventhandler answered with groups the service cannot use: ' ' is no group name.",
    "groups is a list of names with 1 to 1024 characters; leave it out to keep the token's.",
)(answers_connect({"groups": ["news", " "]}))

case(
    FailureKind.BAD_SUBPROTOCOL,
    NOT_IN,
    "POST /eventhandler chose a subprotocol the client cannot get: 'chat.v1' was chosen, and the client offered none.",
    "Choose one of request.subprotocols, or leave subprotocol out.",
)(answers_connect({"subprotocol": "chat.v1"}))


@case(
    FailureKind.BAD_CONTENT_TYPE,
    MESSAGE_FAILED,
    "POST /eventhandler answered with the content type text/html, which is not for messages.",
    "Reply with text/plain, application/json or application/octet-stream; to send no reply, answer 204. Flask says "
    "text/html unless it is told otherwise.",
)
async def _(lab):
    lab.attach_upstream("chat", webhook(message=lambda: HTMLResponse("hello")), path=PATH, system_events=[])
    await sends(lab)


@case(
    FailureKind.BAD_DATA,
    EVENT_FAILED.format("order"),
    "POST /eventhandler answered with a body that does not fit its content type: not valid json: JSON is malformed: "
    "invalid character (byte 0).",
    "Send UTF-8 as text/plain, and one JSON value as application/json.",
)
async def _(lab):
    app = webhook(message=lambda: Response("hello", media_type="application/json"))
    lab.attach_upstream("chat", app, path=PATH, system_events=[])
    await raises_event(lab)


@case(
    FailureKind.BAD_METADATA,
    MESSAGE_FAILED,
    "POST /eventhandler answered with metadata the service cannot use: Invalid value of metadata `a`: at most 1024 "
    "ASCII characters.",
    "Keep X-WebPubSub-Metadata-… to 1024 ASCII characters each and 8 KiB in all.",
)
async def _(lab):
    app = webhook(message=lambda: PlainTextResponse("hello", headers={"X-WebPubSub-Metadata-a": "x" * 1025}))
    lab.attach_upstream("chat", app, path=PATH, system_events=[])
    await sends(lab)


# Tests


@pytest.fixture(autouse=True)
def no_service_in_the_environment(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def lab():
    lab = wpslab.start()
    yield lab
    lab.close()


async def explained(lab, provoke):
    """Provoke a failure, and return what the lab says, and what stands for PLACE in it."""
    async with asyncio.timeout(2 * PATIENCE):
        place = await provoke(lab) or ""
    return lab.explain(), place


def everything_said(lab, explanation):
    return "\n".join([str(explanation), explanation._repr_html_(), repr(explanation.failure), str(lab.emulator.trace)])


def test_every_kind_of_failure_is_provoked_here():
    assert set(CASES) == set(FailureKind)


@pytest.mark.parametrize("kind", FailureKind, ids=lambda kind: kind.value)
async def test_failure_is_explained_by_what_why_and_what_to_change_without_a_secret(lab, kind):
    wanted = CASES[kind]
    explanation, place = await explained(lab, wanted.provoke)
    assert explanation.failure.kind is kind
    assert explanation.what == wanted.what
    assert explanation.why == wanted.why.replace("PLACE", place).replace("PORT", place.rpartition(":")[2])
    assert explanation.change == wanted.change
    assert str(explanation) == "\n".join((explanation.what, explanation.why, explanation.change))
    said = everything_said(lab, explanation)
    assert SECRET not in said
    assert "eyJ" not in said
    assert lab.emulator.access_key not in said
    assert lab.emulator.secondary_access_key not in said


@pytest.mark.parametrize(
    ("status", "why", "change"),
    [
        (401, "401: the webhook wants to know who calls", "Validation requests carry no token: put the secret into"),
        (403, "403: the webhook wants to know who calls", "Validation requests carry no token: put the secret into"),
        (404, "404, and so did GET: there is no such path", "The URL template and the routes of the server must agree"),
        (307, "307: the service follows no redirect", "Register the final URL, with or without the last slash"),
        (308, "308: the service follows no redirect", "Register the final URL, with or without the last slash"),
        (400, "400, and only 2xx counts as consent", "OPTIONS must answer 200 with the header WebHook-Allowed-Origin"),
        (500, "500, and only 2xx counts as consent", "OPTIONS must answer 200 with the header WebHook-Allowed-Origin"),
    ],
)
async def test_each_answer_to_validation_gets_advice_of_its_own(lab, status, why, change):
    async def provoke(lab):
        async with raw_server(validation=status_line(status)) as place:
            register(lab, place, system_events=["connect"])
            assert await refused(url_of(lab)) == 500

    explanation, _ = await explained(lab, provoke)
    assert f"OPTIONS /eventhandler answered {why}" in explanation.why
    assert change in explanation.change
    assert SECRET not in everything_said(lab, explanation)


async def test_template_with_the_event_in_it_names_the_path_that_is_missing(lab):
    async def endpoint(request):
        return allow()

    routes = [Route(f"/api/{name}", endpoint, methods=["OPTIONS", "POST"]) for name in ("connect", "message")]

    async def provoke(lab):
        lab.attach_upstream("chat", Starlette(routes=routes), path="/api/{event}")
        assert await refused(url_of(lab)) == 500

    explanation, _ = await explained(lab, provoke)
    assert explanation.why == "OPTIONS /api/validate answered 404, and so did GET: there is no such path."
    assert "With {event} in the template, the path with validate in its place must answer" in explanation.change


@pytest.mark.parametrize(
    ("status", "change"),
    [
        (
            401,
            "If the handler checks signatures, give it the access keys",
        ),
        (404, "Compare the URL template with the routes of the server"),
        (405, "Add POST to the methods of the route."),
        (402, "If the client should come in, answer 200 or 204; if not, all is well."),
    ],
)
async def test_refusal_that_a_server_may_not_have_meant_is_told_from_one_that_is_meant(lab, status, change):
    async def provoke(lab):
        async with raw_server(post=status_line(status)) as place:
            register(lab, place, system_events=["connect"])
            assert await refused(url_of(lab)) == status

    explanation, _ = await explained(lab, provoke)
    assert explanation.why == f"POST /eventhandler answered {status}: that is how a connect handler refuses a client."
    assert explanation.change.startswith(change)


@pytest.mark.parametrize(
    ("status", "change"),
    [
        (401, "If the handler checks signatures, give it the access keys of this service."),
        (404, "Compare the URL template with the routes of the server, and the hub with the one the handler serves."),
        (405, "Add POST to the methods of the route."),
        (400, 'Look into the log of the server: lab.upstream_log("chat") has the log of an attached server.'),
    ],
)
async def test_status_that_refuses_a_user_event_is_not_retried_and_gets_advice_of_its_own(lab, status, change):
    async def provoke(lab):
        async with raw_server(post=status_line(status)) as place:
            register(lab, place)
            await sends(lab)

    explanation, _ = await explained(lab, provoke)
    assert explanation.why == f"POST /eventhandler answered {status}."
    assert explanation.change == f"Only 2xx is a success. {change}"
    assert explanation.failure.attempts == 1


@pytest.mark.parametrize(
    ("url", "subprotocols", "status", "why", "change"),
    [
        (lambda lab: url_of(lab, hub="1chat"), [], 400, "Invalid hub name `1chat`", "/client/hubs/{hub} with a legal"),
        (lambda lab: url_of(lab, groups=[" "]), [], 400, "Invalid group name", "in its token legal group names"),
        (lambda lab: url_of(lab) + "&webpubsub_mode=x", [], 400, "webpubsub_mode is", "a legal hub name and query"),
        (lambda lab: url_of(lab).replace("hubs/chat", "hubs/news"), [], 401, "another audience", "made for this hub"),
        (lambda lab: url_of(lab, minutes=-6), [], 401, "The access token is expired.", "a fresh client access URL"),
        (lambda lab: url_of(lab)[:-1], [], 401, "The access token", "with the access key of this service"),
        (
            lambda lab: url_of(lab),
            ["protobuf.webpubsub.azure.v1"],
            501,
            "The emulator does not speak `protobuf.webpubsub.azure.v1` yet",
            "Offer json.webpubsub.azure.v1, or no subprotocol at all.",
        ),
    ],
)
async def test_refusal_by_the_service_itself_says_what_to_correct(lab, url, subprotocols, status, why, change):
    async def provoke(lab):
        assert await refused(url(lab), *subprotocols) == status

    explanation, _ = await explained(lab, provoke)
    assert explanation.what == f"A client was refused with {status} by the service itself, not by an event handler."
    assert why in explanation.why
    assert change in explanation.change
    assert "eyJ" not in everything_said(lab, explanation)


async def test_client_for_whom_the_sku_has_no_place_is_told_from_one_with_a_wrong_token(lab):
    async def provoke(lab):
        is_free(lab)
        async with AsyncExitStack() as stack:
            for _ in range(20):
                await stack.enter_async_context(connect(url_of(lab), proxy=None, open_timeout=PATIENCE))
            assert await refused(url_of(lab)) == 429

    explanation, _ = await explained(lab, provoke)
    assert explanation.failure.kind is FailureKind.REFUSED
    assert explanation.what == "A client was refused with 429 by the service itself, not by an event handler."
    assert explanation.why == ("Connection count reaches limit: Free_F1 with 1 unit has 20 connections at most.")
    assert explanation.change == (
        "Close connections that are not needed, or let the resource grow: "
        "az webpubsub update --sku Standard_S1 --unit-count 1."
    )
    assert "eyJ" not in everything_said(lab, explanation)


@pytest.mark.parametrize(
    ("flags", "status", "why", "change"),
    [
        ("stop", 503, "The resource is stopped.", "Start it again: az webpubsub start."),
        (
            "update --disable-local-auth true",
            401,
            "The resource takes no access keys: its property disableLocalAuth is true.",
            "Let access keys count again: az webpubsub update --disable-local-auth false.",
        ),
    ],
)
async def test_client_of_a_resource_that_is_switched_off_is_told_which_switch(lab, flags, status, why, change):
    async def provoke(lab):
        az(f"webpubsub {flags}")
        assert await refused(url_of(lab)) == status

    explanation, _ = await explained(lab, provoke)
    assert explanation.what == f"A client was refused with {status} by the service itself, not by an event handler."
    assert (explanation.why, explanation.change) == (why, change)


async def test_rest_call_beyond_the_messages_of_a_day_is_told_from_a_client(lab):
    is_free(lab)
    service = WebPubSubServiceClient.from_connection_string(lab.connection_string, hub="chat")
    async with AsyncExitStack() as stack:
        stack.enter_context(service)
        for _ in range(20):
            await stack.enter_async_context(connect(url_of(lab), proxy=None, open_timeout=PATIENCE))
        half_a_day = "x" * 1024 * 1024  # 512 pieces of 2 KB to 20 receivers
        await asyncio.to_thread(service.send_to_all, half_a_day, content_type="text/plain")
        with pytest.raises(HttpResponseError, match="TooManyRequests"):
            await asyncio.to_thread(service.send_to_all, half_a_day, content_type="text/plain")
    explanation = lab.explain()
    assert explanation.what == "A REST call to hub chat was answered 429, and nothing was sent."
    assert explanation.why.startswith("Message count reaches limit: Free_F1 sends 20,000 messages a day")


async def test_user_event_nobody_takes_is_explained_where_no_handler_takes_user_events_at_all(lab):
    explanation, _ = await explained(lab, raises_event)
    assert explanation.why == ("No event handler of hub chat takes the user event order; no handler takes user events.")


async def test_notification_that_failed_says_that_its_client_noticed_nothing(lab):
    lab.attach_upstream("chat", webhook(message=lambda: Response(status_code=400)), path=PATH)
    async with connect(url_of(lab), proxy=None, open_timeout=PATIENCE):
        explanation = lab.explain()
    assert explanation.what == "The event connected of hub chat was not delivered. Its client noticed nothing."
    assert explanation.why == "POST /eventhandler answered 400."


async def test_user_event_that_is_called_connect_is_not_taken_for_the_system_event(lab):
    async def provoke(lab):
        lab.attach_upstream("chat", webhook(connect=lambda: HTMLResponse("x")), path=PATH, system_events=[])
        await raises_event(lab, "connect")

    explanation, _ = await explained(lab, provoke)
    assert explanation.what == EVENT_FAILED.format("connect")
    assert "text/html" in explanation.why


async def test_failure_of_a_given_connection_is_explained_though_others_failed_since(lab):
    lab.attach_upstream("chat", webhook(message=lambda: HTMLResponse("x")), path=PATH, user_event_pattern="order")
    async with asyncio.timeout(PATIENCE):
        first = await raises_event(lab, "order")
        second = await raises_event(lab, "news")
        assert await refused(url_of(lab, hub="1chat")) == 400
    assert lab.explain(first).failure.kind is FailureKind.BAD_CONTENT_TYPE
    assert lab.explain(second).failure.kind is FailureKind.NO_HANDLER
    assert lab.explain().failure.kind is FailureKind.REFUSED
    assert str(lab.explain("nobody")).startswith("No event of this connection failed.")


async def test_where_nothing_failed_it_is_said_so(lab):
    lab.attach_upstream("chat", webhook(message=lambda: PlainTextResponse("hi")), path=PATH)
    async with connect(url_of(lab), proxy=None, open_timeout=PATIENCE) as client, asyncio.timeout(PATIENCE):
        await client.send("hello")
        assert await client.recv() == "hi"
    assert str(lab.explain()) == (
        "No connection was refused and no event failed.\n"
        "A connect, connected or disconnected event that no handler takes is not sent; that is no failure.\n"
        "If a handler is never called, look at its hub name, its system events and its user event pattern, and at "
        "lab.upstream_log(hub)."
    )
    assert lab.explain().failure is None


async def test_what_a_server_wrote_is_escaped_in_html(lab):
    evil = 'a <script>alert("&")</script>'

    async def provoke(lab):
        lab.attach_upstream("chat", webhook(connect=lambda: PlainTextResponse(evil, 403)), path=PATH)
        assert await refused(url_of(lab)) == 403

    explanation, _ = await explained(lab, provoke)
    assert f'It said "{evil}".' in explanation.why
    html = explanation._repr_html_()
    assert "<script" not in html
    assert "a &lt;script&gt;alert(&quot;&amp;&quot;)&lt;/script&gt;" in html
    assert html.count("<br>") == 2


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (f"I called http://x/y?code={SECRET}&a=1 again", "I called http://x/y?code=***&a=*** again"),
        (f"see 'http://x/#token={SECRET}'", "see 'http://x/#token=***'"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl is expired", "*** is expired"),
        ("is 1 = 2? yes & no", "is 1 = 2? yes & no"),
    ],
)
async def test_secret_in_what_a_server_wrote_or_raised_is_masked(lab, words, shown):
    def fail():
        raise LookupError(words)

    async def provoke(lab):
        app = webhook(connect=lambda: PlainTextResponse(words, 403), message=fail)
        lab.attach_upstream("chat", app, path=PATH)
        assert await refused(url_of(lab)) == 403

    async def raise_it(lab):
        lab.emulator.configure_hub("chat", event_handlers=[user_events_only(lab)])
        await sends(lab)

    explanation, _ = await explained(lab, provoke)
    assert f'It said "{shown}".' in explanation.why
    explanation, _ = await explained(lab, raise_it)
    assert f"In the server: LookupError: {shown}." in explanation.why


def user_events_only(lab):
    return EventHandler(lab.emulator.hub_settings("chat").event_handlers[0].url_template, "*")


def test_every_kind_of_failure_has_a_sentence():
    for kind in FailureKind:
        explanation = explain([Failure(kind=kind, hub="chat", event="connect", status=400, detail="a detail")])
        for text in (explanation.what, explanation.why, explanation.change):
            assert text.rstrip(".") not in ("", "None"), kind
        assert "None" not in explanation.what + explanation.change, kind


async def test_error_of_one_event_is_not_quoted_for_another(lab):
    def boom():
        raise KeyError("first bug")

    lab.attach_upstream("chat", webhook(message=boom), system_events=())
    await sends(lab)
    assert "KeyError" in lab.explain().why
    assert "KeyError" in lab.upstream_log("chat")
    lab.attach_upstream(
        "chat", webhook(message=lambda: PlainTextResponse("on purpose", status_code=500)), system_events=()
    )
    await sends(lab)
    assert lab.explain().why == 'POST /eventhandler answered 500 after 4 attempts. It said "on purpose".'


async def test_what_failed_before_a_new_server_was_attached_is_not_explained_as_its_own(lab):
    lab.attach_upstream("chat", webhook(connect=lambda: Response(status_code=403)))
    await refused(url_of(lab))
    assert lab.explain().failure is not None
    lab.attach_upstream("chat", webhook())
    assert lab.explain().failure is None


async def test_handler_that_raises_after_its_answer_is_told_of_though_nothing_failed(lab):
    handler = WebPubSubEventHandler("chat", connection_string=lab.connection_string)
    raised = asyncio.Event()
    loop = asyncio.get_running_loop()

    @handler.connected
    def connected(request):
        loop.call_soon_threadsafe(raised.set)
        raise ValueError("AccessKey=s3cret; too late")

    lab.attach_upstream("chat", handler)
    async with connect(url_of(lab)):
        await asyncio.wait_for(raised.wait(), PATIENCE)
        async with asyncio.timeout(PATIENCE):
            while "ValueError" not in str(lab.explain()):
                await asyncio.sleep(0.01)
    assert lab.explain().why == "It raised ValueError: AccessKey=***; too late."


def test_failure_of_long_ago_says_so():
    failure = Failure(kind=FailureKind.REFUSED, hub=None, event="connect", status=401, detail="No.", time=100.0)
    assert explain([failure], now=110.0).what.endswith("by the service itself, not by an event handler.")
    assert explain([failure], now=145.0).what.endswith(" That was 45 seconds ago.")


def test_nothing_is_explained_by_a_closed_lab():
    lab = wpslab.start()
    lab.close()
    with pytest.raises(wpslab.LabError, match=r"closed.*wpslab\.start\(\)"):
        lab.explain()


def test_on_azure_the_live_trace_tool_is_named():
    target = ConnectionString.parse(f"Endpoint=https://my.webpubsub.azure.com;AccessKey={'k' * 44};Version=1.0;")
    explanation = Lab("azure", target).explain()
    assert str(explanation) == ON_AZURE
    assert "Live trace" in ON_AZURE


async def test_waits_of_an_emulator_with_its_own_options_are_the_ones_that_are_named():
    stuck = Stuck()
    options = UpstreamOptions(retry_delays=(), event_timeout=0.2, validation_timeout=0.2)
    emulator = Emulator(upstream_options=options).start()
    lab = Lab("emulator", ConnectionString.parse(emulator.connection_string), emulator)
    try:
        lab.attach_upstream("chat", webhook(message=stuck), path=PATH, system_events=[])
        async with asyncio.timeout(PATIENCE):
            await sends(lab)
        assert lab.explain().why == "POST /eventhandler: no answer within 0.2 s."
    finally:
        lab.close()


# On a served emulator


@contextmanager
def serving(*arguments):
    command = [sys.executable, "-m", "wpslab", "serve", "--json", "--short-waits", *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.lower().startswith("webpubsub")}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    try:
        yield json.loads(process.stdout.readline())["connectionString"]
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE)


@pytest.fixture(scope="module")
def served():
    with serving() as connection_string:
        yield connection_string


@pytest.mark.parametrize(
    "kind",
    [
        FailureKind.REFUSED,
        FailureKind.NO_HANDLER,
        FailureKind.VALIDATION_STATUS,
        FailureKind.STATUS,
        FailureKind.REJECTED,
        FailureKind.BAD_ROLES,
        FailureKind.BAD_METADATA,
    ],
    ids=lambda kind: kind.value,
)
async def test_served_emulator_is_explained_in_the_same_words(served, kind):
    lab = wpslab.start(served)
    try:
        assert lab.backend == "served"
        explanation, _ = await explained(lab, CASES[kind].provoke)
        assert explanation.failure.kind is kind
        wanted = CASES[kind]
        assert (explanation.what, explanation.why, explanation.change) == (wanted.what, wanted.why, wanted.change)
        said = f"{explanation}{explanation._repr_html_()}{explanation.failure}"
        assert SECRET not in said
        assert ConnectionString.parse(served).access_key not in said
    finally:
        lab.close()


async def test_on_a_served_emulator_the_failures_of_other_peoples_hubs_are_left_out(served):
    lab = Lab("served", ConnectionString.parse(served))
    try:
        lab.attach_upstream("mine", webhook())
        lab.attach_upstream("theirs", webhook(connect=lambda: Response(status_code=403)))
        await refused(url_of(lab, "theirs"))
        assert lab.explain().failure.hub == "theirs"
        other = Lab("served", ConnectionString.parse(served))
        other.attach_upstream("another", webhook())
        assert other.explain().failure is None
        other.close()
    finally:
        lab.close()


def test_served_emulator_that_is_gone_is_a_lab_error():
    with serving() as connection_string:
        lab = wpslab.start(connection_string)
    try:
        with pytest.raises(wpslab.LabError, match=r"cannot be reached .*Is `wpslab serve` still running\?"):
            lab.explain()
    finally:
        lab.close()
