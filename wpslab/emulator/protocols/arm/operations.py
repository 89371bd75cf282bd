"""Operations: a row for each request of the contract, and the function that carries it out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from ...core.errors import BadRequest, ManagementError
from ...core.locations import LOCATIONS, location_key
from ...core.operations import Operation, Outcome
from ...core.resource import Resource
from ...core.subscription import Subscription
from ..hub_settings import read_settings
from ..rest.http import RestResponse
from . import shapes
from .bodies import GroupBody, NameCheck, read, read_key_type, read_wish
from .errors import JSON

NO_CONTENT = RestResponse(204)
_FILTER = re.compile(r"(resourceGroup|resourceType|name|location)\s+eq\s+'([^']*)'", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Call:
    """A checked request.

    Attributes:
        path: the values in its path, decoded.
        root: under which address the caller reached this.
    """

    subscription: Subscription
    path: Mapping[str, str]
    query: Mapping[str, Sequence[str]]
    body: bytes
    root: str

    @property
    def resource(self) -> Resource:
        """The resource the path names. Raises ManagementError."""
        return self.subscription.resource(self.path["group"], self.path["name"])

    @property
    def api_version(self) -> str:
        """What the caller sent."""
        return self.query["api-version"][-1]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the contract. The function's name is the operation's in snake case."""

    method: str
    template: str
    run: Callable[[Call], RestResponse]


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> RestResponse:
    """Return a JSON answer."""
    return RestResponse(status, {**JSON, **(headers or {})}, msgspec.json.encode(body))


def _list(values: list[dict[str, Any]]) -> RestResponse:
    return answer({"value": values, "nextLink": None})


# Subscriptions, locations, providers


def list_subscriptions(call: Call) -> RestResponse:
    """Return the one subscription there is."""
    return answer({"value": [shapes.subscription_shape(call.subscription)], "count": {"type": "Total", "value": 1}})


def get_subscription(call: Call) -> RestResponse:
    """Return the subscription."""
    return answer(shapes.subscription_shape(call.subscription))


def list_tenants(call: Call) -> RestResponse:
    """Return the one tenant there is."""
    return answer({"value": [shapes.tenant_shape(call.subscription)]})


def list_locations(call: Call) -> RestResponse:
    """Return where resources can be."""
    return answer({"value": [shapes.location_shape(call.subscription, key) for key in LOCATIONS]})


def list_providers(call: Call) -> RestResponse:
    """Return the one resource provider there is."""
    return _list([shapes.provider_shape(call.subscription)])


def get_provider(call: Call) -> RestResponse:
    """Return the resource provider; registering it changes nothing."""
    return answer(shapes.provider_shape(call.subscription))


def list_provider_operations(call: Call) -> RestResponse:
    """Return what one may be allowed to do."""
    things = {"read": "Read", "write": "Write", "delete": "Delete", "listkeys/action": "List the keys of"}
    return _list(
        [
            {
                "name": f"{shapes.TYPE}/{verb}",
                "isDataAction": False,
                "display": {
                    "provider": "Microsoft Azure SignalR Service",
                    "resource": "WebPubSub",
                    "operation": f"{words} WebPubSub",
                    "description": f"{words} a Web PubSub resource",
                },
                "origin": "user,system",
            }
            for verb, words in things.items()
        ]
    )


# Resource groups


def create_or_update_group(call: Call) -> RestResponse:
    """Make a group, or set the tags of one there is."""
    body = read(call.body, GroupBody)
    if body.location is None:
        raise ManagementError("LocationRequired", "The location property is required for this definition.")
    group, is_new = call.subscription.put_group(call.path["group"], body.location, body.tags)
    return answer(shapes.group_shape(call.subscription, group), 201 if is_new else 200)


def update_group(call: Call) -> RestResponse:
    """Set the tags of a group."""
    group = call.subscription.group(call.path["group"])
    tags = read(call.body, GroupBody).tags
    if tags is not None:
        group.tags = tags
    return answer(shapes.group_shape(call.subscription, group))


def get_group(call: Call) -> RestResponse:
    """Return a group."""
    return answer(shapes.group_shape(call.subscription, call.subscription.group(call.path["group"])))


