"""What only an emulator can do: settings of a hub, and a clock that is moved."""

import asyncio

import pytest
from websockets.exceptions import InvalidStatus

from wpslab.emulator import Emulator

from .sockets import JSON, open_socket
from .target import HubUnderTest, Target


async def status_of(url, **options):
    """Return the HTTP status that answers an upgrade; 101 for a client that gets in."""
    try:
        async with open_socket(url, [JSON], **options):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


async def test_anonymous_clients_are_denied_unless_the_hub_allows_them(emulator, own_hub):
    assert await status_of(own_hub.client_address()) == 401
    emulator.configure_hub(own_hub.name.upper(), anonymous_connect_policy="allow")
    async with own_hub.json_client(url=own_hub.client_address()) as client:
        assert client.connected["userId"] is None
        assert await client.fails(type="joinGroup", group="room") == "Forbidden"
    emulator.configure_hub(own_hub.name, anonymous_connect_policy="deny")
    assert await status_of(own_hub.client_address()) == 401


async def test_a_bad_token_is_refused_even_where_none_is_needed(emulator, own_hub):
    emulator.configure_hub(own_hub.name, anonymous_connect_policy="allow")
    assert await status_of(own_hub.client_address(access_token="rubbish")) == 401
    assert await status_of(own_hub.client_address(), additional_headers={"Authorization": "Bearer rubbish"}) == 401
    assert await status_of(own_hub.url(user_id="alice")) == 101


async def test_only_the_hubs_that_were_named_are_open():
    with Emulator(anonymous_hubs=["Lobby"], hubs=["chat"]) as emulator:
        lobby, chat = (HubUnderTest(Target(emulator.connection_string), name) for name in ("lobby", "chat"))
        try:
            assert await status_of(lobby.client_address()) == 101
            assert await status_of(lobby.client_address(name="LOBBY")) == 101
            assert await status_of(chat.client_address()) == 401
            assert set(emulator.snapshot().hubs) == {"lobby", "chat"}
        finally:
            lobby.close()
            chat.close()


async def test_settings_of_a_hub_are_checked(emulator):
    for settings in (
        {"anonymous_connect_policy": "maybe"},
        {"web_socket_keep_alive_interval_in_seconds": 0},
        {"web_socket_keep_alive_interval_in_seconds": 121},
    ):
        with pytest.raises(ValueError, match="is"):
            emulator.configure_hub("chat", **settings)


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"port": 70000}, ValueError, "0 to 65535"),
        ({"hubs": "chat"}, TypeError, "list of names"),
        ({"anonymous_hubs": "chat"}, TypeError, "list of names"),
    ],
)
async def test_illegal_arguments_are_refused_before_anything_starts(arguments, error, says):
    with pytest.raises(error, match=says):
        Emulator(**arguments)


async def test_a_token_that_expires_closes_no_connection_but_lets_nobody_in_any_more(emulator, own_hub):
    url = own_hub.url(user_id="alice", groups=["room"])
    async with own_hub.json_client(url=url) as client:
        emulator.advance(60 * 60 + 301)
        await client.hears_nothing()
        own_hub_later = emulator.client_access_url(own_hub.name, roles=["webpubsub.sendToGroup"])
        async with own_hub.json_client(url=own_hub_later) as sender:
            await sender.succeeds(type="sendToGroup", group="room", data="still here")
        assert (await client.receive())["data"] == "still here"
        assert await status_of(url) == 401


@pytest.mark.parametrize(
    "request_",
    [
        "GET / HTTP/1.1\r\nAuthorization : Bearer MARKER\r\n\r\n",
        f"GET /?access_token={'MARKER' * 9000} HTTP/1.1\r\n\r\n",
    ],
)
async def test_broken_http_is_logged_without_what_it_holds(emulator, caplog, request_):
    caplog.set_level("DEBUG")
    reader, writer = await asyncio.open_connection("127.0.0.1", emulator.port)
    writer.write(request_.encode())
    async with asyncio.timeout(5):
        assert b" 400 " in await reader.readline()
    writer.close()
    await writer.wait_closed()
    assert "MARKER" not in caplog.text


async def test_a_client_with_a_token_of_twenty_kilobytes_gets_in(own_hub):
    roles = [f"webpubsub.joinLeaveGroup.group-{number}" for number in range(300)]
    async with own_hub.json_client(roles=roles) as client:
        await client.succeeds(type="joinGroup", group="group-299")


async def test_the_clock_does_not_go_back(emulator):
    with pytest.raises(ValueError, match="negative"):
        emulator.advance(-1)


async def test_a_snapshot_shows_who_is_there(emulator, own_hub):
    async with own_hub.json_client(user_id="alice", groups=["b", "a"]) as alice:
        [connection] = emulator.snapshot().hubs[own_hub.name].connections
        assert (connection.id, connection.user_id, connection.groups) == (alice.id, "alice", ("a", "b"))
        assert connection.subprotocol == JSON
        assert emulator.snapshot().hubs[own_hub.name].users == ("alice",)
        assert emulator.snapshot().hubs[own_hub.name].groups == ("a", "b")


async def test_the_trace_tells_what_happened_and_no_secret(emulator, own_hub):
    url = own_hub.url(roles=["webpubsub.joinLeaveGroup"])
    async with own_hub.json_client(url=url) as client:
        await client.succeeds(type="joinGroup", group="room")
        own_hub.service.close_all_connections(reason="done")
        assert await client.end() == (1000, "")
    await status_of(own_hub.client_address(access_token="rubbish"))
    whats = [entry.what for entry in emulator.trace]
    for what in ("connected", "joined", "rest", "disconnected", "refused"):
        assert what in whats
    times = [entry.time for entry in emulator.trace]
    assert times == sorted(times)
    text = repr(emulator.trace)
    for secret in (emulator.access_key, emulator.secondary_access_key, url.partition("access_token=")[2]):
        assert secret not in text
