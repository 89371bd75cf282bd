"""Bodies: what callers want of a group or a resource, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

import msgspec

from ...core.access_keys import KeyType
from ...core.errors import BadRequest, ManagementError
from ...core.resource import Resource, ResourceSettings, ResourceWish, Switch
from ...core.skus import Sku, sku_of

T = TypeVar("T")

MAX_DEPTH = 32
"""How deep properties without a meaning here may be nested: what is taken must be written again."""

_READ_ONLY = {
    "provisioningState",
    "externalIP",
    "hostName",
    "hostNamePrefix",
    "publicPort",
    "serverPort",
    "version",
    "privateEndpointConnections",
    "sharedPrivateLinkResources",
}
_OWN = {
    "publicNetworkAccess",
    "disableLocalAuth",
    "disableAadAuth",
    "regionEndpointEnabled",
    "resourceStopped",
    "socketIO",
}


class GroupBody(msgspec.Struct):
    """A resource group, as far as a caller may say what it is."""

    location: str | None = None
    tags: dict[str, str] | None = None


class _Sku(msgspec.Struct):
    """The tier and the size follow from the name, and are read over."""

    name: str
    capacity: int | None = None


class _Resource(msgspec.Struct):
    location: str | None = None
    sku: _Sku | None = None
    tags: dict[str, str] | None = None
    kind: str | None = None
    identity: dict[str, Any] | None = None
    properties: dict[str, Any] | None = None


class _Switches(msgspec.Struct, rename="camel", omit_defaults=True):
    public_network_access: Switch | None = None
    disable_local_auth: bool | None = None
    disable_aad_auth: bool | None = None
    region_endpoint_enabled: Switch | None = None
    resource_stopped: str | bool | None = None


class _RegenerateKey(msgspec.Struct, rename="camel"):
    key_type: str


class NameCheck(msgspec.Struct):
    """A name somebody would like, and for what."""

    type: str
    name: str


def read(body: bytes, type: type[T]) -> T:
    """Read a JSON body.

    Raises:
        BadRequest: it is no JSON, or of another shape.
    """
    try:
        return msgspec.json.decode(body or b"{}", type=type)
    except RecursionError:
        raise BadRequest("The request content was invalid: it is nested too deep.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRequest(f"The request content was invalid and could not be deserialized: {error}.") from error


def read_wish(body: bytes, now: Resource | None = None) -> ResourceWish:
    """Read what a resource shall be.

    Args:
        now: the resource whose properties stay where the body does not name them; None replaces all.

    Raises:
        BadRequest: a value Azure would refuse, or a kind this emulator does not have.
        ManagementError: there is no location.
    """
    shape = read(body, _Resource)
    before = now.wish if now is not None else None
    location = shape.location if shape.location is not None or before is None else before.location
    if location is None:
        raise ManagementError("LocationRequired", "The location property is required for this definition.")
    if shape.kind is not None and shape.kind.lower() != "webpubsub":
        raise BadRequest(
            f"The emulator has no resources of the kind `{shape.kind[:32]}`: only WebPubSub.", target="kind"
        )
    return ResourceWish(
        location=location,
        sku=_sku(shape.sku, before.sku if before is not None else None),
        tags=shape.tags if shape.tags is not None or before is None else before.tags,
        identity=_shallow(shape.identity) if shape.identity is not None or before is None else before.identity,
        settings=_settings(shape.properties or {}, before.settings if before is not None else ResourceSettings()),
    )


def read_key_type(body: bytes) -> KeyType:
    """Read which key is to be replaced. Raises BadRequest."""
    text = read(body, _RegenerateKey).key_type
    types: tuple[KeyType, ...] = ("Primary", "Secondary", "Salt")
    for key_type in types:
        if text.lower() == key_type.lower():
            return key_type
    raise BadRequest(f"keyType is Primary, Secondary or Salt, not `{text[:32]}`.", target="keyType")


def _sku(shape: _Sku | None, before: Sku | None) -> Sku:
    if shape is None:
        if before is None:
            raise BadRequest('The sku is missing, for instance {"name": "Free_F1"}.', target="sku")
        return before
    capacity = shape.capacity
    if capacity is None and before is not None and before.kind.name.lower() == shape.name.lower():
        capacity = before.capacity
    return sku_of(shape.name, capacity)


def _settings(properties: Mapping[str, Any], before: ResourceSettings) -> ResourceSettings:
    try:
        switches = msgspec.convert(dict(properties), _Switches)
    except msgspec.ValidationError as error:
        raise BadRequest(f"The properties cannot be used: {error}.", target="properties") from error
    changes: dict[str, Any] = {
        name: value for name, value in msgspec.structs.asdict(switches).items() if value is not None
    }
    if "resource_stopped" in changes:
        changes["resource_stopped"] = _flag(changes["resource_stopped"])
    if properties.get("socketIO") is not None:
        raise BadRequest("The emulator has no Socket.IO: leave socketIO out.", target="properties.socketIO")
    others = {name: value for name, value in properties.items() if name not in _OWN | _READ_ONLY}
    return replace(before, **changes, others={**before.others, **_shallow(others)})


def _shallow(value: T) -> T:
    if _depth(value) > MAX_DEPTH:
        raise BadRequest(f"What is nested more than {MAX_DEPTH} deep is not taken.", target="properties")
    return value


def _depth(value: Any) -> int:
    """Tell how deep lists and objects are nested, as far as it matters."""
    depth, level = 0, [value]
    while level and depth <= MAX_DEPTH:
        depth += 1
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
    return depth


def _flag(value: str | bool) -> bool:
    text = str(value).lower()
    if text not in ("true", "false"):
        raise BadRequest(f'resourceStopped is "true" or "false", not `{text[:16]}`.', target="properties")
    return text == "true"
