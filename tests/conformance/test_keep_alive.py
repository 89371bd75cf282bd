"""Keep-alive: the service pings, and a client that answers nothing any more is dropped."""

import asyncio

from .wire import PING, PONG, wire_client


async def ping_after(emulator, client, seconds):
    """Move the clock and read the ping that must come."""
    emulator.advance(seconds)
    opcode, data = await client.read()
    assert opcode == PING
    return data


async def test_a_client_is_pinged_every_twenty_seconds(own_hub, emulator):
    async with wire_client(own_hub.url()) as client:
        await client.read()
        emulator.advance(19)
        await client.send(PING, b"probe")
        assert await client.read() == (PONG, b"probe")
        for _ in range(5):
            await client.send(PONG, await ping_after(emulator, client, 20))
            await client.send(PING, b"probe")
            assert await client.read() == (PONG, b"probe")


async def test_the_interval_is_a_setting_of_the_hub(own_hub, emulator):
    emulator.configure_hub(own_hub.name, web_socket_keep_alive_interval_in_seconds=1)
    async with wire_client(own_hub.url()) as client:
        await client.read()
        await ping_after(emulator, client, 1)


async def test_a_client_that_never_answers_is_dropped_without_a_close_frame(own_hub, emulator):
    async with own_hub.json_client() as other, wire_client(own_hub.url(user_id="gone", groups=["room"])) as client:
        await client.read()
        await ping_after(emulator, client, 20)
        assert own_hub.service.user_exists("gone")
        for _ in range(2):
            emulator.advance(20)
            await other.hears_nothing()
        while frame := await client.read():
            assert frame[0] == PING
        await own_hub.vanishes("gone")
        assert not own_hub.service.group_exists("room")
        await other.hears_nothing()


async def test_a_silent_client_that_answers_pings_stays_for_hours(own_hub, emulator):
    async with own_hub.json_client() as client:
        for _ in range(30):
            emulator.advance(600)
            await client.hears_nothing()


async def test_any_frame_counts_as_an_answer(own_hub, emulator):
    async with wire_client(own_hub.url()) as client:
        await client.read()
        for _ in range(6):
            await ping_after(emulator, client, 20)
            await client.send(0x1, b'{"type":"ping"}')
            assert (await client.read())[1] == b'{"type":"pong"}'


async def test_simple_clients_are_pinged_too(own_hub, emulator):
    async with wire_client(own_hub.url(user_id="raw"), subprotocol=None) as client:
        await own_hub.appears("raw")
        await ping_after(emulator, client, 20)
        for _ in range(2):
            emulator.advance(20)
        async with asyncio.timeout(5):
            while await client.read():
                pass
        await own_hub.vanishes("raw")
