"""Connecting: what the access token must be, what it may say, and with which status a client is refused."""

import base64
import hmac
import json
import time

import pytest
from websockets.exceptions import InvalidStatus

from .sockets import JSON, open_socket
from .target import HubUnderTest, Target


async def refused(url, status=401, **options):
    """Prove that the upgrade is refused with this HTTP status; return the body's text."""
    with pytest.raises(InvalidStatus) as caught:
        async with open_socket(url, [JSON], **options):
            pass
    assert caught.value.response.status_code == status
    return caught.value.response.body.decode()


async def accepted(hub, url, headers=None):
    """Prove that a client gets in; return its first frame."""
    async with hub.json_client(url=url, headers=headers) as client:
        return client.connected


@pytest.mark.parametrize("user_id", ["alice", None])
async def test_the_first_frame_is_connected(hub, user_id):
    async with hub.json_client(user_id=user_id) as client:
        assert client.connected == {
            "type": "system",
            "event": "connected",
            "userId": user_id,
            "connectionId": client.id,
        }
        assert isinstance(client.id, str)
        assert client.id


async def test_every_connection_has_an_id_of_its_own(hub):
    async with hub.json_client(user_id="alice") as first, hub.json_client(user_id="alice") as second:
        assert first.id != second.id


# Where the token and the hub may stand


async def test_the_token_may_stand_in_a_header(hub):
    token = hub.target.sign(hub.audience, sub="alice")
    for scheme in ("Bearer", "bearer"):
        frame = await accepted(hub, hub.client_address(), {"Authorization": f"{scheme} {token}"})
        assert frame["userId"] == "alice"


async def test_the_token_in_the_query_wins_over_the_header(hub):
    good = hub.target.sign(hub.audience, sub="alice")
    frame = await accepted(hub, hub.client_address(access_token=good), {"Authorization": "Bearer rubbish"})
    assert frame["userId"] == "alice"
    await refused(hub.client_address(access_token="rubbish"), additional_headers={"Authorization": f"Bearer {good}"})


@pytest.mark.parametrize("path", ["/client/?hub={hub}&", "/client?hub={hub}&", "/client/hubs/{hub}?"])
async def test_the_hub_may_stand_in_the_query(hub, path):
    base = hub.client_address().partition("/client/")[0]
    url = f"{base}{path.format(hub=hub.name)}Access_Token={hub.target.sign(hub.audience, sub='alice')}"
    assert (await accepted(hub, url))["userId"] == "alice"


async def test_hub_names_compare_without_case(hub):
    shouting = HubUnderTest(hub.target, hub.name.upper())
    try:
        async with hub.json_client(groups=["room"]) as quiet, shouting.json_client(groups=["room"]) as loud:
            hub.service.send_to_group("room", "hello")
            assert (await quiet.receive())["data"] == (await loud.receive())["data"] == "hello"
    finally:
        shouting.close()


# A token that does not hold


async def test_without_a_token_a_client_is_refused(hub):
    await refused(hub.client_address())
    await refused(hub.client_address(access_token=""))


@pytest.mark.parametrize("token", ["rubbish", "a.b.c", "....", "ä", "eyJhbGciOiJIUzI1NiJ9.e30."])
async def test_what_is_no_token_is_refused(hub, token):
    await refused(hub.client_address(access_token=token))


async def test_a_token_of_another_key_is_refused(hub):
    assert await refused(hub.url_with_claims(key="wrong" * 10)) == ""


@pytest.mark.parametrize("algorithm", ["none", "None", "HS512", "HS384", "RS256", "hs256", None])
async def test_only_hs256_is_a_signature(hub, algorithm):
    claims = {"aud": hub.audience, "exp": int(time.time()) + 600}
    head, body = (_base64(json.dumps(part).encode()) for part in ({"alg": algorithm, "typ": "JWT"}, claims))
    key = hub.target.access_key.encode()
    digest = hmac.digest(key, f"{head}.{body}".encode(), "sha384" if algorithm == "HS384" else "sha512")
    for signature in ("", _base64(digest)):
        await refused(hub.client_address(access_token=f"{head}.{body}.{signature}"))


