"""Azure Resource Manager, called without a socket: how paths, filters and bodies are read."""

import re

import pytest
from arm_api import FREE, FROM_THE_SDK, GROUP, RESOURCE, ROOT, VERSION, Api, S, content

from wpslab.emulator.protocols.arm import handle
from wpslab.emulator.protocols.rest import RestRequest


@pytest.fixture
def api():
    made = Api()
    assert made("PUT", GROUP, {"location": "EastUS"}).status == 201
    return made


@pytest.fixture
def resource(api):
    """The answer to the request that made the resource."""
    return api("PUT", RESOURCE, FROM_THE_SDK)


@pytest.mark.parametrize(
    "change",
    [
        str.lower,
        str.upper,
        str.swapcase,
        lambda path: path.replace("/", "//"),
        lambda path: path.replace("SignalRService/", "SignalRService///"),
        lambda path: path + "/",
        lambda path: "/" + path,
        lambda path: path.replace("my", "%6Dy").replace("-", "%2D"),
    ],
)
def test_path_is_found_in_any_case_and_with_any_number_of_slashes(api, resource, change):
    for path in (GROUP, RESOURCE, f"{RESOURCE}/skus", f"{S}/resourcegroups"):
        assert content(api("GET", change(path))) == content(api("GET", path))


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("", True),
        ("resourceGroup eq 'MYRESOURCEGROUP'", True),
        ("resourceType eq 'Microsoft.SignalRService/webpubsub'", True),
        ("resourceType eq 'Microsoft.Web/sites'", False),
        ("name eq 'my-wps'", True),
        ("name eq 'my-wp'", False),
        ("location eq 'East US'", True),
        ("location eq 'westus'", False),
        ("tagName eq 'key'", True),
        ("tagName eq 'KEY'", False),
        ("tagName eq 'key' and tagValue eq 'value'", True),
        ("tagName eq 'key' and tagValue eq 'other'", False),
        ("RESOURCEGROUP EQ 'myResourceGroup' AND name eq 'my-wps'", True),
        ("resourceGroup eq 'myResourceGroup' and name eq 'other'", False),
    ],
)
def test_list_of_resources_obeys_its_filter(api, resource, expression, found):
    query = f"{VERSION}&$filter={expression.replace(' ', '%20')}&$expand=createdTime,changedTime,provisioningState"
    answer = content(api("GET", f"{S}/resources", query=query))
    assert [each["id"] for each in answer["value"]] == ([RESOURCE] if found else [])


def test_listed_resource_has_what_the_cli_shows(api, resource):
    (listed,) = content(api("GET", f"{S}/resources"))["value"]
    assert {"id", "name", "type", "location", "kind", "tags", "sku", "createdTime", "changedTime"} <= set(listed)
    assert "properties" not in listed
    assert content(api("GET", f"{GROUP}/resources"))["value"] == [listed]


@pytest.mark.parametrize("expression", ["name", "name eq my-wps", "plan eq 'x'", "name eq 'a' or name eq 'b'", "'"])
def test_filter_that_cannot_be_read_is_refused_rather_than_passed_over(api, resource, expression):
    answer = api("GET", f"{S}/resources", query=f"{VERSION}&$filter={expression.replace(' ', '%20')}")
    assert answer.status == 400
    assert content(answer)["error"]["code"] == "BadRequest"


def test_head_tells_what_is_there_without_a_body(api, resource):
    api("PUT", f"{RESOURCE}/hubs/chat", {"properties": {}})
    for path in (GROUP, RESOURCE, f"{RESOURCE}/hubs/chat"):
        there, missing = api("HEAD", path), api("HEAD", f"{path}x")
        assert (there.status, there.body) == (204, b"")
        assert (missing.status, missing.body) == (404, b"")


def test_answer_says_which_request_it_belongs_to(api):
    answer = api("GET", GROUP, headers=[("x-ms-client-request-id", "mine"), ("x-ms-correlation-request-id", "of-all")])
    assert answer.headers["x-ms-client-request-id"] == "mine"
    assert answer.headers["x-ms-correlation-request-id"] == "of-all"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    other = api("GET", GROUP)
    assert "x-ms-client-request-id" not in other.headers
    for name in ("x-ms-request-id", "x-ms-correlation-request-id"):
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", other.headers[name])
    assert other.headers["x-ms-request-id"] != answer.headers["x-ms-request-id"]


