"""`connect`: what the handler is told of a client that wants to come in, and what its answer does."""

import asyncio
import hashlib
import hmac
import json
import re
from datetime import UTC, datetime

import pytest

from wpslab.emulator import EventHandler

from .sockets import JSON, WAIT, open_socket
from .upstreams import MEBIBYTE, answer, consent, knocking, new_stage

REFUSAL = "The connect event handler did not let this client in."
TOO_MUCH = 16 * MEBIBYTE + 1


@pytest.fixture
async def stage(request):
    async with new_stage(request) as made:
        made.handle()
        yield made


async def after_connect(stage, reply, *, url=None, subprotocols=(JSON,), **token):
    """Let a client in with this answer; return what the service then knows of the connection."""
    stage.upstream.on("POST", "/connect", reply)
    async with open_socket(url or stage.hub.url(**token), list(subprotocols) or None) as socket:
        connected = await stage.upstream.event("connected")
        (known,) = stage.emulator.snapshot().hubs[stage.hub.name].connections
        return socket, known, connected


async def may(stage, reply, role_group, **token):
    """Tell whether a client that came in with this answer may join and send to a group."""
    stage.upstream.on("POST", "/connect", reply)
    async with stage.hub.json_client(**token) as client:
        joined = await client.ask(type="joinGroup", group=role_group)
        sent = await client.ask(type="sendToGroup", group=role_group, data=1, noEcho=True)
        return joined["success"], sent["success"]


# The request


