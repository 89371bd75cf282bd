"""What the core tests stand on: a transport that keeps what it is given, and shortcuts to make a hub and clients."""

from wpslab.emulator.core.clock import Clock
from wpslab.emulator.core.events import ConnectEvent, GroupSender
from wpslab.emulator.core.hub import Hub
from wpslab.emulator.core.messages import Payload
from wpslab.emulator.core.subprotocols import Protocol, Subprotocol
from wpslab.emulator.core.trace import Trace

HELLO = Payload("text", b"hello")
EVERYTHING = ("webpubsub.joinLeaveGroup", "webpubsub.sendToGroup")


class RecordingTransport:
    def __init__(self):
        self.delivered = []  # (message, [connection ids])
        self.closed = []  # (connection id, code, reason)

    def deliver(self, message, connections):
        self.delivered.append((message, [connection.id for connection in connections]))

    def close(self, connection, code, reason):
        self.closed.append((connection.id, code, reason))

    def to(self, connection):
        """Everything that was delivered to one connection, in order."""
        return [message for message, ids in self.delivered if connection.id in ids]


class HubUnderTest(Hub):
    def __init__(self):
        self.transport = RecordingTransport()
        super().__init__("chat", self.transport, Trace(Clock(lambda: 0.0), 100))

    def client(self, connection_id, user_id=None, *, roles=EVERYTHING, groups=(), simple=False, sender=None):
        """Accept a client and forget its connected frame."""
        protocol = Protocol.SIMPLE if simple else Protocol.JSON
        event = ConnectEvent(
            hub="chat",
            user_id=user_id,
            roles=tuple(roles),
            groups=tuple(groups),
            subprotocol=Subprotocol(protocol, None if simple else protocol.value),
            group_sender=None if sender is None else GroupSender(*sender),
            claims={},
            query={},
        )
        connection = self.accept(event, connection_id)
        self.transport.delivered.clear()
        return connection
