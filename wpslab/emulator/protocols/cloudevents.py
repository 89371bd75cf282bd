"""CloudEvents: an event as the HTTP request a webhook gets, and a webhook's answer as the hub understands it.

Source: "CloudEvents extension for Azure Web PubSub" and CloudEvents HTTP webhook 1.0, section 4 (abuse protection).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import quote

import msgspec

from ..core.admission import ConnectAnswer, EventAnswer
from ..core.errors import InvalidAnswer
from ..core.events import ConnectEvent, DisconnectedEvent, Event, UserEvent
from ..core.failures import FailureKind
from ..core.messages import DataType, Payload
from ..core.names import metadata_problem

Headers = Sequence[tuple[str, str]]

_PARAMETER = re.compile(r"\{(hub|event)\}", re.IGNORECASE)
_CONTENT_TYPES: dict[DataType, str] = {
    "text": "text/plain; charset=utf-8",
    "json": "application/json",
    "binary": "application/octet-stream",
    "protobuf": "application/x-protobuf",
}
_DATA_TYPES: dict[str, DataType] = {value.partition(";")[0]: name for name, value in _CONTENT_TYPES.items()}
_JSON = "application/json; charset=utf-8"
_METADATA = "x-webpubsub-metadata-"
_LEFT_OUT = ("authorization",)
_LEFT_OUT_PREFIX = "x-asrs-internal-"
_NO_HEADER_TEXT = re.compile(r"[^\t\x20-\x7e]")
_NO_USER_ID_TEXT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_RETRIED = frozenset({408, *range(500, 600)})


class WebhookRequest(msgspec.Struct, frozen=True):
    """A request to a webhook."""

    method: Literal["POST", "OPTIONS", "GET"]
    url: str
    headers: dict[str, str]
    body: bytes = b""


class WebhookResponse(msgspec.Struct, frozen=True):
    """What a webhook answered. Headers come as they stood there, repeated ones too."""

    status: int
    headers: Headers = ()
    body: bytes = b""

    @property
    def is_success(self) -> bool:
        """Whether the status is one of the 2xx."""
        return 200 <= self.status < 300

    @property
    def may_be_retried(self) -> bool:
        """Whether the same request is sent again: after 408 and 5xx."""
        return self.status in _RETRIED

    def values(self, name: str) -> list[str]:
        """Return the values of a header, one for each line it stands on."""
        return [value for key, value in self.headers if key.lower() == name]


# Requests


def expand(template: str, hub: str, event: str) -> str:
    """Return a handler's URL for one event: `{hub}` and `{event}` replaced, percent-encoded; other braces stay."""
    values = {"hub": quote(hub, safe=""), "event": quote(event, safe="")}
    return _PARAMETER.sub(lambda match: values[match[1].lower()], template)


def validation_request(url: str, host: str, method: Literal["OPTIONS", "GET"] = "OPTIONS") -> WebhookRequest:
    """Return the request that asks a webhook whether it wants this service's events."""
    return WebhookRequest(method, url, {"WebHook-Request-Origin": origin(host), "ce-awpsversion": "1.0"})


