"""lab.attach_upstream(): a learner's server runs, gets the events of its hub, and ends; and why it could not run."""

import asyncio
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from contextlib import asynccontextmanager, contextmanager

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from websockets.asyncio.client import connect

import wpslab
from wpslab.connection_string import VARIABLES, ConnectionString
from wpslab.emulator import Emulator, EventHandler, HubSettings
from wpslab.emulator.core.tokens import client_access_url
from wpslab.emulator.protocols.hub_settings import read_settings
from wpslab.lab import Lab
from wpslab.served import Served, ServedError, ServedGone
from wpslab.upstream import WebPubSubEventHandler

PATIENCE = 10.0
KEY = "k" * 44
ELSEWHERE = EventHandler("http://127.0.0.1:9/elsewhere", "news", ("disconnected",))
AZURE = f"Endpoint=https://my.webpubsub.azure.com;AccessKey={KEY};Version=1.0;"


@pytest.fixture(autouse=True)
def no_service_in_the_environment_and_no_thread_left(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    before = set(threading.enumerate())
    yield
    assert {thread.name for thread in set(threading.enumerate()) - before} == set()


@pytest.fixture
def lab():
    lab = wpslab.start()
    yield lab
    lab.close()


def answering(words, path="/eventhandler", lifespan=None):
    """An app that answers every user event with these words and the name of the thread it runs on."""

    async def endpoint(request):
        if request.method == "OPTIONS":
            return Response(headers={"WebHook-Allowed-Origin": "*"})
        if request.headers["ce-type"].startswith("azure.webpubsub.sys."):
            return Response(status_code=204)
        return PlainTextResponse(f"{words} on {threading.current_thread().name}")

    return Starlette(routes=[Route(path, endpoint, methods=["OPTIONS", "POST"])], lifespan=lifespan)


def url_of(lab, hub="chat"):
    target = ConnectionString.parse(lab.connection_string)
    return client_access_url(target.endpoint, target.access_key, hub, now=time.time())


async def ask(lab, hub="chat"):
    """Send a message as a simple client, and return the reply."""
    async with asyncio.timeout(PATIENCE), connect(url_of(lab, hub), proxy=None) as client:
        await client.send("hello")
        return await client.recv()


def handlers(lab, hub="chat"):
    return lab.emulator.hub_settings(hub).event_handlers


def port_of(attached):
    return int(attached.url.rpartition(":")[2])


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def threads():
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("wpslab")]


# In this kernel


async def test_app_runs_on_a_thread_of_its_own_and_a_free_port_and_gets_the_events_of_its_hub(lab):
    attached = lab.attach_upstream("chat", answering("one"))
    other = lab.attach_upstream("news", answering("two"))
    assert threads().count("wpslab-upstream") == 2
    assert attached.url.startswith("http://127.0.0.1:")
    assert listens(port_of(attached))
    assert port_of(attached) != port_of(other)
    assert await ask(lab) == "one on wpslab-upstream"
    assert await ask(lab, "news") == "two on wpslab-upstream"


async def test_events_are_answered_while_the_loop_of_the_caller_is_busy(lab):
    lab.attach_upstream("chat", answering("one"))
    async with asyncio.timeout(PATIENCE), connect(url_of(lab), proxy=None) as client:
        await client.send("hello")
        deadline = time.monotonic() + PATIENCE
        while not any(entry.what == "event" for entry in lab.emulator.trace):  # no await: this loop stands still
            assert time.monotonic() < deadline
        assert await client.recv() == "one on wpslab-upstream"


async def test_app_is_registered_for_all_events_at_its_path_unless_told_otherwise(lab):
    attached = lab.attach_upstream("Chat", answering("one"))
    (handler,) = handlers(lab)
    assert handler == EventHandler(f"{attached.url}/eventhandler", "*", ("connect", "connected", "disconnected"))
    assert attached.hub == "Chat"
    assert attached.url_template == handler.url_template
    attached = lab.attach_upstream(
        "chat", answering("one"), path="/api/{hub}/{event}", user_event_pattern=None, system_events=["connected"]
    )
    (handler,) = handlers(lab)
    assert handler == EventHandler(f"{attached.url}/api/{{hub}}/{{event}}", None, ("connected",))


