"""Resource commands: Web PubSub resources and their access keys.

Each function runs one command and returns what az prints of it, as plain data; the table at the end describes them.
"""

from __future__ import annotations

from typing import Any

from .call import Call
from .flags import GENERIC, LOCATION, MINE, NAMED, TAGS
from .parsing import pairs
from .problem import USAGE, AzError
from .resource_manager import GROUPS as GROUP_VERSION
from .shapes import listed_sku_shape, resource_shape
from .table import Argument, Command, Group


def create(call: Call) -> Any:
    values = call.values
    location = (
        values["location"] or call.arm.get(call.arm.path("resourcegroups", call.group), GROUP_VERSION)["location"]
    )
    properties: dict[str, Any] = {
        "publicNetworkAccess": "Enabled",
        "disableLocalAuth": False,
        "disableAadAuth": False,
        "regionEndpointEnabled": "Enabled",
        "resourceStopped": "false",
    }
    if values["service_mode"]:
        properties["socketIO"] = {"serviceMode": values["service_mode"]}
    body: dict[str, Any] = {
        "location": location,
        "sku": {"name": values["sku"], "capacity": values["unit_count"]},
        "properties": properties,
    }
    if values["kind"]:
        body["kind"] = values["kind"]
    if values["tags"] is not None:
        body["tags"] = pairs(values["tags"])
    return resource_shape(call.arm.change("PUT", call.resource(), body, shows_body=True))


def show(call: Call) -> Any:
    return resource_shape(call.arm.get(call.resource()))


def list_resources(call: Call) -> Any:
    group = call.values["resource_group"]
    path = call.arm.resources(group) if group else call.arm.provider("webPubSub")
    return [resource_shape(each) for each in call.arm.listed(path)]


def delete(call: Call) -> None:
    call.arm.change("DELETE", call.resource())


def update(call: Call) -> Any:
    refuse_generic(call)
    values, body = call.values, call.arm.get(call.resource())
    sku, units = values["sku"], values["unit_count"]
    if sku or units is not None:
        old = body["sku"]
        body["sku"] = {"name": sku or old["name"], "capacity": old["capacity"] if units is None else units}
    if values["tags"] is not None:
        body["tags"] = pairs(values["tags"])
    properties = body["properties"]
    if values["service_mode"]:
        properties["socketIO"] = {"serviceMode": values["service_mode"]}
    if values["client_cert_enabled"]:
        properties["tls"] = {"clientCertEnabled": values["client_cert_enabled"] == "true"}
    if values["disable_local_auth"]:
        properties["disableLocalAuth"] = values["disable_local_auth"] == "true"
    if values["region_endpoint_enabled"]:
        is_on = values["region_endpoint_enabled"] == "true"
        properties["regionEndpointEnabled"] = "Enabled" if is_on else "Disabled"
    return resource_shape(call.arm.change("PATCH", call.resource(), body, shows_body=True))


def restart(call: Call) -> None:
    call.arm.change("POST", call.resource("restart"))


def start(call: Call) -> Any:
    return _stopped(call, "false")


def stop(call: Call) -> Any:
    return _stopped(call, "true")


def list_skus(call: Call) -> Any:
    return [listed_sku_shape(each) for each in call.arm.get(call.resource("skus"))["value"]]


def list_usage(call: Call) -> Any:
    return call.arm.listed(call.arm.provider("locations", call.values["location"], "usages"))


def show_keys(call: Call) -> Any:
    return call.keys()


def regenerate_key(call: Call) -> Any:
    call.arm.change("POST", call.resource("regenerateKey"), {"keyType": call.values["key_type"]})
    return call.keys()


def refuse_generic(call: Call) -> None:
    """Say so where a flag was given that only the real az has."""
    given = next((flag for flag in ("set", "add", "remove", "force_string") if call.values[flag]), None)
    if given:
        raise AzError(
            f"wpslab's own az has no --{given.replace('_', '-')}: use the flags of the command, which --help lists.",
            USAGE,
        )


