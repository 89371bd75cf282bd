"""Hub: the rules by which its connections come, join, send, and are closed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from .connection import Connection
from .errors import NotFound
from .events import ConnectEvent, UserEvent
from .limits import DEFAULT_KEEP_ALIVE_SECONDS, MAX_KEEP_ALIVE_SECONDS
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
)
from .permissions import PermissionKind, PermissionSet
from .registry import Registry
from .trace import Trace
from .transport import Transport

CLOSED_BY_SERVER = "Application server closed the connection."
AnonymousConnectPolicy = Literal["allow", "deny"]


@dataclass(frozen=True, slots=True)
class HubSettings:
    """Settings of a hub, named as its properties in Azure Resource Manager.

    Raises:
        ValueError: a value the service does not know.
    """

    anonymous_connect_policy: AnonymousConnectPolicy = "deny"
    web_socket_keep_alive_interval_in_seconds: int = DEFAULT_KEEP_ALIVE_SECONDS

    def __post_init__(self) -> None:
        if self.anonymous_connect_policy not in ("allow", "deny"):
            raise ValueError(f"anonymous_connect_policy is 'allow' or 'deny', not {self.anonymous_connect_policy!r}.")
        if not 1 <= self.web_socket_keep_alive_interval_in_seconds <= MAX_KEEP_ALIVE_SECONDS:
            raise ValueError(f"web_socket_keep_alive_interval_in_seconds is 1 to {MAX_KEEP_ALIVE_SECONDS}.")


class Hub:
    """A set of connections that can reach each other, and no others."""

    def __init__(self, name: str, transport: Transport, trace: Trace) -> None:
        self.name = name
        self.settings = HubSettings()
        self.registry = Registry()
        self._transport = transport
        self._trace = trace

    # Coming and going

    def accept(self, event: ConnectEvent, connection_id: str, channel: Any = None) -> Connection:
        """Register a client whose WebSocket is open, and send it its first frame."""
        connection = Connection(connection_id, event, channel)
        self.registry.add(connection)
        for group in event.groups:
            self.registry.join(connection, group)
        self._record("connected", connection, f"user {connection.user_id!r}, {connection.protocol.value}")
        if connection.protocol.is_pubsub:
            self._transport.deliver(ConnectedMessage(connection.id, connection.user_id), (connection,))
        return connection

    def drop(self, connection: Connection, reason: str = "") -> None:
        """Forget a connection that is gone. Dropping twice does nothing."""
        if connection.open:
            connection.open = False
            self.registry.remove(connection)
            self._record("disconnected", connection, reason)

    # What a client sends

    def receive(self, connection: Connection, message: ClientMessage) -> UserEvent | None:
        """Do what a client asks; return the event an upstream server has to answer, if it is one.

        The caller waits for the upstream server's answer and calls `answer` before the connection's next message.
        """
        match message:
            case SendToGroupMessage():
                self._client_sends(connection, message)
            case JoinGroupMessage() | LeaveGroupMessage():
                self._client_joins_or_leaves(connection, message)
            case SendEventMessage():
                if not self._is_duplicate(connection, message.ack_id):
                    return UserEvent(message.event, message.payload, message.ack_id)
            case PingMessage():
                self._transport.deliver(PongMessage(), (connection,))
            case SequenceAckMessage():
                pass  # parsed and ignored on a connection that is not reliable
        return None

    def answer(self, connection: Connection, event: UserEvent) -> None:
        """Tell the client what became of its event: no handler takes events here, so it failed.

        A PubSub client stays, and gets an error ack if it wanted one; a simple client is closed with 1011.
        """
        self._record("event failed", connection, f"no event handler takes {event.event!r} of this hub")
        if connection.protocol.is_pubsub:
            self._refuse(connection, event.ack_id, "InternalServerError", "Internal server error")
        else:
            self._close(connection, 1011, "Internal server error")

    def _client_sends(self, connection: Connection, message: SendToGroupMessage) -> None:
        group = message.group
        if self._is_duplicate(connection, message.ack_id):
            return
        if not connection.send_to_group.allows(group):
            self._forbid(connection, "send to", group, message.ack_id)
            return
        self._record("sendToGroup", connection, group)
        data = GroupDataMessage(group, message.payload, connection.user_id)
        self._deliver(data, self.registry.of_group(group), (connection.id,) if message.no_echo else ())
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
        self._record("joinGroup" if joins else "leaveGroup", connection, group)
        self._acknowledge(connection, message.ack_id)

    def _is_duplicate(self, connection: Connection, ack_id: int | None) -> bool:
        if ack_id is None or ack_id not in connection.acks:
            return False
        self._refuse(connection, ack_id, "Duplicate", f"Message with ack-id: {ack_id} has been processed")
        return True

    def _acknowledge(self, connection: Connection, ack_id: int | None) -> None:
        if ack_id is not None:
            connection.acks.add(ack_id)
            self._transport.deliver(AckMessage(ack_id), (connection,))

    def _forbid(self, connection: Connection, verb: str, group: str, ack_id: int | None) -> None:
        if connection.protocol.is_pubsub:
            text = f"The client does not have permission to {verb} group '{group}'."
            self._refuse(connection, ack_id, "Forbidden", text)
        else:
            self._close(connection, 1008, "The connection is not authorized for raw sendToGroup mode.")

    def _refuse(self, connection: Connection, ack_id: int | None, name: str, text: str) -> None:
        self._record("refused", connection, f"{name}: {text}")
        if ack_id is not None:
            self._transport.deliver(AckMessage(ack_id, (name, text)), (connection,))

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
        receivers: Iterable[Connection],
        excluded: Collection[str] = (),
    ) -> None:
        if excluded:
            receivers = [connection for connection in receivers if connection.id not in excluded]
        self._transport.deliver(message, receivers)

    # Membership and permissions, on behalf of the application server

    def add_connection_to_group(self, group: str, connection_id: str) -> None:
        """Make a connection a member. Raises NotFound if there is no such connection."""
        self.registry.join(self.registry.find(connection_id), group)

    def remove_connection_from_group(self, group: str, connection_id: str) -> None:
        """End a membership; an unknown connection or one that is no member is no error."""
        if connection := self.registry.connections.get(connection_id):
            self.registry.leave(connection, group)

    def remove_connection_from_all_groups(self, connection_id: str) -> None:
        """End all memberships of a connection; an unknown one is no error."""
        if connection := self.registry.connections.get(connection_id):
            self.registry.leave_all(connection)

    def add_user_to_group(self, group: str, user_id: str) -> None:
        """Make each connection the user has now a member. Raises NotFound if there is none."""
        connections = self.registry.of_user(user_id)
        if not connections:
            raise NotFound("User", user_id)
        for connection in connections:
            self.registry.join(connection, group)

    def remove_user_from_group(self, group: str, user_id: str) -> None:
        """End the membership of each connection of the user."""
        for connection in self.registry.of_user(user_id):
            self.registry.leave(connection, group)

    def remove_user_from_all_groups(self, user_id: str) -> None:
        """End all memberships of each connection of the user."""
        for connection in self.registry.of_user(user_id):
            self.registry.leave_all(connection)

    def permission(self, kind: PermissionKind, connection_id: str) -> PermissionSet:
        """Return what a connection may do, to be asked or changed. Raises NotFound if there is no such connection."""
        connection = self.registry.find(connection_id)
        return connection.send_to_group if kind == "sendToGroup" else connection.join_leave_group

    # Closing

    def close_connections(
        self, connections: Iterable[Connection], reason: str = "", excluded: Collection[str] = ()
    ) -> None:
        """Close connections for the application server: a `disconnected` message, then code 1000 without a reason."""
        text = f"{CLOSED_BY_SERVER} Reason: {reason}" if reason else CLOSED_BY_SERVER
        for connection in list(connections):
            if connection.id not in excluded:
                self.close(connection, 1000, text)

    def close(self, connection: Connection, code: int, message: str) -> None:
        """Close one connection; a PubSub client reads `message` first."""
        if connection.protocol.is_pubsub:
            self._transport.deliver(DisconnectedMessage(message), (connection,))
        self._close(connection, code, "", message)

    def _close(self, connection: Connection, code: int, reason: str, detail: str = "") -> None:
        self.drop(connection, detail or reason)
        self._transport.close(connection, code, reason)

    def _record(self, what: str, connection: Connection, detail: str) -> None:
        if self._trace.enabled:
            self._trace.add(what, self.name, connection.id, detail)