async def test_middleware_of_the_course_is_attached_as_it_is(lab):
    app = WebPubSubEventHandler("chat", connection_string=lab.connection_string)
    seen = []

    @app.connect
    def may_come(request):
        seen.append("connect")

    @app.user_event("message")
    def message(request):
        return f"{request.data}!"

    lab.attach_upstream("chat", app)
    assert await ask(lab) == "hello!"
    assert seen == ["connect"]
    assert lab.explain().failure is None


async def test_second_app_of_a_hub_takes_the_place_of_the_first(lab):
    first = lab.attach_upstream("chat", answering("one"))
    second = lab.attach_upstream("CHAT", answering("two"))
    assert not listens(port_of(first))
    assert [handler.url_template for handler in handlers(lab)] == [second.url_template]
    assert threads().count("wpslab-upstream") == 1
    assert "is detached" in repr(first)
    assert await ask(lab) == "two on wpslab-upstream"
    first.detach()
    assert [handler.url_template for handler in handlers(lab)] == [second.url_template]


async def test_event_handlers_configured_earlier_stay_behind_it(lab):
    lab.emulator.configure_hub("chat", event_handlers=[ELSEWHERE], web_socket_keep_alive_interval_in_seconds=7)
    attached = lab.attach_upstream("chat", answering("one"))
    assert [handler.url_template for handler in handlers(lab)] == [attached.url_template, ELSEWHERE.url_template]
    again = lab.attach_upstream("chat", answering("two"))
    assert [handler.url_template for handler in handlers(lab)] == [again.url_template, ELSEWHERE.url_template]
    again.detach()
    expected = HubSettings(event_handlers=(ELSEWHERE,), web_socket_keep_alive_interval_in_seconds=7)
    assert lab.emulator.hub_settings("chat") == expected


async def test_event_handlers_configured_later_stay_when_it_is_detached(lab):
    attached = lab.attach_upstream("chat", answering("one"))
    lab.emulator.configure_hub("chat", event_handlers=[ELSEWHERE, *handlers(lab)])
    attached.detach()
    assert handlers(lab) == (ELSEWHERE,)


async def test_detached_server_is_gone_with_its_registration_and_detaching_twice_does_nothing(lab):
    attached = lab.attach_upstream("chat", answering("one"))
    attached.detach()
    attached.detach()
    assert handlers(lab) == ()
    assert not listens(port_of(attached))
    assert "wpslab-upstream" not in threads()
    assert repr(attached) == "The upstream server of hub chat is detached."
    lab.attach_upstream("chat", answering("two"))
    assert await ask(lab) == "two on wpslab-upstream"


async def test_closing_the_lab_ends_every_server_and_leaves_neither_thread_nor_port(lab):
    ended = []

    @asynccontextmanager
    async def lifespan(app):
        yield
        ended.append(threading.current_thread().name)

    attached = [lab.attach_upstream(hub, answering(hub, lifespan=lifespan)) for hub in ("chat", "news")]
    assert await ask(lab) == "chat on wpslab-upstream"
    lab.close()
    assert ended == ["wpslab-upstream"] * 2
    assert threads() == []
    assert not any(listens(port_of(each)) for each in attached)
    assert all("is detached" in repr(each) for each in attached)
    with pytest.raises(wpslab.LabError, match=r"closed.*wpslab\.start\(\)"):
        lab.attach_upstream("chat", answering("late"))


async def test_what_a_lab_closes_later_still_has_its_server(lab):
    replies = []
    lab.attach_upstream("chat", answering("one"))

    async def last_words():
        replies.append(await ask(lab))

    lab.on_close(last_words)
    lab.attach_upstream("chat", answering("two"))
    await asyncio.to_thread(lab.close)
    assert replies == ["two on wpslab-upstream"]