def event_request(event: Event, url: str, keys: Iterable[str], request_id: str) -> WebhookRequest:
    """Return the request that carries an event.

    Raises:
        InvalidAnswer: a value, such as a state a handler set, does not fit into a header.
    """
    kind = "user" if isinstance(event, UserEvent) else "sys"
    headers = {
        "WebHook-Request-Origin": origin(event.host),
        "Content-Type": _content_type(event),
        "ce-specversion": "1.0",
        "ce-awpsversion": "1.0",
        "ce-type": f"azure.webpubsub.{kind}.{event.name}",
        "ce-source": f"/hubs/{event.hub}/client/{event.connection_id}",
        "ce-id": str(event.id),
        "ce-time": datetime.fromtimestamp(int(event.time), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "ce-signature": signature(event.connection_id, keys),
        "ce-connectionId": event.connection_id,
        "ce-hub": event.hub,
        "ce-eventName": event.name,
        "x-ms-client-request-id": request_id,
    }
    if event.subprotocol is not None:
        headers["ce-subprotocol"] = event.subprotocol
    if event.state is not None:
        headers["ce-connectionState"] = event.state
    if isinstance(event, UserEvent) and event.payload.metadata:
        headers |= {f"X-WebPubSub-Metadata-{key.lower()}": value for key, value in event.payload.metadata.items()}
    _check_headers(headers)
    if event.user_id:
        if _NO_USER_ID_TEXT.search(event.user_id):
            raise InvalidAnswer(FailureKind.HEADER, "the user id holds a control character, which no header can carry")
        headers["ce-userId"] = event.user_id  # the only one that may leave ASCII: it travels as UTF-8
    try:
        body = _body(event)
    except UnicodeEncodeError as error:
        raise InvalidAnswer(FailureKind.HEADER, "a claim or a query value is no Unicode text") from error
    return WebhookRequest("POST", url, headers, body)


def origin(host: str) -> str:
    """Return the `WebHook-Request-Origin` of a host: without its port."""
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]


def signature(connection_id: str, keys: Iterable[str]) -> str:
    """Return `ce-signature`: the connection id signed with each access key, whose characters are the key."""
    return ",".join(
        f"sha256={hmac.new(key.encode(), connection_id.encode(), hashlib.sha256).hexdigest()}" for key in keys
    )


def _content_type(event: Event) -> str:
    return _CONTENT_TYPES[event.payload.data_type] if isinstance(event, UserEvent) else _JSON


def _body(event: Event) -> bytes:
    match event:
        case UserEvent():
            return event.payload.data
        case DisconnectedEvent():
            return msgspec.json.encode({"reason": event.reason})
        case ConnectEvent():
            return msgspec.json.encode(
                {
                    "claims": _lists(event.claims),
                    "query": _lists(event.query),
                    "headers": _lists(event.headers),
                    "subprotocols": list(event.subprotocols),
                    "clientCertificates": [],
                }
            )
        case _:
            return b"{}"


