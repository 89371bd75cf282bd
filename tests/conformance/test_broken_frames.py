"""Frames that break RFC 6455, and requests that are no proper upgrade: an answer, and everybody else goes on."""

import asyncio
from urllib.parse import urlsplit

import pytest

from .sockets import JSON
from .wire import BINARY, CLOSE, PING, PONG, TEXT, upgrade_request, wire_client

INVALID = (1002, "The client frame is invalid.")
JSON_PING = b'{"type":"ping"}'

BROKEN = {
    "reserved bit 1": {"opcode": TEXT, "payload": JSON_PING, "reserved": 4},
    "reserved bit 2": {"opcode": TEXT, "payload": JSON_PING, "reserved": 2},
    "reserved bit 3": {"opcode": TEXT, "payload": JSON_PING, "reserved": 1},
    "unknown opcode": {"opcode": 0x3, "payload": b"x"},
    "unknown control opcode": {"opcode": 0xB, "payload": b"x"},
    "continuation of nothing": {"opcode": 0x0, "payload": b"x"},
    "ping in fragments": {"opcode": PING, "payload": b"x", "fin": False},
    "ping of 126 bytes": {"opcode": PING, "payload": b"x" * 126},
    "close with half a code": {"opcode": CLOSE, "payload": b"\x03"},
    "close with a reserved code": {"opcode": CLOSE, "payload": (1005).to_bytes(2, "big")},
    "close with an unknown code": {"opcode": CLOSE, "payload": (999).to_bytes(2, "big")},
}


@pytest.mark.parametrize("case", BROKEN)
async def test_a_broken_frame_ends_the_connection_with_1002(own_hub, case):
    async with own_hub.json_client() as other:
        async with wire_client(own_hub.url(user_id="alice")) as client:
            await client.send(**BROKEN[case])
            assert await client.read_close() == INVALID
            assert await client.read() is None
        await own_hub.vanishes("alice")
        await other.hears_nothing()


async def test_a_new_message_inside_a_fragmented_one_is_broken(own_hub):
    async with wire_client(own_hub.url()) as client:
        await client.send(TEXT, b'{"type":', fin=False)
        await client.send(TEXT, JSON_PING)
        assert await client.read_close() == INVALID


async def test_a_control_frame_may_stand_between_fragments(own_hub):
    async with wire_client(own_hub.url()) as client:
        await client.read()
        await client.send(TEXT, b'{"type":', fin=False)
        await client.send(PING, b"still there?")
        await client.send(0x0, b'"ping"}')
        assert await client.read() == (PONG, b"still there?")
        assert await client.read() == (TEXT, b'{"type":"pong"}')


async def test_the_length_alone_makes_a_message_too_large(own_hub):
    async with wire_client(own_hub.url()) as client:
        await client.send(BINARY, b"only a few bytes", length=2**40)
        assert await client.read_close() == (1009, "The client message is too large.")


async def test_a_length_with_its_highest_bit_set_does_no_harm(own_hub):
    async with own_hub.json_client() as other, wire_client(own_hub.url(user_id="alice")) as client:
        await client.send(TEXT, b"x", length=2**63 + 5)
        code, _ = await client.read_close()
        assert code in (1002, 1009)
        await own_hub.vanishes("alice")
        await other.hears_nothing()


async def test_a_close_frame_is_answered_and_the_line_ends(own_hub):
    async with wire_client(own_hub.url(user_id="alice")) as client:
        await client.send(CLOSE, (1000).to_bytes(2, "big") + b"bye")
        code, _ = await client.read_close()
        assert code == 1000
        assert await client.read() is None
        await own_hub.vanishes("alice")


async def test_an_empty_close_frame_is_answered(own_hub):
    async with wire_client(own_hub.url(user_id="alice")) as client:
        await client.send(CLOSE)
        while frame := await client.read():
            last = frame
        assert last[0] == CLOSE
        await own_hub.vanishes("alice")


