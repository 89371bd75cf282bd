"""What the tests of Azure Resource Manager stand on: a subscription without a network, and a caller with the token."""

import json
from urllib.parse import urlsplit

from wpslab.emulator.core.clock import Clock
from wpslab.emulator.core.service import Service
from wpslab.emulator.core.subscription import Subscription
from wpslab.emulator.protocols.arm import handle
from wpslab.emulator.protocols.rest import RestRequest

ROOT = "http://127.0.0.1:54322"
SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
TENANT = "00000000-0000-0000-0000-000000000002"
VERSION = "api-version=2024-03-01"
TIME = "2026-01-01T08:00:00.1234560Z"
S = f"/subscriptions/{SUBSCRIPTION}"
GROUP = f"{S}/resourceGroups/myResourceGroup"
RESOURCE = f"{GROUP}/providers/Microsoft.SignalRService/WebPubSub/my-wps"
FREE = {"location": "eastus", "sku": {"name": "Free_F1"}}
FROM_THE_SDK = {
    **FREE,
    "tags": {"key": "value"},
    "properties": {
        "publicNetworkAccess": "Enabled",
        "disableLocalAuth": False,
        "disableAadAuth": False,
        "regionEndpointEnabled": "Enabled",
        "resourceStopped": "false",
    },
}


class Street:
    """Gives each service a port, and takes it back."""

    def __init__(self):
        self.services = []

    def open_service(self, service):
        self.services.append(service)
        return f"http://127.0.0.1:{8079 + len(self.services)}"

    def close_service(self, service):
        self.services.remove(service)


class Api:
    """A subscription at one moment of 2026, and a caller with the token."""

    def __init__(self):
        clock = Clock(lambda: 1767254400.123456)
        self.subscription = Subscription(
            SUBSCRIPTION, TENANT, clock=clock, make_service=lambda: Service(self, clock=clock, new_id=lambda: "c1")
        )
        self.subscription.hosting = Street()

    def deliver(self, message, connections):
        raise AssertionError("nobody is connected")

    close = deliver

    def __call__(self, method, path, body=None, *, query=VERSION, headers=(), token="secret"):
        content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = [*headers, *([("authorization", f"Bearer {token}")] if token else [])]
        request = RestRequest(method, f"{path}?{query}", sent, content)
        return handle(self.subscription, request, ROOT, "secret")

    def follow(self, url):
        """Ask again where an answer said one should."""
        parts = urlsplit(url)
        return self("GET", parts.path, query=parts.query)


def content(response):
    return json.loads(response.body)