def _lists(values: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    return {name: list(each) for name, each in values.items()}


def client_headers(headers: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return a client's headers as the connect event tells them: every value, without what carries its token."""
    found: dict[str, list[str]] = {}
    spelling: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        if key not in _LEFT_OUT and not key.startswith(_LEFT_OUT_PREFIX):
            found.setdefault(spelling.setdefault(key, name), []).append(value)
    return found


def _check_headers(headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if _NO_HEADER_TEXT.search(value):
            raise InvalidAnswer(FailureKind.HEADER, f"{name} holds a character that is not printable ASCII")


# Answers


def validation_problem(response: WebhookResponse, host: str) -> FailureKind | None:
    """Return what is wrong with the answer to a validation request, or None: the webhook wants our events."""
    if not response.is_success:
        return FailureKind.VALIDATION_STATUS
    allowed = [value.strip().lower() for value in response.values("webhook-allowed-origin")]
    if not allowed:
        return FailureKind.VALIDATION_NO_ORIGIN
    return None if {"*", origin(host).lower()} & set(allowed) else FailureKind.VALIDATION_WRONG_ORIGIN


class _ConnectBody(msgspec.Struct):
    userId: str | None = None
    roles: list[str | None] | None = None
    groups: list[str | None] | None = None
    subprotocol: str | None = None


_decode_connect = msgspec.json.Decoder(_ConnectBody | None).decode


def read_connect_answer(response: WebhookResponse) -> ConnectAnswer:
    """Read a 2xx answer to `connect`: nothing, `null`, or a JSON object, whatever its content type says.

    Raises:
        InvalidAnswer: it cannot be used.
    """
    try:
        body = _decode_connect(response.body) if response.body else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidAnswer(FailureKind.BAD_JSON, str(error)) from error
    body = body or _ConnectBody()
    for kind, values in ((FailureKind.BAD_ROLES, body.roles), (FailureKind.BAD_GROUPS, body.groups)):
        if values is not None and None in values:
            raise InvalidAnswer(kind, "there is a null in the list")
    return ConnectAnswer(
        user_id=body.userId,
        roles=None if body.roles is None else [role for role in body.roles if role is not None],
        groups=None if body.groups is None else [group for group in body.groups if group is not None],
        subprotocol=body.subprotocol,
        state=read_state(response),
    )


def read_event_answer(response: WebhookResponse, *, to_pubsub_client: bool) -> EventAnswer:
    """Read a 2xx answer to a user event: nothing, or a message for the caller.

    Raises:
        InvalidAnswer: it cannot be used.
    """
    metadata = _metadata(response)
    if not response.body:
        return EventAnswer(Payload("text", b"", metadata) if metadata else None, read_state(response))
    content_types = response.values("content-type")
    media_type = content_types[-1].partition(";")[0].strip().lower() if content_types else ""
    data_type = _DATA_TYPES.get(media_type or _CONTENT_TYPES["binary"])
    if data_type is None:
        raise InvalidAnswer(FailureKind.BAD_CONTENT_TYPE, media_type)
    _check_data(data_type, response.body, is_embedded=to_pubsub_client)
    return EventAnswer(Payload(data_type, response.body, metadata), read_state(response))


def read_state(response: WebhookResponse) -> str | None:
    """Return the connection state an answer sets: the last header of that name, None if there is none."""
    values = response.values("ce-connectionstate")
    return values[-1] if values else None


def _check_data(data_type: DataType, body: bytes, *, is_embedded: bool) -> None:
    try:
        if data_type in ("text", "json"):
            body.decode()
        if data_type == "json" and is_embedded:
            msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidAnswer(FailureKind.BAD_DATA, f"not valid {data_type}: {error}") from error


def _metadata(response: WebhookResponse) -> dict[str, str] | None:
    """Of equal keys the last line counts, and of a line its last part between commas."""
    metadata: dict[str, Any] = {}
    for name, value in response.headers:
        key = name.lower()
        if key.startswith(_METADATA) and len(key) > len(_METADATA):
            metadata[key[len(_METADATA) :]] = value.rpartition(",")[2].strip()
    if problem := metadata_problem(metadata):
        raise InvalidAnswer(FailureKind.BAD_METADATA, problem)
    return metadata or None


# Event listeners


def event_data(event: Event) -> dict[str, Any]:
    """Return an event as a listener's event hub holds it: AMQP properties with CloudEvents names, and the body."""
    kind = "user" if isinstance(event, UserEvent) else "sys"
    attributes = {
        "specversion": "1.0",
        "awpsversion": "1.0",
        "type": f"azure.webpubsub.{kind}.{event.name}",
        "source": f"/hubs/{event.hub}/client/{event.connection_id}",
        "id": str(event.id),
        "time": datetime.fromtimestamp(int(event.time), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "hub": event.hub,
        "eventname": event.name,
        "connectionid": event.connection_id,
    }
    optional = {"userid": event.user_id, "subprotocol": event.subprotocol, "connectionstate": event.state}
    attributes |= {name: value for name, value in optional.items() if value}
    properties = {f"cloudEvents:{name}": value for name, value in attributes.items()}
    if isinstance(event, UserEvent) and event.payload.metadata:
        properties |= {f"{_METADATA}{key.lower()}": value for key, value in event.payload.metadata.items()}
    content_type = _content_type(event).partition(";")[0] if isinstance(event, UserEvent) else _JSON
    return {
        "content_type": content_type,
        "message_id": f"{event.connection_id}/{event.id}",
        "partition_key": event.connection_id,
        "properties": properties,
        "body": _body(event),
    }
