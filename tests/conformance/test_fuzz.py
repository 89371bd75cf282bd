"""Whatever anybody sends, the service answers, goes on, and delivers nothing that its receiver cannot read."""

import asyncio
import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed

from .sockets import end_of, open_socket
from .wire import Rest

EVERYTHING = ["webpubsub.joinLeaveGroup", "webpubsub.sendToGroup"]
FEW = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
KNOWN_CODES = {1000, 1002, 1003, 1007, 1008, 1009, 1011}
KNOWN_STATUSES = {200, 202, 204, 400, 401, 404, 405, 409, 415, 501}

# Frames

names = st.sampled_from(["room", "", " ", "a/b", "x" * 1025]) | st.text(max_size=8)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)
base64_texts = st.binary(max_size=20).map(lambda data: base64.b64encode(data).decode())
TYPES = [
    "joinGroup",
    "leaveGroup",
    "sendToGroup",
    "sendToGroup",
    "event",
    "ping",
    "sequenceAck",
    "ack",
    "PING",
    "invoke",
]
MEMBERS = {
    "group": names,
    "event": names | st.just("hello"),
    "ackId": st.integers(-1, 2**64) | scalars,
    "noEcho": st.booleans() | scalars,
    "dataType": st.sampled_from(["text", "json", "binary", "protobuf", "JSON", "xml"]) | scalars,
    "data": values | base64_texts,
    "ttlSeconds": st.integers(-1, 301) | scalars,
    "metadata": st.dictionaries(st.sampled_from(["a", "b-c", "", "ä"]), st.text(max_size=5), max_size=2) | values,
    "sequenceId": st.integers(-1, 5) | scalars,
    "more": values,
}
good_sends = st.fixed_dictionaries(
    {"type": st.just("sendToGroup"), "group": st.just("room"), "data": values | base64_texts},
    optional={"dataType": st.sampled_from(["text", "json", "binary", "protobuf"]), "ackId": st.integers(0, 50)},
)
any_requests = st.fixed_dictionaries({"type": st.sampled_from(TYPES) | names}, optional=MEMBERS)
requests = (good_sends | any_requests | values).map(json.dumps)


@st.composite
def damaged(draw):
    """A request with some of its text cut out, doubled or replaced: near to JSON, and sometimes JSON still."""
    text = draw(requests)
    begin = draw(st.integers(0, len(text)))
    end = draw(st.integers(begin, min(len(text), begin + 6)))
    odd = [
        "",
        " ",
        '"',
        "\\",
        "\\u",
        "\\ud800",
        "{",
        "]",
        ",",
        ":",
        "0",
        "-",
        ".",
        "e",
        "NaN",
        "\x00",
        "\ufeff",
        "1e999",
    ]
    return text[:begin] + draw(st.sampled_from(odd) | st.text(max_size=3)) + text[end:]


frames = requests | damaged() | st.text(max_size=40) | st.binary(max_size=40)


@pytest.fixture
def run():
    """Run coroutines, as hypothesis wants plain functions, on one loop."""
    with asyncio.Runner() as runner:
        yield runner.run


def test_whatever_a_json_client_sends_everybody_else_goes_on(hub, run):
    url = hub.url(roles=EVERYTHING, groups=["room"])

    @FEW
    @given(st.lists(frames, min_size=1, max_size=6))
    def check(sent):
        run(_send_frames(hub, url, ["json.webpubsub.azure.v1"], sent, {1003, 1007, 1009}))

    check()


@pytest.mark.parametrize("mode", [{}, {"webpubsub_mode": "sendToGroup", "group": "room"}])
def test_whatever_a_simple_client_sends_everybody_else_goes_on(hub, run, mode):
    url = hub.url(roles=EVERYTHING, groups=["room"], **mode)

    @FEW
    @given(st.lists(frames, min_size=1, max_size=4))
    def check(sent):
        run(_send_frames(hub, url, None, sent, {1011} if not mode else set()))

    check()


async def _send_frames(hub, url, subprotocols, sent, allowed):
    """Send, and prove that what is delivered is JSON and that the only end is one the protocol knows."""
    async with hub.json_client(groups=["room"]) as witness, open_socket(url, subprotocols) as socket:
        try:
            for frame in sent:
                await socket.send(frame)
        except ConnectionClosed:
            assert (await end_of(socket))[0] in allowed
        hub.service.send_to_all("that is all", content_type="text/plain")
        while (message := await witness.receive())["data"] != "that is all" or message["from"] != "server":
            assert message["type"] == "message"
            assert message["group"] == "room"
            if message["dataType"] in ("binary", "protobuf"):
                base64.b64decode(message["data"], validate=True)
        try:
            async with asyncio.timeout(5):
                while "that is all" not in str(frame := await socket.recv()):
                    assert subprotocols is None or isinstance(json.loads(frame), dict)
        except ConnectionClosed:
            assert (await end_of(socket))[0] in allowed


