"""Shapes: from what Azure Resource Manager answers to what az prints of it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

# az names three members in a way of its own.
_NAMES = {"externalIP": "externalIp", "networkACLs": "networkAcLs", "socketIO": "socketIo"}
_HANDLER = ("auth", "systemEvents", "urlTemplate", "userEventPattern")


def group_shape(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a resource group."""
    return {"managedBy": None, "tags": None, **body}


def resource_shape(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a Web PubSub resource: its properties stand beside its name."""
    properties = {_NAMES.get(name, name): value for name, value in body["properties"].items()}
    own = {name: value for name, value in body.items() if name != "properties"}
    return {**properties, **own, "sku": sku_shape(body["sku"]), "resourceGroup": group_of(body["id"])}


def sku_shape(sku: Mapping[str, Any]) -> dict[str, Any]:
    """Return a SKU with all members that az knows."""
    return {"capacity": None, "family": None, "size": None, **sku}


def listed_sku_shape(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return one of the SKUs that a resource can have."""
    return {**body, "sku": sku_shape(body["sku"])}


def hub_shape(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a hub: its properties stand together."""
    properties = dict(body["properties"])
    handlers = properties.get("eventHandlers")
    if handlers is not None:
        properties["eventHandlers"] = [{**dict.fromkeys(_HANDLER), **each} for each in handlers]
    return {**body, "properties": properties, "resourceGroup": group_of(body["id"])}


def group_of(resource_id: str) -> str:
    """Return the resource group in a resource's id."""
    parts = resource_id.split("/")
    return next((after for before, after in pairwise(parts) if before == "resourceGroups"), "")
