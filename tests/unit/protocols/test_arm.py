"""Azure Resource Manager, called without a socket: the shapes of its answers."""

import pytest
from arm_api import FREE, FROM_THE_SDK, GROUP, RESOURCE, SUBSCRIPTION, TENANT, TIME, Api, S, content

from wpslab.emulator.core.locations import LOCATIONS

SYSTEM_DATA = {
    "createdBy": "student@example.com",
    "createdByType": "User",
    "createdAt": TIME,
    "lastModifiedBy": "student@example.com",
    "lastModifiedByType": "User",
    "lastModifiedAt": TIME,
}


@pytest.fixture
def api():
    made = Api()
    assert made("PUT", GROUP, {"location": "EastUS"}).status == 201
    return made


@pytest.fixture
def resource(api):
    """The answer to the request that made the resource."""
    return api("PUT", RESOURCE, FROM_THE_SDK)


def test_group_has_the_shape_of_azures(api):
    answer = api("PUT", GROUP, {"location": "East US"})
    assert answer.status == 200
    assert content(answer) == {
        "id": GROUP,
        "name": "myResourceGroup",
        "type": "Microsoft.Resources/resourceGroups",
        "location": "eastus",
        "tags": None,
        "properties": {"provisioningState": "Succeeded"},
    }
    assert content(api("GET", GROUP)) == content(answer)
    assert content(api("GET", f"{S}/resourcegroups"))["value"] == [content(answer)]


def test_resource_has_the_shape_of_azures(api, resource):
    assert content(api("GET", RESOURCE)) == {
        "id": RESOURCE,
        "name": "my-wps",
        "type": "Microsoft.SignalRService/WebPubSub",
        "kind": "WebPubSub",
        "location": "eastus",
        "tags": {"key": "value"},
        "sku": {"name": "Free_F1", "tier": "Free", "size": "F1", "capacity": 1},
        "identity": None,
        "properties": {
            "provisioningState": "Succeeded",
            "externalIP": "127.0.0.1",
            "hostName": "127.0.0.1",
            "hostNamePrefix": "my-wps",
            "publicPort": 8080,
            "serverPort": 8080,
            "version": "1.0",
            "tls": {"clientCertEnabled": False},
            "privateEndpointConnections": [],
            "sharedPrivateLinkResources": [],
            "liveTraceConfiguration": None,
            "resourceLogConfiguration": None,
            "networkACLs": {
                "defaultAction": "Deny",
                "publicNetwork": {"allow": ["ServerConnection", "ClientConnection", "RESTAPI", "Trace"], "deny": None},
                "privateEndpoints": [],
                "ipRules": [{"value": "0.0.0.0/0", "action": "Allow"}, {"value": "::/0", "action": "Allow"}],
            },
            "publicNetworkAccess": "Enabled",
            "disableLocalAuth": False,
            "disableAadAuth": False,
            "regionEndpointEnabled": "Enabled",
            "resourceStopped": "false",
            "socketIO": None,
        },
        "systemData": SYSTEM_DATA,
    }


def test_first_answer_to_a_creation_says_that_it_is_under_way(api, resource):
    assert resource.status == 201
    first, final = content(resource), content(api("GET", RESOURCE))
    assert first["properties"] == {
        **final["properties"],
        "provisioningState": "Creating",
        "externalIP": None,
        "version": "1.0-preview",
    }
    assert {**first, "properties": None} == {**final, "properties": None}
    again = api("PUT", RESOURCE, FREE)
    assert (again.status, content(again)["properties"]["provisioningState"]) == (200, "Updating")


def test_keys_have_the_shape_of_azures(api, resource):
    keys = content(api("POST", f"{RESOURCE}/listKeys"))
    (service,) = api.subscription.hosting.services
    endpoint = "Endpoint=http://127.0.0.1:8080;AccessKey="
    assert keys == {
        "primaryKey": service.keys.primary,
        "secondaryKey": service.keys.secondary,
        "primaryConnectionString": f"{endpoint}{service.keys.primary};Version=1.0;",
        "secondaryConnectionString": f"{endpoint}{service.keys.secondary};Version=1.0;",
    }


def test_hub_has_the_shape_of_azures(api, resource):
    properties = {
        "eventHandlers": [
            {
                "urlTemplate": "https://example.com/api/{hub}/{event}",
                "userEventPattern": "*",
                "systemEvents": ["connect", "connected", "disconnected"],
                "auth": {"type": "ManagedIdentity", "managedIdentity": {"resource": "api://abc"}},
            }
        ],
        "eventListeners": [
            {
                "filter": {"type": "EventName", "systemEvents": ["connected", "disconnected"], "userEventPattern": "*"},
                "endpoint": {
                    "type": "EventHub",
                    "fullyQualifiedNamespace": "example.servicebus.windows.net",
                    "eventHubName": "hub1",
                },
            }
        ],
        "anonymousConnectPolicy": "deny",
        "webSocketKeepAliveIntervalInSeconds": 20,
    }
    answer = api("PUT", f"{RESOURCE}/hubs/chat", {"properties": properties})
    assert answer.status == 201
    assert content(answer) == {
        "id": f"{RESOURCE}/hubs/chat",
        "name": "chat",
        "type": "Microsoft.SignalRService/WebPubSub/hubs",
        "properties": properties,
        "systemData": SYSTEM_DATA,
    }
    assert content(api("GET", f"{RESOURCE}/hubs")) == {"value": [content(answer)], "nextLink": None}
    assert api("PUT", f"{RESOURCE}/hubs/Chat", {"properties": {}}).status == 201  # as the service does
    bare = content(api("GET", f"{RESOURCE}/hubs/chat"))["properties"]
    assert (bare["eventHandlers"], bare["eventListeners"]) == (None, None)