# REST calls

segments = st.sampled_from(
    ["room", "alice", "none", "a%2Fb", "%FF", "%", "%0", "+", " ", ":send", "..", "x" * 1025]
) | (st.text(min_size=1, max_size=6).map(lambda text: quote(text, safe="")))
ROUTES = [
    *(f"{place}/{action}" for place in ("", "groups/{}", "users/{}", "connections/{}") for action in (":send", "")),
    *(f"{place}/:closeConnections" for place in ("groups/{}", "users/{}")),
    "connections/{}/groups",
    "groups/{}/connections/{}",
    "groups/{}/connections",
    "users/{}/groups",
    "users/{}/groups/{}",
    "permissions/{}/connections/{}",
    "permissions/sendToGroup/connections/{}",
    ":addToGroups",
    ":removeFromGroups",
    ":generateToken",
    "{}/{}/{}",
]
queries = st.lists(
    st.sampled_from(
        ["api-version", "excluded", "filter", "reason", "targetName", "messageTtlSeconds", "top", "x"]
    ).flatmap(
        lambda name: (
            st.sampled_from(["", "1", "true", "room", "2024-12-01", "%FF", "%", "a,b", "é"]) | st.text(max_size=5)
        ).map(lambda value: f"{name}={quote(value, safe='%,')}")
    ),
    max_size=4,
).map("&".join)
types = st.sampled_from(
    ["text/plain", "application/json", "application/octet-stream", "text/html", "", "x", "text/plain;"]
)
charsets = st.sampled_from(
    ["", "; charset=utf-8", "; charset=utf-16", "; charset=utf-7", "; charset=x", ";charset=", ";;"]
)
bodies = (
    st.none() | st.binary(max_size=40) | requests.map(str.encode) | damaged().map(lambda text: text.encode("utf-8"))
)


@st.composite
def calls(draw):
    route = draw(st.sampled_from(ROUTES))
    path = route.format(*(draw(segments) for _ in range(route.count("{}")))).lstrip("/").replace(" ", "%20")
    headers = draw(st.sampled_from([{}, {"X-WebPubSub-Metadata-a": "b"}, {"X-WebPubSub-Metadata-a b": ""}]))
    if draw(st.booleans()):
        headers = {**headers, "Content-Type": draw(types) + draw(charsets)}
    if draw(st.integers(0, 9)) == 0:
        headers = {**headers, "Transfer-Encoding": "chunked"}
    method = draw(st.sampled_from(["POST", "POST", "POST", "PUT", "DELETE", "HEAD", "GET", "PATCH", "OPTIONS"]))
    return method, path, draw(queries), draw(bodies), headers


def test_no_rest_call_makes_the_service_fail(hub, webpubsub, run):
    rest = Rest(webpubsub, hub.name)

    @settings(FEW, max_examples=300)
    @given(calls())
    def check(call):
        method, path, query, body, headers = call
        if "Transfer-Encoding" in headers:
            body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
        answer = rest.call(method, path, query, body=body, headers=headers)
        assert answer.status in KNOWN_STATUSES, answer
        if answer.status in (400, 501) and method != "HEAD" and answer.headers["api-supported-versions"]:
            assert answer.error[0] in ("Error.BadRequest", "NotImplemented")

    check()
    run(_still_serves(hub))


async def _still_serves(hub):
    async with hub.json_client() as client:
        hub.service.send_to_all("still here", content_type="text/plain")
        assert (await client.receive())["data"] == "still here"


@settings(FEW, max_examples=100)
@given(body=bodies, content_type=types, charset=charsets)
def test_whatever_rest_accepts_is_readable_for_its_receivers(webpubsub_for_fuzz, body, content_type, charset):
    hub, rest, run = webpubsub_for_fuzz

    async def check():
        async with hub.json_client() as client:
            answer = rest.call("POST", ":send", body=body or b"", headers={"Content-Type": content_type + charset})
            assert answer.status in (202, 400, 415)
            if answer.status == 202:
                message = await client.receive()
                assert message["dataType"] in ("text", "json", "binary")
            await client.hears_nothing()

    run(check())


@pytest.fixture
def webpubsub_for_fuzz(webpubsub, hub, run):
    return hub, Rest(webpubsub, hub.name), run
