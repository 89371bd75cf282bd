"""Upstreams: a scripted HTTP server that notes what an emulator sends it, byte by byte; and a stage with both."""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import InvalidStatus

from wpslab.emulator import Emulator, EventHandler, UpstreamOptions

from .sockets import JSON, WAIT, open_socket
from .target import HubUnderTest, Target
from .wire import Rest, upgrade_request

ALL_SYSTEM_EVENTS = ("connect", "connected", "disconnected")
MEBIBYTE = 1024 * 1024
REASONS = {200: "OK", 204: "No Content"}


@dataclass(eq=False)
class Call:
    """A request as it came. `gone` is set when the caller hangs up before it is answered."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def path(self):
        return urlsplit(self.target).path

    @property
    def query(self):
        return urlsplit(self.target).query

    @property
    def name(self):
        """The event's bare name."""
        return self["ce-eventName"]

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def names(self):
        """The names of all headers, in lower case."""
        return {name.lower() for name, _ in self.headers}

    def __getitem__(self, name):
        """Return a header that stands there at most once; None if it does not."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        assert len(values) <= 1, values
        return values[0] if values else None


@dataclass
class Answer:
    """What is answered: after `gate` is set, if there is one.

    `drop` hangs up instead. `announced` claims another length than the body has. `chunks` streams that many
    mebibytes. `silent` sends the headers, and never the body; `body_gate` sends the body once it is set.
    """

    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    gate: asyncio.Event | None = None
    drop: bool = False
    announced: int | None = None
    chunks: int = 0
    silent: bool = False
    body_gate: asyncio.Event | None = None


def answer(status=200, body=b"", content_type=None, *, state=None, headers=(), **rest):
    """Make an answer; a body that is no text and no bytes becomes JSON."""
    headers = list(headers)
    if not isinstance(body, str | bytes):
        body = json.dumps(body)
        content_type = content_type or "application/json"
    if content_type:
        headers.append(("Content-Type", content_type))
    if state is not None:
        headers.append(("ce-connectionState", state))
    return Answer(status, headers, body.encode() if isinstance(body, str) else body, **rest)


def text(body, **rest):
    """Make an answer of plain text."""
    return answer(200, body, "text/plain", **rest)


def consent(*origins, status=200, **rest):
    """Make an answer to a validation: one header line for each origin."""
    return Answer(status, [("WebHook-Allowed-Origin", origin) for origin in origins], **rest)


class ScriptedUpstream:
    """Answers by a script: for each method and path a list of answers, of which the last one stays.

    Without one, it consents to everything and accepts every event.
    """

    def __init__(self):
        self.calls = asyncio.Queue()
        self.log = []
        self.url = ""
        self._unread = []
        self._scripts = {}
        self._tasks = set()

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    async def __aexit__(self, *_):
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def on(self, method, path, *answers):
        """Answer requests to a path, whatever their query, with these, one after the other."""
        self._scripts[method, path] = list(answers)

    async def event(self, name=None):
        """Return the next event that came and was not returned yet, or the next one of this name."""
        return await self._next(lambda call: call.method == "POST" and name in (None, call.name))

    async def validation(self):
        """Return the next validation request that was not returned yet."""
        return await self._next(lambda call: call.method != "POST")

    def events(self, name=None):
        """Return every event so far."""
        return [call for call in self.log if call.method == "POST" and name in (None, call.name)]

    @property
    def validations(self):
        """Every validation request so far."""
        return [call for call in self.log if call.method != "POST"]

    async def _next(self, fits):
        async with asyncio.timeout(WAIT):
            while True:
                for call in self._unread:
                    if fits(call):
                        self._unread.remove(call)
                        return call
                self._unread.append(await self.calls.get())

    async def _serve(self, reader, writer):
        task = asyncio.current_task()
        self._tasks.add(task)
        try:
            while call := await self._read(reader):
                self.log.append(call)
                self.calls.put_nowait(call)
                if not await self._reply(call, self._pick(call), reader, writer):
                    return
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _read(self, reader):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return None
        first, *lines = head.decode("utf-8").split("\r\n")[:-2]
        method, target, version = first.split(" ")
        assert version == "HTTP/1.1"
        headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        length = int({name.lower(): value for name, value in headers}.get("content-length", 0))
        return Call(method, target, headers, await reader.readexactly(length))

    def _pick(self, call):
        script = self._scripts.get((call.method, call.path))
        if not script:
            return answer(204) if call.method == "POST" else consent("*")
        return script.pop(0) if len(script) > 1 else script[0]

    async def _reply(self, call, reply, reader, writer):
        """Answer; return whether the line can be used on."""
        if reply.gate is not None and not await self._opens(reply.gate, call, reader):
            return False
        if reply.drop:
            return False
        lines = [f"HTTP/1.1 {reply.status} {REASONS.get(reply.status, 'Other')}"]
        lines += [f"{name}: {value}" for name, value in reply.headers]
        if reply.chunks:
            lines.append("Transfer-Encoding: chunked")
        elif reply.status != 204:
            lines.append(f"Content-Length: {len(reply.body) if reply.announced is None else reply.announced}")
        writer.write("\r\n".join([*lines, "", ""]).encode())
        if reply.silent or reply.body_gate is not None:
            await writer.drain()
            if not await self._opens(reply.body_gate or asyncio.Event(), call, reader):
                return False
        if reply.chunks:
            for _ in range(reply.chunks):
                writer.write(b"%x\r\n%s\r\n" % (MEBIBYTE, bytes(MEBIBYTE)))
                await writer.drain()
            writer.write(b"0\r\n\r\n")
        else:
            writer.write(reply.body)
        await writer.drain()
        return reply.announced is None

    async def _opens(self, gate, call, reader):
        """Wait for the gate; return False, and note it, when the caller hangs up before."""
        opening = asyncio.ensure_future(gate.wait())
        leaving = asyncio.ensure_future(reader.read(1))
        try:
            await asyncio.wait((opening, leaving), return_when=asyncio.FIRST_COMPLETED)
            if leaving.done():
                call.gone.set()
                return False
            return True
        finally:
            for waiting in (opening, leaving):
                waiting.cancel()
            await asyncio.gather(opening, leaving, return_exceptions=True)


class Stage:
    """An emulator, a hub on it, and the upstream server that the hub's events go to."""

    def __init__(self, emulator, upstream, hub):
        self.emulator = emulator
        self.upstream = upstream
        self.hub = hub

    def handler(self, path="/{event}", user_event_pattern="*", system_events=ALL_SYSTEM_EVENTS, **rest):
        """Make a handler at the upstream server."""
        return EventHandler(self.upstream.url + path, user_event_pattern, tuple(system_events), **rest)

    def handle(self, *handlers, hub=None, **settings):
        """Give the hub its handlers; by default one that takes everything, with the event's name as its path."""
        handlers = handlers or (self.handler(),)
        self.emulator.configure_hub(hub or self.hub.name, event_handlers=handlers, **settings)

    def configure(self, **options):
        """Change options, beginning with the short ones."""
        short = UpstreamOptions.short()
        known = {name: getattr(short, name) for name in ("retry_delays", "event_timeout", "validation_timeout")}
        self.emulator.configure_upstream(UpstreamOptions(**(known | options)))

    def another_hub(self):
        """Return one more hub."""
        return closing(HubUnderTest(self.hub.target))

    async def settle(self):
        """Wait until no notification is on its way."""
        assert await asyncio.to_thread(self.emulator.settle, WAIT)

    async def is_rejected(self, url=None, subprotocols=None, **token):
        """Connect a client that must not come in; return status and body of the answer to its handshake."""
        with pytest.raises(InvalidStatus) as refused:
            async with open_socket(url or self.hub.url(**token), subprotocols):
                pass
        response = refused.value.response
        return response.status_code, (response.body or b"").decode()

    @property
    def failure(self):
        """The newest failure."""
        return self.emulator.failures[-1]

    @property
    def kinds(self):
        """The kinds of all failures, oldest first."""
        return [failure.kind.value for failure in self.emulator.failures]

    def traced(self, what):
        """Return the details of what the trace has under this name."""
        return [entry.detail for entry in self.emulator.trace if entry.what == what]

    async def until_traced(self, what, count=1):
        """Wait until the trace has this many entries under a name."""
        async with asyncio.timeout(WAIT):
            while len(self.traced(what)) < count:
                await asyncio.sleep(0.01)
        return self.traced(what)

    async def rest(self, method, path, **rest):
        """Call the service's REST API."""
        return await asyncio.to_thread(Rest(self.hub.target, self.hub.name).call, method, path, **rest)


