"""Upstream sites: a bare upstream server, and the emulator with handlers there, each in a process of its own."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

from aiohttp import web

from wpslab.emulator import Emulator, EventHandler

from .server_process import child_process

EVENTS, CONNECT, PLAIN = "events", "connect", "plain"
"""Hubs: user events are handled, `connect` is handled, nothing is handled. Clients need no access token."""


@contextmanager
def site_process(name: str, *arguments: str) -> Iterator[str]:
    """Run a site, `upstream` or `emulator`, in a fresh interpreter; yield its URL."""
    command = [sys.executable, "-m", "benchmarks.upstream_sites", name, *arguments]
    with child_process(name, command) as (line, _):
        yield line.strip()


@dataclass
class _Upstream:
    """Answers every event with 204; one called `slow` not before `/release` is asked.

    Attributes:
        last: headers and body of the newest event.
    """

    last: tuple[dict[str, str], str] = ({}, "")
    held: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request."""
        if request.method == "POST":
            body = await request.read()
            self.last = (dict(request.headers), body.decode())
            if request.path.endswith("/slow"):
                self.held.set()
                await self.released.wait()
                self.released.clear()
            return web.Response(status=204)
        if request.method == "OPTIONS":
            return web.Response(headers={"WebHook-Allowed-Origin": "*"})
        if request.path == "/held":
            await self.held.wait()
            self.held.clear()
        elif request.path == "/release":
            self.released.set()
        return web.json_response(self.last)


@asynccontextmanager
async def _upstream() -> AsyncIterator[str]:
    runner = web.ServerRunner(web.Server(_Upstream().handle, access_log=None), shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _emulator(upstream: str) -> AsyncIterator[str]:
    template = f"{upstream}/eventhandler/{{event}}"
    async with Emulator(anonymous_hubs=(EVENTS, CONNECT, PLAIN)) as emulator:
        for hub in (EVENTS, CONNECT, PLAIN):
            # No keep-alive ping may fall between an event and its ack.
            emulator.configure_hub(hub, web_socket_keep_alive_interval_in_seconds=120)
        emulator.configure_hub(EVENTS, event_handlers=[EventHandler(url_template=template, user_event_pattern="*")])
        emulator.configure_hub(
            CONNECT, event_handlers=[EventHandler(url_template=template, system_events=("connect",))]
        )
        yield emulator.endpoint


async def _main(name: str, *arguments: str) -> None:
    async with _emulator(*arguments) if name == "emulator" else _upstream() as url:
        print(url, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
