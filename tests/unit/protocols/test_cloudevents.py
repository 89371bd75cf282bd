"""Events as the requests webhooks get, and webhooks' answers as the hub understands them."""

import json

import pytest

from wpslab.emulator.core.admission import ConnectAnswer, EventAnswer
from wpslab.emulator.core.errors import InvalidAnswer
from wpslab.emulator.core.events import ConnectedEvent, ConnectEvent, DisconnectedEvent, UserEvent
from wpslab.emulator.core.failures import FailureKind
from wpslab.emulator.core.messages import Payload
from wpslab.emulator.core.tokens import client_token
from wpslab.emulator.protocols import cloudevents, handshake
from wpslab.emulator.protocols.cloudevents import WebhookRequest, WebhookResponse

KEYS = ("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH", "SECONDARYKEY0123456789ABCDEFGHIJKLMNOPQRSTUV")
CONNECTION = "d2f1c0a4b7e94d3fa1c2b3d4e5f60718"
SIGNATURES = (
    "sha256=5556bb0474b6f5ede272abf80c94824694bedd08f0ccf9efbaa8fc3555b4067c",
    "sha256=7b5d8a0e94afb34189477bb13047129dd1e17e0c0097fb798cb62b39a9272cc6",
)
URL = "http://localhost:8081/api/chat/event?code=abc"
REQUEST_ID = "5b1f9f7e-6f4d-4c52-9d0c-1c6a3c9f3e11"
JSON = "json.webpubsub.azure.v1"
HELLO = Payload("text", b"hello")
NEW_YEAR = 1767225600.0


def make(kind, **members):
    common = {"hub": "chat", "connection_id": CONNECTION, "id": 2, "time": NEW_YEAR, "host": "localhost:8080"}
    return kind(**{**common, **members})


def user_event(payload=HELLO, **members):
    return make(UserEvent, event="order", payload=payload, **members)


def request(event):
    return cloudevents.event_request(event, URL, KEYS, REQUEST_ID)


def headers_of_every_event(name, type_, id_, content_type="application/json; charset=utf-8"):
    return {
        "WebHook-Request-Origin": "localhost",
        "Content-Type": content_type,
        "ce-specversion": "1.0",
        "ce-awpsversion": "1.0",
        "ce-type": type_,
        "ce-source": f"/hubs/chat/client/{CONNECTION}",
        "ce-id": id_,
        "ce-time": "2026-01-01T00:00:00Z",
        "ce-signature": ",".join(SIGNATURES),
        "ce-connectionId": CONNECTION,
        "ce-hub": "chat",
        "ce-eventName": name,
        "x-ms-client-request-id": REQUEST_ID,
    }


def response(status=200, body=b"", content_type=None, *headers):
    lines = [] if content_type is None else [("Content-Type", content_type)]
    return WebhookResponse(status, (*lines, *headers), body)


# Requests


def test_connect_request_tells_all_about_the_client_in_its_body():
    event = make(
        ConnectEvent,
        id=0,
        user_id="alice",
        roles=("webpubsub.joinLeaveGroup",),
        groups=("room1",),
        subprotocols=(JSON, "chat.v1"),
        claims={"sub": ("alice",), "role": ("a", "b"), "iat": ("1767225600",)},
        query={"room": ["blue"], "tag": ["a", "b"]},
        headers={"Host": ["localhost:8080"], "Cookie": ["sid=1"]},
    )
    found = request(event)
    assert (found.method, found.url) == ("POST", URL)
    expected = headers_of_every_event("connect", "azure.webpubsub.sys.connect", "0")
    assert found.headers == {**expected, "ce-userId": "alice"}
    assert json.loads(found.body) == {
        "claims": {"sub": ["alice"], "role": ["a", "b"], "iat": ["1767225600"]},
        "query": {"room": ["blue"], "tag": ["a", "b"]},
        "headers": {"Host": ["localhost:8080"], "Cookie": ["sid=1"]},
        "subprotocols": [JSON, "chat.v1"],
        "clientCertificates": [],
    }


def test_claims_that_are_no_texts_are_told_as_their_json():
    token = client_token({"exp": 1767229200, "admin": True, "levels": [1, 2.5], "team": {"name": "Zoë"}, "none": None})
    body = json.loads(request(make(ConnectEvent, id=0, claims=token.claims)).body)
    assert body["claims"] == {
        "exp": ["1767229200"],
        "admin": ["true"],
        "levels": ["1", "2.5"],
        "team": ['{"name":"Zoë"}'],
        "none": [],
    }


