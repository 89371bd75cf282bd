"""Upstream: an event handler for Azure Web PubSub, for any Python web framework.

handler = WebPubSubEventHandler("chat", connection_string=connection_string)


@handler.user_event("message")
def message(request):
    return f"{request.user_id} says {request.data}"

The handler is an ASGI application; mount it where the hub's URL template points. This folder needs the standard
library only, so that an application can take a copy of it: all but `server.py` and the `functions_….py`, which are
the course's own.
"""

from .events import (
    ClientCertificate,
    ConnectedRequest,
    ConnectionContext,
    ConnectRequest,
    DisconnectedRequest,
    EventRequest,
    UserEventRequest,
)
from .handler import WebPubSubEventHandler
from .http import Headers, HttpRequest, HttpResponse
from .responses import ConnectResponse, Reject, UserEventResponse

__all__ = [
    "ClientCertificate",
    "ConnectRequest",
    "ConnectResponse",
    "ConnectedRequest",
    "ConnectionContext",
    "DisconnectedRequest",
    "EventRequest",
    "Headers",
    "HttpRequest",
    "HttpResponse",
    "Reject",
    "UserEventRequest",
    "UserEventResponse",
    "WebPubSubEventHandler",
]
