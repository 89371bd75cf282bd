"""Shapes: how groups, resources, hubs, keys and operations look in JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from ...core.locations import LOCATIONS, location_key
from ...core.operations import Operation
from ...core.resource import Resource, ResourceGroup
from ...core.service import ConfiguredHub
from ...core.skus import KINDS, SkuKind
from ...core.subscription import Subscription
from ..hub_settings import properties_of

USER = "student@example.com"
"""Who did everything; nobody has to say who they are."""

NAMESPACE = "Microsoft.SignalRService"
TYPE = f"{NAMESPACE}/WebPubSub"

API_VERSIONS = ("2024-03-01", "2023-02-01", "2021-10-01")
"""Stable versions of the resource provider, the newest first."""

_NETWORK_ACLS = {
    "defaultAction": "Deny",
    "publicNetwork": {"allow": ["ServerConnection", "ClientConnection", "RESTAPI", "Trace"], "deny": None},
    "privateEndpoints": [],
    "ipRules": [{"value": "0.0.0.0/0", "action": "Allow"}, {"value": "::/0", "action": "Allow"}],
}


def time_text(seconds: float) -> str:
    """Return a time as Azure writes it, with seven digits of a second."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"


def subscription_shape(subscription: Subscription) -> dict[str, Any]:
    """Return a subscription."""
    return {
        "id": f"/subscriptions/{subscription.id}",
        "subscriptionId": subscription.id,
        "tenantId": subscription.tenant_id,
        "displayName": "wpslab",
        "state": "Enabled",
        "managedByTenants": [],
        "authorizationSource": "RoleBased",
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "FreeTrial_2014-09-01",
            "spendingLimit": "On",
        },
    }


def tenant_shape(subscription: Subscription) -> dict[str, Any]:
    """Return the tenant a subscription belongs to."""
    return {
        "id": f"/tenants/{subscription.tenant_id}",
        "tenantId": subscription.tenant_id,
        "displayName": "wpslab",
        "defaultDomain": "example.com",
        "tenantCategory": "Home",
    }


def location_shape(subscription: Subscription, key: str) -> dict[str, Any]:
    """Return a location."""
    name = LOCATIONS[key]
    return {
        "id": f"/subscriptions/{subscription.id}/locations/{key}",
        "name": key,
        "type": "Region",
        "displayName": name,
        "regionalDisplayName": name,
        "metadata": {"regionType": "Physical", "regionCategory": "Recommended", "pairedRegion": []},
    }


def provider_shape(subscription: Subscription) -> dict[str, Any]:
    """Return the resource provider of Web PubSub."""
    places = list(LOCATIONS.values())
    types = ("WebPubSub", "WebPubSub/hubs", "locations/usages", "checkNameAvailability", "operations")
    return {
        "id": f"/subscriptions/{subscription.id}/providers/{NAMESPACE}",
        "namespace": NAMESPACE,
        "registrationState": "Registered",
        "registrationPolicy": "RegistrationRequired",
        "resourceTypes": [
            {"resourceType": each, "locations": places, "apiVersions": list(API_VERSIONS)} for each in types
        ],
    }


def group_id(subscription: Subscription, name: str) -> str:
    """Return the id of a resource group."""
    return f"/subscriptions/{subscription.id}/resourceGroups/{name}"


def group_shape(subscription: Subscription, group: ResourceGroup) -> dict[str, Any]:
    """Return a resource group."""
    return {
        "id": group_id(subscription, group.name),
        "name": group.name,
        "type": "Microsoft.Resources/resourceGroups",
        "location": group.location,
        "tags": group.tags,
        "properties": {"provisioningState": "Succeeded"},
    }


def resource_id(subscription: Subscription, resource: Resource) -> str:
    """Return the id of a resource."""
    return f"{group_id(subscription, resource.group)}/providers/{TYPE}/{resource.name}"


