"""Groups: subscriptions, resource groups, and lists of resources of any kind."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ...core.errors import BadRequest, ManagementError
from ...core.locations import LOCATIONS, location_key
from ...core.resource import Resource
from ..rest.http import RestResponse
from . import shapes
from .bodies import GroupBody, read
from .calls import Call, answer, existence, list_answer

_CLAUSE = r"(resourceGroup|resourceType|name|location|tagName|tagValue)\s+eq\s+'([^']*)'"
_CLAUSES = re.compile(_CLAUSE, re.IGNORECASE)
_FILTER = re.compile(rf"{_CLAUSE}(\s+and\s+{_CLAUSE})*", re.IGNORECASE)

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
    return list_answer([shapes.provider_shape(call.subscription)])


def get_provider(call: Call) -> RestResponse:
    """Return the resource provider; registering it changes nothing."""
    return answer(shapes.provider_shape(call.subscription))


def list_provider_operations(call: Call) -> RestResponse:
    """Return what one may be allowed to do."""
    things = {"read": "Read", "write": "Write", "delete": "Delete", "listkeys/action": "List the keys of"}
    return list_answer(
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
    return existence(lambda: call.subscription.group(call.path["group"]))


def list_groups(call: Call) -> RestResponse:
    """Return all groups, or those with the tag that the filter names."""
    wanted = _read_filter("".join(call.query.get("$filter", ())))
    groups = [each for each in call.subscription.groups() if _is_tagged(each.tags, wanted)]
    return list_answer([shapes.group_shape(call.subscription, each) for each in groups])


def delete_group(call: Call) -> RestResponse:
    """Delete a group with all that is in it."""
    call.subscription.delete_group(call.path["group"])
    operation = call.subscription.operations.add("nothing")
    location = f"{call.root}/subscriptions/{call.subscription.id}/operationresults/{operation.id}"
    return RestResponse(202, {"Location": f"{location}?api-version={call.api_version}", "Content-Length": "0"})


# Resources of any kind


def list_resources(call: Call) -> RestResponse:
    """Return resources of all kinds that pass the filter. Raises BadRequest for one that cannot be read."""
    return _listed(call, None)


def list_resources_by_group(call: Call) -> RestResponse:
    """Return the resources of a group that pass the filter. Raises BadRequest for one that cannot be read."""
    return _listed(call, call.path["group"])


def _listed(call: Call, group: str | None) -> RestResponse:
    wanted = _read_filter("".join(call.query.get("$filter", ())))
    resources = call.subscription.resources(group or wanted.get("resourcegroup"))
    passed = [each for each in resources if _passes(each, wanted)]
    return list_answer([shapes.listed_resource_shape(call.subscription, each) for each in passed])


def _read_filter(text: str) -> Mapping[str, str]:
    if text.strip() and not _FILTER.fullmatch(text.strip()):
        raise BadRequest(f"The filter `{text[:200]}` is none the emulator knows.", target="$filter")
    wanted = {name.lower(): value for name, value in _CLAUSES.findall(text)}
    if "location" in wanted:
        wanted["location"] = location_key(wanted["location"])
    # Names compare without case, and tags do not.
    return {name: value if name.startswith("tag") else value.lower() for name, value in wanted.items()}


def _passes(resource: Resource, wanted: Mapping[str, str]) -> bool:
    values = {
        "resourcegroup": resource.group.lower(),
        "resourcetype": shapes.TYPE.lower(),
        "name": resource.name.lower(),
        "location": resource.wish.location,
    }
    return _is_tagged(resource.wish.tags, wanted) and all(
        values[name] == value for name, value in wanted.items() if name in values
    )


def _is_tagged(tags: Mapping[str, str] | None, wanted: Mapping[str, str]) -> bool:
    name, value = wanted.get("tagname"), wanted.get("tagvalue")
    return name is None or (name in (tags or {}) and value in (None, (tags or {})[name]))