def test_connect_request_of_an_anonymous_client_has_empty_members():
    found = request(make(ConnectEvent, id=0))
    assert found.headers == headers_of_every_event("connect", "azure.webpubsub.sys.connect", "0")
    assert json.loads(found.body) == {
        "claims": {},
        "query": {},
        "headers": {},
        "subprotocols": [],
        "clientCertificates": [],
    }


def test_connected_request_has_an_empty_object():
    found = request(make(ConnectedEvent, id=1, user_id="alice", subprotocol=JSON, state="eyJrIjoxfQ=="))
    assert found == WebhookRequest(
        "POST",
        URL,
        {
            **headers_of_every_event("connected", "azure.webpubsub.sys.connected", "1"),
            "ce-userId": "alice",
            "ce-subprotocol": JSON,
            "ce-connectionState": "eyJrIjoxfQ==",
        },
        b"{}",
    )


@pytest.mark.parametrize("reason", ["", "bye", 'say "ü"\n', "long " * 1000])
def test_disconnected_request_has_the_reason(reason):
    found = request(make(DisconnectedEvent, id=7, reason=reason))
    assert found.headers == headers_of_every_event("disconnected", "azure.webpubsub.sys.disconnected", "7")
    assert json.loads(found.body) == {"reason": reason}


@pytest.mark.parametrize(
    ("payload", "content_type"),
    [
        (Payload("text", "grüß dich".encode()), "text/plain; charset=utf-8"),
        (Payload("text", b""), "text/plain; charset=utf-8"),
        (Payload("json", b'{"a": 1}'), "application/json"),
        (Payload("json", b'"hi"'), "application/json"),
        (Payload("binary", bytes(range(256))), "application/octet-stream"),
        (Payload("protobuf", b"\x0a\x00"), "application/x-protobuf"),
    ],
)
def test_user_event_request_has_the_payload_as_it_is(payload, content_type):
    found = request(user_event(payload, user_id="alice", subprotocol=JSON, ack_id=987654321))
    assert found.headers == {
        **headers_of_every_event("order", "azure.webpubsub.user.order", "2", content_type),
        "ce-userId": "alice",
        "ce-subprotocol": JSON,
    }
    assert found.body == payload.data
    assert "987654321" not in repr(found)


def test_name_of_a_user_event_keeps_its_spelling_also_when_it_is_called_like_a_system_event():
    found = request(make(UserEvent, event="Connected", payload=HELLO)).headers
    assert (found["ce-type"], found["ce-eventName"]) == ("azure.webpubsub.user.Connected", "Connected")


@pytest.mark.parametrize("state", ["", "eyJrIjoxfQ==", "a b", "a\tb"])
def test_state_that_was_ever_set_is_sent_also_an_empty_one(state):
    assert request(user_event(state=state)).headers["ce-connectionState"] == state


@pytest.mark.parametrize("user_id", [None, ""])
def test_headers_of_what_there_is_not_are_absent(user_id):
    found = request(user_event(user_id=user_id)).headers
    assert not {"ce-userId", "ce-subprotocol", "ce-connectionState", "Authorization", "Cookie"} & set(found)


@pytest.mark.parametrize(("time", "text"), [(0.0, "1970-01-01T00:00:00Z"), (NEW_YEAR + 5.999, "2026-01-01T00:00:05Z")])
def test_time_is_utc_in_whole_seconds(time, text):
    assert request(user_event(time=time)).headers["ce-time"] == text


def test_metadata_becomes_headers_with_lower_case_keys_and_the_last_of_equal_ones():
    payload = Payload("text", b"", {"Trace-Id": "1", "TRACE-ID": "a, b ", "k": ""})
    found = request(user_event(payload)).headers
    metadata = {name: value for name, value in found.items() if name.startswith("X-WebPubSub-Metadata-")}
    assert metadata == {"X-WebPubSub-Metadata-trace-id": "a, b ", "X-WebPubSub-Metadata-k": ""}


@pytest.mark.parametrize("user_id", ["alice", "Zoë", "名前", "family 👩‍👩‍👧", "a\u00a0b", "a\u3000b"])
def test_user_id_may_hold_any_character_but_control_characters(user_id):
    assert request(user_event(user_id=user_id)).headers["ce-userId"] == user_id


