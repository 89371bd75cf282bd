"""Hub settings as JSON: what is written can be read, and what cannot be used is named."""

import json

import pytest

from wpslab.emulator.core.errors import BadRequest
from wpslab.emulator.core.event_handler import EventHandler, EventListener
from wpslab.emulator.core.settings import HubSettings
from wpslab.emulator.protocols.hub_settings import read_settings, write_settings

HANDLER = {"urlTemplate": "http://localhost:8080/eventhandler"}
LISTENER = {
    "filter": {"type": "EventName", "systemEvents": ["connected"], "userEventPattern": "*"},
    "endpoint": {"type": "EventHub", "fullyQualifiedNamespace": "ns.servicebus.windows.net", "eventHubName": "events"},
}

EVERYTHING = HubSettings(
    anonymous_connect_policy="allow",
    web_socket_keep_alive_interval_in_seconds=120,
    event_handlers=(
        EventHandler(
            "http://localhost:8081/api/{hub}/{event}?code=abc",
            "message,order.created",
            ("connect", "connected", "disconnected"),
        ),
        EventHandler("https://example.test/eventhandler", "*", (), "ManagedIdentity", "api://my-app-id"),
        EventHandler("http://localhost:8081/system", None, ("connected",)),
    ),
    event_listeners=(EventListener("ns.servicebus.windows.net", "events", "*", ("connected", "disconnected")),),
)


def read(**properties):
    return read_settings(json.dumps({"properties": properties}).encode())


@pytest.mark.parametrize("settings", [HubSettings(), EVERYTHING], ids=["defaults", "everything"])
def test_what_is_written_reads_as_the_same_settings(settings):
    assert read_settings(write_settings(settings)) == settings


def test_every_member_is_written_with_the_name_azure_gives_it():
    properties = json.loads(write_settings(EVERYTHING))["properties"]
    assert properties == {
        "anonymousConnectPolicy": "allow",
        "webSocketKeepAliveIntervalInSeconds": 120,
        "eventHandlers": [
            {
                "urlTemplate": "http://localhost:8081/api/{hub}/{event}?code=abc",
                "userEventPattern": "message,order.created",
                "systemEvents": ["connect", "connected", "disconnected"],
                "auth": None,
            },
            {
                "urlTemplate": "https://example.test/eventhandler",
                "userEventPattern": "*",
                "systemEvents": [],
                "auth": {"type": "ManagedIdentity", "managedIdentity": {"resource": "api://my-app-id"}},
            },
            {
                "urlTemplate": "http://localhost:8081/system",
                "userEventPattern": None,
                "systemEvents": ["connected"],
                "auth": None,
            },
        ],
        "eventListeners": [
            {
                "filter": {
                    "type": "EventName",
                    "systemEvents": ["connected", "disconnected"],
                    "userEventPattern": "*",
                },
                "endpoint": {
                    "type": "EventHub",
                    "fullyQualifiedNamespace": "ns.servicebus.windows.net",
                    "eventHubName": "events",
                },
            }
        ],
    }


def test_what_is_left_out_has_the_services_defaults():
    assert read() == HubSettings()
    assert read(eventHandlers=[HANDLER]).event_handlers == (EventHandler(HANDLER["urlTemplate"]),)


def test_null_lists_and_an_auth_of_null_are_empty():
    assert read(eventHandlers=None, eventListeners=None) == HubSettings()
    nulls = {"systemEvents": None, "userEventPattern": None, "auth": None}
    assert read(eventHandlers=[HANDLER | nulls]).event_handlers == (EventHandler(HANDLER["urlTemplate"]),)


def test_system_events_compare_without_case():
    handler = read(eventHandlers=[HANDLER | {"systemEvents": ["Connect"]}]).event_handlers[0]
    assert handler.filter.takes_system("connect")


