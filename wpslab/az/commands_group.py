"""Group commands: resource groups.

Each function runs one command and returns what az prints of it, as plain data; the table at the end describes them.
"""

from __future__ import annotations

from typing import Any

from .call import Call
from .flags import TAGS, YES
from .parsing import pairs
from .problem import AzError
from .resource_manager import GROUPS as VERSION
from .shapes import group_shape
from .table import Argument, Command, Group


def create(call: Call) -> Any:
    body: dict[str, Any] = {"location": call.values["location"]}
    if call.values["tags"] is not None:
        body["tags"] = pairs(call.values["tags"])
    if call.values["managed_by"]:
        body["managedBy"] = call.values["managed_by"]
    return group_shape(call.arm.change("PUT", _path(call), body, VERSION))


def show(call: Call) -> Any:
    return group_shape(call.arm.get(_path(call), VERSION))


def list_groups(call: Call) -> Any:
    found = [group_shape(each) for each in call.arm.listed(call.arm.path("resourcegroups"), VERSION)]
    wanted = pairs([call.values["tag"] or ""])
    return [each for each in found if all(_has_tag(each, key, value) for key, value in wanted.items())]


def exists(call: Call) -> bool:
    return call.arm.exists(_path(call), VERSION)


def delete(call: Call) -> None:
    confirm(call)
    if call.values["no_wait"]:
        call.arm.start("DELETE", _path(call), VERSION)
    else:
        call.arm.change("DELETE", _path(call), version=VERSION)


def confirm(call: Call) -> None:
    """Ask whether the command shall run, as az does on a terminal; elsewhere only --yes lets it run."""
    if call.values["yes"]:
        return
    if call.confirm is None:
        call.notice("Unable to prompt for confirmation as no tty available. Use --yes.")
        raise AzError("Operation cancelled.")
    if not call.confirm("Are you sure you want to perform this operation? (y/n): "):
        raise AzError("Operation cancelled.")


def _path(call: Call) -> str:
    return call.arm.path("resourcegroups", call.values["name"])


def _has_tag(group: dict[str, Any], key: str, value: str) -> bool:
    tags = group["tags"] or {}
    return key in tags and value in ("", tags[key])


_NAME = Argument(("--name", "-n", "--resource-group", "-g"), "Name of resource group.", required=True)

GROUPS = (Group("group", "Manage resource groups and template deployments."),)

COMMANDS = (
    Command(
        "group create",
        "Create a new resource group.",
        (
            Argument(("--name", "--resource-group", "-n", "-g"), "Name of the new resource group.", required=True),
            Argument(("--location", "-l"), "Location. Values from: `az account list-locations`.", required=True),
            Argument(("--managed-by",), "The ID of the resource that manages this resource group."),
            TAGS,
        ),
        create,
        examples=(
            (
                "Create a new resource group in the West US region.",
                "az group create -l westus -n MyResourceGroup",
            ),
        ),
    ),
    Command("group show", "Gets a resource group.", (_NAME,), show),
    Command(
        "group list",
        "List resource groups.",
        (Argument(("--tag",), "A single tag in 'key[=value]' format. Use '' to clear existing tags."),),
        list_groups,
        examples=(
            (
                "List all resource groups located in the West US region.",
                "az group list --query \"[?location=='westus']\"",
            ),
        ),
        table_view="[].{Name:name, Location:location, Status:properties.provisioningState}",
    ),
    Command("group exists", "Check if a resource group exists.", (_NAME,), exists),
    Command(
        "group delete",
        "Delete a resource group.",
        (
            _NAME,
            Argument(("--no-wait",), "Do not wait for the long-running operation to finish.", "flag"),
            YES,
        ),
        delete,
        examples=(("Delete a resource group.", "az group delete -n MyResourceGroup"),),
    ),
)
