"""The emulator in a process: many side by side, and nothing left behind."""

import asyncio
import contextlib
import socket
import threading
import time

import pytest
from websockets.exceptions import InvalidStatus

from wpslab.emulator import Emulator

from .sockets import JSON, open_socket
from .target import HubUnderTest, Target
from .wire import wire_client

pytestmark = pytest.mark.usefixtures("emulator_only")


@contextlib.contextmanager
def hub_on(emulator, name="chat"):
    with contextlib.closing(HubUnderTest(Target(emulator.connection_string, emulator), name)) as hub:
        yield hub


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def test_many_emulators_run_side_by_side_and_do_not_see_each_other():
    async with contextlib.AsyncExitStack() as stack:
        emulators = [await stack.enter_async_context(Emulator()) for _ in range(10)]
        hubs = [stack.enter_context(hub_on(emulator)) for emulator in emulators]
        clients = [await stack.enter_async_context(hub.json_client(user_id="alice")) for hub in hubs]
        assert len({emulator.port for emulator in emulators}) == 10
        assert len({emulator.access_key for emulator in emulators}) == 10
        for number, hub in enumerate(hubs):
            hub.service.send_to_all(number)
        assert [(await client.receive())["data"] for client in clients] == list(range(10))
        for client in clients:
            await client.hears_nothing()


async def test_a_token_of_one_emulator_does_not_open_another():
    async with Emulator() as one, Emulator() as other:
        url = one.client_access_url("chat").replace(str(one.port), str(other.port))
        with pytest.raises(InvalidStatus, match="401"):
            async with open_socket(url, [JSON]):
                pass


async def test_nothing_is_left_after_a_stop():
    threads = set(threading.enumerate())
    async with Emulator() as emulator:
        port = emulator.port
        assert listens(port)
        assert [thread.name for thread in set(threading.enumerate()) - threads] != []
        with hub_on(emulator) as hub:
            async with hub.json_client():
                pass
    assert not listens(port)
    assert not {thread for thread in set(threading.enumerate()) - threads if thread.name.startswith("wpslab")}


async def test_a_stop_closes_its_clients_as_a_reloading_service_does():
    async with Emulator() as emulator:
        with hub_on(emulator) as hub:
            async with hub.json_client() as client, hub.simple_client(user_id="raw") as raw:
                await asyncio.to_thread(emulator.stop)
                frame = await client.receive()
                assert (frame["type"], frame["event"]) == ("system", "disconnected")
                assert (await client.end())[0] == 1001
                assert (await raw.end())[0] == 1001


async def test_a_client_that_hangs_does_not_hold_a_stop_up():
    async with Emulator() as emulator:
        with hub_on(emulator) as hub:
            async with wire_client(hub.url()), wire_client(hub.url()) as broken:
                await broken.send(0x3, b"after this it lingers")
                await broken.read_close()
                begin = time.monotonic()
                await asyncio.to_thread(emulator.stop)
                assert time.monotonic() - begin < 3
                assert not emulator.running


def test_an_emulator_is_stopped_as_often_as_one_likes_and_started_once():
    emulator = Emulator()
    emulator.stop()
    emulator = Emulator().start()
    with pytest.raises(RuntimeError, match="once"):
        emulator.start()
    emulator.stop()
    emulator.stop()
    with pytest.raises(RuntimeError, match="once"):
        emulator.start()


def test_what_needs_a_running_emulator_says_so():
    emulator = Emulator()
    for use in (lambda: emulator.port, lambda: emulator.endpoint, emulator.snapshot, lambda: emulator.advance(1)):
        with pytest.raises(RuntimeError, match="not running"):
            use()
    emulator.start()
    emulator.stop()
    for use in (lambda: emulator.port, lambda: emulator.trace, lambda: emulator.configure_hub("chat")):
        with pytest.raises(RuntimeError, match="not running"):
            use()


def test_a_port_that_is_taken_is_an_error_and_leaves_nothing_behind():
    with Emulator() as first:
        port = first.port
        threads = set(threading.enumerate())
        second = Emulator(port=port)
        with pytest.raises(OSError, match=str(port)):
            second.start()
        assert set(threading.enumerate()) == threads
        second.stop()
    assert not listens(port)


async def test_a_port_and_a_key_can_be_chosen():
    key = "a-key-of-at-least-thirty-two-bytes"
    with Emulator() as first:
        port = first.port
    with Emulator(port=port, access_key=key) as emulator:
        assert emulator.endpoint == f"http://127.0.0.1:{port}"
        assert emulator.connection_string == f"Endpoint=http://127.0.0.1:{port};AccessKey={key};Version=1.0;"
        with hub_on(emulator) as hub:
            async with hub.json_client() as client:
                assert hub.service.connection_exists(client.id)


def test_a_short_access_key_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        Emulator(access_key="short")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_other_machines_get_in_only_when_one_says_so(host):
    with pytest.raises(ValueError, match="allow_remote_clients"):
        Emulator(host=host)


def test_with_the_flag_it_listens_everywhere_and_names_loopback():
    with Emulator(host="0.0.0.0", allow_remote_clients=True) as emulator:
        assert emulator.endpoint == f"http://127.0.0.1:{emulator.port}"
        assert listens(emulator.port)


def test_it_listens_on_loopback_only_by_default():
    with Emulator() as emulator:
        addresses = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
        for address in addresses - {"127.0.0.1"}:
            if not address.startswith("127."):
                with socket.socket() as probe:
                    assert probe.connect_ex((address, emulator.port)) != 0


def test_no_key_shows_in_any_repr():
    with Emulator(hubs=["chat"]) as emulator:
        texts = [repr(emulator), str(emulator), repr(emulator.snapshot()), repr(emulator.trace), repr(vars(emulator))]
        keys = (emulator.access_key, emulator.secondary_access_key)
    texts += [repr(emulator), str(emulator)]
    for key in keys:
        assert not [text for text in texts if key in text]
    assert "***" in texts[0]


def test_every_emulator_has_fresh_keys():
    with Emulator() as one, Emulator() as other:
        keys = {one.access_key, one.secondary_access_key, other.access_key, other.secondary_access_key}
    assert len(keys) == 4
    assert all(len(key) >= 32 for key in keys)


def test_an_illegal_hub_name_is_refused_at_once():
    with pytest.raises(ValueError, match="my-hub"):
        Emulator(hubs=["my-hub"])


async def test_it_serves_while_the_callers_own_loop_is_busy(emulator):
    """A blocking SDK call on the caller's loop is answered: the emulator has a loop of its own."""
    with hub_on(emulator) as hub:
        async with hub.json_client() as client:
            hub.service.send_to_connection(client.id, "hello", content_type="text/plain")
            assert (await client.receive())["data"] == "hello"


async def test_clients_that_come_and_go_leave_nothing_behind(emulator):
    with hub_on(emulator) as hub:
        for _ in range(5):
            async with contextlib.AsyncExitStack() as stack:
                for number in range(20):
                    await stack.enter_async_context(hub.json_client(user_id=f"u{number}", groups=[f"g{number}"]))
        await hub.vanishes("u19")
        for number in range(20):
            await hub.vanishes(f"u{number}")
        snapshot = emulator.snapshot().hubs["chat"]
        assert (snapshot.connections, snapshot.users, snapshot.groups) == ((), (), ())
