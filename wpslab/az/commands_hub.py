"""Hub commands: the settings of hubs.

Each function runs one command and returns what az prints of it, as plain data; the table at the end describes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .call import Call
from .commands_resource import refuse_generic
from .flags import GENERIC, HUB, MINE
from .problem import usage_error
from .shapes import hub_shape
from .table import Argument, Command, Group

KEEP_ALIVE_SECONDS = 20


def create(call: Call) -> Any:
    values = call.values
    seconds = values["websocket_keepalive"]
    properties: dict[str, Any] = {
        "anonymousConnectPolicy": "allow" if values["allow_anonymous"] == "true" else "deny",
        "webSocketKeepAliveIntervalInSeconds": KEEP_ALIVE_SECONDS if seconds is None else seconds,
    }
    if values["event_handler"]:
        properties["eventHandlers"] = [event_handler(items) for items in values["event_handler"]]
    return hub_shape(call.arm.change("PUT", _path(call), {"properties": properties}, shows_body=True))


def update(call: Call) -> Any:
    refuse_generic(call)
    values, properties = call.values, call.arm.get(_path(call))["properties"]
    if values["allow_anonymous"]:
        properties["anonymousConnectPolicy"] = "allow" if values["allow_anonymous"] == "true" else "deny"
    if values["websocket_keepalive"] is not None:
        properties["webSocketKeepAliveIntervalInSeconds"] = values["websocket_keepalive"]
    if values["event_handler"]:
        properties["eventHandlers"] = [event_handler(items) for items in values["event_handler"]]
    return hub_shape(call.arm.change("PUT", _path(call), {"properties": properties}, shows_body=True))


def show(call: Call) -> Any:
    return hub_shape(call.arm.get(_path(call)))


def list_hubs(call: Call) -> Any:
    return [hub_shape(each) for each in call.arm.listed(call.resource("hubs"))]


def delete(call: Call) -> None:
    call.arm.change("DELETE", _path(call))


def event_handler(items: Sequence[str]) -> dict[str, Any]:
    """Read the `key=value` items of one event handler.

    Raises:
        AzError: an item without `=`, or an unknown key.
    """
    handler: dict[str, Any] = {}
    events: list[str] = []
    auth: dict[str, str] = {}
    for item in items:
        key, separator, value = item.partition("=")
        match key.lower():
            case _ if not separator:
                raise usage_error(f"usage error: --event-handler KEY=VALUE [KEY=VALUE ...]: '{item}' has no '='.")
            case "url-template":
                handler["urlTemplate"] = value
            case "user-event-pattern":
                handler["userEventPattern"] = value
            case "system-event":
                events.append(value)
            case "auth-type" | "auth-resource":
                auth[key.lower()] = value
            case _:
                raise usage_error(f"Unknown key '{key}' in --event-handler. {_KEYS}")
    if events:
        handler["systemEvents"] = events
    if auth:
        handler["auth"] = {"type": auth.get("auth-type", "ManagedIdentity")}
        if resource := auth.get("auth-resource"):
            handler["auth"]["managedIdentity"] = {"resource": resource}
    return handler


def _path(call: Call) -> str:
    return call.resource("hubs", call.values["hub_name"])


_KEYS = "Keys: url-template, user-event-pattern, system-event, auth-type, auth-resource."
_SETTINGS = (
    Argument(
        ("--event-handler",),
        f"An event handler as key=value items, with a blank between; repeat the flag for several. {_KEYS}",
        "groups",
    ),
    Argument(("--allow-anonymous",), "Whether clients may connect without a token.", "truth"),
    Argument(("--websocket-keepalive",), "Seconds between keep-alive pings, from 1 to 120.", "number"),
)

GROUPS = (Group("webpubsub hub", "Commands to manage Webpubsub hub settings."),)

COMMANDS = (
    Command(
        "webpubsub hub create",
        "Create hub settings for WebPubSub Service.",
        (*MINE, HUB, *_SETTINGS),
        create,
        examples=(
            (
                "Create a hub setting with two event handler settings",
                "az webpubsub hub create -n MyWPS -g MyRG --hub-name MyHub "
                '--event-handler url-template="http://host.com" user-event-pattern="MyEvent" '
                '--event-handler url-template="http://host2.com" system-event="connected" system-event="disconnected"',
            ),
            (
                "Create a hub that anyone can connect to",
                "az webpubsub hub create -n MyWPS -g MyRG --hub-name MyHub --allow-anonymous true",
            ),
        ),
    ),
    Command(
        "webpubsub hub update",
        "Update hub settings for WebPubSub Service.",
        (*MINE, HUB, *_SETTINGS, *GENERIC),
        update,
        examples=(
            (
                "Update event handler settings of a hub",
                "az webpubsub hub update -n MyWPS -g MyRG --hub-name MyHub "
                '--event-handler url-template="http://host.com" user-event-pattern="MyEvent"',
            ),
        ),
    ),
    Command("webpubsub hub show", "Show hub settings for WebPubSub Service.", (*MINE, HUB), show),
    Command("webpubsub hub list", "List all hub settings for WebPubSub Service.", MINE, list_hubs),
    Command("webpubsub hub delete", "Delete hub settings for WebPubSub Service.", (*MINE, HUB), delete),
)