async def test_the_whole_request(stage):
    roles, groups = ["webpubsub.joinLeaveGroup", "webpubsub.sendToGroup.room1"], ["room1"]
    url = stage.hub.url(user_id="alice", roles=roles, groups=groups, room="blue", tag=["a", "b"])
    headers = {"User-Agent": "demo/1.0", "Cookie": "sid=1", "X-Two": "first"}
    before = int(datetime.now(UTC).timestamp())
    async with open_socket(url, ["chat.v1", JSON], additional_headers=headers):
        call = await stage.upstream.event("connect")
    connection_id = call["ce-connectionId"]
    signatures = [
        "sha256=" + hmac.new(key.encode(), connection_id.encode(), hashlib.sha256).hexdigest()
        for key in (stage.emulator.access_key, stage.emulator.secondary_access_key)
    ]
    time = datetime.strptime(call["ce-time"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
    assert before <= time <= datetime.now(UTC).timestamp()
    request_id = call["x-ms-client-request-id"]
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", request_id)
    assert (call.method, call.target) == ("POST", "/connect")
    assert {name.lower(): value for name, value in call.headers} == {
        "host": f"127.0.0.1:{stage.upstream.port}",
        "content-length": str(len(call.body)),
        "content-type": "application/json; charset=utf-8",
        "webhook-request-origin": "127.0.0.1",
        "ce-specversion": "1.0",
        "ce-awpsversion": "1.0",
        "ce-type": "azure.webpubsub.sys.connect",
        "ce-source": f"/hubs/{stage.hub.name}/client/{connection_id}",
        "ce-id": "0",
        "ce-time": call["ce-time"],
        "ce-signature": ",".join(signatures),
        "ce-userid": "alice",
        "ce-connectionid": connection_id,
        "ce-hub": stage.hub.name,
        "ce-eventname": "connect",
        "x-ms-client-request-id": request_id,
    }
    assert list(call.json) == ["claims", "query", "headers", "subprotocols", "clientCertificates"]
    claims = call.json["claims"]
    assert re.fullmatch(r"\d+", *claims.pop("exp"))
    assert re.fullmatch(r"\d+", *claims.pop("iat", ["0"]))
    claims.pop("nbf", None)
    assert claims == {"sub": ["alice"], "role": roles, "webpubsub.group": groups, "aud": [stage.hub.audience]}
    assert call.json["query"] == {"room": ["blue"], "tag": ["a", "b"]}
    sent = {name.lower(): values for name, values in call.json["headers"].items()}
    assert sent["host"] == [stage.hub.target.endpoint.removeprefix("http://")]
    assert (sent["user-agent"], sent["cookie"], sent["x-two"]) == (["demo/1.0"], ["sid=1"], ["first"])
    assert sent["upgrade"] == ["websocket"]
    assert call.json["subprotocols"] == ["chat.v1", JSON]
    assert call.json["clientCertificates"] == []


async def test_every_value_is_a_list_of_texts(stage):
    url = stage.hub.url_with_claims(sub="alice", number=7, truth=True, nested={"a": [1]}, several=["x", 2])
    async with open_socket(f"{url}&empty=&n=1&n=2", [JSON], additional_headers=[("X-A", "1"), ("x-a", "2")]):
        body = (await stage.upstream.event("connect")).json
    assert {name: body["claims"][name] for name in ("number", "truth", "nested", "several")} == {
        "number": ["7"],
        "truth": ["true"],
        "nested": ['{"a":[1]}'],
        "several": ["x", "2"],
    }
    assert body["query"] == {"empty": [""], "n": ["1", "2"]}
    assert body["headers"]["X-A"] == ["1", "2"]
    for values in body["headers"].values():
        assert all(isinstance(value, str) for value in values)


@pytest.mark.parametrize("place", ["query", "Query", "header"])
async def test_the_token_stands_nowhere_in_the_request(stage, place):
    token = stage.hub.target.sign(stage.hub.audience, sub="alice")
    url, headers = stage.hub.client_address(room="blue"), {"X-ASRS-Internal-Secret": "hidden"}
    if place == "header":
        headers["Authorization"] = f"Bearer {token}"
    else:
        url += f"&{'access_token' if place == 'query' else 'Access_Token'}={token}"
    async with open_socket(url, [JSON], additional_headers=headers):
        call = await stage.upstream.event("connect")
    assert call.json["query"] == {"room": ["blue"]}
    everything = repr((call.target, call.headers, call.body.decode()))
    for secret in (token, token.rpartition(".")[2], "hidden", stage.emulator.access_key):
        assert secret not in everything


async def test_a_client_of_a_hub_that_is_open_to_all_has_no_user_and_no_claims(stage):
    stage.emulator.configure_hub(stage.hub.name, anonymous_connect_policy="allow")
    async with open_socket(stage.hub.client_address()):
        call = await stage.upstream.event("connect")
    assert "ce-userid" not in call.names
    assert (call.json["claims"], call.json["subprotocols"], call.json["query"]) == ({}, [], {})


async def test_the_handler_can_name_a_client_that_came_without_a_token(stage):
    stage.emulator.configure_hub(stage.hub.name, anonymous_connect_policy="allow")
    url, reply = stage.hub.client_address(), answer(200, {"userId": "guest", "groups": ["lobby"]})
    _, known, connected = await after_connect(stage, reply, url=url)
    assert (known.user_id, known.groups, connected["ce-userId"]) == ("guest", ("lobby",), "guest")


@pytest.mark.parametrize("user_id", [None, ""])
async def test_a_client_without_a_user_id_has_no_such_header(stage, user_id):
    async with open_socket(stage.hub.url_with_claims(sub=user_id)):
        assert "ce-userid" not in (await stage.upstream.event("connect")).names


async def test_a_user_id_beyond_ascii_travels_as_utf_8(stage):
    async with stage.hub.json_client(user_id="Zoë-日本"):
        assert (await stage.upstream.event("connect"))["ce-userId"] == "Zoë-日本"


async def test_a_user_id_that_fits_into_no_header_is_a_failure_that_is_not_retried(stage):
    assert (await stage.is_rejected(user_id="a\r\nX-Evil: 1"))[0] == 500
    assert stage.kinds == ["header"]
    assert stage.upstream.events() == []


async def test_a_client_without_a_valid_token_gets_401_and_the_handler_hears_nothing(stage):
    assert (await stage.is_rejected(url=stage.hub.client_address()))[0] == 401
    assert (await stage.is_rejected(url=stage.hub.client_address(access_token="x")))[0] == 401
    assert stage.upstream.log == []


# Letting in


@pytest.mark.parametrize(
    "reply",
    [answer(204), answer(200), answer(200, "null"), answer(200, {}), answer(201, "{}", "text/html")],
)
async def test_an_empty_answer_keeps_what_the_token_says(stage, reply):
    token = {"user_id": "alice", "roles": ["webpubsub.joinLeaveGroup"], "groups": ["a", "b"]}
    socket, known, connected = await after_connect(stage, reply, **token)
    assert (known.user_id, known.groups, known.subprotocol) == ("alice", ("a", "b"), JSON)
    assert socket.subprotocol == JSON
    assert connected["ce-userId"] == "alice"
    assert await may(stage, reply, "c", **token) == (True, False)


async def test_nulls_and_unknown_members_keep_what_the_token_says(stage):
    body = {"userId": None, "roles": None, "groups": None, "subprotocol": None, "more": [1]}
    _, known, _ = await after_connect(stage, answer(200, body), user_id="alice", groups=["a"])
    assert (known.user_id, known.groups) == ("alice", ("a",))


async def test_the_user_id_is_replaced(stage):
    _, known, connected = await after_connect(stage, answer(200, {"userId": "bob"}), user_id="alice")
    assert (known.user_id, connected["ce-userId"]) == ("bob", "bob")


async def test_the_client_is_told_the_user_id_it_got(stage):
    stage.upstream.on("POST", "/connect", answer(200, {"userId": "bob"}))
    async with stage.hub.json_client(user_id="alice") as client:
        assert client.connected["userId"] == "bob"


async def test_an_empty_user_id_takes_it_away(stage):
    _, known, connected = await after_connect(stage, answer(200, {"userId": ""}), user_id="alice")
    assert known.user_id is None
    assert "ce-userid" not in connected.names


async def test_roles_are_replaced_and_an_empty_list_takes_all_away(stage):
    token = {"roles": ["webpubsub.joinLeaveGroup", "webpubsub.sendToGroup"]}
    assert await may(stage, answer(200, {"roles": ["webpubsub.sendToGroup.room"]}), "room", **token) == (False, True)
    assert await may(stage, answer(200, {"roles": []}), "room", **token) == (False, False)
    roles = ["webpubsub.joinLeaveGroups.ro*", "webpubsub.sendToGroups.ro*", "something.else"]
    assert await may(stage, answer(200, {"roles": roles}), "room") == (True, True)
    assert await may(stage, answer(200, {"roles": roles}), "hall") == (False, False)


async def test_groups_are_replaced_and_an_empty_list_keeps_them(stage):
    _, known, _ = await after_connect(stage, answer(200, {"groups": ["x", "y"]}), groups=["a"])
    assert known.groups == ("x", "y")
    async with asyncio.timeout(WAIT):
        await stage.upstream.event("disconnected")
    _, known, _ = await after_connect(stage, answer(200, {"groups": []}), groups=["a"])
    assert known.groups == ("a",)


async def test_without_a_choice_the_first_subprotocol_the_service_knows_is_taken(stage):
    socket, known, connected = await after_connect(stage, answer(204), subprotocols=("chat.v1", JSON))
    assert (socket.subprotocol, known.subprotocol, connected["ce-subprotocol"]) == (JSON, JSON, JSON)


async def test_without_a_choice_custom_subprotocols_make_a_simple_client(stage):
    socket, known, connected = await after_connect(stage, answer(204), subprotocols=("chat.v1", "chat.v2"))
    assert (socket.subprotocol, known.subprotocol) == (None, None)
    assert "ce-subprotocol" not in connected.names


async def test_a_custom_subprotocol_can_be_chosen_and_makes_a_simple_client(stage):
    stage.upstream.on("POST", "/connect", answer(200, {"subprotocol": "chat.v1"}))
    stage.upstream.on("POST", "/message", answer(200, {"you": "said"}))
    async with open_socket(stage.hub.url(), [JSON, "chat.v1"]) as socket:
        assert socket.subprotocol == "chat.v1"
        assert "ce-subprotocol" not in (await stage.upstream.event("connect")).names
        await socket.send('{"type":"ping"}')
        call = await stage.upstream.event("message")
        assert (call["ce-subprotocol"], call["Content-Type"]) == ("chat.v1", "text/plain; charset=utf-8")
        assert call.body == b'{"type":"ping"}'
        async with asyncio.timeout(WAIT):
            assert await socket.recv() == '{"you": "said"}'


async def test_a_subprotocol_the_client_did_not_offer_is_refused_with_500(stage):
    stage.upstream.on("POST", "/connect", answer(200, {"subprotocol": "chat.v2"}))
    assert (await stage.is_rejected(subprotocols=["chat.v1"]))[0] == 500
    assert (await stage.is_rejected())[0] == 500
    assert stage.kinds == ["badSubprotocol"] * 2


async def test_a_state_that_connect_sets_comes_with_every_later_event(stage):
    stage.upstream.on("POST", "/connect", answer(204, state="eyJrIjoxfQ=="))
    async with stage.hub.json_client() as client:
        await client.succeeds(type="event", event="order", data=1)
    await stage.upstream.event("disconnected")
    states = {call.name: call["ce-connectionState"] for call in stage.upstream.events()}
    assert states == {"connect": None} | dict.fromkeys(("connected", "order", "disconnected"), "eyJrIjoxfQ==")


async def test_event_ids_begin_with_0_and_grow(stage):
    async with stage.hub.json_client() as client:
        await client.succeeds(type="event", event="order", data=1)
    await stage.upstream.event("disconnected")
    ids = {call.name: call["ce-id"] for call in stage.upstream.events()}
    assert ids == {"connect": "0", "connected": "1", "order": "2", "disconnected": "3"}


async def test_without_a_handler_of_connect_the_client_comes_in_and_0_stays_reserved(stage):
    stage.handle(stage.handler(system_events=["connected"]))
    async with stage.hub.json_client(user_id="alice"):
        assert (await stage.upstream.event())["ce-id"] == "1"


# Turning away


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429, 451, 302, 304])
async def test_a_status_that_is_no_success_reaches_the_client_with_a_body_of_the_services_own(stage, status):
    stage.upstream.on("POST", "/connect", answer(status, "" if status == 304 else "upstream's secret", "text/plain"))
    assert await stage.is_rejected(user_id="alice") == (status, "" if status == 304 else REFUSAL)
    assert len(stage.upstream.events()) == 1
    assert (stage.failure.kind.value, stage.failure.status, stage.failure.attempts) == (
        "redirect" if status < 400 else "rejected",
        status,
        1,
    )


