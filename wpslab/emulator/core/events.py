"""Events: what a client's coming, sending and leaving mean to the hub, and what an upstream server is told or asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .event_handler import EventHandler
from .messages import Payload


@dataclass(frozen=True, slots=True)
class ConnectRequest:
    """A client's wish to connect, as it came.

    Attributes:
        hub: the hub's name as the client spelled it, None if there is none.
        host: the request's `Host` header.
        access_token: the JWT, None if there is none.
        subprotocols: names offered, in the client's order.
        query: every query parameter with all its values, access token left out.
        headers: every header with all its values, access token left out.
    """

    hub: str | None
    host: str
    access_token: str | None = field(default=None, repr=False)
    subprotocols: Sequence[str] = ()
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    headers: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class GroupSender:
    """A simple client's wish that each of its messages goes to a group (`webpubsub_mode=sendToGroup`)."""

    group: str
    no_echo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What every event says.

    Attributes:
        id: 0 for `connect`, then counted per connection, whether a handler takes the event or not.
        time: seconds since the epoch, by the service's clock.
        host: under which the client reached the service, port included where it named one.
        subprotocol: the name that was agreed on, None if none was, and always for `connect`.
        state: what a handler left for the connection's later events, None if none ever did.
        handler: the event handler that takes it, None if none does.
    """

    hub: str
    connection_id: str
    id: int
    time: float
    host: str = ""
    user_id: str | None = None
    subprotocol: str | None = None
    state: str | None = None
    handler: EventHandler | None = None

    @property
    def name(self) -> str:
        """The bare name, as `{event}` and `ce-eventName` have it."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectEvent(Event):
    """A client that may connect, as far as its token and its query tell. A handler is asked before it may."""

    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    subprotocols: tuple[str, ...] = ()
    group_sender: GroupSender | None = None
    claims: Mapping[str, Sequence[str]] = field(default_factory=dict)
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    headers: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Always `connect`."""
        return "connect"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectedEvent(Event):
    """A client whose WebSocket is open. Nobody waits for what the handler says."""

    @property
    def name(self) -> str:
        """Always `connected`."""
        return "connected"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserEvent(Event):
    """A message of a client for the upstream server; the client waits for the outcome."""

    event: str
    payload: Payload
    ack_id: int | None = None

    @property
    def name(self) -> str:
        """The name the client gave the event; `message` for a simple client."""
        return self.event


@dataclass(frozen=True, slots=True, kw_only=True)
class DisconnectedEvent(Event):
    """A connection that is over, with the reason in words. Nobody waits for what the handler says."""

    reason: str = ""

    @property
    def name(self) -> str:
        """Always `disconnected`."""
        return "disconnected"
