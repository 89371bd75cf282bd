"""REST as plain HTTP: routes, statuses, headers, versions."""

import pytest

from .wire import Rest

VERSIONS = ["2021-10-01", "2022-11-01", "2023-07-01", "2024-01-01", "2024-12-01"]
UNSUPPORTED = ("Error.BadRequest", "api-version")

OPERATIONS = {
    "send_to_all": ("POST", ":send", 202),
    "close_all_connections": ("POST", ":closeConnections", 204),
    "connection_exists": ("HEAD", "connections/{id}", 200),
    "send_to_connection": ("POST", "connections/{id}/:send", 202),
    "remove_connection_from_all_groups": ("DELETE", "connections/{id}/groups", 204),
    "close_connection": ("DELETE", "connections/{id}", 204),
    "group_exists": ("HEAD", "groups/room", 200),
    "send_to_group": ("POST", "groups/room/:send", 202),
    "close_group_connections": ("POST", "groups/room/:closeConnections", 204),
    "add_connection_to_group": ("PUT", "groups/room/connections/{id}", 200),
    "remove_connection_from_group": ("DELETE", "groups/room/connections/{id}", 204),
    "grant_permission": ("PUT", "permissions/sendToGroup/connections/{id}", 200),
    "revoke_permission": ("DELETE", "permissions/sendToGroup/connections/{id}", 204),
    "check_permission": ("HEAD", "permissions/joinLeaveGroup/connections/{id}", 200),
    "user_exists": ("HEAD", "users/alice", 200),
    "send_to_user": ("POST", "users/alice/:send", 202),
    "close_user_connections": ("POST", "users/alice/:closeConnections", 204),
    "add_user_to_group": ("PUT", "users/alice/groups/room", 200),
    "remove_user_from_group": ("DELETE", "users/alice/groups/room", 204),
    "remove_user_from_all_groups": ("DELETE", "users/alice/groups", 204),
}
NOT_YET = {
    "generate_client_token": ("POST", ":generateToken"),
    "add_connections_to_groups": ("POST", ":addToGroups"),
    "remove_connections_from_groups": ("POST", ":removeFromGroups"),
    "list_connections_in_group": ("GET", "groups/room/connections"),
}


@pytest.fixture
def rest(webpubsub, hub):
    return Rest(webpubsub, hub.name)


def query_of(name):
    return f"{Rest.VERSION}&targetName=room" if "permission" in name else Rest.VERSION


@pytest.mark.parametrize("name", OPERATIONS)
async def test_each_operation_answers_with_its_own_status_and_no_body(hub, rest, name):
    method, path, status = OPERATIONS[name]
    token = {"user_id": "alice", "groups": ["room"], "roles": ["webpubsub.joinLeaveGroup"]}
    async with hub.json_client(**token) as client:
        answer = rest.call(method, path.format(id=client.id), query_of(name))
    assert (answer.status, answer.body) == (status, b"")
    assert answer.headers["api-supported-versions"] == ", ".join(VERSIONS)
    assert answer.headers["Content-Length"] == (None if status == 204 else "0")


@pytest.mark.parametrize("name", NOT_YET)
def test_an_operation_that_is_not_there_yet_says_so(rest, emulator_only, name):
    answer = rest.call(*NOT_YET[name], body=b"{}", headers={"Content-Type": "application/json"})
    assert (answer.status, answer.error[0]) == (501, "NotImplemented")
    assert name.encode() in answer.body


MISSING = {
    "connections/none": "Warning.Connection.NotExisted",
    "groups/none": "Warning.Group.NotExisted",
    "users/none": "Warning.User.NotExisted",
    "permissions/sendToGroup/connections/none": "Info.Connection.NotExisted",
}


@pytest.mark.parametrize("path", MISSING)
def test_what_is_missing_says_so_in_a_header(rest, path):
    answer = rest.call("HEAD", path, f"{Rest.VERSION}&targetName=room")
    assert (answer.status, answer.body) == (404, b"")
    assert path.startswith("connections") or answer.headers["x-ms-error-code"] == MISSING[path]


async def test_a_denied_permission_looks_like_an_unknown_connection(hub, rest):
    async with hub.json_client() as client:
        path = f"permissions/sendToGroup/connections/{client.id}"
        answer = rest.call("HEAD", path, f"{Rest.VERSION}&targetName=room")
    assert (answer.status, answer.headers["x-ms-error-code"]) == (404, "Info.Connection.NotExisted")


def test_adding_what_is_not_there_has_a_body_and_a_header(rest):
    answer = rest.call("PUT", "groups/room/connections/none")
    assert (answer.status, answer.error) == (404, ("Error.Connection.NotExisted", "Connection"))
    assert answer.headers["x-ms-error-code"] == "Error.Connection.NotExisted"
    assert answer.headers["Content-Type"].startswith("application/json")
    answer = rest.call("PUT", "users/none/groups/room")
    assert (answer.status, answer.headers["x-ms-error-code"]) == (404, "Warning.User.NotExisted")