def test_what_was_read_can_be_sent_back(api, resource):
    api("PUT", f"{RESOURCE}/hubs/chat", {"properties": {"anonymousConnectPolicy": "allow"}})
    for path in (RESOURCE, f"{RESOURCE}/hubs/chat", GROUP):
        read = content(api("GET", path))
        assert api("PUT", path, read).status in (200, 201)
        assert content(api("GET", path)) == read


def test_usages_and_skus_have_the_shapes_of_azures(api, resource):
    place = f"{S}/providers/Microsoft.SignalRService/locations/eastus/usages"
    first, *_, last = content(api("GET", place))["value"]
    assert first == {
        "id": f"{place}/FreeTierInstances",
        "currentValue": 0,
        "limit": 10000,
        "unit": "Count",
        "name": {
            "value": "FreeTierInstances",
            "localizedValue": "Free Tier SignalR Instances per subscription",
        },
    }
    assert (last["name"]["value"], last["currentValue"], last["limit"]) == ("WebPubSubTotalUnits", 1, 1200)
    skus = content(api("GET", f"{RESOURCE}/skus"))
    assert skus["nextLink"] is None
    assert skus["value"][0] == {
        "resourceType": "Microsoft.SignalRService/WebPubSub",
        "sku": {"name": "Free_F1", "tier": "Free", "capacity": None},
        "capacity": {"minimum": 1, "maximum": 1, "default": 1, "allowedValues": [1], "scaleType": "Manual"},
    }


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("free-name", {"nameAvailable": True, "reason": None, "message": None}),
        ("MY-WPS", {"nameAvailable": False, "reason": "AlreadyExists"}),
        ("no", {"nameAvailable": False, "reason": "Invalid"}),
    ],
)
def test_name_check_has_the_shape_of_azures(api, resource, name, answer):
    path = f"{S}/providers/Microsoft.SignalRService/locations/westeurope/checkNameAvailability"
    got = content(api("POST", path, {"type": "Microsoft.SignalRService/WebPubSub", "name": name}))
    assert set(got) == {"nameAvailable", "reason", "message"}
    assert got.items() >= answer.items()


def test_subscriptions_tenants_and_locations_have_what_the_cli_looks_for(api):
    (subscription,) = content(api("GET", "/subscriptions"))["value"]
    assert (subscription["id"], subscription["subscriptionId"]) == (S, SUBSCRIPTION)
    assert (subscription["state"], subscription["tenantId"], subscription["managedByTenants"]) == (
        "Enabled",
        TENANT,
        [],
    )
    assert subscription["displayName"]
    assert content(api("GET", S)) == subscription
    (tenant,) = content(api("GET", "/tenants"))["value"]
    assert tenant["tenantId"] == TENANT
    assert {"displayName", "defaultDomain"} <= set(tenant)
    locations = content(api("GET", f"{S}/locations"))["value"]
    assert {each["name"]: each["displayName"] for each in locations} == dict(LOCATIONS)
    assert all(each["regionalDisplayName"] and each["metadata"]["regionType"] for each in locations)


def test_provider_tells_the_versions_and_places_of_each_type(api):
    provider = content(api("GET", f"{S}/providers/Microsoft.SignalRService"))
    assert (provider["namespace"], provider["registrationState"]) == ("Microsoft.SignalRService", "Registered")
    kinds = {each["resourceType"]: each for each in provider["resourceTypes"]}
    assert {"WebPubSub", "WebPubSub/hubs"} <= set(kinds)
    assert kinds["WebPubSub"]["apiVersions"][0] == "2024-03-01"
    assert "East US" in kinds["WebPubSub"]["locations"]
    assert content(api("POST", f"{S}/providers/Microsoft.SignalRService/register"))["registrationState"] == "Registered"
    assert content(api("GET", "/providers/Microsoft.SignalRService/operations"))["value"]


@pytest.mark.parametrize(
    "what",
    [
        "replicas",
        "customCertificates",
        "customDomains",
        "privateEndpointConnections",
        "privateLinkResources",
        "sharedPrivateLinkResources",
    ],
)
def test_what_no_emulator_has_is_an_empty_list_and_nothing_in_it_is_found(api, resource, what):
    assert content(api("GET", f"{RESOURCE}/{what}"))["value"] == []
    assert api("GET", f"{RESOURCE}/{what}/x").status == 404