@pytest.mark.parametrize("user_id", ["a\nb", "a\r\nEvil: 1", "\x00", "a\x7f", "a\tb", "\ud800"])
def test_user_id_no_header_can_carry_fails_the_event(user_id):
    with pytest.raises(InvalidAnswer, match="user id") as caught:
        request(user_event(user_id=user_id))
    assert caught.value.kind is FailureKind.HEADER


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"state": "ü"}, "ce-connectionState"),
        ({"state": "a\r\nEvil: 1"}, "ce-connectionState"),
        ({"subprotocol": "größe"}, "ce-subprotocol"),
        ({"host": "münchen.example"}, "WebHook-Request-Origin"),
        ({"payload": Payload("text", b"", {"k": "a\nb"})}, "X-WebPubSub-Metadata-k"),
    ],
)
def test_any_other_header_that_is_not_ascii_text_fails_the_event_and_is_named(change, name):
    with pytest.raises(InvalidAnswer, match=name) as caught:
        request(user_event(**change))
    assert caught.value.kind is FailureKind.HEADER


# Signature, origin, URL


@pytest.mark.parametrize(
    ("keys", "signature"),
    [(KEYS, ",".join(SIGNATURES)), (KEYS[:1], SIGNATURES[0]), (KEYS[1:], SIGNATURES[1])],
)
def test_signature_is_the_connection_id_signed_with_each_key(keys, signature):
    assert cloudevents.signature(CONNECTION, keys) == signature


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:8080", "localhost"),
        ("localhost", "localhost"),
        ("127.0.0.1:54321", "127.0.0.1"),
        ("LocalHost:80", "LocalHost"),
        ("xxx.webpubsub.azure.com", "xxx.webpubsub.azure.com"),
        ("[::1]:8080", "[::1]"),
        ("[::1]", "[::1]"),
        ("[2001:db8::1]:443", "[2001:db8::1]"),
        ("", ""),
    ],
)
def test_origin_is_the_host_without_its_port(host, origin):
    assert cloudevents.origin(host) == origin
    assert request(user_event(host=host)).headers["WebHook-Request-Origin"] == origin


@pytest.mark.parametrize(
    ("template", "url"),
    [
        ("http://h/eventhandler", "http://h/eventhandler"),
        ("http://h/api/{hub}/{event}?code=abc", "http://h/api/chat/order.created?code=abc"),
        ("http://h/{HUB}/{Event}", "http://h/chat/order.created"),
        ("http://h/?h={hub}&e={event}&again={hub}", "http://h/?h=chat&e=order.created&again=chat"),
        ("http://h/{other}/{ hub }/{}", "http://h/{other}/{ hub }/{}"),
    ],
)
def test_parameters_of_a_template_are_replaced_in_any_case_and_other_braces_stay(template, url):
    assert cloudevents.expand(template, "chat", "order.created") == url


def test_values_in_a_url_are_percent_encoded_and_not_expanded_again():
    assert cloudevents.expand("http://h/{hub}/{event}", "a b/c", "ü/&?-_.~") == "http://h/a%20b%2Fc/%C3%BC%2F%26%3F-_.~"
    assert cloudevents.expand("http://h/{hub}/{event}", "{event}", "x") == "http://h/%7Bevent%7D/x"


# Validation


@pytest.mark.parametrize("method", ["OPTIONS", "GET"])
def test_validation_request_says_the_origin_and_the_version_and_nothing_else(method):
    found = cloudevents.validation_request("http://h/validate?code=abc", "localhost:8080", method)
    headers = {"WebHook-Request-Origin": "localhost", "ce-awpsversion": "1.0"}
    assert found == WebhookRequest(method, "http://h/validate?code=abc", headers, b"")


@pytest.mark.parametrize("status", [200, 202, 204, 299])
@pytest.mark.parametrize(
    "origins",
    [["*"], ["localhost"], ["LOCALHOST"], [" * "], ["other.test", "localhost"], ["other.test", "*", "more.test"]],
)
def test_webhook_consents_by_a_star_or_the_origin_on_one_of_its_lines(status, origins):
    lines = [("webhook-allowed-ORIGIN", origin) for origin in origins]
    answer = WebhookResponse(status, lines, b"not read")
    assert cloudevents.validation_problem(answer, "localhost:8080") is None


@pytest.mark.parametrize("status", [199, 300, 302, 400, 401, 404, 405, 429, 500])
def test_webhook_that_answers_with_another_status_does_not_consent(status):
    answer = WebhookResponse(status, [("WebHook-Allowed-Origin", "*")])
    assert cloudevents.validation_problem(answer, "localhost") is FailureKind.VALIDATION_STATUS