# Routes


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api",
        "/api/",
        "/api/hubs",
        "/api/hubs/",
        "/api/hubs/chat",
        "/api/hubs/chat/groups",
        "/api/hubs/chat/users/alice/more/less",
        "/api/hubs/chat/:unknown",
        "/api/hubs/chat/groups//:send",
        "/api/hubs/chat/groups/a/b/:send",
        "/api/v1/hubs/chat/:send",
        "/API/hubs/chat/:send",
        "/health",
        "/favicon.ico",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_unknown_routes_are_not_found(rest, method, path):
    assert rest.call(method, path, body=b"" if method == "POST" else None).status == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ":send"),
        ("PUT", ":send"),
        ("GET", "groups/room"),
        ("POST", "groups/room"),
        ("GET", "users/alice"),
        ("PATCH", "connections/none"),
        ("GET", "permissions/sendToGroup/connections/none"),
        ("POST", "groups/room/connections/none"),
        ("GET", "/api/health"),
        ("POST", "/api/health"),
        ("OPTIONS", ":send"),
    ],
)
def test_a_known_route_with_another_verb_is_not_allowed(rest, method, path):
    assert rest.call(method, path).status == 405


async def test_the_colon_of_an_action_may_come_escaped(hub, rest):
    async with hub.json_client(groups=["room"]) as client:
        for path in ("groups/room/%3Asend", "groups/room/%3asend"):
            assert rest.call("POST", path, body=b"hello", headers={"Content-Type": "text/plain"}).status == 202
            assert (await client.receive())["data"] == "hello"


async def test_unknown_query_parameters_are_ignored_in_any_order(hub, rest):
    async with hub.json_client() as client:
        query = f"more=1&excluded=x&{Rest.VERSION}&less=&=&&%FF=%FF"
        answer = rest.call("POST", ":send", query, body=b"hello", headers={"Content-Type": "text/plain"})
        assert answer.status == 202
        assert (await client.receive())["data"] == "hello"


@pytest.mark.parametrize("path", ["groups/%FF/:send", "users/a%C3/:send", "connections/%80/:send"])
def test_an_escape_that_is_no_utf_8_is_a_bad_request(rest, path):
    assert rest.call("POST", path, body=b"").status == 400


# Names with a slash, and other escapes


@pytest.mark.parametrize(
    ("segment", "name"),
    [
        ("a%2Fb", "a%2Fb"),
        ("a%2fb", "a%2fb"),
        ("a%252Fb", "a%2Fb"),
        ("a%2520b", "a%20b"),
        ("a%20b", "a b"),
        ("a%E4%BD%A0", "a你"),
        ("a+b", "a+b"),
        ("a%2Bb", "a+b"),
        ("%61", "a"),
        ("%25", "%"),
    ],
)
async def test_a_segment_is_decoded_once_but_for_its_slashes(hub, rest, segment, name):
    text = {"Content-Type": "text/plain"}
    async with hub.json_client(user_id=name, groups=[name]) as client:
        assert rest.call("POST", f"groups/{segment}/:send", body=b"to the group", headers=text).status == 202
        assert rest.call("POST", f"users/{segment}/:send", body=b"to the user", headers=text).status == 202
        assert (await client.receive())["data"] == "to the group"
        assert (await client.receive())["data"] == "to the user"


# Versions and health


@pytest.mark.parametrize("version", [*VERSIONS, "2021-05-01-preview", "2021-08-01-preview"])
def test_every_version_is_served(rest, version):
    assert rest.call("HEAD", "users/none", f"api-version={version}").status == 404


def test_without_a_version_the_newest_is_meant(rest):
    assert rest.call("POST", "groups/room/:send", "", body=b"").status == 202


@pytest.mark.parametrize(
    "query",
    [
        "api-version=2030-01-01",
        "api-version=",
        "api-version=latest",
        "api-version=2024-12-01,2024-12-01",
        "api-version=2024-12-01&api-version=2024-12-01",
    ],
)
def test_any_other_version_is_a_bad_request(rest, query):
    answer = rest.call("POST", ":send", query, body=b"")
    assert (answer.status, answer.error) == (400, UNSUPPORTED)
    assert answer.headers["api-supported-versions"] == ", ".join(VERSIONS)
    assert "The specified API version is not supported." in answer.body.decode()


def test_health_needs_no_token(rest):
    for target in ("/api/health", f"/api/health?{Rest.VERSION}"):
        answer = rest.bare("HEAD", target)
        assert (answer.status, answer.body) == (200, b"")
        assert answer.headers["api-supported-versions"] == ", ".join(VERSIONS)
    assert rest.bare("HEAD", "/api/health?api-version=1").status == 400


def test_the_emulator_says_who_it_is(rest, emulator_only):
    assert rest.bare("HEAD", "/api/health").headers["Server"].startswith("wpslab/")