def check_group_existence(call: Call) -> RestResponse:
    """Tell whether there is a group: 204 or 404, without a body."""
    return _exists(lambda: call.subscription.group(call.path["group"]))


def list_groups(call: Call) -> RestResponse:
    """Return all groups."""
    return _list([shapes.group_shape(call.subscription, each) for each in call.subscription.groups()])


def delete_group(call: Call) -> RestResponse:
    """Delete a group with all that is in it."""
    call.subscription.delete_group(call.path["group"])
    operation = call.subscription.operations.add("nothing")
    location = f"{call.root}/subscriptions/{call.subscription.id}/operationresults/{operation.id}"
    return RestResponse(202, {"Location": f"{location}?api-version={call.api_version}", "Content-Length": "0"})


# Resources of any kind


def list_resources(call: Call) -> RestResponse:
    """Return resources of all kinds that pass the filter."""
    wanted = {name.lower(): value.lower() for name, value in _FILTER.findall("".join(call.query.get("$filter", ())))}
    resources = call.subscription.resources(wanted.get("resourcegroup"))
    if wanted.get("resourcetype", shapes.TYPE.lower()) != shapes.TYPE.lower():
        resources = []
    return _list(
        [
            shapes.listed_resource_shape(call.subscription, each)
            for each in resources
            if wanted.get("name", each.name.lower()) == each.name.lower()
        ]
    )


def list_resources_by_group(call: Call) -> RestResponse:
    """Return the resources of a group."""
    resources = call.subscription.resources(call.path["group"])
    return _list([shapes.listed_resource_shape(call.subscription, each) for each in resources])


# Web PubSub resources


def create_or_update(call: Call) -> RestResponse:
    """Make a resource, or replace what one is."""
    resource, is_new = call.subscription.put_resource(call.path["group"], call.path["name"], read_wish(call.body))
    shape = shapes.resource_shape(call.subscription, resource, "Creating" if is_new else "Updating")
    return answer(shape, 201 if is_new else 200, _under_way(call, resource, "resource"))


def update(call: Call) -> RestResponse:
    """Change what is named of a resource."""
    resource = call.resource
    call.subscription.put_resource(resource.group, resource.name, read_wish(call.body, resource))
    return RestResponse(202, _under_way(call, resource, "resource"))


def get(call: Call) -> RestResponse:
    """Return a resource."""
    return answer(shapes.resource_shape(call.subscription, call.resource))


def check_existence(call: Call) -> RestResponse:
    """Tell whether there is a resource: 204 or 404, without a body."""
    return _exists(lambda: call.resource)


def delete(call: Call) -> RestResponse:
    """Delete a resource; one that is not there is deleted already."""
    group, name = call.path["group"], call.path["name"]
    if name.lower() not in call.subscription.group(group).resources:
        return NO_CONTENT
    headers = _under_way(call, call.resource, "gone")
    call.subscription.delete_resource(group, name)
    return RestResponse(202, headers)


def list_by_resource_group(call: Call) -> RestResponse:
    """Return the resources of a group."""
    resources = call.subscription.resources(call.path["group"])
    return _list([shapes.resource_shape(call.subscription, each) for each in resources])


def list_by_subscription(call: Call) -> RestResponse:
    """Return all resources."""
    return _list([shapes.resource_shape(call.subscription, each) for each in call.subscription.resources()])


def list_keys(call: Call) -> RestResponse:
    """Return keys and connection strings."""
    return answer(shapes.keys_shape(call.resource))


def regenerate_key(call: Call) -> RestResponse:
    """Replace a key; tokens that the old one signed are worth nothing from now on."""
    resource = call.resource
    resource.service.keys.regenerate(read_key_type(call.body))
    return answer(shapes.keys_shape(resource), 202, _under_way(call, resource, "keys"))


def restart(call: Call) -> RestResponse:
    """Disconnect all clients, which then connect anew."""
    resource = call.resource
    resource.service.close_all("Service reload", reason="resource restarted")
    return RestResponse(202, _under_way(call, resource, "nothing"))


def list_skus(call: Call) -> RestResponse:
    """Return the SKUs the resource can have."""
    call.subscription.resource(call.path["group"], call.path["name"])  # raises where there is none
    return _list(shapes.skus_shape())


