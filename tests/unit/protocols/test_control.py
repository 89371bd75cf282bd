"""What only an emulator answers, called without a socket."""

import json

import jwt
import msgspec
import pytest

from wpslab.emulator.core.clock import Clock
from wpslab.emulator.core.failures import Failure, FailureKind
from wpslab.emulator.core.limits import MAX_EVENT_LISTENERS
from wpslab.emulator.core.service import Service
from wpslab.emulator.core.settings import HubSettings
from wpslab.emulator.protocols.control import handle, is_control_path
from wpslab.emulator.protocols.hub_settings import read_settings
from wpslab.emulator.protocols.rest import RestRequest

HOST = "localhost:8080"
HUB = "/emulator/hubs/chat"
FAILURES = "/emulator/failures"


class Transport:
    def deliver(self, message, connections):
        raise AssertionError("nobody is connected")

    def close(self, connection, code, reason):
        raise AssertionError("nobody is connected")


class Control:
    """A service, and a caller with its key."""

    def __init__(self):
        self.service = Service(Transport(), clock=Clock(lambda: 1000.0), new_id=lambda: "c1")

    def __call__(self, method, target, body=b"", *, key=None, audience=None, expires=1060, authorization=None):
        claims = {"aud": audience or f"http://{HOST}{target}", "exp": expires}
        token = jwt.encode(claims, key or self.service.keys.primary)
        headers = [("host", HOST), ("authorization", authorization or f"Bearer {token}")]
        return handle(self.service, RestRequest(method, target, headers, body))


@pytest.fixture
def control():
    return Control()


def settings(**properties):
    return json.dumps({"properties": properties}).encode()


def error(response):
    return json.loads(response.body)


def listeners(number):
    return [
        {
            "filter": {"type": "EventName", "userEventPattern": "*"},
            "endpoint": {"type": "EventHub", "fullyQualifiedNamespace": "ns.example", "eventHubName": f"hub{each}"},
        }
        for each in range(number)
    ]


@pytest.mark.parametrize(
    ("path", "is_one"),
    [(HUB, True), (FAILURES, True), ("/emulator/x", True), ("/emulator", False), ("/api/emulator/", False)],
)
def test_control_paths_are_those_below_emulator(path, is_one):
    assert is_control_path(path) is is_one


def test_settings_of_a_hub_nobody_has_used_are_the_defaults_and_asking_makes_no_hub(control):
    response = control("GET", HUB)
    assert (response.status, response.headers) == (200, {"Content-Type": "application/json"})
    assert read_settings(response.body) == HubSettings()
    assert control.service.hubs == {}


def test_settings_are_set_as_a_whole_and_answered(control):
    handlers = [{"urlTemplate": "http://localhost:8081/x", "userEventPattern": "*", "systemEvents": ["connect"]}]
    response = control("PUT", HUB, settings(anonymousConnectPolicy="allow", eventHandlers=handlers))
    assert response.status == 200
    assert read_settings(response.body) == control.service.hub("chat").settings
    assert control.service.hub("chat").settings.anonymous_connect_policy == "allow"
    assert control("GET", HUB).body == response.body
    assert read_settings(control("PUT", HUB, settings()).body) == HubSettings()


def test_hub_names_compare_without_case_and_may_be_escaped(control):
    control("PUT", "/emulator/hubs/Ch%61t", settings(anonymousConnectPolicy="allow"))
    assert read_settings(control("GET", HUB).body).anonymous_connect_policy == "allow"


def test_failures_come_oldest_first_and_read_as_they_were(control):
    assert control("GET", FAILURES).body == b"[]"
    failures = [
        Failure(kind=FailureKind.REFUSED, hub=None, event="connect", status=401, detail="no token"),
        Failure(kind=FailureKind.REJECTED, hub="chat", event="connect", status=403, body=b"\xff no"),
    ]
    for failure in failures:
        control.service.trace.add_failure(failure)
    response = control("GET", FAILURES)
    assert (response.status, response.headers) == (200, {"Content-Type": "application/json"})
    expected = [msgspec.structs.replace(failure, time=1000.0) for failure in failures]
    assert msgspec.json.decode(response.body, type=list[Failure]) == expected


def test_secondary_key_and_a_query_are_as_good(control):
    assert control("GET", HUB, key=control.service.keys.secondary).status == 200
    assert control("GET", f"{HUB}?x=1", audience=f"http://{HOST}{HUB}").status == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"authorization": "Basic eDp5"},
        {"authorization": "Bearer nonsense"},
        {"key": "k" * 44},
        {"audience": f"http://{HOST}/emulator/hubs/news"},
        {"audience": "http://another.example/emulator/hubs/chat"},
        {"expires": 600},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
@pytest.mark.parametrize(("method", "path"), [("GET", HUB), ("PUT", HUB), ("GET", FAILURES), ("GET", "/emulator/x")])
def test_without_a_token_that_holds_nothing_is_told_and_nothing_changed(control, wrong, method, path):
    response = control(method, path, settings(anonymousConnectPolicy="allow"), **wrong)
    assert (response.status, response.headers, response.body) == (401, {"WWW-Authenticate": "Bearer"}, b"")
    assert control.service.hubs == {}


@pytest.mark.parametrize("path", ["/emulator/x", "/emulator/", "/emulator/failures/1", "/emulator/hub/chat"])
def test_unknown_path_is_404(control, path):
    response = control("GET", path)
    assert response.status == 404
    assert error(response) == {"code": "NotFound", "message": f"There is nothing at `{path}`."}


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("POST", HUB, "GET, PUT"), ("DELETE", HUB, "GET, PUT"), ("PUT", FAILURES, "GET"), ("DELETE", FAILURES, "GET")],
)
def test_another_method_is_405_and_the_answer_says_which_are_taken(control, method, path, allowed):
    response = control(method, path)
    assert (response.status, response.headers["Allow"]) == (405, allowed)
    assert error(response) == {"code": "MethodNotAllowed", "message": f"Here only {allowed} is answered."}


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        (HUB, b"", "The settings of the hub cannot be used"),
        (HUB, settings(eventHandler=[]), "unknown field `eventHandler`"),
        (HUB, settings(anonymousConnectPolicy="maybe"), "anonymousConnectPolicy"),
        ("/emulator/hubs/1chat", settings(), "Invalid hub name `1chat`"),
        ("/emulator/hubs/", settings(), "Invalid hub name ``"),
        ("/emulator/hubs/chat%2Fx", settings(), "Invalid hub name `chat/x`"),
        ("/emulator/hubs/%ff", settings(), "an escape that is not UTF-8"),
    ],
)
def test_settings_or_a_name_the_service_would_refuse_are_400_and_change_nothing(control, path, body, says):
    response = control("PUT", path, body, audience=f"http://{HOST}{path}")
    assert response.status == 400
    assert error(response)["code"] == "BadRequest"
    assert says in error(response)["message"]
    assert control.service.hubs == {}


def test_illegal_hub_name_is_400_for_get_too(control):
    assert control("GET", "/emulator/hubs/1chat").status == 400


def test_more_event_listeners_than_a_resource_has_are_409_and_change_nothing(control):
    assert control("PUT", "/emulator/hubs/news", settings(eventListeners=listeners(6))).status == 200
    response = control("PUT", HUB, settings(eventListeners=listeners(5)))
    assert response.status == 409
    assert f"at most {MAX_EVENT_LISTENERS} event listeners" in error(response)["message"]
    assert control.service.look_up("chat").settings.event_listeners == ()