async def test_lab_whose_emulator_was_stopped_still_ends_its_servers(lab):
    attached = [lab.attach_upstream(hub, answering(hub)) for hub in ("chat", "news")]
    lab.emulator.stop()
    lab.close()
    assert not any(listens(port_of(each)) for each in attached)


async def test_representation_says_where_it_runs_and_masks_the_query(lab):
    attached = lab.attach_upstream("chat", answering("one"), path="/eventhandler?code=s3cret")
    assert repr(attached) == (
        f"The upstream server of hub chat runs at {attached.url}; its event handler is "
        f"{attached.url}/eventhandler?code=***"
    )
    assert await ask(lab) == "one on wpslab-upstream"


# What cannot be attached


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"hub": "1chat"}, "Invalid hub name `1chat`"),
        ({"hub": ""}, "Invalid hub name ``"),
        ({"path": "eventhandler"}, "path begins with a slash, such as '/eventhandler', not 'eventhandler'"),
        ({"path": ""}, "path begins with a slash"),
        ({"path": "/a b"}, "is no absolute URL"),
        ({"path": "/{type}"}, "there is no {type}; the parameters are {hub} and {event}"),
        ({"user_event_pattern": "order.*"}, "'order.*' is no event name"),
        ({"user_event_pattern": ["order"]}, "user_event_pattern is a text"),
        ({"system_events": ["connecting"]}, "There is no system event 'connecting'"),
        ({"system_events": "connect"}, "system_events is a list of names, such as ['connect']"),
    ],
)
@pytest.mark.parametrize("backend", ["emulator", "azure"])
def test_illegal_value_is_a_value_error_and_nothing_is_started(lab, backend, changes, says):
    where = lab if backend == "emulator" else Lab("azure", ConnectionString.parse(AZURE))
    before = threads()
    options = {"hub": "chat"} | changes
    with pytest.raises(ValueError, match=re.escape(says)):
        where.attach_upstream(options.pop("hub"), answering("one"), **options)
    assert threads() == before
    assert handlers(lab) == ()


async def test_what_runs_stays_when_an_illegal_value_is_given_for_its_hub(lab):
    attached = lab.attach_upstream("chat", answering("one"))
    with pytest.raises(ValueError, match="no event name"):
        lab.attach_upstream("chat", answering("two"), user_event_pattern="order.*")
    assert [handler.url_template for handler in handlers(lab)] == [attached.url_template]
    assert await ask(lab) == "one on wpslab-upstream"


async def test_what_runs_stays_when_the_next_app_fails_to_start(lab):
    @asynccontextmanager
    async def failing(app):
        raise RuntimeError("no database")
        yield

    lab.attach_upstream("chat", answering("first"))
    with pytest.raises(RuntimeError, match="no database"):
        lab.attach_upstream("chat", answering("second", lifespan=failing))
    with pytest.raises(TypeError):
        lab.attach_upstream("chat", "no app")
    assert (await ask(lab)).startswith("first")


def test_what_is_no_app_is_a_type_error(lab):
    with pytest.raises(TypeError, match="app is an ASGI application, not 'app'"):
        lab.attach_upstream("chat", "app")
    assert handlers(lab) == ()
    assert "wpslab-upstream" not in threads()


def test_app_that_fails_to_start_says_why_and_leaves_nothing(lab):
    @asynccontextmanager
    async def lifespan(app):
        raise LookupError("the database has no table")
        yield

    with pytest.raises(RuntimeError, match="The application failed to start: LookupError: the database has no table"):
        lab.attach_upstream("chat", answering("one", lifespan=lifespan))
    assert handlers(lab) == ()
    assert "wpslab-upstream" not in threads()


# Served by another process


@contextmanager
def serving(*arguments):
    """Run `wpslab serve`; give its connection string and its process."""
    command = [sys.executable, "-m", "wpslab", "serve", "--short-waits", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process.stdout.readline().strip(), process
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE)


@contextmanager
def lab_on(connection_string):
    lab = wpslab.start(connection_string)
    try:
        assert lab.backend == "served"
        yield lab
    finally:
        lab.close()


def served_handlers(connection_string, hub="chat"):
    served = Served(ConnectionString.parse(connection_string))
    return read_settings(served.hub_settings(hub)).event_handlers