@pytest.mark.parametrize(
    ("properties", "names"),
    [
        ({"eventHandler": []}, "unknown field `eventHandler` - at `$.properties`"),
        (
            {"eventHandlers": [HANDLER | {"groupPresenceEvents": {}}]},
            "unknown field `groupPresenceEvents` - at `$.properties.eventHandlers[0]`",
        ),
        (
            {"eventHandlers": [HANDLER | {"auth": {"kind": "None"}}]},
            "unknown field `kind` - at `$.properties.eventHandlers[0].auth`",
        ),
        (
            {"eventListeners": [LISTENER | {"name": "x"}]},
            "unknown field `name` - at `$.properties.eventListeners[0]`",
        ),
    ],
)
def test_unknown_member_is_named_with_its_place(properties, names):
    with pytest.raises(BadRequest) as caught:
        read(**properties)
    assert names in str(caught.value)
    assert str(caught.value).startswith("The settings of the hub cannot be used: ")
    assert caught.value.target == "properties"


@pytest.mark.parametrize(
    ("properties", "names"),
    [
        ({"anonymousConnectPolicy": "maybe"}, "'maybe' - at `$.properties.anonymousConnectPolicy`"),
        ({"anonymousConnectPolicy": None}, "got `null` - at `$.properties.anonymousConnectPolicy`"),
        ({"webSocketKeepAliveIntervalInSeconds": 0}, "at `$.properties.webSocketKeepAliveIntervalInSeconds`"),
        ({"webSocketKeepAliveIntervalInSeconds": 121}, "at `$.properties.webSocketKeepAliveIntervalInSeconds`"),
        ({"webSocketKeepAliveIntervalInSeconds": "20"}, "at `$.properties.webSocketKeepAliveIntervalInSeconds`"),
        ({"eventHandlers": {}}, "at `$.properties.eventHandlers`"),
        ({"eventHandlers": [{}]}, "missing required field `urlTemplate` - at `$.properties.eventHandlers[0]`"),
        ({"eventHandlers": [HANDLER | {"systemEvents": "connect"}]}, "[0].systemEvents`"),
        ({"eventHandlers": [HANDLER | {"auth": {"type": "Basic"}}]}, "'Basic' - at `$.properties.eventHandlers[0]"),
        ({"eventListeners": [LISTENER | {"filter": {"type": "All"}}]}, "'All'"),
        ({"eventListeners": [{"filter": LISTENER["filter"]}]}, "missing required field `endpoint`"),
    ],
)
def test_value_of_a_wrong_type_is_named_with_its_place(properties, names):
    with pytest.raises(BadRequest) as caught:
        read(**properties)
    assert names in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"urlTemplate": "localhost/x"}, "url_template 'localhost/x' is no absolute URL"),
        ({"urlTemplate": "http://{hub}.example/x"}, "not in the host"),
        ({"urlTemplate": "http://localhost/{type}"}, "there is no {type}"),
        ({"urlTemplate": "tunnel:///x"}, "the emulator reaches http://127.0.0.1 by itself"),
        ({"userEventPattern": "order.*"}, "'order.*' is no event name"),
        ({"systemEvents": ["connecting"]}, "There is no system event 'connecting'"),
        ({"auth": {"type": "ManagedIdentity"}}, "auth_resource is missing"),
    ],
)
def test_handler_the_service_would_refuse_is_counted_in_its_list(changes, says):
    with pytest.raises(BadRequest) as caught:
        read(eventHandlers=[HANDLER, HANDLER | changes])
    assert says in str(caught.value)
    assert str(caught.value).endswith("- at `$.properties.eventHandlers[1]`")


def test_listener_the_service_would_refuse_is_counted_in_its_list():
    deaf = {"type": "EventName", "systemEvents": ["connect"]}
    with pytest.raises(BadRequest, match=r"cannot take `connect`.*eventListeners\[1\]"):
        read(eventListeners=[LISTENER, LISTENER | {"filter": deaf}])


def test_secret_in_a_template_is_not_repeated():
    with pytest.raises(BadRequest) as caught:
        read(eventHandlers=[{"urlTemplate": "ftp://ann:pass@localhost/x?code=s3cret"}])
    assert "s3cret" not in str(caught.value)
    assert "pass" not in str(caught.value)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"{}", b'{"properties": null}', b'"\xff"', b"[" * 5000])
def test_body_that_is_no_such_json_is_a_bad_request(body):
    with pytest.raises(BadRequest, match="The settings of the hub cannot be used"):
        read_settings(body)
