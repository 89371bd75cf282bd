"""Subscription: resource groups and the Web PubSub resources in them, by the rules of Azure Resource Manager."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Literal

from .clock import Clock
from .errors import BadRequest, ManagementError
from .hosting import Hosting
from .locations import LOCATIONS, location_key
from .operations import Operations
from .resource import Resource, ResourceGroup, ResourceWish
from .service import Service

_GROUP = re.compile(r"[\w.()-]{0,89}[\w()-]")
_RESOURCE = re.compile(r"[A-Za-z][A-Za-z0-9-]{1,61}[A-Za-z0-9]")

NameProblem = Literal["Invalid", "AlreadyExists"]


class Subscription:
    """What one may create, look at and delete. Names compare without case.

    Args:
        id, tenant_id: GUIDs, always the same for an emulator.
        clock: the one clock.
        make_service: makes the service of a new resource.

    Attributes:
        hosting: gives each resource its address; to be set before the first one is made.
    """

    hosting: Hosting

    def __init__(self, id: str, tenant_id: str, *, clock: Clock, make_service: Callable[[], Service]) -> None:
        self.id = id
        self.tenant_id = tenant_id
        self.clock = clock
        self.operations = Operations(clock)
        self._make_service = make_service
        self._groups: dict[str, ResourceGroup] = {}

    # Resource groups

    def groups(self) -> list[ResourceGroup]:
        """Return every group, in the order they came."""
        return list(self._groups.values())

    def group(self, name: str) -> ResourceGroup:
        """Return a group. Raises ManagementError `ResourceGroupNotFound`."""
        group = self._groups.get(name.lower())
        if group is None:
            raise ManagementError("ResourceGroupNotFound", f"Resource group '{name[:90]}' could not be found.")
        return group

    def put_group(self, name: str, location: str, tags: Mapping[str, str] | None = None) -> tuple[ResourceGroup, bool]:
        """Make a group, or set the tags of one there is; return it and whether it is new.

        Raises:
            BadRequest: an illegal name.
            ManagementError: no such location, or the group is in another one.
        """
        if not _GROUP.fullmatch(name):
            raise BadRequest(
                f"The resource group name '{name[:90]}' is illegal: 1 to 90 letters, digits or _ - . ( ), "
                "and no dot at the end.",
                target="resourceGroupName",
            )
        location = _check_location(location, "LocationNotAvailableForResourceGroup", "resource group")
        group = self._groups.get(name.lower())
        if group is None:
            group = self._groups[name.lower()] = ResourceGroup(name, location, tags)
            return group, True
        if group.location != location:
            raise ManagementError(
                "InvalidResourceGroupLocation",
                f"Invalid resource group location '{location}'. "
                f"The Resource group already exists in location '{group.location}'.",
            )
        group.tags = tags
        return group, False

    def delete_group(self, name: str) -> None:
        """Delete a group with all that is in it. Raises ManagementError `ResourceGroupNotFound`."""
        group = self.group(name)
        for resource in list(group.resources.values()):
            self.delete_resource(group.name, resource.name)
        del self._groups[name.lower()]

    # Resources

    def resources(self, group: str | None = None) -> list[Resource]:
        """Return the resources of a group, or all. Raises ManagementError `ResourceGroupNotFound`."""
        return list(self._all() if group is None else self.group(group).resources.values())

    def resource(self, group: str, name: str) -> Resource:
        """Return a resource. Raises ManagementError `ResourceGroupNotFound` or `ResourceNotFound`."""
        resource = self.group(group).resources.get(name.lower())
        if resource is None:
            raise ManagementError(
                "ResourceNotFound",
                f"The Resource 'Microsoft.SignalRService/WebPubSub/{name[:63]}' "
                f"under resource group '{group}' was not found.",
            )
        return resource

    def name_problem(self, name: str) -> tuple[NameProblem, str] | None:
        """Say why a new resource cannot have this name, or return None. Names are unique in all of Azure."""
        if not _RESOURCE.fullmatch(name):
            return "Invalid", (
                f"The name '{name[:63]}' is illegal: 3 to 63 characters, a letter, then letters, digits or hyphens, "
                "and no hyphen at the end."
            )
        if any(each.name.lower() == name.lower() for each in self._all()):
            return "AlreadyExists", f"The name '{name}' is already taken. Please try a different name."
        return None

    def put_resource(self, group_name: str, name: str, wish: ResourceWish) -> tuple[Resource, bool]:
        """Make a resource, or change one there is; return it and whether it is new.

        Raises:
            BadRequest: an illegal name.
            ManagementError: no such group or location, the name is taken, or the resource is in another location.
        """
        group = self.group(group_name)
        location = _check_location(wish.location, "LocationNotAvailableForResourceType", "resource type")
        wish = replace(wish, location=location)
        if name.lower() in group.resources:
            return self._change(group.resources[name.lower()], wish), False
        if problem := self.name_problem(name):
            reason, text = problem
            if reason == "Invalid":
                raise BadRequest(text, target="resourceName")
            raise ManagementError("NameAlreadyExists", text)
        return self.adopt(group.name, name, wish, self._make_service()), True

    def adopt(self, group_name: str, name: str, wish: ResourceWish, service: Service) -> Resource:
        """Make a resource of a service there is, and give it an address."""
        now = self.clock.time()
        resource = Resource(name, group_name, wish, service, self.hosting.open_service(service), now, now)
        _obey(service, wish)
        self.group(group_name).resources[name.lower()] = resource
        return resource

    def delete_resource(self, group: str, name: str) -> bool:
        """Delete a resource and close its clients; tell whether there was one.

        Raises:
            ManagementError: `ResourceGroupNotFound`.
        """
        resource = self.group(group).resources.pop(name.lower(), None)
        if resource is not None:
            self.hosting.close_service(resource.service)
        return resource is not None

    def _all(self) -> Iterator[Resource]:
        for group in self._groups.values():
            yield from group.resources.values()

    def _change(self, resource: Resource, wish: ResourceWish) -> Resource:
        if wish.location != resource.wish.location:
            raise ManagementError(
                "InvalidResourceLocation",
                f"The resource '{resource.name}' already exists in location '{resource.wish.location}' in resource "
                f"group '{resource.group}'. A resource with the same name cannot be created in location "
                f"'{wish.location}'. Please select a new resource name.",
            )
        resource.wish = wish
        resource.modified = self.clock.time()
        _obey(resource.service, wish)
        return resource


def _obey(service: Service, wish: ResourceWish) -> None:
    """Let a service do what its resource is set to, from now on."""
    service.quota.sku = wish.sku
    service.takes_access_keys = not wish.settings.disable_local_auth
    service.is_public = wish.settings.public_network_access == "Enabled"
    if wish.settings.resource_stopped and not service.stopped:
        service.close_all("Service stopped", reason="resource stopped")
    service.stopped = wish.settings.resource_stopped


def _check_location(
    name: str, code: Literal["LocationNotAvailableForResourceGroup", "LocationNotAvailableForResourceType"], what: str
) -> str:
    key = location_key(name)
    if not key:
        raise ManagementError("LocationRequired", "The location property is required for this definition.")
    if key not in LOCATIONS:
        raise ManagementError(
            code,
            f"The provided location '{name[:64]}' is not available for {what}. "
            f"List of available regions is '{','.join(sorted(LOCATIONS))}'.",
        )
    return key
