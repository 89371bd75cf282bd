"""Connection: the service's side of one client."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from .events import ConnectEvent
from .limits import MAX_REMEMBERED_ACKS
from .permissions import PermissionSet


class AckMemory:
    """The ids of requests that were executed, so that none is executed twice. The oldest are forgotten first."""

    __slots__ = ("_executed",)

    def __init__(self) -> None:
        self._executed: OrderedDict[int, None] = OrderedDict()

    def __contains__(self, ack_id: int) -> bool:
        return ack_id in self._executed

    def add(self, ack_id: int) -> None:
        """Remember an executed request."""
        self._executed[ack_id] = None
        if len(self._executed) > MAX_REMEMBERED_ACKS:
            self._executed.popitem(last=False)


class Connection:
    """One client as the hub knows it.

    Attributes:
        channel: the network's own handle on the client; the core never looks into it.
        open: False once the client left or the service closed it.
    """

    __slots__ = (
        "acks",
        "channel",
        "group_sender",
        "groups",
        "id",
        "join_leave_group",
        "open",
        "protocol",
        "send_to_group",
        "subprotocol",
        "user_id",
    )

    def __init__(self, connection_id: str, event: ConnectEvent, channel: Any = None) -> None:
        self.id = connection_id
        self.user_id = event.user_id
        self.protocol = event.subprotocol.protocol
        self.subprotocol = event.subprotocol.name
        self.group_sender = event.group_sender
        self.groups: set[str] = set()
        self.send_to_group = PermissionSet("sendToGroup", event.roles)
        self.join_leave_group = PermissionSet("joinLeaveGroup", event.roles)
        self.acks = AckMemory()
        self.channel = channel
        self.open = True

    def __repr__(self) -> str:
        return f"<Connection {self.id} user_id={self.user_id!r} groups={sorted(self.groups)}>"
