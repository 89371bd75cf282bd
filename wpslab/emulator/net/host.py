"""Host: an emulator on a thread and an event loop of its own."""

from __future__ import annotations

import asyncio
import atexit
import secrets
import weakref
from collections.abc import Callable, Iterable
from dataclasses import replace
from ssl import SSLContext
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

from ..core.errors import BadRequest, Conflict
from ..core.event_handler import EventHandler, EventListener
from ..core.failures import Failure
from ..core.hub import Hub
from ..core.management import Management
from ..core.service import Service
from ..core.settings import AnonymousConnectPolicy, HubSettings, UpstreamOptions
from ..core.skus import sku_of
from ..core.snapshot import EmulatorSnapshot, take_snapshot
from ..core.tokens import client_access_url
from ..core.trace_entry import TraceEntry
from ..protocols.cloudevents import event_data
from .account import Account
from .delivery import Delivery
from .loop import LoopClock
from .sites import Sites
from .thread import SiteThread

T = TypeVar("T")

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
TRACE_SIZE = 10_000
NOT_STARTED = "The emulator is not running: call start() first."


class Emulator:
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

    # Looking inside, and what only an emulator can do

    def snapshot(self) -> EmulatorSnapshot:
        """Return what hubs and connections there are now, as plain values."""
        return self._call(lambda: take_snapshot(self._service))

    @property
    def trace(self) -> list[TraceEntry]:
        """What happened, oldest first; the last 10,000 things."""
        return self.trace_since(0, TRACE_SIZE)

    @property
    def is_traced(self) -> bool:
        """Whether what happens is remembered for `trace`."""
        return self._service.trace.enabled

    def trace_since(self, number: int, limit: int = 1000) -> list[TraceEntry]:
        """Return what happened after the entry with this number, the oldest first, at most `limit`; 0 begins anew.

        A number that was never given counts as 0: it is from another service. Cheap where little is new.
        """
        records = self._call(lambda: self._service.trace.records_since(number, limit))
        return [record.entry() for record in records]  # on the caller's thread: the service has other things to do

    @property
    def time(self) -> float:
        """What time it is for the emulator, in seconds since the epoch; `advance` moves it."""
        return self._clock.time()

    def advance(self, seconds: float) -> None:
        """Move the emulator's clock forward: tokens expire, keep-alive pings are sent.

        Raises:
            ValueError: `seconds` is negative.
        """
        self._call(lambda: self._clock.advance(seconds))

    def configure_hub(
        self,
        name: str,
        *,
        anonymous_connect_policy: AnonymousConnectPolicy | None = None,
        web_socket_keep_alive_interval_in_seconds: int | None = None,
        event_handlers: Iterable[EventHandler] | None = None,
        event_listeners: Iterable[EventListener] | None = None,
    ) -> None:
        """Change settings of a hub, made now if there was none; what is None stays as it is.

        They count from the next event on, also for clients that are connected. Event handlers are asked in their
        order, and the first that takes an event gets it.

        Raises:
            ValueError: an illegal hub name, or a value the service does not know. Nothing is changed then.
        """
        changes = {
            "anonymous_connect_policy": anonymous_connect_policy,
            "web_socket_keep_alive_interval_in_seconds": web_socket_keep_alive_interval_in_seconds,
            "event_handlers": None if event_handlers is None else tuple(event_handlers),
            "event_listeners": None if event_listeners is None else tuple(event_listeners),
        }
        self._call(lambda: self._configure_hub(name, changes))

    def configure_upstream(self, options: UpstreamOptions) -> None:
        """Change how upstream servers are dealt with, from the next event on.

        A lab begins with `UpstreamOptions.short()`; `UpstreamOptions()` has the waits of Azure.
        """
        self._call(lambda: setattr(self._service.upstream, "options", options))

    def hub_settings(self, name: str) -> HubSettings:
        """Return the settings of a hub.

        Raises:
            ValueError: an illegal hub name.
        """
        return self._call(lambda: self._look_up(name).settings)

    def events_of(self, fully_qualified_namespace: str, event_hub_name: str) -> list[dict[str, Any]]:
        """Return what event listeners sent to an event hub, oldest first: AMQP properties and the body."""
        event_hubs = self._service.upstream.event_hubs
        return self._call(
            lambda: [event_data(each) for each in event_hubs.events(fully_qualified_namespace, event_hub_name)]
        )

    @property
    def failures(self) -> list[Failure]:
        """The connections and events that failed, oldest first; the last 100."""
        return self._call(lambda: list(self._service.trace.failures))

    def settle(self, seconds: float = 5.0) -> bool:
        """Wait until no `connected` or `disconnected` event is on its way; return whether that came true in time."""
        return self._running().wait_for(self._sites.webhooks(self._service).settle(seconds))

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

    def _look_up(self, name: str) -> Hub:
        try:
            return self._service.look_up(name)
        except BadRequest as error:
            raise ValueError(str(error)) from error

    def _configure_hub(self, name: str, changes: dict[str, Any]) -> None:
        settings = self._look_up(name).settings
        settings = replace(settings, **{key: value for key, value in changes.items() if value is not None})
        try:
            self._service.configure(name, settings)
        except Conflict as error:
            raise ValueError(str(error)) from error

    def _call(self, function: Callable[[], T]) -> T:
        """Run a function on the emulator's own loop and return what it returns."""
        return self._running().call(function)

    def _running(self) -> SiteThread:
        if self._thread is None or not self._thread.running:
            raise RuntimeError("The emulator is not running.")
        return self._thread


def _stop(reference: weakref.ref[Emulator]) -> None:
    emulator = reference()
    if emulator is not None:
        emulator.stop()