async def test_an_answer_that_switches_protocols_is_no_success_and_means_500(stage):
    stage.upstream.on("POST", "/connect", answer(101, headers=[("Upgrade", "websocket"), ("Connection", "upgrade")]))
    assert (await stage.is_rejected())[0] == 500
    assert stage.kinds == ["status"]


async def test_a_rejection_is_forwarded_where_the_options_say_so(stage):
    stage.configure(forward_rejection=True)
    stage.upstream.on("POST", "/connect", answer(403, "not on the list", "text/html"), answer(204))
    assert await stage.is_rejected() == (403, "not on the list")


@pytest.mark.parametrize("status", [408, 500, 503, 599])
async def test_a_failing_handler_is_asked_four_times_with_the_same_request(stage, status):
    stage.upstream.on("POST", "/connect", answer(status, "secret"))
    assert await stage.is_rejected() == (status, REFUSAL)
    calls = stage.upstream.events()
    assert len(calls) == 4
    assert {call["ce-id"] for call in calls} == {"0"}
    for same in ("ce-connectionId", "x-ms-client-request-id", "ce-time"):
        assert len({call[same] for call in calls}) == 1
    assert len({call.body for call in calls}) == 1
    assert (stage.failure.kind.value, stage.failure.attempts) == ("status", 4)