def test_webhook_that_names_no_origin_does_not_consent():
    answer = response(200, b"*", "text/plain", ("WebHook-Request-Origin", "*"))
    assert cloudevents.validation_problem(answer, "localhost") is FailureKind.VALIDATION_NO_ORIGIN


@pytest.mark.parametrize(
    "value", ["", "other.test", "localhost:8080", "http://localhost", "*.test", "other.test, localhost", "*,localhost"]
)
def test_webhook_that_names_another_origin_or_a_list_does_not_consent(value):
    answer = WebhookResponse(200, [("WebHook-Allowed-Origin", value)])
    assert cloudevents.validation_problem(answer, "localhost:8080") is FailureKind.VALIDATION_WRONG_ORIGIN


@pytest.mark.parametrize("status", [200, 204, 299, 302, 400, 404, 408, 429, 500, 503, 599, 600])
def test_2xx_is_a_success_and_408_and_5xx_may_be_retried_and_nothing_else(status):
    answer = WebhookResponse(status)
    assert answer.is_success == (status in (200, 204, 299))
    assert answer.may_be_retried == (status in (408, 500, 503, 599))


# Answers to connect


@pytest.mark.parametrize("body", [b"", b"null", b" null ", b"{}", b'{"other":1}'])
@pytest.mark.parametrize("status", [200, 204])
def test_connect_answer_without_a_decision_keeps_the_tokens_word(status, body):
    assert cloudevents.read_connect_answer(response(status, body)) == ConnectAnswer()


@pytest.mark.parametrize("content_type", [None, "application/json", "text/html", "nonsense"])
def test_connect_answer_is_read_as_json_whatever_its_content_type_says(content_type):
    body = {"userId": "bob", "roles": ["r"], "groups": ["g"], "subprotocol": "chat.v1"}
    answer = cloudevents.read_connect_answer(response(200, json.dumps(body).encode(), content_type))
    assert answer == ConnectAnswer("bob", ["r"], ["g"], "chat.v1")


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (b'{"userId":null,"roles":null,"groups":null,"subprotocol":null}', ConnectAnswer()),
        (b'{"userId":"","roles":[],"groups":[],"subprotocol":""}', ConnectAnswer("", [], [], "")),
        ('{"userId":"Zoë"}'.encode(), ConnectAnswer("Zoë")),
    ],
)
def test_null_in_a_connect_answer_is_no_decision_and_an_empty_value_is_one(body, answer):
    assert cloudevents.read_connect_answer(response(200, body)) == answer


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"hello", FailureKind.BAD_JSON),
        (b"{", FailureKind.BAD_JSON),
        (b"[]", FailureKind.BAD_JSON),
        (b'"ann"', FailureKind.BAD_JSON),
        (b"{} {}", FailureKind.BAD_JSON),
        (b'{"userId":1}', FailureKind.BAD_JSON),
        (b'{"userId":"\xff"}', FailureKind.BAD_JSON),
        (b'{"roles":"r"}', FailureKind.BAD_JSON),
        (b'{"groups":[1]}', FailureKind.BAD_JSON),
        (b"[" * 100_000, FailureKind.BAD_JSON),
        (b'{"x":' + b"[" * 100_000, FailureKind.BAD_JSON),
        (b'{"roles":["r",null]}', FailureKind.BAD_ROLES),
        (b'{"groups":[null]}', FailureKind.BAD_GROUPS),
    ],
)
def test_connect_answer_that_cannot_be_used_says_why(body, kind):
    with pytest.raises(InvalidAnswer) as caught:
        cloudevents.read_connect_answer(response(200, body))
    assert caught.value.kind is kind


@pytest.mark.parametrize(
    ("lines", "state"),
    [
        ([], None),
        ([("ce-connectionState", "")], ""),
        ([("CE-ConnectionState", "one")], "one"),
        ([("ce-connectionState", "one"), ("other", "x"), ("ce-connectionstate", "two")], "two"),
    ],
)
@pytest.mark.parametrize("body", [b"", b"{}"])
def test_answer_sets_the_state_of_its_last_header_also_an_empty_one(lines, state, body):
    answer = response(200, body, "application/json", *lines)
    assert cloudevents.read_connect_answer(answer).state == state
    assert cloudevents.read_event_answer(answer, to_pubsub_client=True).state == state


# Answers to user events