def _base64(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@pytest.mark.parametrize(
    "audience",
    [
        "https://elsewhere.example/client/hubs/{hub}",
        "{endpoint}/client/hubs/{hub}2",
        "{endpoint}/client/hubs/{hub}/more",
        "{endpoint}/client/hubs/",
        "{endpoint}",
        "{endpoint}/api/hubs/{hub}",
        "{endpoint}/clients/mqtt/hubs/{hub}",
        "ftp{rest}/client/hubs/{hub}",
        "{hub}",
        "",
        None,
        ["{endpoint}/client/hubs/other"],
        7,
    ],
)
async def test_a_token_for_another_audience_is_refused(hub, audience):
    await refused(hub.client_address(access_token=hub.target.sign(_filled(hub, audience))))


@pytest.mark.parametrize(
    "audience",
    [
        "{endpoint}/client/hubs/{hub}",
        "{endpoint}/client/hubs/{upper}",
        "{endpoint}/client/hubs/{hub}/",
        "HTTP{rest}/client/hubs/{hub}",
        ["https://elsewhere.example/", "{endpoint}/client/hubs/{hub}"],
    ],
)
async def test_the_audience_is_the_address_without_regard_to_case(hub, audience):
    if "HTTP" in audience and hub.target.endpoint.startswith("https"):
        audience = audience.replace("HTTP", "HTTPS")
    await accepted(hub, hub.client_address(access_token=hub.target.sign(_filled(hub, audience))))


def _filled(hub, audience):
    if isinstance(audience, list):
        return [_filled(hub, item) for item in audience]
    if not isinstance(audience, str):
        return audience
    endpoint = hub.target.endpoint
    rest = endpoint[endpoint.index("://") :]
    return audience.format(endpoint=endpoint, rest=rest, hub=hub.name, upper=hub.name.upper())


async def test_a_rest_token_does_not_let_a_client_in(hub):
    await refused(hub.client_address(access_token=hub.target.sign(f"{hub.target.endpoint}/api/hubs/{hub.name}/:send")))


@pytest.mark.parametrize("expiry", [-3600, -301])
async def test_an_expired_token_is_refused(hub, expiry):
    await refused(hub.url_with_claims(exp=int(time.time()) + expiry))


async def test_clocks_may_differ_by_some_minutes(hub):
    await accepted(hub, hub.url_with_claims(exp=int(time.time()) - 200))
    await accepted(hub, hub.url_with_claims(nbf=int(time.time()) + 200))


async def test_a_token_without_an_expiry_is_refused(hub):
    await refused(hub.url_with_claims(exp=None))
    await refused(hub.url_with_claims(exp="tomorrow"))


async def test_a_token_that_is_not_valid_yet_is_refused(hub):
    await refused(hub.url_with_claims(nbf=int(time.time()) + 3600))


async def test_the_secondary_key_is_as_good_as_the_primary(emulator):
    secondary = emulator.connection_string.replace(emulator.access_key, emulator.secondary_access_key)
    assert emulator.access_key != emulator.secondary_access_key
    hub = HubUnderTest(Target(secondary))
    try:
        async with hub.json_client() as client:
            assert hub.service.connection_exists(client.id)
    finally:
        hub.close()


# What a token says


async def test_the_user_id_may_stand_in_older_claims(hub):
    long_name = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier"
    assert (await accepted(hub, hub.url_with_claims(nameid="alice")))["userId"] == "alice"
    assert (await accepted(hub, hub.url_with_claims(**{long_name: "alice"})))["userId"] == "alice"
    assert (await accepted(hub, hub.url_with_claims(sub="alice", nameid="bob")))["userId"] == "alice"
    assert (await accepted(hub, hub.url_with_claims(sub="", nameid="bob")))["userId"] == ""


@pytest.mark.parametrize("claim", ["role", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"])
@pytest.mark.parametrize("as_array", [True, False])
async def test_a_role_may_be_one_text_or_an_array(hub, claim, as_array):
    role = "webpubsub.joinLeaveGroup.room"
    async with hub.json_client(url=hub.url_with_claims(**{claim: [role, "other"] if as_array else role})) as client:
        await client.succeeds(type="joinGroup", group="room")
        assert await client.fails(type="joinGroup", group="other") == "Forbidden"


@pytest.mark.parametrize("groups", ["room", ["room"], ["other", "room"]])
async def test_groups_may_be_one_text_or_an_array_and_need_no_role(hub, groups):
    async with hub.json_client(url=hub.url_with_claims(**{"webpubsub.group": groups})) as client:
        hub.service.send_to_group("room", "hello")
        assert (await client.receive())["group"] == "room"


@pytest.mark.parametrize("group", ["", " ", "x" * 1025, ["room", " "]])
async def test_an_illegal_group_in_the_token_is_a_bad_request(hub, group):
    await refused(hub.url_with_claims(**{"webpubsub.group": group}), status=400)


async def test_claims_the_service_does_not_know_do_no_harm(hub):
    claims = {"custom": {"deep": [1, None]}, "kid": 7, "iss": "me", "iat": int(time.time()) + 9999, "jti": 3}
    await accepted(hub, hub.url_with_claims(**claims))


# Where there is no client endpoint


@pytest.mark.parametrize("name", ["1chat", "my-hub", "a%20b", "%C3%A4", "x" * 129, "%FF"])
async def test_an_illegal_hub_name_is_a_bad_request(hub, name):
    await refused(f"{hub.client_address(name=name)}?access_token=x", status=400)


@pytest.mark.parametrize("path", ["/client/", "/client", "/client/hubs/", "/client/?hub="])
async def test_a_client_without_a_hub_is_a_bad_request(hub, path):
    await refused(hub.client_address().partition("/client/")[0] + path, status=400)


@pytest.mark.parametrize("path", ["/", "/client/hubs/a/b", "/elsewhere", "/client/groups/a"])
async def test_other_paths_are_not_found(hub, path):
    await refused(hub.client_address().partition("/client/")[0] + path, status=404)


@pytest.mark.parametrize("path", ["/clients/mqtt/hubs/chat", "/clients/socketio/hubs/chat"])
async def test_other_kinds_of_clients_are_not_there_yet(hub, emulator_only, path):
    await refused(hub.client_address().partition("/client/")[0] + path, status=501)
