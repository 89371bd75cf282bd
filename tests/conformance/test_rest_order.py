"""In which order a REST call is checked: the first thing that is wrong decides."""

import pytest

from .wire import Rest


@pytest.fixture
def rest(webpubsub, hub):
    return Rest(webpubsub, hub.name)


WRONG_TOKEN = {"Authorization": "Bearer rubbish"}
WRONG_TYPE = {"Content-Type": "text/html"}


def test_the_route_comes_first(rest):
    assert rest.call("POST", "/api/hubs/1chat/:unknown", "api-version=1", token="rubbish").status == 404
    assert rest.call("GET", "/api/hubs/1chat/:send", "api-version=1", token="rubbish").status == 405


def test_names_come_before_the_version(rest):
    answer = rest.call("POST", "/api/hubs/1chat/:send", "api-version=1", token="rubbish")
    assert (answer.status, answer.error) == (400, ("Error.BadRequest", "Request"))
    answer = rest.call("POST", ":send", "api-version=1&messageTtlSeconds=301", token="rubbish")
    assert (answer.status, answer.error) == (400, ("Error.BadRequest", "Request"))
    answer = rest.call("PUT", "permissions/sendToGroup/connections/none", "api-version=1", token="rubbish")
    assert (answer.status, answer.error) == (400, ("Error.BadRequest", "Request"))


def test_the_version_comes_before_the_token(rest):
    answer = rest.call("POST", ":send", "api-version=1", token="rubbish")
    assert (answer.status, answer.error) == (400, ("Error.BadRequest", "api-version"))


def test_the_token_comes_before_the_filter_and_the_body(rest):
    answer = rest.call("POST", ":send", "filter=bad", token="rubbish", body=b"{", headers=WRONG_TYPE)
    assert answer.status == 401


def test_the_filter_comes_before_the_body(rest, emulator_only):
    headers = {**WRONG_TYPE, "Transfer-Encoding": "chunked"}
    assert rest.call("POST", ":send", "filter=true", body=b"0\r\n\r\n", headers=headers).status == 501


def test_the_length_comes_before_the_type(rest):
    answer = rest.call("POST", ":send", body=b"0\r\n\r\n", headers={**WRONG_TYPE, "Transfer-Encoding": "chunked"})
    assert (answer.status, answer.error) == (400, ("Error.BadRequest", "Request"))
    assert b"Invalid Content-Length header." in answer.body


def test_the_type_comes_before_the_body_and_the_metadata(rest):
    headers = {**WRONG_TYPE, "X-WebPubSub-Metadata-a b": "x"}
    assert rest.call("POST", ":send", body=b"{", headers=WRONG_TYPE).status == 415
    del headers["X-WebPubSub-Metadata-a b"]
    headers["X-WebPubSub-Metadata-a"] = "x" * 1025
    assert rest.call("POST", ":send", body=b"{", headers=headers).status == 415


def test_the_body_comes_before_the_metadata(rest):
    headers = {"Content-Type": "application/json", "X-WebPubSub-Metadata-a": "x" * 1025}
    answer = rest.call("POST", ":send", body=b"{", headers=headers)
    assert (answer.status, answer.error) == (400, ("Error.BadRequest", "Request"))
    assert b"The request body is not a valid JSON." in answer.body
    assert b"metadata" in rest.call("POST", ":send", body=b"{}", headers=headers).body


async def test_a_refused_call_changes_nothing(hub, rest):
    async with hub.json_client() as client:
        path = f"groups/room/connections/{client.id}"
        assert rest.call("PUT", path, token="rubbish").status == 401
        assert rest.call("PUT", path, "api-version=1").status == 400
        assert rest.call("POST", ":closeConnections", token="rubbish").status == 401
        assert not hub.service.group_exists("room")
        await client.hears_nothing()