def list_nothing(call: Call) -> RestResponse:
    """Return an empty list, for what no resource of an emulator has."""
    call.subscription.resource(call.path["group"], call.path["name"])  # raises where there is none
    return _list([])


def check_name_availability(call: Call) -> RestResponse:
    """Tell whether a new resource can have a name."""
    wanted = read(call.body, NameCheck)
    if wanted.type.lower() != shapes.TYPE.lower():
        raise BadRequest(f"The type is {shapes.TYPE}, not `{wanted.type[:64]}`.", target="type")
    reason, message = call.subscription.name_problem(wanted.name) or (None, None)
    return answer({"nameAvailable": reason is None, "reason": reason, "message": message})


def list_usages(call: Call) -> RestResponse:
    """Return how much of the quota in a location is used."""
    return _list(shapes.usages_shape(call.subscription, location_key(call.path["location"])))


# Hubs


def create_or_update_hub(call: Call) -> RestResponse:
    """Set what a hub does, as a whole."""
    resource, service = call.resource, call.resource.service
    is_new = not any(each.name.lower() == call.path["hub"].lower() for each in service.configured.values())
    service.configure(call.path["hub"], read_settings(call.body))
    return answer(_hub(call), 200 if not is_new else 201, _under_way(call, resource, "resource"))


def get_hub(call: Call) -> RestResponse:
    """Return a hub with settings of its own."""
    return answer(_hub(call))


def check_hub_existence(call: Call) -> RestResponse:
    """Tell whether there is a hub with settings of its own."""
    return _exists(lambda: _hub(call))


def delete_hub(call: Call) -> RestResponse:
    """Forget the settings of a hub; nobody is disconnected."""
    if not call.resource.service.forget_settings(call.path["hub"]):
        return NO_CONTENT
    return RestResponse(202, _under_way(call, call.resource, "gone"))


def list_hubs(call: Call) -> RestResponse:
    """Return the hubs with settings of their own."""
    resource = call.resource
    return _list([shapes.hub_shape(call.subscription, resource, each) for each in resource.service.configured.values()])


def _hub(call: Call) -> dict[str, Any]:
    resource = call.resource
    hub = resource.service.configured.get(call.path["hub"].lower())
    if hub is None:
        raise ManagementError(
            "ResourceNotFound",
            f"The Resource '{shapes.TYPE}/{resource.name}/hubs/{call.path['hub'][:128]}' "
            f"under resource group '{resource.group}' was not found.",
        )
    return shapes.hub_shape(call.subscription, resource, hub)


# Long-running operations


def get_status(call: Call) -> RestResponse:
    """Return how an operation is: over."""
    operation = call.subscription.operations.find(call.path["operation"])
    id = f"/subscriptions/{call.subscription.id}/operationStatuses/{operation.id}"
    if operation.resource is not None:
        id = f"{shapes.resource_id(call.subscription, operation.resource)}/operationStatuses/{operation.id}"
    return answer(shapes.operation_shape(operation, id))


def get_result(call: Call) -> RestResponse:
    """Return what an operation came to."""
    operation: Operation = call.subscription.operations.find(call.path["operation"])
    if operation.outcome == "gone":
        return NO_CONTENT
    if operation.outcome == "nothing" or operation.resource is None:
        return RestResponse(200)
    if operation.outcome == "keys":
        return answer(shapes.keys_shape(operation.resource))
    return answer(shapes.resource_shape(call.subscription, operation.resource))


def _under_way(call: Call, resource: Resource, outcome: Outcome) -> dict[str, str]:
    """Return the headers that say where to ask how an operation is."""
    operation = call.subscription.operations.add(outcome, resource)
    place = f"{call.root}{shapes.resource_id(call.subscription, resource)}"
    query = f"{operation.id}?api-version={call.api_version}"
    return {
        "Azure-AsyncOperation": f"{place}/operationStatuses/{query}",
        "Location": f"{place}/operationResults/{query}",
    }


def _exists(find: Callable[[], object]) -> RestResponse:
    try:
        find()
    except ManagementError:
        return RestResponse(404)
    return NO_CONTENT