async def test_on_a_served_emulator_the_server_runs_here_and_its_events_come_from_there():
    with serving("--event-handler", "chat=http://127.0.0.1:9/elsewhere") as (connection_string, _):
        others = served_handlers(connection_string)
        assert len(others) == 1
        with lab_on(connection_string) as lab:
            first = lab.attach_upstream("chat", answering("one"))
            assert threads() == ["wpslab-upstream"]
            assert await ask(lab) == "one on wpslab-upstream"
            second = lab.attach_upstream("chat", answering("two"))
            assert not listens(port_of(first))
            assert [each.url_template for each in served_handlers(connection_string)] == [
                second.url_template,
                others[0].url_template,
            ]
            with pytest.raises(ValueError, match="Invalid hub name"):
                lab.attach_upstream("1chat", answering("three"))
        assert served_handlers(connection_string) == others
        assert threads() == []


async def test_lab_on_a_served_emulator_that_is_gone_ends_its_servers_and_says_so_when_asked():
    with serving() as (connection_string, process):
        lab = wpslab.start(connection_string)
        attached = [lab.attach_upstream(hub, answering(hub)) for hub in ("chat", "news")]
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) is not None
        with pytest.raises(wpslab.LabError, match=r"cannot be reached .* Is `wpslab serve` still running\?"):
            lab.attach_upstream("third", answering("third"))
        assert threads().count("wpslab-upstream") == 2
        lab.close()
    assert threads() == []
    assert not any(listens(port_of(each)) for each in attached)


def test_served_emulator_on_another_machine_cannot_reach_this_one_and_the_choices_are_named():
    target = ConnectionString.parse(f"Endpoint=http://emulator.example:8080;AccessKey={KEY};")
    lab = Lab("served", target)
    with pytest.raises(wpslab.LabError) as caught:
        lab.attach_upstream("chat", answering("one"))
    assert str(caught.value) == (
        "http://emulator.example:8080 is another machine and cannot reach a server on this one. Start the lab without "
        "a connection string, or run the server where that machine reaches it and register it there: wpslab serve "
        "--event-handler."
    )
    assert threads() == []


def test_what_a_served_emulator_refuses_is_said_in_its_own_words():
    with Emulator() as emulator:
        served = Served(ConnectionString.parse(emulator.connection_string))
        with pytest.raises(ServedError, match=r"^http://127\.0\.0\.1:\d+ answered 400: Invalid hub name `1chat`"):
            served.hub_settings("1chat")
        with pytest.raises(ServedError, match="answered 400: The settings of the hub cannot be used"):
            served.configure_hub("chat", b"{}")
        wrong = ConnectionString.parse(f"Endpoint={emulator.endpoint};AccessKey={KEY};")
        with pytest.raises(ServedError, match="does not take the access key"):
            Served(wrong).failures()
    with pytest.raises(ServedGone, match="cannot be reached"):
        served.failures()


# On Azure


def test_on_azure_without_a_tunnel_the_choices_are_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    lab = Lab("azure", ConnectionString.parse(AZURE))
    with pytest.raises(wpslab.LabError) as caught:
        lab.attach_upstream("chat", answering("one"))
    said = str(caught.value)
    assert said.startswith("Azure cannot reach a server on your machine: an upstream needs a public address.")
    for choice in ("1. the emulator", "2. awps-tunnel", "npm install -g", "tunnel:///eventhandler", "3. deploy"):
        assert choice in said
    assert KEY not in said
    assert threads() == []


