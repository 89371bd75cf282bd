"""Account commands: sign-in, subscription, version and extensions, which the CLI answers by itself.

Each function runs one command and returns what az prints of it, as plain data; the table at the end describes them.
"""

from __future__ import annotations

from typing import Any

from .call import Call
from .flags import YES
from .problem import AzError
from .table import Argument, Command, Group

VERSION = "2.91.0"
EXTENSIONS = {"webpubsub": "1.7.1"}
USER = {"name": "student@example.com", "type": "user"}

_LISTED = "[].{Name:name, CloudName:cloudName, SubscriptionId:id, TenantId:tenantId, State:state, IsDefault:isDefault}"


def _subscription(call: Call, cloud: str) -> dict[str, Any]:
    return {
        cloud: "AzureCloud",
        "homeTenantId": call.place.tenant_id,
        "id": call.place.subscription_id,
        "isDefault": True,
        "managedByTenants": [],
        "name": "wpslab",
        "state": "Enabled",
        "tenantId": call.place.tenant_id,
        "user": USER,
    }


def is_own_subscription(call: Call, text: str) -> bool:
    """Return whether a name or id is that of the one subscription there is."""
    return text.lower() in (call.place.subscription_id.lower(), "wpslab")


def login(call: Call) -> Any:
    tenant = call.values["tenant"]
    if tenant and tenant.lower() not in (call.place.tenant_id.lower(), "example.com"):
        raise AzError(
            f"AADSTS90002: Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID.\n"
            f"The service of this lab has one tenant: {call.place.tenant_id} (in Python: lab.tenant_id)."
        )
    return [_subscription(call, "cloudName")]


def show_account(call: Call) -> Any:
    return _subscription(call, "environmentName")


def list_accounts(call: Call) -> Any:
    return [_subscription(call, "cloudName")]


def set_account(call: Call) -> None:
    wanted = call.values["subscription"]
    if not is_own_subscription(call, wanted):
        raise AzError(f"The subscription of '{wanted}' doesn't exist in cloud 'AzureCloud'.")


def list_locations(call: Call) -> Any:
    found = call.arm.listed(call.arm.path("locations"), "2022-12-01")
    return [{**each, "type": each.get("type", "Region")} for each in found]


def version(call: Call) -> Any:
    return {
        "azure-cli": VERSION,
        "azure-cli-core": VERSION,
        "azure-cli-telemetry": "1.1.0",
        "extensions": dict(call.state.extensions),
    }


def add_extension(call: Call) -> None:
    if call.values["source"]:
        raise AzError("wpslab's own az installs no files: the commands of the extension webpubsub are part of it.")
    name = call.values["name"]
    if not name:
        raise AzError("usage error: --name NAME | --source SOURCE")
    if name not in EXTENSIONS:
        raise AzError(f"No extension found with name '{name}'")
    if name not in call.state.extensions:
        call.state.extensions[name] = EXTENSIONS[name]
    elif call.values["upgrade"]:
        call.notice(f"Latest version of '{name}' is already installed.")
    else:
        call.notice(f"Extension '{name}' {EXTENSIONS[name]} is already installed.")


def list_extensions(call: Call) -> Any:
    return [_extension(name, version) for name, version in sorted(call.state.extensions.items())]


def show_extension(call: Call) -> Any:
    return _extension(name := _installed(call), call.state.extensions[name])


def remove_extension(call: Call) -> None:
    del call.state.extensions[_installed(call)]


def update_extension(call: Call) -> None:
    name = _installed(call)
    call.notice(f"Latest version of '{name}' is already installed.")


def _installed(call: Call) -> str:
    name: str = call.values["name"]
    if name not in call.state.extensions:
        raise AzError(
            f"The extension {name} is not installed. Please install the extension via `az extension add -n {name}`."
        )
    return name


def _extension(name: str, version: str) -> dict[str, Any]:
    return {
        "experimental": False,
        "extensionType": "whl",
        "name": name,
        "path": None,
        "preview": False,
        "version": version,
    }


_EXTENSION = (Argument(("--name", "-n"), "Name of extension.", required=True),)

GROUPS = (
    Group("account", "Manage Azure subscription information."),
    Group("extension", "Manage and update CLI extensions."),
)

COMMANDS = (
    Command(
        "login",
        "Log in to Azure.",
        (
            Argument(
                ("--tenant", "-t"), "The Microsoft Entra tenant, must be provided when using a service principal."
            ),
            Argument(("--use-device-code",), "Use device code flow.", "flag"),
            Argument(("--allow-no-subscriptions",), "Support accessing tenants without subscriptions.", "flag"),
            Argument(("--identity", "-i"), "Log in using managed identity.", "flag"),
            Argument(("--service-principal",), "Log in with a service principal.", "flag"),
            Argument(("--username", "-u"), "User name or service principal client ID."),
            Argument(("--password", "-p"), "User password or service principal secret."),
            Argument(("--scope",), "Used in the /authorize request.", "texts"),
        ),
        login,
        "local",
        (("Log in interactively.", "az login"), ("Log in to a tenant.", "az login --tenant TENANT_ID")),
        table_view=_LISTED,
    ),
    Command("account show", "Get the details of a subscription.", (), show_account, "local"),
    Command(
        "account list",
        "Get a list of subscriptions for the logged in account.",
        (
            Argument(("--all",), "List all subscriptions from all clouds.", "flag"),
            Argument(("--refresh",), "Retrieve up-to-date subscriptions from server.", "flag"),
        ),
        list_accounts,
        "local",
        table_view=_LISTED,
    ),
    Command(
        "account set",
        "Set a subscription to be the current active subscription.",
        (Argument(("--subscription", "-s", "--name", "-n"), "Name or ID of subscription.", required=True),),
        set_account,
        "local",
    ),
    Command("account list-locations", "List supported regions for the current subscription.", (), list_locations),
    Command("version", "Show the versions of Azure CLI modules and extensions.", (), version, "local"),
    Command(
        "extension add",
        "Add an extension.",
        (
            Argument(("--name", "-n"), "Name of extension."),
            Argument(("--source", "-s"), "Filepath or URL to an extension."),
            Argument(("--upgrade", "-U"), "Update the extension if already installed.", "flag"),
            Argument(("--version",), "The specific version of an extension.", default="latest"),
            Argument(("--allow-preview",), "Include preview packages for extension installation.", "truth"),
            Argument(("--system",), "Use a system directory for the extension.", "flag"),
            YES,
        ),
        add_extension,
        "local",
        (("Add extension by name", "az extension add --name webpubsub"),),
    ),
    Command("extension list", "List the installed extensions.", (), list_extensions, "local"),
    Command("extension show", "Show an extension.", _EXTENSION, show_extension, "local"),
    Command("extension remove", "Remove an extension.", _EXTENSION, remove_extension, "local"),
    Command("extension update", "Update an extension.", _EXTENSION, update_extension, "local"),
)
