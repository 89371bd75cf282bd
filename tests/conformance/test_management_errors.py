"""What the management side refuses of what is wanted: status, code and words, and nothing half made."""

import pytest

from .management import RawArm, new_lab, refused

GROUP = "errors"
NAME = "conf-errors"
FREE = {"location": "eastus", "sku": {"name": "Free_F1"}}
PROVIDER = "/providers/Microsoft.SignalRService"


@pytest.fixture(scope="module")
def raw(request):
    """The management side with a group, a resource and a hub in it."""
    with new_lab(request) as lab:
        made = RawArm(lab.management)
        made.call("PUT", made.group(GROUP), {"location": "eastus"})
        made.call("PUT", made.group("other"), {"location": "eastus"})
        made.call("PUT", made.resource(GROUP, NAME), FREE)
        made.call("PUT", made.resource(GROUP, NAME, "/hubs/chat"), {"properties": {}})
        yield made


# Names


@pytest.mark.parametrize("name", ["1abc", "ab", "a" * 64, "abc-", "a_b_c", "-abc", "a.b.c", "a%20b%20c", "%C3%A4bc"])
def test_illegal_name_of_a_resource_is_refused(raw, name):
    status, code, message = refused(raw, "PUT", raw.resource(GROUP, name), FREE)
    assert (status, code) == (400, "BadRequest")
    assert "3 to 63 characters" in message


@pytest.mark.parametrize("name", ["x" * 91, "ends.", "a%20b", "a%2Fb", "a%26b", "x%0A"])
def test_illegal_name_of_a_group_is_refused(raw, name):
    status, code, message = refused(raw, "PUT", raw.group(name), {"location": "eastus"})
    assert (status, code) == (400, "BadRequest")
    assert "1 to 90" in message


@pytest.mark.parametrize("hub", ["1chat", "my-hub", "a" * 129, "a%20b", "%C3%A4"])
def test_illegal_name_of_a_hub_is_refused(raw, hub):
    status, code, message = refused(raw, "PUT", raw.resource(GROUP, NAME, f"/hubs/{hub}"), {"properties": {}})
    assert status == 400
    assert code in ("BadRequest", "InvalidRequestContent")
    assert "hub name" in message


@pytest.mark.parametrize(
    ("method", "hub"), [("GET", "1chat"), ("DELETE", "1chat"), ("GET", "no_such")], ids=lambda value: value
)
def test_hub_that_cannot_be_there_is_an_error(raw, method, hub):
    assert refused(raw, method, raw.resource(GROUP, NAME, f"/hubs/{hub}"))[0] in (400, 404)


# Where things are


@pytest.mark.parametrize(
    ("method", "rest"),
    [
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("GET", "/resources"),
        ("GET", f"{PROVIDER}/webPubSub"),
        ("GET", f"{PROVIDER}/webPubSub/x-y-z"),
        ("PUT", f"{PROVIDER}/webPubSub/x-y-z"),
        ("GET", f"{PROVIDER}/webPubSub/x-y-z/hubs"),
    ],
)
def test_group_that_is_not_there_is_named(raw, method, rest):
    status, code, message = refused(raw, method, raw.group("nowhere", rest), FREE if method == "PUT" else None)
    assert (status, code) == (404, "ResourceGroupNotFound")
    assert "'nowhere'" in message


@pytest.mark.parametrize(
    ("method", "rest", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", FREE),
        ("POST", "/listKeys", None),
        ("POST", "/regenerateKey", {"keyType": "Primary"}),
        ("POST", "/restart", None),
        ("GET", "/skus", None),
        ("GET", "/hubs", None),
        ("PUT", "/hubs/chat", {"properties": {}}),
        ("GET", "/replicas", None),
    ],
)
def test_resource_that_is_not_there_is_named_with_its_type_and_group(raw, method, rest, body):
    status, code, message = refused(raw, method, raw.resource(GROUP, "no-such", rest), body)
    assert (status, code) == (404, "ResourceNotFound")
    assert all(word in message for word in ("Microsoft.SignalRService/WebPubSub", "no-such", GROUP))


@pytest.mark.parametrize("group", ["other", "errors"])
def test_taken_name_is_a_conflict_in_another_group_and_in_another_location(raw, group):
    wanted = FREE if group == "other" else {**FREE, "location": "westus"}
    status, code, message = refused(raw, "PUT", raw.resource(group, NAME.upper()), wanted)
    assert status == 409
    assert code == ("NameAlreadyExists" if group == "other" else "InvalidResourceLocation")
    assert NAME in message.lower()


def test_resource_and_group_cannot_be_in_places_azure_does_not_have(raw):
    status, code, message = refused(raw, "PUT", raw.resource(GROUP, "new"), {**FREE, "location": "atlantis"})
    assert (status, code) == (400, "LocationNotAvailableForResourceType")
    assert "'atlantis'" in message
    status, code, message = refused(raw, "PUT", raw.group("new"), {"location": "atlantis"})
    assert (status, code) == (400, "LocationNotAvailableForResourceGroup")
    assert refused(raw, "PUT", raw.group(GROUP), {"location": "westus"})[:2] == (409, "InvalidResourceGroupLocation")


@pytest.mark.parametrize("body", [{}, {"tags": {}}, {"location": None}, {"location": ""}, {"location": " "}])
def test_location_is_required(raw, body):
    for path in (raw.group("new"), raw.resource(GROUP, "new")):
        sent = body if path == raw.group("new") else {**body, "sku": {"name": "Free_F1"}}
        assert refused(raw, "PUT", path, sent)[:2] == (400, "LocationRequired")


