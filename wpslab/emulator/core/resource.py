"""Resource: what the management side knows of one Web PubSub resource and of the group it is in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .service import Service
from .skus import Sku

Switch = Literal["Enabled", "Disabled"]


@dataclass(frozen=True, slots=True)
class ResourceSettings:
    """What can be set on a resource, named as its properties in Azure Resource Manager.

    Attributes:
        disable_local_auth: refuse every token that an access key signed.
        resource_stopped: answer nobody.
        public_network_access: `Disabled` refuses every client and call that does not come by a private endpoint;
            an emulator has none.
        others: properties without a meaning here, kept as they came.
    """

    public_network_access: Switch = "Enabled"
    disable_local_auth: bool = False
    disable_aad_auth: bool = False
    region_endpoint_enabled: Switch = "Enabled"
    resource_stopped: bool = False
    others: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ResourceWish:
    """What somebody wants a resource to be."""

    location: str
    sku: Sku
    tags: Mapping[str, str] | None = None
    identity: Mapping[str, Any] | None = None
    settings: ResourceSettings = field(default_factory=ResourceSettings)


@dataclass(slots=True)
class Resource:
    """A Web PubSub resource: how it was asked for, and the service that it is.

    Attributes:
        name, group: as they were spelled when they were made.
        endpoint: where clients and servers reach the service.
        created, modified: seconds since the epoch.
    """

    name: str
    group: str
    wish: ResourceWish
    service: Service
    endpoint: str
    created: float
    modified: float

    def connection_string(self, key: str) -> str:
        """Return what SDKs are given, with one of the service's keys."""
        return f"Endpoint={self.endpoint};AccessKey={key};Version=1.0;"


@dataclass(slots=True)
class ResourceGroup:
    """A folder for resources, which is deleted as a whole."""

    name: str
    location: str
    tags: Mapping[str, str] | None = None
    resources: dict[str, Resource] = field(default_factory=dict)
