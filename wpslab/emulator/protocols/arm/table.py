"""Table: which operation answers which request. Paths compare without case, and slashes in a row count as one."""

from __future__ import annotations

from . import operations as run
from .operations import Row

_S = "/subscriptions/{subscription}"
_GROUP = f"{_S}/resourcegroups/{{group}}"
_PROVIDER = f"{_S}/providers/microsoft.signalrservice"
_ALL = f"{_GROUP}/providers/microsoft.signalrservice/webpubsub"
_ONE = f"{_ALL}/{{name}}"
_HUB = f"{_ONE}/hubs/{{hub}}"

TABLE = (
    Row("GET", "/subscriptions", run.list_subscriptions),
    Row("GET", "/tenants", run.list_tenants),
    Row("GET", "/providers/microsoft.signalrservice/operations", run.list_provider_operations),
    Row("GET", _S, run.get_subscription),
    Row("GET", f"{_S}/locations", run.list_locations),
    Row("GET", f"{_S}/providers", run.list_providers),
    Row("GET", _PROVIDER, run.get_provider),
    Row("POST", f"{_PROVIDER}/register", run.get_provider),
    Row("GET", f"{_S}/operationresults/{{operation}}", run.get_result),
    # Resource groups
    Row("GET", f"{_S}/resourcegroups", run.list_groups),
    Row("PUT", _GROUP, run.create_or_update_group),
    Row("PATCH", _GROUP, run.update_group),
    Row("GET", _GROUP, run.get_group),
    Row("HEAD", _GROUP, run.check_group_existence),
    Row("DELETE", _GROUP, run.delete_group),
    Row("GET", f"{_S}/resources", run.list_resources),
    Row("GET", f"{_GROUP}/resources", run.list_resources_by_group),
    # Web PubSub
    Row("GET", f"{_PROVIDER}/webpubsub", run.list_by_subscription),
    Row("POST", f"{_PROVIDER}/locations/{{location}}/checknameavailability", run.check_name_availability),
    Row("GET", f"{_PROVIDER}/locations/{{location}}/usages", run.list_usages),
    Row("GET", _ALL, run.list_by_resource_group),
    Row("PUT", _ONE, run.create_or_update),
    Row("PATCH", _ONE, run.update),
    Row("GET", _ONE, run.get),
    Row("HEAD", _ONE, run.check_existence),
    Row("DELETE", _ONE, run.delete),
    Row("POST", f"{_ONE}/listkeys", run.list_keys),
    Row("POST", f"{_ONE}/regeneratekey", run.regenerate_key),
    Row("POST", f"{_ONE}/restart", run.restart),
    Row("GET", f"{_ONE}/skus", run.list_skus),
    Row("GET", f"{_ONE}/operationstatuses/{{operation}}", run.get_status),
    Row("GET", f"{_ONE}/operationresults/{{operation}}", run.get_result),
    # Hubs
    Row("GET", f"{_ONE}/hubs", run.list_hubs),
    Row("PUT", _HUB, run.create_or_update_hub),
    Row("GET", _HUB, run.get_hub),
    Row("HEAD", _HUB, run.check_hub_existence),
    Row("DELETE", _HUB, run.delete_hub),
    # What Azure has and an emulator has none of
    Row("GET", f"{_ONE}/replicas", run.list_nothing),
    Row("GET", f"{_ONE}/customcertificates", run.list_nothing),
    Row("GET", f"{_ONE}/customdomains", run.list_nothing),
    Row("GET", f"{_ONE}/privateendpointconnections", run.list_nothing),
    Row("GET", f"{_ONE}/privatelinkresources", run.list_nothing),
    Row("GET", f"{_ONE}/sharedprivatelinkresources", run.list_nothing),
)