async def test_a_handler_that_recovers_lets_the_client_in(stage):
    stage.upstream.on("POST", "/connect", answer(503), answer(drop=True), answer(408), answer(204))
    async with stage.hub.json_client():
        assert len(stage.upstream.events("connect")) == 4
    assert stage.emulator.failures == []


async def test_a_rejected_client_raises_neither_connected_nor_disconnected(stage):
    stage.upstream.on("POST", "/connect", answer(401), answer(204))
    assert (await stage.is_rejected())[0] == 401
    async with stage.hub.json_client() as client:
        pass
    await stage.upstream.event("disconnected")
    await stage.settle()
    told = [(call.name, call["ce-connectionId"]) for call in stage.upstream.events()[1:]]
    assert told == [(name, client.id) for name in ("connect", "connected", "disconnected")]


async def test_a_handler_that_is_silent_means_500(stage):
    stage.configure(event_timeout=0.2)
    stage.upstream.on("POST", "/connect", answer(gate=asyncio.Event()))
    assert await stage.is_rejected() == (500, REFUSAL)
    assert (stage.failure.kind.value, stage.failure.attempts) == ("timeout", 1)
    async with asyncio.timeout(WAIT):
        await stage.upstream.events()[0].gone.wait()


async def test_a_body_that_never_comes_means_500(stage):
    stage.configure(event_timeout=0.2)
    stage.upstream.on("POST", "/connect", answer(200, announced=10, silent=True))
    assert (await stage.is_rejected())[0] == 500
    assert stage.kinds == ["timeout"]


async def test_the_time_limit_includes_the_waits_between_attempts(stage):
    stage.configure(retry_delays=(0.05, 60.0), event_timeout=0.3)
    stage.upstream.on("POST", "/connect", answer(500))
    assert (await stage.is_rejected())[0] == 500
    assert (stage.failure.kind.value, stage.failure.attempts) == ("timeout", 2)


