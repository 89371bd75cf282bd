"""Service: one Web PubSub resource with its endpoint, its two access keys and its hubs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import tokens
from .access_keys import AccessKeys
from .clock import Clock
from .errors import BadRequest, Conflict, SwitchedOff, Unauthorized
from .event_handler import EventHandler
from .events import ConnectEvent, ConnectRequest, GroupSender
from .hub import Hub
from .limits import MAX_EVENT_LISTENERS
from .names import check_group, hub_key
from .quota import Quota
from .settings import HubSettings, UpstreamOptions
from .skus import Sku, sku_of
from .trace import Trace
from .transport import Transport
from .upstream import Upstream


@dataclass(slots=True)
class ConfiguredHub:
    """A hub somebody made settings for: its name as it was spelled, and when, in seconds since the epoch."""

    name: str
    created: float
    modified: float


class Place:
    """A client's place among the connections the SKU allows, until it is connected or has failed."""

    def __init__(self, places: set[Place]) -> None:
        self._places = places
        places.add(self)

    def give_back(self) -> None:
        """Count the client no more: it is connected now, or it has failed. Twice is as good as once."""
        self._places.discard(self)


class Service:
    """One resource. Hubs come to be when a client connects to them or when they are configured.

    Args:
        transport: how to reach clients.
        clock: the one clock.
        new_id: the one source of connection ids.
        access_key: the primary key; fresh and random by default. The secondary always is.
        sku: what it is bought as; by default Standard_S1 with 100 units, whose limits nobody meets by accident.
        trace_size: how many things that happened are remembered.
        upstream_options: how upstream servers are dealt with.
        event_handlers: of every hub that comes to be, until its own settings say otherwise.

    Attributes:
        configured: the hubs with settings of their own, by key.
        takes_access_keys: whether tokens signed with an access key count.
        is_public: whether anybody may call or connect at all.
        stopped: whether it answers nobody for now.

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
        sku: Sku | None = None,
        trace_size: int = 0,
        upstream_options: UpstreamOptions | None = None,
        event_handlers: Sequence[EventHandler] = (),
    ) -> None:
        self.clock = clock
        self.new_id = new_id
        self.keys = AccessKeys(access_key)
        self.quota = Quota(clock, sku or sku_of("Standard_S1", 100))
        self.public_hosts: tuple[str, ...] = ()
        self.hubs: dict[str, Hub] = {}
        self.configured: dict[str, ConfiguredHub] = {}
        self.takes_access_keys = True
        self.is_public = True
        self.stopped = False
        self.trace = Trace(clock, trace_size)
        self.upstream = Upstream(clock, upstream_options)
        self._places: set[Place] = set()
        self._transport = transport
        self._first_settings = HubSettings(event_handlers=tuple(event_handlers))

    def __repr__(self) -> str:
        return f"<Service hubs={sorted(self.hubs)} keys=***>"

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

        Its webhooks are validated anew: what was known about them may be from before the change.

        Raises:
            BadRequest: an illegal hub name.
            Conflict: the hubs have more event listeners together than the service allows.
        """
        key = hub_key(name)
        others = sum(len(hub.settings.event_listeners) for other, hub in self.hubs.items() if other != key)
        if others + len(settings.event_listeners) > MAX_EVENT_LISTENERS:
            raise Conflict(f"The hubs of a resource have at most {MAX_EVENT_LISTENERS} event listeners together.")
        self.upstream.validations.forget(key)
        hub = self.hub(name)
        if settings.event_handlers != hub.settings.event_handlers:
            self.trace.forget_failures(hub.name)
        hub.settings = settings
        now = self.clock.time()
        self.configured.setdefault(key, ConfiguredHub(name, now, now)).modified = now

    def forget_settings(self, name: str) -> bool:
        """Take a hub's settings back to the first ones; nobody is disconnected. Tell whether there were any.

        Raises:
            BadRequest: an illegal hub name.
        """
        key = hub_key(name)
        if self.configured.pop(key, None) is None:
            return False
        self.upstream.validations.forget(key)
        self.trace.forget_failures(key)
        self.hubs[key].settings = self._first_settings
        return True

    def close_all(self, message: str, *, reason: str) -> None:
        """Close every client with 1001; what `disconnected` events say is `reason`."""
        for hub in self.hubs.values():
            for connection in list(hub.registry.connections.values()):
                hub.close(connection, 1001, message, reason=reason)

    def check_on(self) -> None:
        """Raise SwitchedOff if the resource is set to answer nobody."""
        if self.stopped:
            raise SwitchedOff("stopped")
        if not self.is_public:
            raise SwitchedOff("not public")

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

    def reserve_place(self) -> Place:
        """Keep a place for a client on its way in. Raises QuotaExceeded if all places the SKU has are taken."""
        connected = sum(len(hub.registry.connections) for hub in self.hubs.values())
        self.quota.check_room(connected + len(self._places))
        return Place(self._places)

    def authorize_rest(self, token: str | None, host: str, paths: Sequence[str]) -> dict[str, Any]:
        """Check the token of a REST call to one of these spellings of its path. Raises Unauthorized."""
        if token is None:
            raise Unauthorized("The Authorization header with a bearer token is missing.")
        audience = tokens.rest_audience({host, *self.public_hosts}, paths)
        return self._decode(token, audience)

    def _authenticate(self, request: ConnectRequest, hub: Hub) -> tokens.AccessToken:
        if request.access_token is None:
            if hub.settings.anonymous_connect_policy == "allow":
                return tokens.AccessToken()
            raise Unauthorized(f"There is no access token, and hub `{hub.name}` denies anonymous clients.")
        audience = tokens.client_audience({request.host, *self.public_hosts}, hub.name)
        return tokens.client_token(self._decode(request.access_token, audience))

    def _decode(self, token: str, audience: Any) -> dict[str, Any]:
        claims = tokens.decode(token, self.keys.both, audience, self.clock.time())
        if not self.takes_access_keys:
            raise Unauthorized("The resource takes no access keys: its property disableLocalAuth is true.")
        return claims

    def _new_hub(self, key: str) -> Hub:
        hub = Hub(key, self._transport, self.trace, self.upstream, self.quota)
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
