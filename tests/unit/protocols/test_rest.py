"""The REST data plane, called without a socket."""

import json
import re

import jwt
import pytest

from wpslab.emulator.core.admission import admit
from wpslab.emulator.core.clock import Clock
from wpslab.emulator.core.events import ConnectRequest
from wpslab.emulator.core.service import Service
from wpslab.emulator.core.tokens import sign_client_token
from wpslab.emulator.protocols.rest import RestRequest, handle
from wpslab.emulator.protocols.rest.operations import OPERATIONS

HOST = "localhost:8080"
VERSIONS = "2021-10-01, 2022-11-01, 2023-07-01, 2024-01-01, 2024-12-01"


class Transport:
    def __init__(self):
        self.messages = []

    def deliver(self, message, connections):
        self.messages += [(connection.id, message) for connection in connections]
        return ()

    def close(self, connection, code, reason):
        self.messages.append((connection.id, (code, reason)))


class Api:
    """A service with one connection `c1` of user `ann` in group `g`, and a caller with its key."""

    def __init__(self):
        self.transport = Transport()
        self.service = Service(self.transport, clock=Clock(lambda: 1000.0), new_id=lambda: "c1", trace_size=10)
        self.connect("c1", "ann", ["g"])

    def connect(self, connection_id, user_id, groups=()):
        audience = f"http://{HOST}/client/hubs/chat"
        token = sign_client_token(self.service.keys.primary, audience, now=1000, user_id=user_id, groups=groups)
        self.service.new_id = lambda: connection_id
        event = self.service.connect(ConnectRequest("chat", HOST, token, ["json.webpubsub.azure.v1"]))
        self.service.hub("chat").accept(admit(event))
        self.transport.messages.clear()

    def __call__(self, method, target, body=None, *, headers=(), key=None, audience=None, length=None, token=None):
        sent = [("host", HOST), *headers]
        if token is None:
            claims = {"aud": audience or f"http://{HOST}{target}", "exp": 1060}
            token = jwt.encode(claims, key or self.service.keys.secondary)
        if token:
            sent.append(("authorization", f"Bearer {token}"))
        if body is not None:
            sent.append(("content-length", str(len(body)) if length is None else length))
        return handle(self.service, RestRequest(method, target, sent, body or b""))


TEXT = [("content-type", "text/plain")]
JSON = [("content-type", "application/json")]


@pytest.fixture
def api():
    return Api()


def error(response):
    return json.loads(response.body)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/:closeConnections", 204),
        ("HEAD", "/connections/c1", 200),
        ("HEAD", "/connections/c2", 404),
        ("DELETE", "/connections/c1", 204),
        ("DELETE", "/connections/c2", 204),
        ("DELETE", "/connections/c1/groups", 204),
        ("HEAD", "/groups/g", 200),
        ("HEAD", "/groups/h", 404),
        ("POST", "/groups/g/:closeConnections", 204),
        ("POST", "/groups/g/%3AcloseConnections", 204),
        ("PUT", "/groups/h/connections/c1", 200),
        ("PUT", "/groups/h/connections/c2", 404),
        ("DELETE", "/groups/g/connections/c1", 204),
        ("DELETE", "/groups/g/connections/c2", 204),
        ("PUT", "/permissions/sendToGroup/connections/c1?targetName=g", 200),
        ("PUT", "/permissions/2/connections/c1?targetName=g", 200),
        ("PUT", "/permissions/sendToGroup/connections/c2?targetName=g", 404),
        ("DELETE", "/permissions/joinleavegroup/connections/c1?targetName=g", 204),
        ("DELETE", "/permissions/sendToGroup/connections/c2?targetName=g", 204),
        ("HEAD", "/permissions/sendToGroup/connections/c1?targetName=g", 404),
        ("HEAD", "/permissions/sendToGroup/connections/c2?targetName=g", 404),
        ("HEAD", "/users/ann", 200),
        ("HEAD", "/users/bob", 404),
        ("POST", "/users/ann/:closeConnections", 204),
        ("DELETE", "/users/ann/groups", 204),
        ("PUT", "/users/ann/groups/h", 200),
        ("PUT", "/users/bob/groups/h", 404),
        ("DELETE", "/users/ann/groups/g", 204),
        ("DELETE", "/users/bob/groups/g", 204),
        ("GET", "/groups/g/connections", 501),
        ("POST", "/:generateToken", 501),
        ("POST", "/:addToGroups", 501),
        ("POST", "/:removeFromGroups", 501),
        ("GET", "/users/ann", 405),
        ("POST", "/nothing", 404),
    ],
)
def test_operation_answers_with_its_status(api, method, path, status):
    response = api(method, f"/api/hubs/chat{path}")
    assert response.status == status
    assert response.headers["api-supported-versions"] == VERSIONS


