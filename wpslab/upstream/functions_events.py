"""Functions events: requests of the service, as the Web PubSub extension of the host reads them."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .functions_asgi import Answer, Request
from .functions_settings import Service, have_signed, knows_origin

ORIGIN = "WebHook-Request-Origin"
REQUIRED = ("ce-type", "ce-hub", "ce-eventName", "ce-connectionId")
SYSTEM_EVENTS = ("connect", "connected", "disconnected")
MEDIA_TYPES = {"text/plain": "text", "application/json": "json", "application/octet-stream": "binary"}
ALLOW = {"WebHook-Allowed-Origin": "*"}


class Refusal(Exception):
    """The host does not run a function for a request: an HTTP status, and why."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status

    def answer(self) -> Answer:
        """Return the refusal as HTTP."""
        return Answer.of_text(self.status, str(self))


@dataclass(frozen=True, slots=True)
class Event:
    """An event of a connection. `values` is what a trigger called `request` gets, `body` the bytes it came as."""

    hub: str
    type: str
    name: str
    protocol: str
    states: Mapping[str, Any]
    values: Mapping[str, Any]
    body: bytes = field(repr=False)

    @property
    def blocks(self) -> bool:
        """Whether the service waits for what the function returns."""
        return self.type == "user" or self.name == "connect"


def is_preflight(request: Request) -> bool:
    """Tell whether the service asks if it may send events: OPTIONS, or GET where that gets 404."""
    return request.method in ("OPTIONS", "GET") and request.header(ORIGIN) is not None


def answer_preflight(request: Request, services: Sequence[Service]) -> Answer:
    """Allow an origin that is one of the services, or any if no service is configured."""
    if knows_origin(services, request.header(ORIGIN) or ""):
        return Answer(200, headers=ALLOW)
    return Answer.of_text(400, f"{request.header(ORIGIN)} is none of the services in the connection settings.")


@dataclass(frozen=True, slots=True)
class Address:
    """What the headers of an event say: enough to choose the function."""

    hub: str
    type: str
    name: str
    protocol: str


def read_address(request: Request, services: Sequence[Service]) -> Address:
    """Check that a request is an event of one of the services, and return which. Raises Refusal."""
    missing = [name for name in REQUIRED if request.header(name) is None]
    if request.method != "POST" or missing:
        lacks = f" with {', '.join(missing)}" if missing else ""
        raise Refusal(400, f"An event of Web PubSub is a POST request{lacks}.")
    hub, name, connection_id = (request.header(each) or "" for each in REQUIRED[1:])
    origin = request.header(ORIGIN) or ""
    if not knows_origin(services, origin):
        raise Refusal(401, f"{origin or 'A request without an origin'} is none of the services.")
    if not have_signed(services, origin, connection_id, request.header("ce-signature") or ""):
        raise Refusal(401, "The signature is not that of the service.")
    kind = "user" if (request.header("ce-type") or "").lower().startswith("azure.webpubsub.user.") else "system"
    is_mqtt = (request.header("ce-subprotocol") or "") == "mqtt" or "ce-physicalconnectionid" in request.headers
    return Address(hub, kind, name, "mqtt" if is_mqtt else "webpubsub")


def read_event(request: Request, address: Address) -> Event:
    """Read an event. Raises Refusal."""
    states = _read_states(request.header("ce-connectionState"))
    context = {
        "eventType": address.type.capitalize(),
        "eventName": address.name,
        "hub": address.hub,
        "connectionId": request.header("ce-connectionId"),
        "userId": request.header("ce-userId") or None,
        "signature": request.header("ce-signature"),
        "origin": request.header(ORIGIN),
        "states": states,
        "headers": {name: list(lines) for name, lines in request.headers.items()},
    }
    values = {"connectionContext": context, **_read_body(request, address)}
    return Event(address.hub, address.type, address.name, address.protocol, states, values, request.body)


def _read_body(request: Request, address: Address) -> dict[str, Any]:
    if address.type == "user":
        media_type = (request.header("Content-Type") or "").partition(";")[0].strip().lower()
        if media_type not in MEDIA_TYPES:
            raise Refusal(400, f"A user event is {', '.join(MEDIA_TYPES)}, not {media_type!r}.")
        return {"data": request.body.decode("utf-8", "replace"), "dataType": MEDIA_TYPES[media_type]}
    if address.name == "connected":
        return {}
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise Refusal(400, f"The body of a {address.name} event is a JSON object.")
    if address.name == "disconnected":
        return {"reason": body.get("reason") or ""}
    named = {name: body.get(name) or {} for name in ("claims", "query", "headers")}
    listed = {name: body.get(name) or [] for name in ("subprotocols", "clientCertificates")}
    return {**named, **listed}


def _read_states(text: str | None) -> dict[str, Any]:
    """Decode the state of a connection, which is JSON in base64; what cannot be read is no state."""
    try:
        states = json.loads(base64.b64decode(text or "", validate=True))
    except (ValueError, binascii.Error):
        return {}
    return states if isinstance(states, dict) else {}


def write_states(states: Mapping[str, Any]) -> str:
    """Encode the state of a connection."""
    return base64.b64encode(json.dumps(states).encode()).decode()
