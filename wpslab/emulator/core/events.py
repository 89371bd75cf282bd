"""Events: what a client's coming and sending mean to the hub, and what an upstream server may be asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .messages import Payload
from .subprotocols import Subprotocol


@dataclass(frozen=True, slots=True)
class ConnectRequest:
    """A client's wish to connect, as it came.

    Attributes:
        hub: the hub's name as the client spelled it, None if there is none.
        host: the request's `Host` header.
        access_token: the JWT, None if there is none.
        subprotocols: names offered, in the client's order.
        query: every query parameter with all its values, access token left out.
    """

    hub: str | None
    host: str
    access_token: str | None = field(default=None, repr=False)
    subprotocols: Sequence[str] = ()
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GroupSender:
    """A simple client's wish that each of its messages goes to a group (`webpubsub_mode=sendToGroup`)."""

    group: str
    no_echo: bool = False


@dataclass(frozen=True, slots=True)
class ConnectEvent:
    """A client that may connect: what its token and its query come to.

    The `connect` handler of an upstream server, where there is one, is asked with this before `Hub.accept`.
    """

    hub: str
    user_id: str | None
    roles: tuple[str, ...]
    groups: tuple[str, ...]
    subprotocol: Subprotocol
    group_sender: GroupSender | None
    claims: Mapping[str, Sequence[str]]
    query: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class UserEvent:
    """A message of a client for the upstream server; the client waits for the outcome."""

    event: str
    payload: Payload
    ack_id: int | None
