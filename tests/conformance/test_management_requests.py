"""Requests the management side refuses, whatever they want: no token, no version, no such path or method."""

from urllib.parse import urlsplit

import psutil
import pytest

from wpslab.emulator import Emulator

from .management import RawArm, listening_ports, new_lab, refused
from .upstreams import only_for_emulators

GROUP = "errors"
NAME = "conf-errors"
FREE = {"location": "eastus", "sku": {"name": "Free_F1"}}


@pytest.fixture(scope="module")
def raw(request):
    """The management side with a group, a resource and a hub in it."""
    with new_lab(request) as lab:
        made = RawArm(lab.management)
        made.call("PUT", made.group(GROUP), {"location": "eastus"})
        made.call("PUT", made.group("other"), {"location": "eastus"})
        made.call("PUT", made.resource(GROUP, NAME), FREE)
        made.call("PUT", made.resource(GROUP, NAME, "/hubs/chat"), {"properties": {}})
        yield made


@pytest.mark.parametrize("query", ["", "api-version=", "version=2024-03-01", "$filter=x"])
def test_version_is_required(raw, query):
    for path in (raw.resource(GROUP, "new"), raw.group("new")):
        status, code, message = refused(raw, "PUT", path, FREE, query=query)
        assert (status, code) == (400, "MissingApiVersionParameter")
        assert "api-version" in message


@pytest.mark.parametrize("version", ["latest", "2024", "2024-3-1", "2024-03-01-beta", "2024-03-01%20", "%D9%A1"])
def test_version_of_another_form_is_refused(raw, version):
    status, code, _ = refused(raw, "PUT", raw.resource(GROUP, "new"), FREE, query=f"api-version={version}")
    assert (status, code) == (400, "InvalidApiVersionParameter")


@pytest.mark.parametrize(
    "version", ["2021-10-01", "2023-02-01", "2024-11-01", "2021-04-01-preview", "2025-08-01-preview"]
)
def test_every_well_formed_version_is_taken(raw, version):
    assert raw.call("GET", raw.resource(GROUP, NAME), query=f"api-version={version}").status == 200


def test_nobody_gets_in_without_the_token(raw):
    path = raw.resource(GROUP, NAME, "/listKeys")
    status, code, _ = refused(raw, "POST", path, token=None)
    assert (status, code) == (401, "AuthenticationFailed")
    answer = raw.call("POST", path, token=None)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("token", ["wrong", "", " ", "ünïcödé".encode().decode("latin-1")])
def test_nobody_gets_in_with_another_token(raw, token):
    status, code, message = refused(raw, "PUT", raw.resource(GROUP, "new"), FREE, token=token)
    assert status == 401
    assert code in ("AuthenticationFailed", "InvalidAuthenticationToken")
    assert raw.management.token not in message


@pytest.mark.parametrize("header", ["Basic dXNlcjpwYXNz", "Bearer", "Negotiate x"])
def test_other_ways_to_say_who_one_is_are_refused(raw, header):
    path = raw.resource(GROUP, "new")
    status, code, _ = refused(raw, "PUT", path, FREE, token=None, headers={"Authorization": header})
    assert (status, code) == (401, "AuthenticationFailed")


def test_who_asks_is_checked_before_anything_else(raw):
    for path in ("/", "/no/such/path", raw.resource("nowhere", "x")):
        assert raw.call("GET", path, token="wrong", query="").status == 401


def test_other_subscriptions_are_not_found(raw):
    other = "/subscriptions/00000000-0000-0000-0000-000000000009"
    for path in (
        other,
        f"{other}/resourcegroups",
        f"{other}/resourceGroups/{GROUP}/providers/Microsoft.SignalRService/webPubSub/{NAME}",
    ):
        status, code, message = refused(raw, "GET", path)
        assert (status, code) == (404, "SubscriptionNotFound")
        assert "000000000009" in message
    assert refused(raw, "PUT", f"{other}/resourceGroups/new", {"location": "eastus"})[0] == 404
    assert refused(raw, "GET", "/subscriptions/mine/resourcegroups")[:2] == (400, "InvalidSubscriptionId")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "//",
        "/%FF",
        "/favicon.ico",
        "/subscription",
        "/subscriptions/x/y",
        "{group}/providers/Microsoft.Storage/accounts/x",
        "{group}/providers/Microsoft.SignalRService/signalR/x",
        "{group}/providers/Microsoft.SignalRService/webPubSub/conf-errors/what",
    ],
)
def test_path_there_is_not_is_not_found(raw, path):
    path = path.replace("{group}", raw.group(GROUP))
    for method in ("GET", "PUT"):
        assert refused(raw, method, path, FREE if method == "PUT" else None)[0] == 404


@pytest.mark.parametrize(
    ("method", "rest"),
    [
        ("POST", ""),
        ("GET", "/listKeys"),
        ("PUT", "/restart"),
        ("DELETE", "/hubs"),
        ("PATCH", "/hubs/chat"),
        ("PUT", "/skus"),
    ],
)
def test_method_a_path_does_not_have_is_refused(raw, method, rest):
    status, code, _ = refused(raw, method, raw.resource(GROUP, NAME, rest), FREE if method != "GET" else None)
    assert (status, code) == (405, "MethodNotAllowed")
    assert raw.call(method, raw.resource(GROUP, NAME, rest)).headers["Allow"]


def test_operation_there_was_not_is_not_found(raw):
    for kind in ("operationStatuses", "operationResults"):
        path = raw.resource(GROUP, NAME, f"/{kind}/00000000-0000-0000-0000-000000000000")
        assert refused(raw, "GET", path)[0] == 404


def test_body_of_more_than_a_mebibyte_is_refused_and_the_next_call_is_answered(raw):
    body = b'{"location": "eastus", "tags": {"a": "' + b"x" * 2**21 + b'"}}'
    assert refused(raw, "PUT", raw.resource(GROUP, "new"), body)[:2] == (400, "InvalidRequestContent")


def test_no_port_is_opened_for_what_is_refused_many_times(raw):
    before = listening_ports()
    for number in range(50):
        raw.call("PUT", raw.resource(GROUP, f"new-{number}"), {"location": "eastus", "sku": {"name": "Gold"}})
        raw.call("PUT", raw.resource("nowhere", f"new-{number}"), FREE)
    assert listening_ports() == before


def test_management_side_listens_on_loopback_even_where_others_may_connect(request):
    only_for_emulators(request)
    with Emulator(host="0.0.0.0", allow_remote_clients=True) as emulator:
        port = urlsplit(emulator.management.endpoint).port
        lines = psutil.Process().net_connections("tcp")
        assert {line.laddr.ip for line in lines if line.laddr.port == port and not line.raddr} == {"127.0.0.1"}
        raw = RawArm(emulator.management)
        made = raw.call("PUT", raw.resource(emulator.management.resource_group, NAME), FREE).json["properties"]
        assert (made["hostName"], made["publicPort"] in listening_ports()) == ("127.0.0.1", True)


def test_each_emulator_has_a_token_of_its_own(request, raw):
    only_for_emulators(request)
    with Emulator() as emulator:
        other = RawArm(emulator.management)
        path = other.group(emulator.management.resource_group)
        assert other.call("GET", path).status == 200
        assert other.call("GET", path, token=raw.management.token).status == 401
        assert emulator.management.token not in repr(emulator) + repr(emulator.management)