@pytest.mark.parametrize("path", ["/:send", "/groups/g/:send", "/users/ann/:send", "/connections/c1/:send"])
def test_send_is_accepted_and_delivered(api, path):
    response = api("POST", f"/api/hubs/chat{path}", b"hi", headers=TEXT)
    assert (response.status, response.body) == (202, b"")
    [(connection_id, message)] = api.transport.messages
    assert (connection_id, message.payload.data_type, message.payload.data) == ("c1", "text", b"hi")


def test_every_operation_of_the_table_is_one_of_the_contract():
    names = {operation.run.__name__ for operation in OPERATIONS}
    assert len(names) == len(OPERATIONS) == 24
    assert all(re.fullmatch(r"[a-z_]+", name) for name in names)


@pytest.mark.parametrize(
    "path",
    ["/:send?excluded=c1", "/groups/g/:send?excluded=x&excluded=c1"],
)
def test_excluded_connections_get_nothing(api, path):
    api("POST", f"/api/hubs/chat{path}", b"hi", headers=TEXT)
    assert api.transport.messages == []


def test_comma_is_no_separator_in_excluded(api):
    api("POST", "/api/hubs/chat/:send?excluded=c1,c2", b"hi", headers=TEXT)
    assert len(api.transport.messages) == 1


def test_reason_is_in_the_disconnected_message(api):
    api("DELETE", "/api/hubs/chat/connections/c1?reason=Sch%C3%B6n%20war%27s")
    assert api.transport.messages[0][1].message == "Application server closed the connection. Reason: Schön war's"
    assert api.transport.messages[1][1] == (1000, "")


@pytest.mark.parametrize(
    ("headers", "body", "data_type", "data"),
    [
        ([], b"\x00\xff", "binary", b"\x00\xff"),
        ([("content-type", "application/octet-stream")], b"", "binary", b""),
        ([("content-type", "text/plain; charset=iso-8859-1")], b"\xfc", "text", "ü".encode()),
        ([("content-type", "TEXT/Plain;charset=utf-8")], b"x", "text", b"x"),
        (JSON, b' {"b": 1, "a": 1.50} ', "json", b'{"b": 1, "a": 1.50}'),
        (JSON, b"null", "json", b"null"),
    ],
)
def test_content_type_decides_the_data_type(api, headers, body, data_type, data):
    assert api("POST", "/api/hubs/chat/:send", body, headers=headers).status == 202
    payload = api.transport.messages[0][1].payload
    assert (payload.data_type, payload.data) == (data_type, data)


@pytest.mark.parametrize(
    "value", ["text/html", "nonsense", "text/plain; charset=klingon", "text/plain; charset=hex", ""]
)
def test_other_content_types_are_refused_with_415(api, value):
    assert api("POST", "/api/hubs/chat/:send", b"x", headers=[("content-type", value)]).status == 415


@pytest.mark.parametrize("body", [b"", b"{", b"{} {}", b"NaN", b"\xff"])
def test_body_that_is_no_json_is_refused(api, body):
    response = api("POST", "/api/hubs/chat/:send", body, headers=JSON)
    assert (response.status, error(response)["message"]) == (400, "The request body is not a valid JSON.")


def test_one_mebibyte_is_the_most_a_message_may_have(api):
    size = 1024 * 1024
    assert api("POST", "/api/hubs/chat/:send", b"x" * size, headers=TEXT).status == 202
    assert api("POST", "/api/hubs/chat/:send", b"x" * (size + 1), headers=TEXT).status == 400
    assert api("POST", "/api/hubs/chat/:send", b"x" * (size + 1), headers=TEXT, length="3").status == 400


@pytest.mark.parametrize("length", ["", "-1", "abc", "٣"])
def test_length_must_be_announced(api, length):
    response = api("POST", "/api/hubs/chat/:send", b"abc", headers=TEXT, length=length)
    assert (response.status, error(response)["message"]) == (400, "Invalid Content-Length header.")


def test_metadata_headers_travel_with_the_message(api):
    headers = [*TEXT, ("x-webpubsub-metadata-trace", "first, last "), ("x-webpubsub-metadata-a", "1")]
    api("POST", "/api/hubs/chat/:send", b"x", headers=headers)
    assert api.transport.messages[0][1].payload.metadata == {"trace": "last", "a": "1"}
    headers = [*TEXT, ("x-webpubsub-metadata-a", "x" * 1025)]
    assert api("POST", "/api/hubs/chat/:send", b"x", headers=headers).status == 400


