"""Service: one Web PubSub resource with its endpoint, its two access keys and its hubs."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from . import tokens
from .clock import Clock
from .errors import BadRequest, Conflict, Unauthorized
from .event_handler import EventHandler
from .events import ConnectEvent, ConnectRequest, GroupSender
from .hub import Hub
from .limits import MAX_EVENT_LISTENERS, MIN_ACCESS_KEY_BYTES
from .names import check_group, hub_key
from .settings import HubSettings, UpstreamOptions
from .trace import Trace
from .transport import Transport
from .upstream import Upstream


def new_access_key() -> str:
    """Return a fresh random access key of the length Azure's have."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


class Service:
    """One resource. Hubs come to be when a client connects to them or when they are configured.

    Args:
        transport: how to reach clients.
        clock: the one clock.
        new_id: the one source of connection ids.
        access_key: the primary key; fresh and random by default. The secondary always is.
        trace_size: how many things that happened are remembered.
        upstream_options: how upstream servers are dealt with.
        event_handlers: of every hub that comes to be, until its own settings say otherwise.

    Raises:
        ValueError: the access key is shorter than 32 bytes, or no connection string could hold it.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        clock: Clock,
        new_id: Callable[[], str],
        access_key: str | None = None,
        trace_size: int = 0,
        upstream_options: UpstreamOptions | None = None,
        event_handlers: Sequence[EventHandler] = (),
    ) -> None:
        if access_key is not None and len(access_key.encode()) < MIN_ACCESS_KEY_BYTES:
            raise ValueError(f"An access key has at least {MIN_ACCESS_KEY_BYTES} bytes, as HS256 asks for.")
        if access_key is not None and (not access_key.isprintable() or set(access_key) & {";", " "}):
            raise ValueError("An access key has no blank, no semicolon and no control character.")
        self.clock = clock
        self.new_id = new_id
        self.primary_key = access_key or new_access_key()
        self.secondary_key = new_access_key()
        self.public_hosts: tuple[str, ...] = ()
        self.hubs: dict[str, Hub] = {}
        self.trace = Trace(clock, trace_size)
        self.upstream = Upstream(clock, upstream_options)
        self._transport = transport
        self._first_settings = HubSettings(event_handlers=tuple(event_handlers))

    def __repr__(self) -> str:
        return f"<Service hubs={sorted(self.hubs)} keys=***>"

    @property
    def keys(self) -> tuple[str, str]:
        """Both access keys; either signs a valid token."""
        return (self.primary_key, self.secondary_key)

    def hub(self, name: str) -> Hub:
        """Return a hub, made now if there was none. Raises BadRequest for an illegal name."""
        key = hub_key(name)
        if key not in self.hubs:
            self.hubs[key] = self._new_hub(key)
        return self.hubs[key]

    def look_up(self, name: str) -> Hub:
        """Return a hub to be asked: an empty one that is not kept if there is none yet."""
        key = hub_key(name)
        return self.hubs.get(key) or self._new_hub(key)

    def configure(self, name: str, settings: HubSettings) -> None:
        """Set a hub's settings as a whole; they count from the next event on, and nobody is disconnected.

        Webhooks are validated anew: what was known about them may be from before the change.

        Raises:
            BadRequest: an illegal hub name.
            Conflict: the hubs have more event listeners together than the service allows.
        """
        key = hub_key(name)
        others = sum(len(hub.settings.event_listeners) for other, hub in self.hubs.items() if other != key)
        if others + len(settings.event_listeners) > MAX_EVENT_LISTENERS:
            raise Conflict(f"The hubs of a resource have at most {MAX_EVENT_LISTENERS} event listeners together.")
        self.upstream.validations.forget()
        hub = self.hub(name)
        if settings.event_handlers != hub.settings.event_handlers:
            self.trace.forget_failures(hub.name)
        hub.settings = settings

    def connect(self, request: ConnectRequest) -> ConnectEvent:
        """Check a client's wish to connect, in the order the service checks it.

        The event has the handler to be asked, if there is one. `admit` and `Hub.accept` follow.

        Raises:
            BadRequest: the hub's name, a group in the token, or the query is illegal.
            Unauthorized: the token does not hold, or is absent and the hub is not open to anonymous clients.
        """
        if not request.hub:
            raise BadRequest("The hub name is missing: connect to /client/hubs/{hub}.")
        hub = self.look_up(request.hub)
        token = self._authenticate(request, hub)
        for group in token.groups:
            check_group(group)
        return ConnectEvent(
            hub=hub.name,
            connection_id=self.new_id(),
            id=0,
            time=self.clock.time(),
            host=request.host,
            user_id=token.user_id,
            handler=hub.settings.handler_of_system("connect"),
            roles=token.roles,
            groups=token.groups,
            subprotocols=tuple(request.subprotocols),
            group_sender=_group_sender(request.query),
            claims=token.claims,
            query=request.query,
            headers=request.headers,
        )

    def authorize_rest(self, token: str | None, host: str, paths: Sequence[str]) -> dict[str, Any]:
        """Check the token of a REST call to one of these spellings of its path. Raises Unauthorized."""
        if token is None:
            raise Unauthorized("The Authorization header with a bearer token is missing.")
        audience = tokens.rest_audience({host, *self.public_hosts}, paths)
        return tokens.decode(token, self.keys, audience, self.clock.time())

    def _authenticate(self, request: ConnectRequest, hub: Hub) -> tokens.AccessToken:
        if request.access_token is None:
            if hub.settings.anonymous_connect_policy == "allow":
                return tokens.AccessToken()
            raise Unauthorized(f"There is no access token, and hub `{hub.name}` denies anonymous clients.")
        audience = tokens.client_audience({request.host, *self.public_hosts}, hub.name)
        claims = tokens.decode(request.access_token, self.keys, audience, self.clock.time())
        return tokens.client_token(claims)

    def _new_hub(self, key: str) -> Hub:
        hub = Hub(key, self._transport, self.trace, self.upstream)
        hub.settings = self._first_settings
        return hub


def _group_sender(query: Mapping[str, Sequence[str]]) -> GroupSender | None:
    mode = _last(query, "webpubsub_mode").lower()
    if mode in ("", "sendevent"):
        return None
    if mode != "sendtogroup":
        raise BadRequest("webpubsub_mode is sendEvent or sendToGroup.", target="webpubsub_mode")
    no_echo = _last(query, "noEcho").lower()
    if no_echo not in ("", "true", "false"):
        raise BadRequest("noEcho is true or false.", target="noEcho")
    group = check_group(_last(query, "group"), target="group")
    return GroupSender(group, no_echo == "true")


def _last(query: Mapping[str, Sequence[str]], name: str) -> str:
    values = query.get(name)
    return values[-1] if values else ""