# What is wanted


@pytest.mark.parametrize(
    ("sku", "says"),
    [
        ({"name": "Gold"}, "Gold"),
        ({"name": ""}, "Free_F1"),
        ({"name": "Free_F1", "capacity": 2}, "Free_F1"),
        ({"name": "Free_F1", "capacity": 0}, "Free_F1"),
        ({"name": "Standard_S1", "capacity": 11}, "Standard_S1"),
        ({"name": "Standard_S1", "capacity": 101}, "Standard_S1"),
        ({"name": "Standard_S1", "capacity": -1}, "Standard_S1"),
        ({"name": "Premium_P2", "capacity": 1}, "Premium_P2"),
        ({"name": "Standard_S1", "capacity": "many"}, "capacity"),
        ({"capacity": 1}, "name"),
        (None, "sku"),
        ("Free_F1", "sku"),
    ],
)
def test_sku_or_number_of_units_that_cannot_be_had_is_refused(raw, sku, says):
    for name in ("new", NAME):
        status, code, message = refused(raw, "PUT", raw.resource(GROUP, name), {"location": "eastus", "sku": sku})
        assert status == 400
        assert code in ("BadRequest", "InvalidRequestContent")
        assert says in message


def test_failed_update_of_the_sku_changes_nothing(raw):
    wanted = {"sku": {"name": "Standard_S1", "capacity": 11}, "tags": {"a": "1"}}
    assert refused(raw, "PATCH", raw.resource(GROUP, NAME), wanted)[:2] == (400, "BadRequest")


@pytest.mark.parametrize(
    ("properties", "says"),
    [
        ({"anonymousConnectPolicy": "maybe"}, "anonymousConnectPolicy"),
        ({"anonymousConnectPolicy": "Allow"}, "anonymousConnectPolicy"),
        ({"webSocketKeepAliveIntervalInSeconds": 0}, "webSocketKeepAliveIntervalInSeconds"),
        ({"webSocketKeepAliveIntervalInSeconds": 121}, "webSocketKeepAliveIntervalInSeconds"),
        ({"webSocketKeepAliveIntervalInSeconds": "20"}, "webSocketKeepAliveIntervalInSeconds"),
        ({"webSocketKeepAliveIntervalInSeconds": 1.5}, "webSocketKeepAliveIntervalInSeconds"),
        ({"eventHandlers": [{"urlTemplate": "not a url"}]}, "eventHandlers[0]"),
        ({"eventHandlers": [{"urlTemplate": "ftp://example.com/"}]}, "eventHandlers[0]"),
        ({"eventHandlers": [{"urlTemplate": "http://{hub}.example.com/"}]}, "eventHandlers[0]"),
        ({"eventHandlers": [{"urlTemplate": "http://example.com/{type}"}]}, "eventHandlers[0]"),
        ({"eventHandlers": [{"userEventPattern": "*"}]}, "urlTemplate"),
        ({"eventHandlers": [{"urlTemplate": "http://a/"}, {"urlTemplate": ""}]}, "eventHandlers[1]"),
        ({"eventListeners": [{"filter": {"type": "Other"}}]}, "eventListeners[0]"),
        ({"eventHandlers": {}}, "eventHandlers"),
        ("chat", "properties"),
    ],
)
def test_settings_of_a_hub_that_cannot_be_are_refused_and_named(raw, properties, says):
    for hub in ("chat", "new_hub"):
        path = raw.resource(GROUP, NAME, f"/hubs/{hub}")
        status, code, message = refused(raw, "PUT", path, {"properties": properties})
        assert (status, code) == (400, "BadRequest")
        assert says in message


@pytest.mark.parametrize("body", [b"{", b"", b"null", b"[]", b'"x"', b"\xff\xfe", b'{"keyType": 1}', b"{}"])
def test_body_that_is_no_json_of_the_right_shape_is_refused(raw, body):
    wanted = (400, "InvalidRequestContent"), (400, "BadRequest"), (400, "LocationRequired")
    assert refused(raw, "PUT", raw.resource(GROUP, "new"), body)[:2] in wanted
    assert refused(raw, "PUT", raw.group("new"), body)[:2] in wanted
    assert refused(raw, "PUT", raw.resource(GROUP, NAME, "/hubs/new_hub"), body)[:2] in wanted
    assert refused(raw, "POST", raw.resource(GROUP, NAME, "/regenerateKey"), body)[:2] in wanted
    path = f"{raw.subscription}{PROVIDER}/locations/eastus/checkNameAvailability"
    assert refused(raw, "POST", path, body)[:2] in wanted


@pytest.mark.parametrize("body", [b"{", b"[1]", b'{"location": 7}', b'{"tags": {"a": 1}}', b'{"sku": []}'])
def test_broken_json_says_that_the_content_is_invalid(raw, body):
    status, code, message = refused(raw, "PUT", raw.resource(GROUP, "new"), body)
    assert (status, code) == (400, "InvalidRequestContent")
    assert "could not be deserialized" in message


@pytest.mark.parametrize("kind", ["SocketIO", "Other"])
def test_kind_the_emulator_does_not_have_is_refused(raw, kind):
    status, code, message = refused(raw, "PUT", raw.resource(GROUP, "new"), {**FREE, "kind": kind})
    assert (status, code) == (400, "BadRequest")
    assert kind in message


def test_key_azure_does_not_have_is_refused(raw):
    path = raw.resource(GROUP, NAME, "/regenerateKey")
    assert refused(raw, "POST", path, {"keyType": "Tertiary"})[:2] == (400, "BadRequest")
