"""Resources: what one can do to a Web PubSub resource, and how the long-running operations on it are."""

from __future__ import annotations

from ...core.errors import BadRequest
from ...core.locations import location_key
from ..rest.http import RestResponse
from . import shapes
from .bodies import NameCheck, read, read_key_type, read_wish
from .calls import NO_CONTENT, Call, answer, existence, list_answer, under_way


def create_or_update(call: Call) -> RestResponse:
    """Make a resource, or replace what one is."""
    resource, is_new = call.subscription.put_resource(call.path["group"], call.path["name"], read_wish(call.body))
    shape = shapes.resource_shape(call.subscription, resource, "Creating" if is_new else "Updating")
    return answer(shape, 201 if is_new else 200, under_way(call, resource, "resource"))


def update(call: Call) -> RestResponse:
    """Change what is named of a resource."""
    resource = call.resource
    call.subscription.put_resource(resource.group, resource.name, read_wish(call.body, resource))
    return RestResponse(202, under_way(call, resource, "resource"))


def get(call: Call) -> RestResponse:
    """Return a resource."""
    return answer(shapes.resource_shape(call.subscription, call.resource))


def check_existence(call: Call) -> RestResponse:
    """Tell whether there is a resource: 204 or 404, without a body."""
    return existence(lambda: call.resource)


def delete(call: Call) -> RestResponse:
    """Delete a resource; one that is not there is deleted already."""
    group, name = call.path["group"], call.path["name"]
    if name.lower() not in call.subscription.group(group).resources:
        return NO_CONTENT
    headers = under_way(call, call.resource, "gone")
    call.subscription.delete_resource(group, name)
    return RestResponse(202, headers)


def list_by_resource_group(call: Call) -> RestResponse:
    """Return the resources of a group."""
    resources = call.subscription.resources(call.path["group"])
    return list_answer([shapes.resource_shape(call.subscription, each) for each in resources])


def list_by_subscription(call: Call) -> RestResponse:
    """Return all resources."""
    return list_answer([shapes.resource_shape(call.subscription, each) for each in call.subscription.resources()])


def list_keys(call: Call) -> RestResponse:
    """Return keys and connection strings."""
    return answer(shapes.keys_shape(call.resource))


def regenerate_key(call: Call) -> RestResponse:
    """Replace a key; tokens that the old one signed are worth nothing from now on."""
    resource = call.resource
    resource.service.keys.regenerate(read_key_type(call.body))
    return answer(shapes.keys_shape(resource), 202, under_way(call, resource, "keys"))


def restart(call: Call) -> RestResponse:
    """Disconnect all clients, which then connect anew."""
    resource = call.resource
    resource.service.close_all("Service reload", reason="resource restarted")
    return RestResponse(202, under_way(call, resource, "nothing"))


def list_skus(call: Call) -> RestResponse:
    """Return the SKUs the resource can have."""
    call.subscription.resource(call.path["group"], call.path["name"])  # raises where there is none
    return list_answer(shapes.skus_shape())


def list_nothing(call: Call) -> RestResponse:
    """Return an empty list, for what no resource of an emulator has."""
    call.subscription.resource(call.path["group"], call.path["name"])  # raises where there is none
    return list_answer([])


def check_name_availability(call: Call) -> RestResponse:
    """Tell whether a new resource can have a name."""
    wanted = read(call.body, NameCheck)
    if wanted.type.lower() != shapes.TYPE.lower():
        raise BadRequest(f"The type is {shapes.TYPE}, not `{wanted.type[:64]}`.", target="type")
    reason, message = call.subscription.name_problem(wanted.name) or (None, None)
    return answer({"nameAvailable": reason is None, "reason": reason, "message": message})


def list_usages(call: Call) -> RestResponse:
    """Return how much of the quota in a location is used."""
    return list_answer(shapes.usages_shape(call.subscription, location_key(call.path["location"])))


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
    operation = call.subscription.operations.find(call.path["operation"])
    if operation.outcome == "gone":
        return NO_CONTENT
    if operation.outcome == "nothing" or operation.resource is None:
        return RestResponse(200)
    if operation.outcome == "keys":
        return answer(shapes.keys_shape(operation.resource))
    return answer(shapes.resource_shape(call.subscription, operation.resource))