def _stopped(call: Call, text: str) -> Any:
    body = call.arm.get(call.resource())
    body["properties"]["resourceStopped"] = text
    return resource_shape(call.arm.change("PATCH", call.resource(), body))


_SKU = "The SKU, such as Free_F1, Standard_S1 or Premium_P1."
_MODE = Argument(("--service-mode",), "Only for the kind SocketIO.", choices=("Default", "Serverless"))
_MASKED = (
    "A notebook shows *** in place of the keys. What the command returns holds them: keys = %az webpubsub key show …, "
    'then keys["primaryConnectionString"]. In a terminal, wpslab az prints them.'
)

GROUPS = (
    Group("webpubsub", "Commands to manage Webpubsub."),
    Group("webpubsub key", "Commands to manage Webpubsub keys."),
)

COMMANDS = (
    Command(
        "webpubsub create",
        "Create a Webpubsub.",
        (
            *NAMED,
            Argument(("--sku",), _SKU, required=True),
            Argument(
                ("--unit-count",), "The number of units, each with its own number of connections.", "number", default=1
            ),
            Argument(("--kind",), "The kind of the service.", choices=("WebPubSub", "SocketIO")),
            _MODE,
            LOCATION,
            TAGS,
        ),
        create,
        examples=(
            (
                "Create a WebPubSub Service with Standard SKU and unit 2.",
                "az webpubsub create -n MyWebPubSub -g MyResourceGroup --sku Standard_S1 --unit-count 2",
            ),
        ),
    ),
    Command("webpubsub show", "Show details of a Webpubsub.", MINE, show),
    Command(
        "webpubsub list",
        "List Webpubsub.",
        (Argument(("--resource-group", "-g"), "Name of resource group. Without it: the whole subscription."),),
        list_resources,
    ),
    Command("webpubsub delete", "Delete a Webpubsub.", NAMED, delete),
    Command(
        "webpubsub update",
        "Update a Webpubsub.",
        (
            *MINE,
            Argument(("--sku",), _SKU),
            Argument(("--unit-count",), "The number of units.", "number"),
            TAGS,
            _MODE,
            Argument(("--client-cert-enabled",), "Enable or disable client certificate authentication.", "truth"),
            Argument(("--disable-local-auth",), "Whether access keys stop to be accepted.", "truth"),
            Argument(("--region-endpoint-enabled",), "Whether the regional endpoint takes new connections.", "truth"),
            *GENERIC,
        ),
        update,
        examples=(
            ("Update unit count to 10", "az webpubsub update -n MyWebPubSub -g MyResourceGroup --unit-count 10"),
        ),
    ),
    Command("webpubsub restart", "Restart a Webpubsub. All connections are closed.", MINE, restart),
    Command("webpubsub start", "Start the Webpubsub.", MINE, start),
    Command("webpubsub stop", "Stop the Webpubsub.", MINE, stop),
    Command("webpubsub list-skus", "List SKUs for the Webpubsub.", MINE, list_skus),
    Command(
        "webpubsub list-usage",
        "List resource usage quotas by location.",
        (Argument(("--location", "-l"), LOCATION.help, required=True),),
        list_usage,
    ),
    Command(
        "webpubsub key show", "Show connection strings and keys for the Webpubsub.", (*MINE,), show_keys, note=_MASKED
    ),
    Command(
        "webpubsub key regenerate",
        "Regenerate keys for a Webpubsub instance.",
        (
            *MINE,
            Argument(
                ("--key-type",),
                "The key to regenerate; salt changes both.",
                required=True,
                choices=("primary", "secondary", "salt"),
            ),
        ),
        regenerate_key,
        examples=(
            (
                "Regenerate primary key",
                "az webpubsub key regenerate -n MyWebPubSub -g MyResourceGroup --key-type primary",
            ),
        ),
        note=_MASKED,
    ),
)
