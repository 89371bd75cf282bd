"""Host: an emulator on a thread and an event loop of its own."""

from __future__ import annotations

import asyncio
import atexit
import secrets
import weakref
from collections.abc import Iterable
from ssl import SSLContext
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from ..core.errors import BadRequest
from ..core.event_handler import EventHandler
from ..core.management import Management
from ..core.service import Service
from ..core.settings import UpstreamOptions
from ..core.skus import sku_of
from ..core.tokens import client_access_url
from .account import Account
from .delivery import Delivery
from .inside import TRACE_SIZE, Inside
from .loop import LoopClock
from .sites import Sites
from .thread import SiteThread

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
NOT_STARTED = "The emulator is not running: call start() first."


class Emulator(Inside):
    """Azure Web PubSub on this machine, for `with`, `async with`, or `start()` and `stop()`.

    Any number of them may run side by side in one process. Every method may be called from any thread.

    From the start it has one resource, which all of this is about. The management side, at `management`, can make more.

    Args:
        hubs: names of hubs that exist from the start; others come to be by use.
        anonymous_hubs: hubs that let clients in without an access token.
        access_key: the primary key, at least 32 bytes; fresh and random by default.
        host: the address to listen on.
        port: default 0, a free one.
        allow_remote_clients: must be true for a host that is not loopback.
        trace: whether what happens is remembered for `trace`.
        event_handlers: of every hub, until the hub's own settings say otherwise.
        upstream_options: how upstream servers are dealt with; `UpstreamOptions.short()` waits less than Azure does.
        sku, unit_count: what the resource is bought as; the default has room for 100,000 connections.

    Raises:
        ValueError: an illegal value.
        TypeError: hubs are one text instead of several.
    """

    def __init__(
        self,
        *,
        hubs: Iterable[str] = (),
        anonymous_hubs: Iterable[str] = (),
        access_key: str | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        allow_remote_clients: bool = False,
        trace: bool = True,
        event_handlers: Iterable[EventHandler] = (),
        upstream_options: UpstreamOptions | None = None,
        sku: str = "Standard_S1",
        unit_count: int = 100,
    ) -> None:
        if host not in LOOPBACK and not allow_remote_clients:
            raise ValueError(f"{host} is no loopback address. If others shall reach it, set allow_remote_clients=True.")
        if not 0 <= port <= 65535:
            raise ValueError(f"A port is 0 to 65535, not {port}.")
        if isinstance(hubs, str) or isinstance(anonymous_hubs, str):
            raise TypeError("Hubs are given as a list of names, such as hubs=['chat'].")
        try:
            bought = sku_of(sku, unit_count)
        except BadRequest as error:
            raise ValueError(str(error)) from error
        self._clock = LoopClock()
        first = self._new_service(trace, upstream_options, access_key=access_key, event_handlers=tuple(event_handlers))
        self._account = Account(self._clock, first, bought, lambda: self._new_service(trace, upstream_options))
        self._sites = Sites(host, port, self._account)
        self._thread: SiteThread | None = None
        for hub in hubs:
            self._configure_hub(hub, {})
        for hub in anonymous_hubs:
            self._configure_hub(hub, {"anonymous_connect_policy": "allow"})

    def __repr__(self) -> str:
        if not self.running:
            return "<Emulator not running, AccessKey=***>"
        try:
            return f"<Emulator at {self.endpoint}, AccessKey=***>"
        except RuntimeError:
            return "<Emulator whose own resource was deleted>"

    # Starting and stopping

    def start(self) -> Self:
        """Start, and return once clients can connect.

        Raises:
            RuntimeError: it was started before; an emulator runs once.
            OSError: the port is taken.
        """
        if self._thread is not None:
            raise RuntimeError("An emulator is started once; make a new one.")
        self._thread = SiteThread(self._sites, self._clock)
        self._thread.start()
        atexit.register(_stop, weakref.ref(self))
        return self

    def stop(self) -> None:
        """Close every client, free the port, end the thread. Stopping twice does nothing."""
        if self._thread is not None:
            self._thread.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.start)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.stop)

    @property
    def running(self) -> bool:
        """Whether clients can connect now."""
        return self._thread is not None and self._thread.running

    # Where it is

    @property
    def port(self) -> int:
        """The port it listens on. Raises RuntimeError while it does not run."""
        port = urlsplit(self.endpoint).port
        assert port is not None
        return port

    @property
    def endpoint(self) -> str:
        """Where it answers, as `http://127.0.0.1:54321`. Raises RuntimeError while it does not run."""
        if self._thread is None or self._thread.port == 0:
            raise RuntimeError(NOT_STARTED)
        return self._account.resource.endpoint

    @property
    def access_key(self) -> str:
        """The primary access key."""
        return self._service.keys.primary

    @property
    def secondary_access_key(self) -> str:
        """The secondary access key, as good as the primary one."""
        return self._service.keys.secondary

    @property
    def connection_string(self) -> str:
        """What official SDKs are given. It holds the access key."""
        return f"Endpoint={self.endpoint};AccessKey={self.access_key};Version=1.0;"

    @property
    def management(self) -> Management:
        """Where resource groups and resources are made, and the token for it. Raises RuntimeError as `endpoint`."""
        if self._thread is None:
            raise RuntimeError(NOT_STARTED)
        return self._account.management

    def open_secure_port(self, tls: SSLContext, port: int = 0) -> int:
        """Let the real Azure CLI in, over https on this machine only; return the port, which is open until the end.

        It signs everybody in and takes any bearer token, as the CLI keeps its tokens longer than an emulator lives.

        Args:
            tls: with a certificate for localhost and 127.0.0.1.
            port: default 0, a free one.

        Raises:
            OSError: the port is taken.
        """
        return self._running().wait_for(self._sites.open_secure(tls, port))

    def client_access_url(
        self,
        hub: str,
        *,
        user_id: str | None = None,
        roles: Iterable[str] = (),
        groups: Iterable[str] = (),
        minutes: int = 60,
    ) -> str:
        """Return a URL with an access token, with which a client connects."""
        return client_access_url(
            self.endpoint,
            self.access_key,
            hub,
            now=self._clock.time(),
            minutes=minutes,
            user_id=user_id,
            roles=roles,
            groups=groups,
        )

    @property
    def _service(self) -> Service:
        return self._account.service

    def _new_service(self, trace: bool, upstream_options: UpstreamOptions | None, **options: Any) -> Service:
        return Service(
            Delivery(),
            clock=self._clock,
            new_id=lambda: secrets.token_hex(16),
            trace_size=TRACE_SIZE if trace else 0,
            upstream_options=upstream_options,
            **options,
        )


def _stop(reference: weakref.ref[Emulator]) -> None:
    emulator = reference()
    if emulator is not None:
        emulator.stop()