@pytest.mark.parametrize(
    ("method", "target", "parameter"),
    [
        ("HEAD", "/api/hubs/1chat/users/ann", "Request"),
        ("HEAD", "/api/hubs/chat/users/%20", "Request"),
        ("HEAD", "/api/hubs/chat/groups/%20", "Request"),
        ("HEAD", f"/api/hubs/chat/groups/{'g' * 1025}", "Request"),
        ("HEAD", "/api/hubs/chat/users/%FF", "Request"),
        ("HEAD", "/api/hubs/chat/users/ann?api-version=2020-01-01", "api-version"),
        ("HEAD", "/api/hubs/chat/users/ann?api-version=2024-12-01&api-version=2024-12-01", "api-version"),
        ("POST", "/api/hubs/chat/:send?messageTtlSeconds=301", "Request"),
        ("POST", "/api/hubs/chat/:send?messageTtlSeconds=x", "Request"),
        ("PUT", "/api/hubs/chat/permissions/other/connections/c1?targetName=g", "Request"),
        ("PUT", "/api/hubs/chat/permissions/0/connections/c1?targetName=g", "Request"),
        ("PUT", "/api/hubs/chat/permissions/sendToGroup/connections/c1", "Request"),
        ("PUT", "/api/hubs/chat/permissions/sendToGroup/connections/c1?targetName=", "Request"),
    ],
)
def test_illegal_value_is_a_bad_request_before_the_token_is_looked_at(api, method, target, parameter):
    response = api(method, target, b"x", token="")
    assert response.status == 400
    assert error(response)["code"] == "Error.BadRequest"
    assert error(response)["target"] == parameter


@pytest.mark.parametrize("version", ["", "&api-version=2021-05-01-preview", "&api-version=2024-12-01"])
def test_known_version_or_none_is_accepted(api, version):
    assert api("HEAD", f"/api/hubs/chat/users/ann?x=1{version}").status == 200


@pytest.mark.parametrize(
    "how",
    [
        {"token": ""},
        {"token": "nonsense"},
        {"key": "w" * 44},
        {"audience": f"http://{HOST}/api/hubs/chat/users/bob"},
        {"audience": f"http://{HOST}/api/hubs/chat/users"},
        {"audience": f"http://{HOST}/client/hubs/chat"},
    ],
)
def test_token_that_does_not_hold_is_refused(api, how):
    response = api("HEAD", "/api/hubs/chat/users/ann", **how)
    assert (response.status, response.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_audience_with_mixed_escapes_is_accepted_as_it_was_sent(api):
    assert api("HEAD", "/api/hubs/c%5B1%5D/groups/a%2Fb+c?api-version=2024-12-01").status == 404


def test_unknown_connection_is_named_in_the_error(api):
    response = api("PUT", "/api/hubs/chat/groups/g/connections/zzz")
    assert error(response) == {
        "code": "Error.Connection.NotExisted",
        "message": "Connection `zzz` is not found.",
        "target": "Connection",
    }
    assert response.headers["x-ms-error-code"] == "Error.Connection.NotExisted"


def test_too_many_grants_are_a_conflict(api):
    permission = api.service.hub("chat").permission("sendToGroup", "c1")
    for number in range(1000):
        permission.set(f"g{number}", True)
    response = api("PUT", "/api/hubs/chat/permissions/sendToGroup/connections/c1?targetName=more")
    assert (response.status, response.headers["x-ms-error-code"]) == (409, "Error.Connection.Conflict")


def test_encoded_slash_in_a_name_is_not_decoded(api):
    api.connect("c2", "bob", ["a/b", "a%2Fb", "x y"])
    for segment, status in {"a%2Fb": 200, "a%252Fb": 200, "a%2fb": 404, "x%20y": 200, "x+y": 404}.items():
        assert api("HEAD", f"/api/hubs/chat/groups/{segment}").status == status, segment


def test_filter_is_not_there_yet_and_says_so(api):
    response = api("POST", "/api/hubs/chat/:send?filter=true", b"x", headers=TEXT)
    assert response.status == 501
    assert "filter" in error(response)["message"]
    assert api.transport.messages == []
    assert api("POST", "/api/hubs/chat/:send?filter=", b"x", headers=TEXT).status == 202


def test_health_needs_no_token_and_only_head(api):
    assert api("HEAD", "/api/health?api-version=2024-12-01", token="").status == 200
    assert api("GET", "/api/health", token="").status == 405
    assert api("HEAD", "/api/health?api-version=1", token="").status == 400


def test_asking_for_a_hub_does_not_make_it(api):
    api("HEAD", "/api/hubs/other/users/ann")
    api("POST", "/api/hubs/other/:send", b"x", headers=TEXT)
    assert list(api.service.hubs) == ["chat"]