async def test_a_client_that_never_answers_a_close_frame_is_cut(own_hub, emulator):
    async with wire_client(own_hub.url(user_id="alice")) as client:
        own_hub.service.close_user_connections("alice")
        assert not own_hub.service.user_exists("alice")
        assert await client.read_close() == (1000, "")
        emulator.advance(5)
        assert await client.read() is None


async def test_a_client_that_goes_on_after_a_violation_is_cut(own_hub, emulator):
    async with wire_client(own_hub.url(user_id="alice")) as client:
        await client.send(0x3, b"x")
        assert await client.read_close() == INVALID
        await client.send(TEXT, JSON_PING)
        assert not own_hub.service.user_exists("alice")
        emulator.advance(5)
        async with asyncio.timeout(5):
            with pytest.raises(ConnectionError):
                await _send_on(client)


async def _send_on(client):
    while True:
        await client.send(TEXT, JSON_PING)
        await asyncio.sleep(0)


def without(request, header):
    return b"\r\n".join(line for line in request.split(b"\r\n") if not line.startswith(header))


UPGRADES = {
    "no upgrade": lambda request: without(request, b"Upgrade"),
    "another protocol": lambda request: request.replace(b"Upgrade: websocket", b"Upgrade: h2c"),
    "no key": lambda request: without(request, b"Sec-WebSocket-Key"),
    "no real key": lambda request: request.replace(b"dGhlIHNhbXBsZSBub25jZQ==", b"short"),
    "no version": lambda request: without(request, b"Sec-WebSocket-Version"),
    "old version": lambda request: request.replace(b"Version: 13", b"Version: 12"),
    "a post": lambda request: request.replace(b"GET ", b"POST "),
    "no HTTP": lambda request: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "bytes in the path": lambda request: request.replace(b"/client/", b"/client/\xff\xfe"),
}


@pytest.mark.parametrize("case", UPGRADES)
async def test_what_is_no_upgrade_is_refused_with_a_client_error(own_hub, case):
    parts = urlsplit(own_hub.url())
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(UPGRADES[case](upgrade_request(parts, JSON)))
    async with asyncio.timeout(5):
        status = (await reader.readline()).split()
    writer.transport.abort()
    assert status == [] or status[1] in (b"400", b"404", b"405", b"426"), status
    async with own_hub.json_client() as client:
        await client.hears_nothing()


# A client that is still sending while it is closed


async def test_a_client_that_is_still_sending_reads_why_it_is_closed(own_hub):
    """Closing with unread bytes in a socket would reset the connection, and the close frame would be lost."""
    async with own_hub.json_client() as other:
        for _ in range(10):
            async with wire_client(own_hub.url()) as client:
                await client.send(TEXT, b"rubbish")
                await client.send(TEXT, b" " * 200_000)
                await client.send(TEXT, JSON_PING)
                assert await client.read_close() == (1007, "The client message is not a valid JSON protocol message.")
                await client.send(CLOSE, (1007).to_bytes(2, "big"))
                assert await client.read() is None
        await other.hears_nothing()


async def test_a_busy_client_reads_that_the_server_closes_it(own_hub):
    url = own_hub.url(user_id="busy", roles=["webpubsub.sendToGroup"])
    request = b'{"type":"sendToGroup","group":"room","data":"%b"}' % (b"x" * 50_000)
    for _ in range(10):
        async with wire_client(url) as client:
            for _ in range(20):
                await client.send(TEXT, request)
            own_hub.service.close_user_connections("busy")
            for _ in range(20):
                await client.send(TEXT, request)
            assert await client.read_close() == (1000, "")
            await client.send(CLOSE, (1000).to_bytes(2, "big"))
            assert await client.read() is None
        await own_hub.vanishes("busy")


@pytest.mark.parametrize("code", [1000, 1001, 3000, 4999])
async def test_a_close_code_of_the_client_is_echoed(own_hub, code):
    async with wire_client(own_hub.url()) as client:
        await client.send(CLOSE, code.to_bytes(2, "big") + "ö".encode())
        assert await client.read_close() == (code, "")