async def test_a_handler_that_is_not_there_means_500(stage, closed_port):
    stage.configure(validation=False)
    stage.handle(EventHandler(f"http://127.0.0.1:{closed_port}/", system_events=["connect"]))
    assert await stage.is_rejected() == (500, REFUSAL)
    assert (stage.failure.kind.value, stage.failure.attempts) == ("unreachable", 4)


async def test_a_handler_that_hangs_up_means_500(stage):
    stage.upstream.on("POST", "/connect", answer(drop=True))
    assert await stage.is_rejected() == (500, REFUSAL)
    assert len(stage.upstream.events()) == 4


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("{", "badJson"),
        ("[]", "badJson"),
        ('"text"', "badJson"),
        ("OK", "badJson"),
        ('{"userId": 1}', "badJson"),
        ('{"roles": "all"}', "badJson"),
        ('{"groups": [1]}', "badJson"),
        (b'{"userId": "\xff"}', "badJson"),
        ("[" * 100_000, "badJson"),
        ('{"roles": [null]}', "badRoles"),
        ('{"groups": ["a", null]}', "badGroups"),
        ('{"groups": [""]}', "badGroups"),
        (json.dumps({"groups": ["g" * 1025]}), "badGroups"),
    ],
)
async def test_an_answer_that_cannot_be_used_means_500(stage, body, kind):
    stage.upstream.on("POST", "/connect", answer(200, body, "application/json", state="x"))
    assert await stage.is_rejected(user_id="alice") == (500, REFUSAL)
    assert stage.kinds == [kind]
    assert len(stage.upstream.events()) == 1


@pytest.mark.parametrize("reply", [answer(200, announced=TOO_MUCH), answer(200, chunks=17)])
async def test_an_answer_of_more_than_16_mib_means_500(stage, reply):
    stage.upstream.on("POST", "/connect", reply)
    assert (await stage.is_rejected())[0] == 500
    assert stage.kinds == ["tooLarge"]
    assert len(stage.upstream.events()) == 1


async def test_a_redirect_is_not_followed(stage):
    stage.upstream.on("POST", "/connect", answer(307, headers=[("Location", "/elsewhere?code=s3cret")]))
    assert (await stage.is_rejected())[0] == 307
    assert [call.path for call in stage.upstream.events()] == ["/connect"]
    assert (stage.failure.kind.value, stage.failure.detail) == ("redirect", "/elsewhere?code=***")


# While it runs


async def test_while_connect_runs_the_connection_does_not_exist_for_others(stage):
    gate = asyncio.Event()
    stage.upstream.on("POST", "/connect", answer(gate=gate))
    async with knocking(stage.hub.url(user_id="alice", groups=["room"])) as reader:
        call = await stage.upstream.event("connect")
        connection = f"connections/{call['ce-connectionId']}"
        for path in (connection, "users/alice", "groups/room"):
            assert (await stage.rest("HEAD", path)).status == 404
        body, headers = b"too early", {"Content-Type": "text/plain"}
        assert (await stage.rest("POST", f"{connection}/:send", body=body, headers=headers)).status == 202
        assert (await stage.rest("PUT", f"groups/room/{connection}")).status == 404
        gate.set()
        async with asyncio.timeout(WAIT):
            assert (await reader.readline()).startswith(b"HTTP/1.1 101 ")
        await stage.upstream.event("connected")
        for path in (connection, "users/alice", "groups/room"):
            assert (await stage.rest("HEAD", path)).status == 200


async def test_a_client_that_leaves_during_connect_is_no_connection(stage):
    gate = asyncio.Event()
    stage.upstream.on("POST", "/connect", answer(gate=gate), answer(204))
    async with knocking(stage.hub.url(user_id="alice")):
        await stage.upstream.event("connect")
    gate.set()
    async with stage.hub.json_client(user_id="bob"):
        await stage.upstream.event("connected")
    await stage.upstream.event("disconnected")
    assert not await asyncio.to_thread(stage.hub.service.user_exists, "alice")
    left = stage.upstream.events()[0]["ce-connectionId"]
    told = [call.name for call in stage.upstream.events() if call["ce-connectionId"] == left]
    assert told in (["connect"], ["connect", "connected", "disconnected"])


async def test_a_rejection_does_not_spend_the_consent(stage):
    stage.upstream.on("OPTIONS", "/validate", consent("*"), consent())
    stage.upstream.on("POST", "/connect", answer(401), answer(204))
    assert (await stage.is_rejected())[0] == 401
    async with stage.hub.json_client():
        assert len(stage.upstream.validations) == 1