@asynccontextmanager
async def knocking(url, subprotocol=JSON):
    """Send a handshake, and yield where its answer is read; nothing is waited for."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        writer.write(upgrade_request(parts, subprotocol))
        await writer.drain()
        yield reader
    finally:
        writer.transport.abort()


def only_for_emulators(request):
    """Skip a test when it is run against Azure: that cannot reach a server on this machine."""
    if request.config.getoption("--azure", default=False):
        pytest.skip("needs an emulator: Azure cannot reach an upstream server on this machine")


class _Errors(logging.Handler):
    """Keeps what is logged as an error: whatever clients and upstream servers do, it is none of the emulator's."""

    def __init__(self):
        super().__init__(logging.ERROR)
        self.seen = []

    def emit(self, record):
        self.seen.append(logging.Formatter().format(record))


@asynccontextmanager
async def new_stage(request, *, hub_name=None, **options):
    """Run an emulator with short waits, and an upstream server that outlives it."""
    only_for_emulators(request)
    errors = _Errors()
    loggers = [logging.getLogger(name) for name in ("wpslab", "asyncio", "aiohttp")]
    for logger in loggers:
        logger.addHandler(errors)
    try:
        async with ScriptedUpstream() as upstream:
            async with Emulator(upstream_options=UpstreamOptions.short(), **options) as emulator:
                target = Target(emulator.connection_string, emulator)
                loop = emulator._thread.loop
                with closing(HubUnderTest(target, hub_name or f"conf_{uuid.uuid4().hex[:10]}")) as hub:
                    yield Stage(emulator, upstream, hub)
            assert asyncio.all_tasks(loop) == set()
    finally:
        for logger in loggers:
            logger.removeHandler(errors)
    assert errors.seen == []
