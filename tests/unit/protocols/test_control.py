"""What only an emulator answers, called without a socket."""

import json

import jwt
import msgspec
import pytest

from wpslab.emulator.core.clock import Clock
from wpslab.emulator.core.failures import Failure, FailureKind
from wpslab.emulator.core.limits import MAX_EVENT_LISTENERS
from wpslab.emulator.core.record import Record
from wpslab.emulator.core.service import Service
from wpslab.emulator.core.settings import HubSettings
from wpslab.emulator.core.snapshot import EmulatorSnapshot, EventHandlerSnapshot
from wpslab.emulator.core.trace_entry import TracePage
from wpslab.emulator.protocols.control import handle, is_control_path
from wpslab.emulator.protocols.hub_settings import read_settings
from wpslab.emulator.protocols.rest import RestRequest

HOST = "localhost:8080"
HUB = "/emulator/hubs/chat"
FAILURES = "/emulator/failures"
TRACE = "/emulator/trace"
SNAPSHOT = "/emulator/snapshot"


class Transport:
    def deliver(self, message, connections):
        raise AssertionError("nobody is connected")

    def close(self, connection, code, reason):
        raise AssertionError("nobody is connected")


class Control:
    """A service, and a caller with its key."""

    def __init__(self, trace_size=0):
        self.service = Service(Transport(), clock=Clock(lambda: 1000.0), new_id=lambda: "c1", trace_size=trace_size)

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
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", HUB), ("PUT", HUB), ("GET", FAILURES), ("GET", TRACE), ("GET", SNAPSHOT), ("GET", "/emulator/x")],
)
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
    [
        ("POST", HUB, "GET, PUT"),
        ("DELETE", HUB, "GET, PUT"),
        ("PUT", FAILURES, "GET"),
        ("DELETE", FAILURES, "GET"),
        ("POST", TRACE, "GET"),
        ("PUT", SNAPSHOT, "GET"),
    ],
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


# What happened, and what there is


def page(control, query=""):
    response = control("GET", f"{TRACE}{query}", audience=f"http://{HOST}{TRACE}")
    assert response.status == 200
    return msgspec.json.decode(response.body, type=TracePage)


def test_trace_that_is_off_says_so(control):
    assert page(control) == TracePage(False, [], control.service.trace.began)


def test_trace_in_which_nothing_happened_is_on_and_empty():
    control = Control(100)
    assert page(control) == TracePage(True, [], control.service.trace.began)


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [1, 2, 3, 4, 5]),
        ("?since=3", [4, 5]),
        ("?since=1&limit=2", [2, 3]),
        ("?since=&limit=", [1, 2, 3, 4, 5]),
        ("?limit=0", []),
        ("?since=5", []),
        ("?since=999999999999999999", [1, 2, 3, 4, 5]),
    ],
)
def test_trace_is_read_from_a_number_on(query, numbers):
    control = Control(100)
    for _ in range(5):
        control.service.trace.add(Record("joined", "chat"))
    assert [entry.number for entry in page(control, query).entries] == numbers


def test_one_page_has_a_thousand_entries_at_most():
    control = Control(2000)
    for _ in range(1500):
        control.service.trace.add(Record("joined", "chat"))
    assert len(page(control, "?limit=2000").entries) == 1000


@pytest.mark.parametrize("query", ["?since=-1", "?since=x", "?limit=1.5", "?since=%C2%B2", "?since=1" + "0" * 30])
def test_what_is_no_number_is_400(control, query):
    response = control("GET", f"{TRACE}{query}", audience=f"http://{HOST}{TRACE}")
    assert response.status == 400
    assert "is a number from 0 on" in error(response)["message"]


def test_asking_is_no_entry():
    control = Control(100)
    page(control)
    control("GET", SNAPSHOT)
    assert page(control).entries == []


def test_snapshot_has_the_handlers_of_a_hub_with_their_secrets_masked(control):
    handler = {"urlTemplate": "http://h/{event}?code=s3cret", "userEventPattern": "*", "systemEvents": ["connect"]}
    body = settings(eventHandlers=[handler], eventListeners=listeners(2))
    assert control("PUT", HUB, body).status == 200
    response = control("GET", SNAPSHOT)
    assert b"s3cret" not in response.body
    hub = msgspec.json.decode(response.body, type=EmulatorSnapshot).hubs["chat"]
    assert hub.event_handlers == (EventHandlerSnapshot("http://h/{event}?code=***", "*", ("connect",)),)
    assert (hub.connections, hub.event_listeners) == ((), 2)


def test_snapshot_says_up_to_which_entry_it_goes():
    control = Control(100)
    control.service.trace.add(Record("joined", "chat"))
    assert msgspec.json.decode(control("GET", SNAPSHOT).body, type=EmulatorSnapshot).number == 1