def test_where_no_token_is_known_any_is_taken_but_not_none(api):
    request = RestRequest("GET", f"{GROUP}?{VERSION}", [("authorization", "Bearer whatever")])
    assert handle(api.subscription, request, ROOT).status == 200
    assert handle(api.subscription, RestRequest("GET", f"{GROUP}?{VERSION}"), ROOT).status == 401


def test_last_version_that_is_named_counts(api):
    assert api("GET", GROUP, query="api-version=nonsense&api-version=2024-03-01").status == 200
    assert api("GET", GROUP, query="api-version=2024-03-01&api-version=nonsense").status == 400


# Updates


def test_update_keeps_what_it_does_not_name(api, resource):
    api("PATCH", RESOURCE, {"sku": {"name": "Standard_S1", "capacity": 3}, "properties": {"disableLocalAuth": True}})
    assert api("PATCH", RESOURCE, {"tags": {"new": "1"}}).status == 202
    got = content(api("GET", RESOURCE))
    assert (got["tags"], got["sku"]["capacity"], got["properties"]["disableLocalAuth"]) == ({"new": "1"}, 3, True)
    api("PATCH", RESOURCE, {"tags": {}})
    assert content(api("GET", RESOURCE))["tags"] == {}


def test_put_takes_back_what_it_does_not_name(api, resource):
    api("PATCH", RESOURCE, {"properties": {"disableLocalAuth": True, "tls": {"clientCertEnabled": True}}})
    api("PUT", RESOURCE, FREE)
    got = content(api("GET", RESOURCE))
    assert got["tags"] is None
    assert got["properties"]["disableLocalAuth"] is False
    assert got["properties"]["tls"] == {"clientCertEnabled": False}


def test_update_of_the_units_keeps_the_kind_and_another_kind_has_its_own_default(api, resource):
    api("PATCH", RESOURCE, {"sku": {"name": "Standard_S1", "capacity": 5}})
    api("PATCH", RESOURCE, {"sku": {"name": "Standard_S1"}})
    assert content(api("GET", RESOURCE))["sku"]["capacity"] == 5
    api("PATCH", RESOURCE, {"sku": {"name": "Premium_P1"}})
    assert content(api("GET", RESOURCE))["sku"] == {
        "name": "Premium_P1",
        "tier": "Premium",
        "size": "P1",
        "capacity": 1,
    }


@pytest.mark.parametrize(("sent", "kept"), [("true", "true"), ("True", "true"), (True, "true"), ("FALSE", "false")])
def test_resource_stopped_is_a_text_in_any_case(api, resource, sent, kept):
    api("PATCH", RESOURCE, {"properties": {"resourceStopped": sent}})
    assert content(api("GET", RESOURCE))["properties"]["resourceStopped"] == kept


def test_what_is_read_only_is_read_over(api, resource):
    before = content(api("GET", RESOURCE))
    evil = {"provisioningState": "Failed", "hostName": "evil", "publicPort": 1, "externalIP": "1.2.3.4", "version": "9"}
    api("PATCH", RESOURCE, {"id": "/x", "name": "x", "type": "x", "systemData": {}, "properties": evil})
    assert content(api("GET", RESOURCE)) == before


def test_identity_and_properties_without_a_meaning_here_come_back_as_they_were_sent(api, resource):
    acls = {"defaultAction": "Allow", "publicNetwork": {"allow": ["Trace"], "deny": None}}
    api("PATCH", RESOURCE, {"identity": {"type": "SystemAssigned"}, "properties": {"networkACLs": acls}})
    got = content(api("GET", RESOURCE))
    assert got["identity"]["type"] == "SystemAssigned"
    assert got["properties"]["networkACLs"] == acls


@pytest.mark.parametrize("depth", [40, 980, 100_000])
def test_what_is_nested_too_deep_is_refused_and_changes_nothing(api, resource, depth):
    before = content(api("GET", RESOURCE))
    deep = f'{{"properties": {{"networkACLs": {"[" * depth}{"]" * depth}}}}}'
    refused = api("PATCH", RESOURCE, deep.encode())
    assert refused.status == 400
    assert "nested" in content(refused)["error"]["message"]
    assert content(api("GET", RESOURCE)) == before
