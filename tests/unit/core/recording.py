"""What the core tests stand on: a transport that keeps what it is given, and shortcuts to make a hub and clients."""

from wpslab.emulator.core.admission import Admission
from wpslab.emulator.core.clock import Clock
from wpslab.emulator.core.events import ConnectEvent, GroupSender
from wpslab.emulator.core.hub import Hub
from wpslab.emulator.core.messages import Payload
from wpslab.emulator.core.quota import Quota
from wpslab.emulator.core.skus import sku_of
from wpslab.emulator.core.subprotocols import Protocol, Subprotocol
from wpslab.emulator.core.trace import Trace
from wpslab.emulator.core.upstream import Upstream

HELLO = Payload("text", b"hello")
EVERYTHING = ("webpubsub.joinLeaveGroup", "webpubsub.sendToGroup")


class RecordingTransport:
    def __init__(self):
        self.delivered = []  # (message, [connection ids])
        self.closed = []  # (connection id, code, reason)

    def deliver(self, message, connections):
        self.delivered.append((message, [connection.id for connection in connections]))
        return ()

    def close(self, connection, code, reason):
        self.closed.append((connection.id, code, reason))

    def to(self, connection):
        """Everything that was delivered to one connection, in order."""
        return [message for message, ids in self.delivered if connection.id in ids]


class HubUnderTest(Hub):
    """A hub with its clients; `notified` holds the events nobody waits for."""

    def __init__(self, settings=None, options=None):
        self.transport = RecordingTransport()
        self.clock = Clock(lambda: 0.0)
        self.upstream = Upstream(self.clock, options)
        self.notified = []
        self.upstream.notify = self.notified.append
        self.trace = Trace(self.clock, 100)
        super().__init__("chat", self.transport, self.trace, self.upstream, Quota(self.clock, sku_of("Standard_S1")))
        if settings is not None:
            self.settings = settings

    def client(
        self, connection_id, user_id=None, *, roles=EVERYTHING, groups=(), simple=False, sender=None, state=None
    ):
        """Accept a client and forget its connected frame."""
        protocol = Protocol.SIMPLE if simple else Protocol.JSON
        event = ConnectEvent(
            hub="chat",
            connection_id=connection_id,
            id=0,
            time=0.0,
            host="localhost:8080",
            user_id=user_id,
            group_sender=None if sender is None else GroupSender(*sender),
        )
        subprotocol = Subprotocol(protocol, None if simple else protocol.value)
        connection = self.accept(Admission(event, user_id, tuple(roles), tuple(groups), subprotocol))
        self.transport.delivered.clear()
        return connection
