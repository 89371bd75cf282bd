"""Table: which operation answers which request. Paths compare without case, and slashes in a row count as one."""

from __future__ import annotations

from . import groups, hubs, resources
from .calls import Row

_S = "/subscriptions/{subscription}"
_GROUP = f"{_S}/resourcegroups/{{group}}"
_PROVIDER = f"{_S}/providers/microsoft.signalrservice"
_ALL = f"{_GROUP}/providers/microsoft.signalrservice/webpubsub"
_ONE = f"{_ALL}/{{name}}"
_HUB = f"{_ONE}/hubs/{{hub}}"

TABLE = (
    Row("GET", "/subscriptions", groups.list_subscriptions),
    Row("GET", "/tenants", groups.list_tenants),
    Row("GET", "/providers/microsoft.signalrservice/operations", groups.list_provider_operations),
    Row("GET", _S, groups.get_subscription),
    Row("GET", f"{_S}/locations", groups.list_locations),
    Row("GET", f"{_S}/providers", groups.list_providers),
    Row("GET", _PROVIDER, groups.get_provider),
    Row("POST", f"{_PROVIDER}/register", groups.get_provider),
    Row("GET", f"{_S}/operationresults/{{operation}}", resources.get_result),
    # Resource groups
    Row("GET", f"{_S}/resourcegroups", groups.list_groups),
    Row("PUT", _GROUP, groups.create_or_update_group),
    Row("PATCH", _GROUP, groups.update_group),
    Row("GET", _GROUP, groups.get_group),
    Row("HEAD", _GROUP, groups.check_group_existence),
    Row("DELETE", _GROUP, groups.delete_group),
    Row("GET", f"{_S}/resources", groups.list_resources),
    Row("GET", f"{_GROUP}/resources", groups.list_resources_by_group),
    # Web PubSub
    Row("GET", f"{_PROVIDER}/webpubsub", resources.list_by_subscription),
    Row("POST", f"{_PROVIDER}/locations/{{location}}/checknameavailability", resources.check_name_availability),
    Row("GET", f"{_PROVIDER}/locations/{{location}}/usages", resources.list_usages),
    Row("GET", _ALL, resources.list_by_resource_group),
    Row("PUT", _ONE, resources.create_or_update),
    Row("PATCH", _ONE, resources.update),
    Row("GET", _ONE, resources.get),
    Row("HEAD", _ONE, resources.check_existence),
    Row("DELETE", _ONE, resources.delete),
    Row("POST", f"{_ONE}/listkeys", resources.list_keys),
    Row("POST", f"{_ONE}/regeneratekey", resources.regenerate_key),
    Row("POST", f"{_ONE}/restart", resources.restart),
    Row("GET", f"{_ONE}/skus", resources.list_skus),
    Row("GET", f"{_ONE}/operationstatuses/{{operation}}", resources.get_status),
    Row("GET", f"{_ONE}/operationresults/{{operation}}", resources.get_result),
    # Hubs
    Row("GET", f"{_ONE}/hubs", hubs.list_hubs),
    Row("PUT", _HUB, hubs.create_or_update_hub),
    Row("GET", _HUB, hubs.get_hub),
    Row("HEAD", _HUB, hubs.check_hub_existence),
    Row("DELETE", _HUB, hubs.delete_hub),
    # What Azure has and an emulator has none of
    Row("GET", f"{_ONE}/replicas", resources.list_nothing),
    Row("GET", f"{_ONE}/customcertificates", resources.list_nothing),
    Row("GET", f"{_ONE}/customdomains", resources.list_nothing),
    Row("GET", f"{_ONE}/privateendpointconnections", resources.list_nothing),
    Row("GET", f"{_ONE}/privatelinkresources", resources.list_nothing),
    Row("GET", f"{_ONE}/sharedprivatelinkresources", resources.list_nothing),
)