@pytest.mark.parametrize("to_pubsub_client", [True, False])
@pytest.mark.parametrize(
    ("content_type", "body", "data_type"),
    [
        ("text/plain", b"hi", "text"),
        ("text/plain; charset=utf-8", "grüß dich".encode(), "text"),
        ("TEXT/Plain ;charset=iso-8859-1", b"hi", "text"),
        ("application/json", b'{"a": 1}', "json"),
        ("application/json; charset=utf-8", b"null", "json"),
        ("application/json", b'"text"', "json"),
        ("application/octet-stream", b"\x00\xff", "binary"),
        ("application/x-protobuf", b"\x0a\x00", "protobuf"),
        (None, b"\x00\xff", "binary"),
        ("", b"\x00\xff", "binary"),
    ],
)
def test_reply_is_what_its_content_type_says_and_binary_without_one(content_type, body, data_type, to_pubsub_client):
    answer = response(200, body, content_type)
    found = cloudevents.read_event_answer(answer, to_pubsub_client=to_pubsub_client)
    assert found == EventAnswer(Payload(data_type, body))


@pytest.mark.parametrize("content_type", ["text/html", "text/html; charset=utf-8", "text/json", "image/png", "x"])
def test_reply_of_another_content_type_is_a_failure(content_type):
    with pytest.raises(InvalidAnswer) as caught:
        cloudevents.read_event_answer(response(200, b"hi", content_type), to_pubsub_client=False)
    assert caught.value.kind is FailureKind.BAD_CONTENT_TYPE


@pytest.mark.parametrize("status", [200, 204])
@pytest.mark.parametrize("content_type", [None, "text/plain", "text/html", "application/json"])
def test_empty_body_is_no_reply_whatever_its_content_type(status, content_type):
    answer = response(status, b"", content_type)
    assert cloudevents.read_event_answer(answer, to_pubsub_client=True) == EventAnswer()


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/plain", b"\xff"),
        ("application/json", b"\xff"),
        ("application/json", b"hello"),
        ("application/json", b"{} {}"),
        ("application/json", b"NaN"),
        ("application/json", b" "),
        ("application/json", b"[" * 100_000),
    ],
)
def test_reply_that_does_not_fit_into_a_json_frame_is_a_failure(content_type, body):
    with pytest.raises(InvalidAnswer) as caught:
        cloudevents.read_event_answer(response(200, body, content_type), to_pubsub_client=True)
    assert caught.value.kind is FailureKind.BAD_DATA


def test_simple_client_gets_the_text_of_a_json_reply_as_it_is_but_no_broken_utf8():
    found = cloudevents.read_event_answer(response(200, b"hello", "application/json"), to_pubsub_client=False)
    assert found.payload == Payload("json", b"hello")
    with pytest.raises(InvalidAnswer):
        cloudevents.read_event_answer(response(200, b"\xff", "application/json"), to_pubsub_client=False)


@pytest.mark.parametrize(
    ("lines", "metadata"),
    [
        ([], None),
        ([("X-WebPubSub-Metadata-Trace-Id", "1")], {"trace-id": "1"}),
        ([("x-webpubsub-metadata-k", "a"), ("X-WEBPUBSUB-METADATA-K", "b")], {"k": "b"}),
        ([("x-webpubsub-metadata-k", "a, b , c ")], {"k": "c"}),
        ([("x-webpubsub-metadata-k", "a,")], {"k": ""}),
        ([("x-webpubsub-metadata-", "a"), ("x-webpubsub-metadata", "b"), ("metadata-k", "c")], None),
        ([("x-webpubsub-metadata-a", "1"), ("x-webpubsub-metadata-b", "2")], {"a": "1", "b": "2"}),
    ],
)
def test_metadata_of_a_reply_is_read_from_its_headers(lines, metadata):
    found = cloudevents.read_event_answer(response(200, b"hi", "text/plain", *lines), to_pubsub_client=True)
    assert found.payload == Payload("text", b"hi", metadata)


@pytest.mark.parametrize("content_type", [None, "text/html", "application/json"])
def test_metadata_without_a_body_is_an_empty_text(content_type):
    answer = response(204, b"", content_type, ("X-WebPubSub-Metadata-k", "v"))
    found = cloudevents.read_event_answer(answer, to_pubsub_client=True)
    assert found == EventAnswer(Payload("text", b"", {"k": "v"}))


