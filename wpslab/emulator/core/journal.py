"""Journal: what a hub writes into the trace of its service. Where the trace is off, each line is one question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from .connection import Connection
from .events import Event
from .messages import (
    AckMessage,
    ConnectedMessage,
    DisconnectedMessage,
    GroupDataMessage,
    PongMessage,
    ServerDataMessage,
    ServiceMessage,
)
from .permissions import PermissionKind
from .record import Record, keep
from .trace import Trace
from .trace_entry import What
from .transport import Travelled

_TYPES = {
    ConnectedMessage: "connected",
    DisconnectedMessage: "disconnected",
    GroupDataMessage: "message",
    ServerDataMessage: "message",
    PongMessage: "pong",
}


class Journal:
    """One hub's pen."""

    def __init__(self, trace: Trace, hub: str) -> None:
        self._trace = trace
        self._hub = hub
        self._members: Mapping[Connection, None] | None = None  # whose ids are known
        self._ids: tuple[str, ...] = ()

    def connected(self, connection: Connection) -> None:
        """Write that a client is in."""
        self._members = None
        self._of("connected", connection, connection.subprotocol or "no subprotocol")

    def disconnected(self, connection: Connection, reason: str) -> None:
        """Write that a connection is over."""
        self._members = None
        self._of("disconnected", connection, reason)

    def closed(self, connection: Connection, code: int, reason: str) -> None:
        """Write that the service closes a WebSocket."""
        self._of("closed", connection, reason, status=code)

    def joined(self, connection: Connection, group: str) -> None:
        """Write that a connection is a member now."""
        self._members = None
        self._of("joined", connection, group=group)

    def left(self, connection: Connection, group: str) -> None:
        """Write that a connection is no member any more."""
        self._members = None
        self._of("left", connection, group=group)

    def permitted(self, connection: Connection, kind: PermissionKind, group: str, *, allowed: bool) -> None:
        """Write that what a connection may do was changed."""
        self._of("granted" if allowed else "revoked", connection, kind, group=group)

    def refused(self, connection: Connection, detail: str) -> None:
        """Write that a client's request was not done."""
        self._of("refused", connection, detail)

    def received(self, connection: Connection, frame: Travelled) -> None:
        """Write what a client sent, whether it can be read or not."""
        if self._trace.enabled:
            self._trace.add(Record("received", self._hub, connection.id, connection.user_id, None, (), (keep(frame),)))

    def delivered(
        self,
        message: ServiceMessage,
        receivers: Iterable[Connection],
        frames: Sequence[Travelled],
        sender: Connection | None,
    ) -> None:
        """Write one message, however many receive it."""
        if not self._trace.enabled:
            return
        self._trace.add(
            Record(
                "delivered",
                self._hub,
                None if sender is None else sender.id,
                None if sender is None else sender.user_id,
                message.group if isinstance(message, GroupDataMessage) else None,
                self._ids_of(receivers),
                tuple([keep(frame) for frame in frames]),
                detail=message if isinstance(message, AckMessage) else _TYPES[type(message)],
            )
        )

    def heard(self, event: Event) -> None:
        """Write that an event listener took an event; it gives no answer."""
        if self._trace.enabled:
            self._trace.add(
                Record(
                    "event",
                    self._hub,
                    event.connection_id,
                    event.user_id,
                    event=event.name,
                    detail="heard by a listener",
                )
            )

    def _ids_of(self, receivers: Iterable[Connection]) -> tuple[str, ...]:
        """Return the ids; for the same members of a group, message after message, the same tuple."""
        if not isinstance(receivers, dict):
            return tuple([connection.id for connection in receivers])
        if receivers is not self._members:
            self._members, self._ids = receivers, tuple([connection.id for connection in receivers])
        return self._ids

    def _of(
        self,
        what: What,
        connection: Connection,
        detail: str = "",
        *,
        group: str | None = None,
        status: int | None = None,
    ) -> None:
        if self._trace.enabled:
            self._trace.add(
                Record(what, self._hub, connection.id, connection.user_id, group, status=status, detail=detail)
            )
