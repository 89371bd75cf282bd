"""Hub settings: as JSON, in the shape Azure Resource Manager gives the properties of a hub."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from ..core.errors import BadRequest
from ..core.event_handler import AuthType, EventHandler, EventListener
from ..core.limits import DEFAULT_KEEP_ALIVE_SECONDS, MAX_KEEP_ALIVE_SECONDS
from ..core.settings import AnonymousConnectPolicy, HubSettings

T = TypeVar("T")
U = TypeVar("U")


class _Shape(msgspec.Struct, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """Unknown members are refused: a setting that is silently ignored is worse than an error."""


class _ManagedIdentity(_Shape):
    resource: str | None = None


class _Auth(_Shape):
    type: AuthType = "None"
    managed_identity: _ManagedIdentity | None = None


class _EventHandler(_Shape):
    url_template: str
    user_event_pattern: str | None = None
    system_events: list[str] | None = None
    auth: _Auth | None = None


class _Filter(_Shape):
    type: Literal["EventName"]
    system_events: list[str] | None = None
    user_event_pattern: str | None = None


class _Endpoint(_Shape):
    type: Literal["EventHub"]
    fully_qualified_namespace: str
    event_hub_name: str


class _EventListener(_Shape):
    filter: _Filter
    endpoint: _Endpoint


class _Properties(_Shape):
    anonymous_connect_policy: AnonymousConnectPolicy = "deny"
    web_socket_keep_alive_interval_in_seconds: Annotated[int, msgspec.Meta(ge=1, le=MAX_KEEP_ALIVE_SECONDS)] = (
        DEFAULT_KEEP_ALIVE_SECONDS
    )
    event_handlers: list[_EventHandler] | None = None
    event_listeners: list[_EventListener] | None = None


class _Hub(msgspec.Struct):
    """What else a hub has, such as its id, cannot be set and is read over: what was read may be sent back."""

    properties: _Properties


def read_settings(body: bytes) -> HubSettings:
    """Read `{"properties": {…}}`.

    Raises:
        BadRequest: it is no JSON of that shape, or holds a value the service refuses.
    """
    try:
        properties = msgspec.json.decode(body, type=_Hub).properties
        return HubSettings(
            anonymous_connect_policy=properties.anonymous_connect_policy,
            web_socket_keep_alive_interval_in_seconds=properties.web_socket_keep_alive_interval_in_seconds,
            event_handlers=_each("eventHandlers", _handler, properties.event_handlers),
            event_listeners=_each("eventListeners", _listener, properties.event_listeners),
        )
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        raise BadRequest(f"The settings of the hub cannot be used: {error}", target="properties") from error


def write_settings(settings: HubSettings) -> bytes:
    """Write `{"properties": {…}}`, every member named."""
    return msgspec.json.encode({"properties": properties_of(settings)})


def properties_of(settings: HubSettings) -> dict[str, Any]:
    """Return the properties of a hub, every member named; what there is none of is null."""
    return {
        "anonymousConnectPolicy": settings.anonymous_connect_policy,
        "webSocketKeepAliveIntervalInSeconds": settings.web_socket_keep_alive_interval_in_seconds,
        "eventHandlers": [_handler_shape(each) for each in settings.event_handlers] or None,
        "eventListeners": [
            {
                "filter": {
                    "type": "EventName",
                    "systemEvents": list(each.system_events),
                    "userEventPattern": each.user_event_pattern,
                },
                "endpoint": {
                    "type": "EventHub",
                    "fullyQualifiedNamespace": each.fully_qualified_namespace,
                    "eventHubName": each.event_hub_name,
                },
            }
            for each in settings.event_listeners
        ]
        or None,
    }


def _each(member: str, make: Callable[[T], U], shapes: Sequence[T] | None) -> tuple[U, ...]:
    """Make the values of a list; an error says which of them is meant."""
    values = []
    for index, shape in enumerate(shapes or ()):
        try:
            values.append(make(shape))
        except ValueError as error:
            raise ValueError(f"{error} - at `$.properties.{member}[{index}]`") from error
    return tuple(values)


def _handler(shape: _EventHandler) -> EventHandler:
    auth = shape.auth or _Auth()
    return EventHandler(
        url_template=shape.url_template,
        user_event_pattern=shape.user_event_pattern,
        system_events=tuple(shape.system_events or ()),  # type: ignore[arg-type]
        auth_type=auth.type,
        auth_resource=auth.managed_identity.resource if auth.managed_identity else None,
    )


def _listener(shape: _EventListener) -> EventListener:
    return EventListener(
        fully_qualified_namespace=shape.endpoint.fully_qualified_namespace,
        event_hub_name=shape.endpoint.event_hub_name,
        user_event_pattern=shape.filter.user_event_pattern,
        system_events=tuple(shape.filter.system_events or ()),  # type: ignore[arg-type]
    )


def _handler_shape(handler: EventHandler) -> dict[str, Any]:
    auth: dict[str, Any] | None = None
    if handler.auth_type != "None":
        auth = {"type": handler.auth_type, "managedIdentity": {"resource": handler.auth_resource}}
    return {
        "urlTemplate": handler.url_template,
        "userEventPattern": handler.user_event_pattern,
        "systemEvents": list(handler.system_events),
        "auth": auth,
    }