def resource_shape(subscription: Subscription, resource: Resource, state: str = "Succeeded") -> dict[str, Any]:
    """Return a resource as a whole. Its host and ports are those of this machine."""
    wish, settings = resource.wish, resource.wish.settings
    address = urlsplit(resource.endpoint)
    is_new = state == "Creating"
    properties: dict[str, Any] = {
        "provisioningState": state,
        "externalIP": None if is_new else address.hostname,
        "hostName": address.hostname,
        "hostNamePrefix": resource.name,
        "publicPort": address.port,
        "serverPort": address.port,
        "version": "1.0-preview" if is_new else "1.0",
        "tls": {"clientCertEnabled": False},
        "privateEndpointConnections": [],
        "sharedPrivateLinkResources": [],
        "liveTraceConfiguration": None,
        "resourceLogConfiguration": None,
        "networkACLs": _NETWORK_ACLS,
        "publicNetworkAccess": settings.public_network_access,
        "disableLocalAuth": settings.disable_local_auth,
        "disableAadAuth": settings.disable_aad_auth,
        "regionEndpointEnabled": settings.region_endpoint_enabled,
        "resourceStopped": "true" if settings.resource_stopped else "false",
        "socketIO": None,
    }
    properties.update((name, value) for name, value in settings.others.items() if value is not None)
    return {
        "id": resource_id(subscription, resource),
        "name": resource.name,
        "type": TYPE,
        "kind": "WebPubSub",
        "location": location_key(wish.location),
        "tags": wish.tags,
        "sku": {**_sku(wish.sku.kind), "size": wish.sku.kind.size, "capacity": wish.sku.capacity},
        "identity": wish.identity,
        "properties": properties,
        "systemData": _system_data(resource.created, resource.modified),
    }


def listed_resource_shape(subscription: Subscription, resource: Resource) -> dict[str, Any]:
    """Return a resource as a list of all kinds of resources shows it."""
    shape = resource_shape(subscription, resource)
    del shape["properties"]
    return {
        **shape,
        "createdTime": time_text(resource.created),
        "changedTime": time_text(resource.modified),
        "provisioningState": "Succeeded",
    }


def hub_shape(subscription: Subscription, resource: Resource, hub: ConfiguredHub) -> dict[str, Any]:
    """Return a hub with its settings."""
    return {
        "id": f"{resource_id(subscription, resource)}/hubs/{hub.name}",
        "name": hub.name,
        "type": f"{TYPE}/hubs",
        "properties": properties_of(resource.service.hub(hub.name).settings),
        "systemData": _system_data(hub.created, hub.modified),
    }


def keys_shape(resource: Resource) -> dict[str, Any]:
    """Return the access keys and connection strings of a resource."""
    keys = resource.service.keys
    return {
        "primaryKey": keys.primary,
        "secondaryKey": keys.secondary,
        "primaryConnectionString": resource.connection_string(keys.primary),
        "secondaryConnectionString": resource.connection_string(keys.secondary),
    }


def skus_shape() -> list[dict[str, Any]]:
    """Return the SKUs a resource can have."""
    return [
        {
            "resourceType": TYPE,
            "sku": {**_sku(kind), "capacity": None},
            "capacity": {
                "minimum": min(kind.units),
                "maximum": max(kind.units),
                "default": kind.units[0],
                "allowedValues": list(kind.units),
                "scaleType": kind.scale_type,
            },
        }
        for kind in KINDS
        if kind.name != "Premium_P2"  # the service does not list it
    ]


def usages_shape(subscription: Subscription, location: str) -> list[dict[str, Any]]:
    """Return how much of a subscription's quota in a location is used."""
    here = [each for each in subscription.resources() if location_key(each.wish.location) == location]
    free = sum(each.wish.sku.kind.name == "Free_F1" for each in here)
    units = sum(each.wish.sku.capacity for each in here)
    rows = (
        ("FreeTierInstances", 0, 10_000, "Free Tier SignalR Instances per subscription"),
        ("SignalRTotalUnits", 0, 1200, "SignalRTotalUnits"),
        ("WebPubSubFreeTierInstances", free, 100, "WebPubSubFreeTierInstances"),
        ("WebPubSubTotalUnits", units, 1200, "WebPubSubTotalUnits"),
    )
    place = f"/subscriptions/{subscription.id}/providers/{NAMESPACE}/locations/{location}/usages"
    return [
        {
            "id": f"{place}/{name}",
            "currentValue": value,
            "limit": limit,
            "unit": "Count",
            "name": {"value": name, "localizedValue": label},
        }
        for name, value, limit, label in rows
    ]


def operation_shape(operation: Operation, path: str) -> dict[str, Any]:
    """Return the status of a long-running operation, which is over."""
    time = time_text(operation.time)
    return {"id": path, "name": operation.id, "status": "Succeeded", "startTime": time, "endTime": time}


def _sku(kind: SkuKind) -> dict[str, Any]:
    return {"name": kind.name, "tier": kind.tier}


def _system_data(created: float, modified: float) -> dict[str, Any]:
    return {
        "createdBy": USER,
        "createdByType": "User",
        "createdAt": time_text(created),
        "lastModifiedBy": USER,
        "lastModifiedByType": "User",
        "lastModifiedAt": time_text(modified),
    }
