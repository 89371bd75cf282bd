"""Azure Resource Manager, called without a socket: long-running operations, which are over at the first poll."""

import re
from urllib.parse import urlsplit

import pytest
from arm_api import FREE, FROM_THE_SDK, GROUP, RESOURCE, ROOT, SUBSCRIPTION, TIME, Api, content


@pytest.fixture
def api():
    made = Api()
    assert made("PUT", GROUP, {"location": "EastUS"}).status == 201
    return made


@pytest.fixture
def resource(api):
    """The answer to the request that made the resource."""
    return api("PUT", RESOURCE, FROM_THE_SDK)


def operation_of(answer):
    """Return where a long-running operation is asked how it is, and what it came to."""
    return answer.headers["Azure-AsyncOperation"], answer.headers["Location"]


LONG = {
    "create": ("PUT", RESOURCE, FREE, 201, "resource"),
    "replace": ("PUT", RESOURCE, FREE, 200, "resource"),
    "update": ("PATCH", RESOURCE, {"tags": {}}, 202, "resource"),
    "regenerate": ("POST", f"{RESOURCE}/regenerateKey", {"keyType": "salt"}, 202, "keys"),
    "restart": ("POST", f"{RESOURCE}/restart", None, 202, "nothing"),
    "delete": ("DELETE", RESOURCE, None, 202, "gone"),
    "hub": ("PUT", f"{RESOURCE}/hubs/chat", {"properties": {}}, 201, "resource"),
    "delete hub": ("DELETE", f"{RESOURCE}/hubs/old", None, 202, "gone"),
}


@pytest.mark.parametrize("what", LONG)
def test_operation_is_over_at_the_first_poll_and_has_its_result(api, what):
    method, path, body, status, result = LONG[what]
    if what != "create":
        api("PUT", RESOURCE, FREE)
        api("PUT", f"{RESOURCE}/hubs/old", {"properties": {}})
    answer = api(method, path, body)
    assert answer.status == status
    for url, kind in zip(operation_of(answer), ("operationStatuses", "operationResults"), strict=True):
        assert re.fullmatch(rf"{ROOT}{re.escape(RESOURCE)}/{kind}/[0-9a-f-]{{36}}\?api-version=2024-03-01", url), url
    poll = api.follow(operation_of(answer)[0])
    assert poll.status == 200
    assert "Retry-After" not in poll.headers
    id = urlsplit(operation_of(answer)[0]).path
    assert content(poll) == {
        "id": id,
        "name": id.rpartition("/")[2],
        "status": "Succeeded",
        "startTime": TIME,
        "endTime": TIME,
    }
    final = api.follow(operation_of(answer)[1])
    if result == "resource":
        assert (final.status, content(final)) == (200, content(api("GET", RESOURCE)))
    elif result == "keys":
        assert (final.status, content(final)) == (200, content(api("POST", f"{RESOURCE}/listKeys")))
    else:
        assert (final.status, final.body) == (204 if result == "gone" else 200, b"")


@pytest.mark.parametrize("what", ["update", "restart", "delete", "delete hub"])
def test_first_answer_to_what_changes_or_ends_something_has_no_body(api, what):
    api("PUT", RESOURCE, FREE)
    api("PUT", f"{RESOURCE}/hubs/old", {"properties": {}})
    method, path, body, *_ = LONG[what]
    assert api(method, path, body).body == b""


def test_first_answer_to_a_new_key_has_the_keys_already(api, resource):
    before = content(api("POST", f"{RESOURCE}/listKeys"))
    answer = api("POST", f"{RESOURCE}/regenerateKey", {"keyType": "PRIMARY"})
    assert content(answer) == content(api("POST", f"{RESOURCE}/listKeys"))
    assert content(answer)["primaryKey"] != before["primaryKey"]
    assert content(answer)["secondaryKey"] == before["secondaryKey"]


def test_what_is_not_there_is_deleted_already_without_an_operation(api, resource):
    for path in (f"{RESOURCE}x", f"{RESOURCE}/hubs/chat"):
        answer = api("DELETE", path)
        assert (answer.status, answer.body) == (204, b"")
        assert "Location" not in answer.headers


def test_deleted_group_is_polled_until_its_answer_is_200(api, resource):
    answer = api("DELETE", GROUP)
    assert (answer.status, answer.body) == (202, b"")
    assert answer.headers["Location"].startswith(f"{ROOT}/subscriptions/{SUBSCRIPTION}/")
    assert "Azure-AsyncOperation" not in answer.headers
    assert api.follow(answer.headers["Location"]).status == 200
    assert api.subscription.hosting.services == []
    assert api("DELETE", GROUP).status == 404


def test_operation_keeps_the_version_its_caller_asked_with(api):
    answer = api("PUT", RESOURCE, FREE, query="api-version=2023-02-01")
    assert all(url.endswith("?api-version=2023-02-01") for url in operation_of(answer))
