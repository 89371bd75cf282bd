"""Hub: the rules by which its connections come, join, send, and are closed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from .admission import Admission, EventAnswer
from .connection import Connection
from .errors import QuotaExceeded
from .event_handler import EventHandler
from .events import ConnectedEvent, DisconnectedEvent, UserEvent
from .failures import Failure, FailureKind
from .journal import Journal
from .membership import Membership
from .messages import (
    AckMessage,
    ClientMessage,
    ConnectedMessage,
    DisconnectedMessage,
    GroupDataMessage,
    JoinGroupMessage,
    LeaveGroupMessage,
    Payload,
    PingMessage,
    PongMessage,
    SendEventMessage,
    SendToGroupMessage,
    SequenceAckMessage,
    ServerDataMessage,
    ServiceMessage,
)
from .quota import Quota
from .registry import Registry
from .settings import HubSettings
from .trace import Trace
from .transport import Transport
from .upstream import Upstream

CLOSED_BY_SERVER = "Application server closed the connection."
EVENT_FAILED = "Internal server error"


class Hub(Membership):
    """A set of connections that can reach each other, and no others.

    Attributes:
        journal: where what happens here is written.
    """

    def __init__(self, name: str, transport: Transport, trace: Trace, upstream: Upstream, quota: Quota) -> None:
        self.name = name
        self.settings = HubSettings()
        self.journal = Journal(trace, name)
        self.registry = Registry(self.journal)
        self._transport = transport
        self._trace = trace
        self._upstream = upstream
        self._quota = quota

    # Coming and going

    def accept(self, admission: Admission, channel: Any = None) -> Connection:
        """Register a client whose WebSocket is open, send it its first frame, and raise `connected`."""
        connection = Connection(admission, channel)
        self.registry.add(connection)
        self.journal.connected(connection)
        for group in admission.groups:
            self.registry.join(connection, group)
        if connection.protocol.is_pubsub:
            self._say(connection, ConnectedMessage(connection.id, connection.user_id))
        handler = self.settings.handler_of_system("connected")
        self._notify(ConnectedEvent(handler=handler, **self._context(connection)))
        return connection

    def drop(self, connection: Connection, reason: str = "") -> None:
        """Forget a connection that is gone, and raise `disconnected`. Dropping twice does nothing."""
        if connection.open:
            connection.open = False
            self.registry.remove(connection)
            self.journal.disconnected(connection, reason)
            handler = self.settings.handler_of_system("disconnected")
            self._notify(DisconnectedEvent(handler=handler, reason=reason, **self._context(connection)))

    def _notify(self, event: ConnectedEvent | DisconnectedEvent) -> None:
        self._is_heard(event)
        if event.handler is not None:
            self._upstream.notify(event)

    def _is_heard(self, event: UserEvent | ConnectedEvent | DisconnectedEvent) -> bool:
        """Give an event to the listeners; tell whether one took it."""
        is_heard = self._upstream.listen(self.settings.event_listeners, event)
        if is_heard:
            self.journal.heard(event)
        return is_heard

    def _context(self, connection: Connection) -> dict[str, Any]:
        """Return what every event of a connection says; the connection's next event id is taken."""
        return {
            "hub": self.name,
            "connection_id": connection.id,
            "id": connection.next_event_id(),
            "time": self._upstream.clock.time(),
            "host": connection.host,
            "user_id": connection.user_id,
            "subprotocol": connection.subprotocol,
            "state": connection.state,
        }

    # What a client sends

    def receive(self, connection: Connection, message: ClientMessage) -> UserEvent | None:
        """Do what a client asks; return the event an upstream server has to answer, if it is one.

        The caller waits for the upstream server's answer and calls `answer` before the connection's next message.

        Raises:
            QuotaExceeded: the resource sends no more messages today; the caller calls `refuse_over_quota`.
        """
        match message:
            case SendToGroupMessage():
                self._client_sends(connection, message)
            case JoinGroupMessage() | LeaveGroupMessage():
                self._client_joins_or_leaves(connection, message)
            case SendEventMessage():
                return self._client_raises(connection, message)
            case PingMessage():
                self._say(connection, PongMessage())
            case SequenceAckMessage():
                pass  # parsed and ignored on a connection that is not reliable
        return None

    def answer(self, connection: Connection, event: UserEvent, outcome: EventAnswer | Failure) -> None:
        """Tell the client what became of its event: the reply, if there is one, then the ack.

        When the event failed, a PubSub client stays, and gets an error ack if it wanted one; a simple client is
        closed with 1011.

        Raises:
            QuotaExceeded: the resource sends no more messages today; the caller calls `refuse_over_quota`.
        """
        if not connection.open:
            return
        if isinstance(outcome, Failure):
            self._event_failed(connection, event.ack_id)
            return
        if outcome.state is not None:
            connection.state = outcome.state
        if outcome.payload is not None:
            self._deliver(ServerDataMessage(outcome.payload), (connection,), sender=connection)
        self._acknowledge(connection, event.ack_id)

    def refuse_over_quota(self, connection: Connection, error: QuotaExceeded) -> None:
        """Close a client whose message is one more than the resource sends a day."""
        self._trace.add_failure(
            Failure(
                kind=FailureKind.QUOTA,
                hub=self.name,
                event="message",
                connection_id=connection.id,
                user_id=connection.user_id,
                detail=str(error),
            )
        )
        self.close(connection, 1008, "Message count reaches limit")

    def _client_raises(self, connection: Connection, message: SendEventMessage) -> UserEvent | None:
        if self._is_duplicate(connection, message.ack_id):
            return None
        handler = self.settings.handler_of_user(message.event)
        event = UserEvent(
            event=message.event,
            payload=message.payload,
            ack_id=message.ack_id,
            handler=handler,
            **self._context(connection),
        )
        is_heard = self._is_heard(event)
        if handler is not None:
            return event
        if is_heard:
            self._acknowledge(connection, event.ack_id)
        else:
            self._trace.add_failure(
                Failure(
                    kind=FailureKind.NO_HANDLER,
                    hub=self.name,
                    event=event.name,
                    is_user_event=True,
                    connection_id=connection.id,
                    user_id=connection.user_id,
                    event_id=event.id,
                    detail=_what_is_taken(self.settings.event_handlers),
                )
            )
            self._event_failed(connection, event.ack_id)
        return None

    def _event_failed(self, connection: Connection, ack_id: int | None) -> None:
        if connection.protocol.is_pubsub:
            self._refuse(connection, ack_id, "InternalServerError", EVENT_FAILED)
        if not connection.protocol.is_pubsub or self._upstream.options.drop_on_event_failure:
            self.end(connection, 1011, EVENT_FAILED)

    def _client_sends(self, connection: Connection, message: SendToGroupMessage) -> None:
        group = message.group
        if self._is_duplicate(connection, message.ack_id):
            return
        if not connection.send_to_group.allows(group):
            self._forbid(connection, "send to", group, message.ack_id)
            return
        data = GroupDataMessage(group, message.payload, connection.user_id)
        excluded = (connection.id,) if message.no_echo else ()
        self._deliver(data, self.registry.of_group(group), excluded, connection)
        self._acknowledge(connection, message.ack_id)

    def _client_joins_or_leaves(self, connection: Connection, message: JoinGroupMessage | LeaveGroupMessage) -> None:
        group = message.group
        joins = isinstance(message, JoinGroupMessage)
        if self._is_duplicate(connection, message.ack_id):
            return
        if not connection.join_leave_group.allows(group):
            self._forbid(connection, "join" if joins else "leave", group, message.ack_id)
            return
        change = self.registry.join if joins else self.registry.leave
        change(connection, group)
        self._acknowledge(connection, message.ack_id)

    def _is_duplicate(self, connection: Connection, ack_id: int | None) -> bool:
        if ack_id is None or ack_id not in connection.acks:
            return False
        self._refuse(connection, ack_id, "Duplicate", f"Message with ack-id: {ack_id} has been processed")
        return True

    def _acknowledge(self, connection: Connection, ack_id: int | None) -> None:
        if ack_id is not None:
            connection.acks.add(ack_id)
            self._say(connection, AckMessage(ack_id))

    def _forbid(self, connection: Connection, verb: str, group: str, ack_id: int | None) -> None:
        if connection.protocol.is_pubsub:
            text = f"The client does not have permission to {verb} group '{group}'."
            self._refuse(connection, ack_id, "Forbidden", text)
        else:
            self.end(connection, 1008, "The connection is not authorized for raw sendToGroup mode.")

    def _refuse(self, connection: Connection, ack_id: int | None, name: str, text: str) -> None:
        self.journal.refused(connection, f"{name}: {text}")
        if ack_id is not None:
            self._say(connection, AckMessage(ack_id, (name, text)))

    def _say(self, connection: Connection, message: ServiceMessage) -> None:
        """Tell one client something about itself."""
        receivers = (connection,)
        self.journal.delivered(message, receivers, self._transport.deliver(message, receivers), connection)

    # What the application server sends

    def send_to_all(self, payload: Payload, excluded: Collection[str] = ()) -> None:
        """Send to every connection of the hub but the excluded ids."""
        self._deliver(ServerDataMessage(payload), self.registry.connections.values(), excluded)

    def send_to_user(self, user_id: str, payload: Payload) -> None:
        """Send to every connection the user has now."""
        self._deliver(ServerDataMessage(payload), self.registry.of_user(user_id))

    def send_to_connection(self, connection_id: str, payload: Payload) -> None:
        """Send to one connection; an unknown id is no error."""
        connection = self.registry.connections.get(connection_id)
        self._deliver(ServerDataMessage(payload), () if connection is None else (connection,))

    def send_to_group(self, group: str, payload: Payload, excluded: Collection[str] = ()) -> None:
        """Send to every member of the group but the excluded ids."""
        self._deliver(GroupDataMessage(group, payload), self.registry.of_group(group), excluded)

    def _deliver(
        self,
        message: GroupDataMessage | ServerDataMessage,
        receivers: Collection[Connection],
        excluded: Collection[str] = (),
        sender: Connection | None = None,
    ) -> None:
        if excluded:
            receivers = [connection for connection in receivers if connection.id not in excluded]
        if self._quota.counts_messages:
            self._quota.count(len(message.payload.data), len(receivers))
        self.journal.delivered(message, receivers, self._transport.deliver(message, receivers), sender)

    # Closing

    def close_connections(
        self, connections: Iterable[Connection], reason: str = "", excluded: Collection[str] = ()
    ) -> None:
        """Close connections for the application server: a `disconnected` message, then code 1000 without a reason."""
        text = f"{CLOSED_BY_SERVER} Reason: {reason}" if reason else CLOSED_BY_SERVER
        for connection in list(connections):
            if connection.id not in excluded:
                self.close(connection, 1000, text)

    def close(self, connection: Connection, code: int, message: str, *, reason: str | None = None) -> None:
        """Close one connection; a PubSub client reads `message` first.

        `reason` is what the `disconnected` event says, by default the message.
        """
        if connection.protocol.is_pubsub:
            self._say(connection, DisconnectedMessage(message))
        self.end(connection, code, "", message if reason is None else reason)

    def end(self, connection: Connection, code: int, reason: str, detail: str = "") -> None:
        """Close one connection without a message; what the `disconnected` event says is `detail` or the reason."""
        self.journal.closed(connection, code, reason)
        self.drop(connection, detail or reason)
        self._transport.close(connection, code, reason)


def _what_is_taken(handlers: Iterable[EventHandler]) -> str:
    patterns = [each.user_event_pattern for each in handlers if each.user_event_pattern]
    return ", ".join(patterns)
