"""What a handler function is given."""

import base64
import json
from datetime import UTC, datetime

import pytest
from service_requests import CONNECTION, connect_event, handler, system_event, user_event

from wpslab.upstream import ClientCertificate, HttpRequest


async def given(event, name="user_event"):
    """Return the request a function gets, and check that it was answered well."""
    app, seen = handler(), []
    register = getattr(app, name)() if name == "user_event" else getattr(app, name)
    register(lambda request: seen.append(request))
    answer = await app.handle(event)
    assert answer.status == 204, answer.body
    await answer.afterwards()
    return seen[0]


async def refused(event):
    """Return how an event is refused, none of whose functions may run."""
    app = handler()
    app.connect(pytest.fail)
    app.disconnected(pytest.fail)
    app.user_event()(pytest.fail)
    answer = await app.handle(event)
    await answer.afterwards()
    return answer.status, answer.body.decode()


async def test_connect_is_read_whole():
    request = await given(connect_event(), "connect")
    assert request.claims["role"] == ("webpubsub.joinLeaveGroup", "webpubsub.sendToGroup.room1")
    assert request.query == {"room": ("blue",), "tag": ("a", "b")}
    assert request.headers["cookie"] == request.headers["Cookie"] == ("sid=1",)
    assert request.subprotocols == ("json.webpubsub.azure.v1", "chat.v1")
    assert request.client_certificates == (ClientCertificate("AB12", "-----BEGIN CERTIFICATE-----"),)


async def test_context_names_the_connection_and_the_event():
    context = (await given(connect_event(), "connect")).context
    assert (context.hub, context.connection_id, context.user_id) == ("chat", CONNECTION, "alice")
    assert (context.event_name, context.event_id, context.origin) == ("connect", 0, "localhost")
    assert context.time == datetime(2026, 1, 1, 0, 0, 5, tzinfo=UTC)
    assert context.subprotocol is None
    assert context.raw_state is None


async def test_subprotocol_is_known_after_connect():
    request = await given(system_event("connected", ce_subprotocol="chat.v1"), "connected")
    assert request.context.subprotocol == "chat.v1"


async def test_anonymous_client_has_no_user_id_and_no_claims():
    request = await given(connect_event({"claims": {}, "query": {}}, ce_userId=None), "connect")
    assert request.user_id is None
    assert (request.claims, request.subprotocols) == ({}, ())


@pytest.mark.parametrize("spelled", [b"Zo\xc3\xab", "Zo\u00c3\u00ab", "Zoë"], ids=["bytes", "latin-1", "decoded"])
async def test_user_id_beyond_ascii_is_read_however_the_framework_hands_it_over(spelled):
    assert (await given(user_event(ce_userId=spelled))).user_id == "Zoë"


async def test_header_names_compare_without_case_and_may_be_bytes():
    event = user_event()
    pairs = [(name.lower().encode(), value.encode()) for name, value in event.headers.items()]
    assert (await given(HttpRequest("POST", "/", pairs, b"hi"))).data == "hi"


@pytest.mark.parametrize(
    ("content_type", "body", "data_type", "data"),
    [
        ("text/plain", "hé".encode(), "text", "hé"),
        ("text/plain; charset=utf-8", b"", "text", ""),
        ("application/json", b'{"a":[1]}', "json", {"a": [1]}),
        ("application/json; charset=utf-8", b"null", "json", None),
        ("application/octet-stream", b"\x00\xff", "binary", b"\x00\xff"),
        ("application/x-protobuf", b"\x0a", "protobuf", b"\x0a"),
    ],
)
async def test_payload_is_read_by_its_content_type(content_type, body, data_type, data):
    request = await given(user_event(body, content_type=content_type))
    assert (request.data_type, request.data, request.body) == (data_type, data, body)


async def test_event_name_keeps_the_spelling_of_the_client():
    assert (await given(user_event(name="Order.Created"))).event_name == "Order.Created"


