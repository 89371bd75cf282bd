"""Tokens of REST calls: signature, times, and the audience, which is the call's own URL."""

import time

import pytest

from .wire import Rest

PATH = "groups/room/:send"


@pytest.fixture
def rest(webpubsub, hub):
    return Rest(webpubsub, hub.name)


def status(rest, path=PATH, **claims):
    return rest.call("POST", path, body=b"", **claims).status


def test_a_token_for_the_url_is_taken(rest):
    assert status(rest) == 202


@pytest.mark.parametrize(
    "audience",
    [
        "{endpoint}{path}?api-version=2024-12-01",
        "{endpoint}{path}?anything=else",
        "{endpoint}{path}/",
        "{endpoint}{path}/more",
        "{shouting}",
        "{https}",
        "{ws}",
        ["https://elsewhere.example/", "{endpoint}{path}"],
        "{escaped}",
    ],
)
def test_the_query_the_case_and_the_scheme_of_the_audience_do_not_matter(rest, audience):
    assert status(rest, audience=_filled(rest, audience)) == 202


@pytest.mark.parametrize(
    "audience",
    [
        "{endpoint}/api/hubs/other/groups/room/:send",
        "{endpoint}/api/hubs/{hub}/groups/other/:send",
        "{endpoint}/api/hubs/{hub}/:send",
        "{endpoint}/api/hubs/{hub}",
        "{endpoint}{path}suffix",
        "{endpoint}",
        "{endpoint}/client/hubs/{hub}",
        "https://elsewhere.example{path}",
        "ftp{rest}{path}",
        "{path}",
        "https://webpubsub.azure.com",
        "",
        None,
        [],
        ["{endpoint}/api/hubs/other/groups/room/:send"],
        "http://[{path}",
    ],
)
def test_a_token_for_another_url_is_refused(rest, audience):
    answer = rest.call("POST", PATH, body=b"", audience=_filled(rest, audience))
    assert (answer.status, answer.body) == (401, b"")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.headers["api-supported-versions"]


def _filled(rest, audience):
    if isinstance(audience, list):
        return [_filled(rest, item) for item in audience]
    if audience is None:
        return None
    endpoint, path = rest.target.endpoint, f"/api/hubs/{rest.hub}/{PATH}"
    place = endpoint.partition("://")[2] + path
    return audience.format(
        endpoint=endpoint,
        path=path,
        hub=rest.hub,
        rest=endpoint[endpoint.index("://") :],
        shouting=(endpoint + path).upper(),
        https=f"https://{place}",
        ws=f"ws://{place}",
        escaped=(endpoint + path).replace(":send", "%3Asend"),
    )


async def test_names_with_escapes_have_the_url_as_audience_all_the_same(hub, rest):
    for name in ("a%2Fb", "a%20b", "a+b", "a%3Fb", "a%5B1%5D", "%E4%BD%A0", "a%25b", "a%2F%3F%23b"):
        assert status(rest, f"groups/{name}/:send") == 202


def test_a_malformed_host_is_no_way_in(rest):
    path = f"/api/hubs/{rest.hub}/{PATH}"
    token = rest.target.sign(f"http://[{path}")
    answer = rest.bare("POST", path, b"", {"Authorization": f"Bearer {token}", "Host": "["})
    assert answer.status in (400, 401)


@pytest.mark.parametrize("scheme", ["bearer", "BEARER"])
def test_the_scheme_is_written_in_any_case(rest, scheme):
    path = f"/api/hubs/{rest.hub}/{PATH}"
    token = rest.target.sign(rest.target.endpoint + path)
    assert rest.bare("POST", path, b"", {"Authorization": f"{scheme} {token}"}).status == 202


@pytest.mark.parametrize("value", [None, "", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Bearer a.b.c", "rubbish"])
def test_without_a_bearer_token_a_call_is_refused(rest, value):
    headers = {} if value is None else {"Authorization": value}
    assert rest.bare("POST", f"/api/hubs/{rest.hub}/{PATH}", b"", headers).status == 401


@pytest.mark.parametrize(
    "claims",
    [
        {"key": "wrong" * 10},
        {"exp": None},
        {"exp": "soon"},
        {"exp": 0},
        {"exp": int(time.time()) - 3600},
        {"nbf": int(time.time()) + 3600},
    ],
)
def test_a_token_that_does_not_hold_is_refused(rest, claims):
    assert status(rest, **claims) == 401


def test_clocks_may_differ_by_some_minutes(rest):
    assert status(rest, exp=int(time.time()) - 200) == 202
    assert status(rest, nbf=int(time.time()) + 200) == 202


def test_other_claims_do_not_matter(rest):
    name = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"
    assert status(rest, iss="me", sub="alice", iat=int(time.time()) + 9999, **{name: "me"}) == 202


async def test_a_client_token_makes_no_rest_call(hub, rest):
    token = hub.service.get_client_access_token(roles=["webpubsub.sendToGroup"])["token"]
    assert rest.call("POST", PATH, body=b"", token=token).status == 401


def test_a_token_expires_by_the_emulators_clock(own_hub, emulator):
    rest = Rest(own_hub.target, own_hub.name)
    assert status(rest) == 202
    emulator.advance(3600)
    assert status(rest) == 401
    assert status(rest, exp=int(time.time()) + 3601) == 202
