"""The emulator: Azure Web PubSub on this machine, for learning and for tests.

from wpslab.emulator import Emulator

with Emulator() as emulator:
    WebPubSubServiceClient.from_connection_string(emulator.connection_string, hub="chat")
"""

import logging

from .core.event_handler import EventHandler, EventListener
from .core.failures import Failure, FailureKind
from .core.management import Management
from .core.settings import HubSettings, UpstreamOptions
from .core.snapshot import ConnectionSnapshot, EmulatorSnapshot, EventHandlerSnapshot, HubSnapshot
from .core.trace_entry import TraceEntry, TracePage
from .net.host import Emulator

__all__ = [
    "ConnectionSnapshot",
    "Emulator",
    "EmulatorSnapshot",
    "EventHandler",
    "EventHandlerSnapshot",
    "EventListener",
    "Failure",
    "FailureKind",
    "HubSettings",
    "HubSnapshot",
    "Management",
    "TraceEntry",
    "TracePage",
    "UpstreamOptions",
]

# A library is silent until its user sets logging up; `wpslab serve` does.
logging.getLogger("wpslab.emulator").addHandler(logging.NullHandler())
