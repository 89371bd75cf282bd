"""Events: what the service tells its upstream, read from HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .http import Headers
from .responses import MEDIA_TYPES, METADATA_PREFIX, DataType, Reject, decode_state

REQUIRED = (
    *("WebHook-Request-Origin", "ce-awpsversion", "ce-type", "ce-id", "ce-time"),
    *("ce-connectionId", "ce-hub", "ce-eventName"),
)


@dataclass(frozen=True, slots=True)
class ConnectionContext:
    """Which connection an event is about.

    `state` is what an earlier answer stored, `raw_state` the same as the service holds it. A retry has the same
    `connection_id` and `event_id`; `event_id` grows with each event of a connection.
    """

    hub: str
    connection_id: str
    user_id: str | None
    subprotocol: str | None
    event_name: str
    event_id: int
    time: datetime
    origin: str
    state: dict[str, Any]
    raw_state: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class EventRequest:
    """An event of a connection."""

    context: ConnectionContext

    @property
    def connection_id(self) -> str:
        """The connection's id."""
        return self.context.connection_id

    @property
    def user_id(self) -> str | None:
        """The connection's user, or None."""
        return self.context.user_id

    @property
    def state(self) -> dict[str, Any]:
        """What an earlier answer stored. To change it, answer with a new one."""
        return self.context.state

    @property
    def event_name(self) -> str:
        """The event's name, in the client's spelling."""
        return self.context.event_name


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """A certificate the client showed, as PEM."""

    thumbprint: str
    content: str


@dataclass(frozen=True, slots=True)
class ConnectRequest(EventRequest):
    """A client asks to connect; the connection does not exist yet."""

    claims: Mapping[str, tuple[str, ...]]
    query: Mapping[str, tuple[str, ...]]
    headers: Headers
    subprotocols: tuple[str, ...]
    client_certificates: tuple[ClientCertificate, ...]


@dataclass(frozen=True, slots=True)
class ConnectedRequest(EventRequest):
    """A client is connected."""


@dataclass(frozen=True, slots=True)
class DisconnectedRequest(EventRequest):
    """A connection ended. `reason` is for people, and may be empty."""

    reason: str


@dataclass(frozen=True, slots=True)
class UserEventRequest(EventRequest):
    """A client sends. `data` is str, bytes or parsed JSON, as `data_type` says; `body` is the bytes it came as."""

    data: Any
    data_type: DataType
    body: bytes = field(repr=False)
    metadata: Mapping[str, str]


def read_context(headers: Headers) -> ConnectionContext:
    """Read what every event has. Raises Reject."""
    if missing := [name for name in REQUIRED if name not in headers]:
        raise Reject(400, f"This is no event of Azure Web PubSub: it lacks {', '.join(missing)}.")
    (origin, _, _, event_id, time, connection_id, hub, event_name) = (headers.joined(name) or "" for name in REQUIRED)
    try:
        number, moment = int(event_id), datetime.fromisoformat(time)
    except ValueError:
        raise Reject(400, f"ce-id is a number and ce-time a time, not {event_id!r} and {time!r}.") from None
    return ConnectionContext(
        hub=hub,
        connection_id=connection_id,
        user_id=headers.joined("ce-userId") or None,
        subprotocol=headers.joined("ce-subprotocol") or None,
        event_name=event_name,
        event_id=number,
        time=moment,
        origin=origin,
        state=decode_state(headers.joined("ce-connectionState")),
        raw_state=headers.joined("ce-connectionState"),
    )


def read_event(context: ConnectionContext, headers: Headers, body: bytes) -> EventRequest:
    """Read an event. Raises Reject."""
    kind = headers.joined("ce-type") or ""
    match kind.lower().split(".", 3):
        case ["azure", "webpubsub", "user", _]:
            return _read_user_event(context, headers, body)
        case ["azure", "webpubsub", "sys", "connect"]:
            return _read_connect(context, _read_object(headers, body))
        case ["azure", "webpubsub", "sys", "connected"]:
            return ConnectedRequest(context)
        case ["azure", "webpubsub", "sys", "disconnected"]:
            return DisconnectedRequest(context, str(_read_object(headers, body).get("reason") or ""))
    raise Reject(400, f"ce-type is azure.webpubsub.sys.… or azure.webpubsub.user.…, not {kind!r}.")


def _read_user_event(context: ConnectionContext, headers: Headers, body: bytes) -> UserEventRequest:
    media_type = _media_type(headers)
    data_type = next((name for name, text in MEDIA_TYPES.items() if text == media_type), None)
    if data_type is None:
        raise Reject(415, f"Content-Type is one of {', '.join(MEDIA_TYPES.values())}, not {media_type!r}.")
    data: Any = body
    if data_type == "json":
        data = _read_json(body)
    elif data_type == "text":
        try:
            data = body.decode()
        except UnicodeDecodeError:
            raise Reject(400, "The text is not UTF-8.") from None
    metadata = {
        name.removeprefix(METADATA_PREFIX): values[-1]
        for name, values in headers.items()
        if name.startswith(METADATA_PREFIX)
    }
    return UserEventRequest(context, data, data_type, body, metadata)


def _read_connect(context: ConnectionContext, body: dict[str, Any]) -> ConnectRequest:
    try:
        headers = _lists(body, "headers")
        return ConnectRequest(
            context,
            claims=_lists(body, "claims"),
            query=_lists(body, "query"),
            headers=Headers((name, value) for name, values in headers.items() for value in values),
            subprotocols=tuple(map(str, body.get("subprotocols") or ())),
            client_certificates=tuple(
                ClientCertificate(item["thumbprint"], item["content"]) for item in body.get("clientCertificates") or ()
            ),
        )
    except (AttributeError, KeyError, TypeError):
        raise Reject(400, "The body is not that of a connect event.") from None


def _lists(body: dict[str, Any], name: str) -> dict[str, tuple[str, ...]]:
    lists = (body.get(name) or {}).items()
    return {key: (value,) if isinstance(value, str) else tuple(map(str, value)) for key, value in lists}


def _read_object(headers: Headers, body: bytes) -> dict[str, Any]:
    if _media_type(headers) != "application/json":
        raise Reject(415, f"Content-Type of a system event is application/json, not {_media_type(headers)!r}.")
    value = _read_json(body)
    if not isinstance(value, dict):
        raise Reject(400, "The body of a system event is a JSON object.")
    return value


def _read_json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Reject(400, f"The body is no JSON: {error}.") from None


def _media_type(headers: Headers) -> str:
    return (headers.joined("Content-Type") or "").partition(";")[0].strip().lower()