async def test_user_event_called_like_a_system_event_is_a_user_event():
    assert (await given(user_event(name="connected"))).event_name == "connected"


async def test_metadata_is_read_from_its_headers():
    request = await given(user_event(**{"X-WebPubSub-Metadata-Trace": "t1", "X-WebPubSub-Metadata-b": "2"}))
    assert request.metadata == {"trace": "t1", "b": "2"}


async def test_disconnected_has_a_reason_that_may_be_empty():
    assert (await given(system_event("disconnected", {"reason": "bye"}), "disconnected")).reason == "bye"
    assert (await given(system_event("disconnected", {}), "disconnected")).reason == ""


async def test_state_is_read_from_base64_of_json():
    request = await given(user_event(ce_connectionState="eyJrIjoxfQ=="))
    assert request.state == {"k": 1}
    assert request.context.raw_state == "eyJrIjoxfQ=="


@pytest.mark.parametrize("text", ["", "not base64!", "bm8ganNvbg==", base64.b64encode(b"[1]").decode(), "_-8="])
async def test_state_of_another_kind_of_server_reads_as_an_empty_one(text):
    request = await given(user_event(ce_connectionState=text))
    assert request.state == {}
    assert request.context.raw_state == text


@pytest.mark.parametrize("name", ["WebHook-Request-Origin", "ce-awpsversion", "ce-type", "ce-id", "ce-time", "ce-hub"])
async def test_missing_header_is_named(name):
    status, text = await refused(user_event(**{name: None}))
    assert status == 400
    assert name in text


async def test_all_missing_headers_are_named_at_once():
    _, text = await refused(HttpRequest("POST", "/", {}, b""))
    assert "ce-type" in text
    assert "ce-connectionId" in text


@pytest.mark.parametrize("kind", ["azure.webpubsub.sys.joined", "user.message", "com.example.thing", "azure.webpubsub"])
async def test_unknown_type_of_event_is_refused(kind):
    status, text = await refused(user_event(ce_type=kind))
    assert status == 400
    assert kind in text


@pytest.mark.parametrize("changes", [{"ce_id": "two"}, {"ce_time": "yesterday"}])
async def test_number_and_time_that_are_none_are_refused(changes):
    status, text = await refused(user_event(**changes))
    assert status == 400
    assert next(iter(changes.values())) in text


@pytest.mark.parametrize("event", [user_event(content_type="text/html"), user_event(content_type=None)])
async def test_other_content_type_of_a_user_event_is_refused(event):
    status, text = await refused(event)
    assert status == 415
    assert "application/octet-stream" in text


async def test_other_content_type_of_a_system_event_is_refused():
    assert (await refused(connect_event(**{"Content-Type": "text/plain"})))[0] == 415


@pytest.mark.parametrize(
    "event",
    [
        user_event(b"{", content_type="application/json"),
        user_event(b"[" * 100_000, content_type="application/json"),
        user_event(b"\xff"),
        connect_event(b"{"),
        connect_event([]),
        connect_event({"claims": 5}),
        connect_event({"headers": {"Host": 5}}),
        connect_event({"clientCertificates": ["?"]}),
        system_event("disconnected", b"bye"),
    ],
)
async def test_body_that_cannot_be_read_is_refused_with_a_sentence(event):
    status, text = await refused(event)
    assert status == 400
    assert text.endswith(".")


async def test_connect_takes_numbers_as_strings():
    request = await given(connect_event({"claims": {"exp": [1767229200], "sub": "alice"}}), "connect")
    assert json.dumps(request.claims) == '{"exp": ["1767229200"], "sub": ["alice"]}'


async def test_user_event_that_no_function_takes_is_told_of_once_in_the_log(caplog):
    app = handler()
    app.user_event("messages")(pytest.fail)
    for _ in range(2):
        assert (await app.handle(user_event())).status == 204
    assert [record.getMessage() for record in caplog.records] == [
        "No function takes the user event 'message'; there are functions for: 'messages'."
    ]