@pytest.mark.parametrize(
    "lines",
    [
        [("x-webpubsub-metadata-k", "ü")],
        [("x-webpubsub-metadata-k", "v" * 1025)],
        [(f"x-webpubsub-metadata-{'k' * 257}", "v")],
        [(f"x-webpubsub-metadata-{number}", "v" * 1024) for number in range(8)],
    ],
)
def test_metadata_over_its_limits_is_a_failure(lines):
    with pytest.raises(InvalidAnswer) as caught:
        cloudevents.read_event_answer(response(200, b"hi", "text/plain", *lines), to_pubsub_client=True)
    assert caught.value.kind is FailureKind.BAD_METADATA


# What is told of a client's handshake


def test_client_s_headers_are_told_with_every_value_and_without_what_carries_its_token():
    lines = [
        ("Host", "localhost:8080"),
        ("authorization", "Bearer t"),
        ("AUTHORIZATION", "Bearer t"),
        ("X-ASRS-Internal-Anything", "1"),
        ("x-asrs-internal-", "1"),
        ("X-ASRS-Other", "kept"),
        ("X-Tag", "a"),
        ("x-tag", "b"),
        ("Cookie", "sid=1"),
    ]
    assert cloudevents.client_headers(lines) == {
        "Host": ["localhost:8080"],
        "X-ASRS-Other": ["kept"],
        "X-Tag": ["a", "b"],
        "Cookie": ["sid=1"],
    }


@pytest.mark.parametrize("name", ["access_token", "ACCESS_token"])
def test_token_of_a_handshake_stands_nowhere_in_the_connect_request(name):
    lines = [("Authorization", "Bearer t0ken"), ("User-Agent", "demo/1.0")]
    asked = handshake.read(f"/client/hubs/chat?{name}=t0ken&a=1&a=2", dict(lines), lines)
    found = request(make(ConnectEvent, id=0, query=asked.query, headers=asked.headers))
    assert "t0ken" not in repr(found)
    body = json.loads(found.body)
    assert body["query"] == {"a": ["1", "2"]}
    assert body["headers"] == {"User-Agent": ["demo/1.0"]}


# Listeners


def test_listener_gets_an_event_as_properties_and_body():
    event = user_event(
        Payload("json", b'{"a":1}', {"Trace": "1", "TRACE": "a, b"}), user_id="Zoë", subprotocol=JSON, state="s"
    )
    assert cloudevents.event_data(event) == {
        "content_type": "application/json",
        "message_id": f"{CONNECTION}/2",
        "partition_key": CONNECTION,
        "properties": {
            "cloudEvents:specversion": "1.0",
            "cloudEvents:awpsversion": "1.0",
            "cloudEvents:type": "azure.webpubsub.user.order",
            "cloudEvents:source": f"/hubs/chat/client/{CONNECTION}",
            "cloudEvents:id": "2",
            "cloudEvents:time": "2026-01-01T00:00:00Z",
            "cloudEvents:hub": "chat",
            "cloudEvents:eventname": "order",
            "cloudEvents:connectionid": CONNECTION,
            "cloudEvents:userid": "Zoë",
            "cloudEvents:subprotocol": JSON,
            "cloudEvents:connectionstate": "s",
            "x-webpubsub-metadata-trace": "a, b",
        },
        "body": b'{"a":1}',
    }


@pytest.mark.parametrize("empty", [None, ""])
def test_listener_gets_no_property_of_what_is_empty(empty):
    found = cloudevents.event_data(make(ConnectedEvent, user_id=empty, state=empty, subprotocol=empty))
    assert not {"cloudEvents:userid", "cloudEvents:connectionstate", "cloudEvents:subprotocol"} & set(
        found["properties"]
    )


@pytest.mark.parametrize(
    ("event", "content_type", "type_"),
    [
        (user_event(), "text/plain", "azure.webpubsub.user.order"),
        (user_event(Payload("binary", b"\x00")), "application/octet-stream", "azure.webpubsub.user.order"),
        (user_event(Payload("protobuf", b"\x00")), "application/x-protobuf", "azure.webpubsub.user.order"),
        (make(ConnectedEvent), "application/json; charset=utf-8", "azure.webpubsub.sys.connected"),
        (make(DisconnectedEvent, reason="x"), "application/json; charset=utf-8", "azure.webpubsub.sys.disconnected"),
    ],
)
def test_listener_gets_the_body_a_webhook_gets_and_no_signature(event, content_type, type_):
    found, sent = cloudevents.event_data(event), request(event)
    assert found["body"] == sent.body
    assert found["properties"]["cloudEvents:id"] == sent.headers["ce-id"]
    assert (found["content_type"], found["properties"]["cloudEvents:type"]) == (content_type, type_)
    assert "sha256" not in repr(found)
