"""The server: real sockets, a thread of its own, and an end that comes."""

import asyncio
import http.client
import logging
import socket
import subprocess
import sys
import threading
import time
from contextlib import asynccontextmanager, closing, suppress

import pytest
from service_requests import handler, system_event, user_event, validation
from starlette.applications import Starlette
from starlette.routing import Mount
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from wpslab.upstream.server import UpstreamServer


@pytest.fixture(autouse=True)
def no_thread_is_left():
    before = set(threading.enumerate())
    yield
    assert {thread.name for thread in set(threading.enumerate()) - before} == set()


def send(server, event):
    """Send one request over a socket; return status, headers and body."""
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
        headers = {name: value.encode() for name, value in event.headers.items()}
        connection.request(event.method, event.path, event.body, headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()


def echoing():
    app = handler()
    app.user_event()(lambda request: f"{request.user_id}: {request.data}")
    return app


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_handler_is_served():
    with UpstreamServer(echoing()) as server:
        assert server.url == f"http://127.0.0.1:{server.port}"
        status, headers, body = send(server, user_event("hé".encode(), ce_userId="Zoë"))
        assert (status, headers["content-type"], body) == (200, "text/plain", "Zoë: hé".encode())
        assert send(server, validation())[:1] == (200,)
        assert send(server, user_event(ce_signature="sha256=00"))[0] == 401


def test_framework_is_served_with_its_lifespan():
    seen = []

    @asynccontextmanager
    async def lifespan(app):
        seen.append("startup")
        yield
        seen.append("shutdown")

    with UpstreamServer(Starlette(routes=[Mount("/api", app=echoing())], lifespan=lifespan)) as server:
        assert seen == ["startup"]
        assert send(server, user_event())[2] == b"alice: hi"
    assert seen == ["startup", "shutdown"]


def test_application_that_does_not_start_says_so(caplog):
    @asynccontextmanager
    async def lifespan(app):
        raise LookupError("no database")
        yield

    server = UpstreamServer(Starlette(lifespan=lifespan))
    with pytest.raises(RuntimeError, match=r"^The application failed to start: LookupError: no database$"):
        server.start()
    with pytest.raises(RuntimeError, match="start it first"):
        _ = server.port
    assert "Traceback" in caplog.text


def test_application_without_lifespan_starts():
    async def app(scope, receive, send):
        assert scope["type"] == "http"
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    with UpstreamServer(app) as server:
        assert send(server, validation())[0] == 204


def test_port_that_is_taken_is_named():
    with UpstreamServer(echoing()) as server, pytest.raises(OSError, match=f"Port {server.port} cannot be had"):
        UpstreamServer(echoing(), port=server.port).start()


def test_port_can_be_chosen_and_is_free_at_once_after_a_stop():
    with UpstreamServer(echoing()) as server:
        port = server.port
        send(server, user_event())
    assert not listens(port)
    with UpstreamServer(echoing(), port=port) as server:
        assert send(server, user_event())[0] == 200


def test_start_and_stop_may_be_repeated():
    server = UpstreamServer(echoing())
    server.stop()
    assert server.start() is server
    port = server.port
    assert server.start().port == port
    server.stop()
    server.stop()
    with server:
        assert send(server, user_event())[0] == 200


def test_app_that_is_none_is_refused():
    with pytest.raises(TypeError, match="ASGI application"):
        UpstreamServer("module:app")


def test_only_the_loopback_address_is_listened_on():
    with UpstreamServer(echoing()) as server:
        assert server._running._listener.getsockname()[0] == "127.0.0.1"


def test_websocket_is_refused_with_a_sentence():
    with UpstreamServer(echoing()) as server, pytest.raises(InvalidStatus) as refused:
        connect(f"ws://127.0.0.1:{server.port}/")
    assert refused.value.response.status_code == 403
    assert b"Clients connect to Azure Web PubSub" in refused.value.response.body


def test_functions_of_many_requests_run_at_once():
    app, all_here = handler(), threading.Barrier(40)
    app.user_event()(lambda request: str(all_here.wait(20)))
    answers = []
    with UpstreamServer(app) as server:
        callers = [
            threading.Thread(target=lambda: answers.append(send(server, user_event())[0]), daemon=True)
            for _ in range(40)
        ]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join(20)
    assert answers == [200] * 40


def test_caller_does_not_wait_for_the_function_of_a_notification():
    app, may_end, ended = handler(), threading.Event(), threading.Event()

    @app.connected
    def connected(request):
        may_end.wait(20)
        ended.set()

    with UpstreamServer(app) as server:
        assert send(server, system_event("connected", ce_id="1"))[0] == 204
        assert not ended.is_set()
        may_end.set()
        assert ended.wait(20)


def test_error_of_a_function_is_logged_and_nothing_else_is(caplog):
    app = handler()

    @app.user_event()
    def failing(request):
        raise LookupError("no such order")

    with caplog.at_level(logging.INFO), UpstreamServer(app) as server:
        assert send(server, user_event())[0] == 500
    assert [record.name for record in caplog.records] == ["wpslab.upstream"]
    assert "no such order" in caplog.text


def ask_in_background(server):
    """Send an event whose answer nobody waits for."""

    def ask():
        with suppress(OSError, http.client.HTTPException):  # the server may end first
            send(server, user_event())

    caller = threading.Thread(target=ask, daemon=True)
    caller.start()
    return caller


@pytest.mark.parametrize("kind", ["plain", "async"])
def test_function_that_hangs_does_not_hold_a_stop_up(kind, caplog):
    app, running, release = handler(), threading.Event(), threading.Event()

    @app.user_event()
    def plain(request):
        running.set()
        release.wait(30)

    if kind == "async":

        @app.user_event()
        async def hanging(request):
            running.set()
            await asyncio.Event().wait()

    server = UpstreamServer(app).start()
    caller = ask_in_background(server)
    assert running.wait(10)
    began = time.monotonic()
    server.stop()
    assert time.monotonic() - began < 4
    assert "Traceback" not in caplog.text
    release.set()
    caller.join(10)
    _wait_for_threads("wpslab-upstream-handler")


def test_function_that_blocks_the_loop_does_not_hold_a_stop_up(caplog):
    app, running, release = handler(), threading.Event(), threading.Event()

    @app.user_event()
    async def blocking(request):
        running.set()
        release.wait(30)

    server = UpstreamServer(app).start()
    caller = ask_in_background(server)
    assert running.wait(10)
    server.stop()
    assert "blocks the event loop" in caplog.text
    release.set()
    caller.join(10)
    _wait_for_threads("wpslab-upstream")


def _wait_for_threads(name):
    for thread in threading.enumerate():
        if thread.name == name:
            thread.join(10)


SCRIPT = """
import asyncio, nest_asyncio, sys, threading, time, urllib.request
sys.path.insert(0, {folder!r})
from service_requests import handler, user_event
from wpslab.upstream.server import UpstreamServer

async def main():
    nest_asyncio.apply()
    app, entered = handler(), threading.Event()
    app.user_event()(lambda request: "nested")

    @app.user_event("hang")
    def hang(request):
        entered.set()
        time.sleep(1000)

    def send(event):
        request = urllib.request.Request(server.url + "/x", event.body, dict(event.headers), method="POST")
        return urllib.request.urlopen(request, timeout=10).read().decode()

    async def nothing():
        return 1

    with UpstreamServer(app) as server:
        print(asyncio.run(nothing()), await asyncio.to_thread(send, user_event()))
        threading.Thread(target=lambda: send(user_event(name="hang")), daemon=True).start()
        entered.wait(10)

threading.excepthook = lambda args: None
asyncio.run(main())
"""


def test_server_works_beside_nest_asyncio_and_lets_the_process_end(request):
    script = SCRIPT.format(folder=str(request.path.parent))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=40)
    assert done.stdout == "1 nested\n"
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


def test_package_loads_neither_uvicorn_nor_the_rest_of_the_course():
    code = "import sys, wpslab.upstream; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {"uvicorn", "aiohttp", "starlette", "wpslab.emulator", "wpslab.upstream.server"}.isdisjoint(loaded)


def test_application_that_does_not_end_does_not_hold_a_stop_up():
    @asynccontextmanager
    async def lifespan(app):
        yield
        await asyncio.Event().wait()

    server = UpstreamServer(Starlette(lifespan=lifespan)).start()
    port, began = server.port, time.monotonic()
    server.stop()
    assert time.monotonic() - began < 4
    assert not listens(port)


def test_application_that_takes_too_long_to_start_says_so(monkeypatch):
    monkeypatch.setattr("wpslab.upstream.server.START_SECONDS", 0.1)

    @asynccontextmanager
    async def lifespan(app):
        await asyncio.Event().wait()
        yield

    with pytest.raises(RuntimeError, match=r"it took over 0\.1 seconds"):
        UpstreamServer(Starlette(lifespan=lifespan)).start()
