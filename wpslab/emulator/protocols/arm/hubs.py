"""Hubs: the settings of a resource's hubs, which its service obeys at once."""

from __future__ import annotations

from typing import Any

from ...core.errors import ManagementError
from ..hub_settings import read_settings
from ..rest.http import RestResponse
from . import shapes
from .calls import NO_CONTENT, Call, answer, existence, list_answer, under_way


def create_or_update_hub(call: Call) -> RestResponse:
    """Set what a hub does, as a whole."""
    resource, service = call.resource, call.resource.service
    service.configure(call.path["hub"], read_settings(call.body))
    # The service says 201 for a hub that was there before as well.
    return answer(_hub(call), 201, under_way(call, resource, "resource"))


def get_hub(call: Call) -> RestResponse:
    """Return a hub with settings of its own."""
    return answer(_hub(call))


def check_hub_existence(call: Call) -> RestResponse:
    """Tell whether there is a hub with settings of its own."""
    return existence(lambda: _hub(call))


def delete_hub(call: Call) -> RestResponse:
    """Forget the settings of a hub; nobody is disconnected."""
    if not call.resource.service.forget_settings(call.path["hub"]):
        return NO_CONTENT
    return RestResponse(202, under_way(call, call.resource, "gone"))


def list_hubs(call: Call) -> RestResponse:
    """Return the hubs with settings of their own."""
    resource = call.resource
    return list_answer(
        [shapes.hub_shape(call.subscription, resource, each) for each in resource.service.configured.values()]
    )


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
