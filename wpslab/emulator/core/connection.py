"""Connection: the service's side of one client."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from .admission import Admission
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
        host: under which the client reached the service.
        state: what a handler left for later events, None if none ever did.
        open: False once the client left or the service closed it.
    """

    __slots__ = (
        "_events",
        "acks",
        "channel",
        "group_sender",
        "groups",
        "host",
        "id",
        "join_leave_group",
        "open",
        "protocol",
        "send_to_group",
        "state",
        "subprotocol",
        "user_id",
    )

    def __init__(self, admission: Admission, channel: Any = None) -> None:
        event = admission.event
        self.id = event.connection_id
        self.host = event.host
        self.user_id = admission.user_id
        self.protocol = admission.subprotocol.protocol
        self.subprotocol = admission.subprotocol.name
        self.group_sender = event.group_sender
        self.groups: set[str] = set()
        self.send_to_group = PermissionSet("sendToGroup", admission.roles)
        self.join_leave_group = PermissionSet("joinLeaveGroup", admission.roles)
        self.acks = AckMemory()
        self.state = admission.state
        self.channel = channel
        self.open = True
        self._events = event.id

    def __repr__(self) -> str:
        return f"<Connection {self.id} user_id={self.user_id!r} groups={sorted(self.groups)}>"

    def next_event_id(self) -> int:
        """Count one more event of this connection; `connect` was 0."""
        self._events += 1
        return self._events