@pytest.fixture
def tunnel(monkeypatch, tmp_path):
    """A program called awps-tunnel on PATH: it writes down how it was started, and waits to be ended."""
    program = tmp_path / "awps-tunnel"
    program.write_text(
        f"#!{sys.executable}\n"
        "import json, os, signal, sys\n"
        "said = {'argv': sys.argv[1:], 'environment': dict(os.environ), 'pid': os.getpid()}\n"
        f"with open({str(tmp_path / 'half')!r}, 'w') as file:\n"
        "    json.dump(said, file)\n"
        f"os.rename({str(tmp_path / 'half')!r}, {str(tmp_path / 'said.json')!r})\n"
        "signal.pause()\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    return tmp_path / "said.json"


async def written(path):
    async with asyncio.timeout(PATIENCE):
        while not path.exists():
            await asyncio.sleep(0.01)
    return json.loads(path.read_text())


def is_running(process_id):
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.skipif(os.name == "nt", reason="Windows does not run a program by its first line")
@pytest.mark.parametrize("end", ["detach", "close", "attach again"])
async def test_on_azure_a_tunnel_is_started_with_the_key_in_its_environment_and_ended(tunnel, end):
    lab = Lab("azure", ConnectionString.parse(AZURE))
    try:
        attached = lab.attach_upstream("chat", answering("one"))
        said = await written(tunnel)
        assert said["argv"] == [
            "run",
            "--hub",
            "chat",
            "--endpoint",
            "https://my.webpubsub.azure.com",
            "--upstream",
            attached.url,
        ]
        assert said["environment"]["WebPubSubConnectionString"] == AZURE
        assert KEY not in " ".join(said["argv"])
        assert "WebPubSubConnectionString" not in os.environ
        assert listens(port_of(attached))
        assert attached.url_template == "tunnel:///eventhandler"
        assert is_running(said["pid"])
        if end == "detach":
            attached.detach()
        elif end == "attach again":
            lab.attach_upstream("chat", answering("two"))
        else:
            lab.close()
        assert not is_running(said["pid"])
        assert not listens(port_of(attached))
    finally:
        lab.close()
    assert threads() == []


@pytest.mark.skipif(os.name == "nt", reason="Windows does not run a program by its first line")
def test_tunnel_that_ends_at_once_is_said_and_leaves_nothing(monkeypatch, tmp_path):
    program = tmp_path / "awps-tunnel"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    lab = Lab("azure", ConnectionString.parse(AZURE))
    with pytest.raises(wpslab.LabError, match=r"ended at once with status 3.*awps-tunnel run --hub chat") as caught:
        lab.attach_upstream("chat", answering("never"))
    assert KEY not in str(caught.value)
    lab.close()


def test_tunnel_that_cannot_be_run_is_said_and_leaves_nothing(monkeypatch, tmp_path):
    program = tmp_path / "awps-tunnel"
    program.write_text("#!/nowhere/node\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    lab = Lab("azure", ConnectionString.parse(AZURE))
    with pytest.raises(wpslab.LabError, match=r"awps-tunnel cannot be run \(.*\)\. Install awps-tunnel again\."):
        lab.attach_upstream("chat", answering("one"))
    assert threads() == []


# Beside nest_asyncio

NESTED = """
import asyncio, threading, nest_asyncio

nest_asyncio.apply()

import wpslab
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from websockets.asyncio.client import connect


async def endpoint(request):
    if request.method == "OPTIONS":
        return Response(headers={"WebHook-Allowed-Origin": "*"})
    return PlainTextResponse("hi") if "user" in request.headers["ce-type"] else Response()


async def cell():
    lab = wpslab.start()
    lab.attach_upstream("chat", Starlette(routes=[Route("/eventhandler", endpoint, methods=["OPTIONS", "POST"])]))

    async def talk():
        async with asyncio.timeout(10), connect(lab.emulator.client_access_url("chat"), proxy=None) as client:
            await client.send("hello")
            return await client.recv()

    print(await talk())
    print(asyncio.run(talk()))  # what nest_asyncio is for
    print(lab.explain().failure)
    lab.close()
    print(sorted(thread.name for thread in threading.enumerate() if "wpslab" in thread.name))


asyncio.run(cell())
"""


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="nest_asyncio breaks Python 3.14")
def test_app_is_attached_answers_and_ends_beside_nest_asyncio():
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", NESTED],
        capture_output=True,
        text=True,
        timeout=3 * PATIENCE,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n") == ["hi", "hi", "None", "[]", ""], done.stderr
    assert done.stderr == ""
