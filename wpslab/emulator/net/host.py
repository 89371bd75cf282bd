"""Host: an emulator on a thread and an event loop of its own."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import secrets
import threading
import weakref
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import replace
from types import TracebackType
from typing import Self, TypeVar

from ..core.errors import BadRequest
from ..core.hub import AnonymousConnectPolicy
from ..core.service import Service
from ..core.snapshot import EmulatorSnapshot, take_snapshot
from ..core.tokens import client_access_url
from ..core.trace import TraceEntry
from .delivery import Delivery
from .loop import LoopClock, UnpatchedLoop
from .site import Site

T = TypeVar("T")

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
TRACE_SIZE = 10_000


class Emulator:
    """Azure Web PubSub on this machine, for `with`, `async with`, or `start()` and `stop()`.

    Any number of them may run side by side in one process. Every method may be called from any thread.

    Args:
        hubs: names of hubs that exist from the start; others come to be by use.
        anonymous_hubs: hubs that let clients in without an access token.
        access_key: the primary key, at least 32 bytes; fresh and random by default.
        host: the address to listen on.
        port: default 0, a free one.
        allow_remote_clients: must be true for a host that is not loopback.
        trace: whether what happens is remembered for `trace`.

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
    ) -> None:
        if host not in LOOPBACK and not allow_remote_clients:
            raise ValueError(f"{host} is no loopback address. If others shall reach it, set allow_remote_clients=True.")
        if not 0 <= port <= 65535:
            raise ValueError(f"A port is 0 to 65535, not {port}.")
        if isinstance(hubs, str) or isinstance(anonymous_hubs, str):
            raise TypeError("Hubs are given as a list of names, such as hubs=['chat'].")
        self._host = host
        self._port = 0
        self._clock = LoopClock()
        self._loop: UnpatchedLoop | None = None
        self._service = Service(
            Delivery(),
            clock=self._clock,
            new_id=lambda: secrets.token_hex(16),
            access_key=access_key,
            trace_size=TRACE_SIZE if trace else 0,
        )
        self._site = Site(self._service, host, port)
        self._thread: threading.Thread | None = None
        for hub in hubs:
            self._configure_hub(hub, None, None)
        for hub in anonymous_hubs:
            self._configure_hub(hub, "allow", None)

    def __repr__(self) -> str:
        state = f"at {self.endpoint}" if self.running else "not running"
        return f"<Emulator {state}, AccessKey=***>"

    # Starting and stopping

    def start(self) -> Self:
        """Start, and return once clients can connect.

        Raises:
            RuntimeError: it was started before; an emulator runs once.
            OSError: the port is taken.
        """
        if self._thread is not None:
            raise RuntimeError("An emulator is started once; make a new one.")
        self._loop = UnpatchedLoop()
        self._clock.run_on(self._loop)
        started: Future[None] = Future()
        self._thread = threading.Thread(
            target=self._run, args=(self._loop, started), name="wpslab-emulator", daemon=True
        )
        self._thread.start()
        try:
            started.result()
        except BaseException:
            self._thread.join()
            raise
        atexit.register(_stop, weakref.ref(self))
        return self

    def stop(self) -> None:
        """Close every client, free the port, end the thread. Stopping twice does nothing."""
        if self._thread is None or self._loop is None:
            return
        with contextlib.suppress(RuntimeError):  # the loop is closed already
            self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

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
        return self._thread is not None and self._thread.is_alive() and self._port != 0

    # Where it is

    @property
    def port(self) -> int:
        """The port it listens on. Raises RuntimeError while it does not run."""
        if self._port == 0:
            raise RuntimeError("The emulator is not running: call start() first.")
        return self._port

    @property
    def endpoint(self) -> str:
        """Where it answers, as `http://127.0.0.1:54321`."""
        host = "127.0.0.1" if self._host in ("0.0.0.0", "::") else self._host
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def access_key(self) -> str:
        """The primary access key."""
        return self._service.primary_key

    @property
    def secondary_access_key(self) -> str:
        """The secondary access key, as good as the primary one."""
        return self._service.secondary_key

    @property
    def connection_string(self) -> str:
        """What official SDKs are given. It holds the access key."""
        return f"Endpoint={self.endpoint};AccessKey={self.access_key};Version=1.0;"

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
        return self._call(self._service.trace.entries)

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
    ) -> None:
        """Change settings of a hub, made now if there was none; what is None stays as it is.

        Raises:
            ValueError: an illegal hub name, or a value the service does not know.
        """
        self._call(
            lambda: self._configure_hub(name, anonymous_connect_policy, web_socket_keep_alive_interval_in_seconds)
        )

    def _configure_hub(self, name: str, policy: AnonymousConnectPolicy | None, keep_alive: int | None) -> None:
        try:
            hub = self._service.hub(name)
        except BadRequest as error:
            raise ValueError(str(error)) from error
        settings = hub.settings
        if policy is not None:
            settings = replace(settings, anonymous_connect_policy=policy)
        if keep_alive is not None:
            settings = replace(settings, web_socket_keep_alive_interval_in_seconds=keep_alive)
        hub.settings = settings

    def _call(self, function: Callable[[], T]) -> T:
        """Run a function on the emulator's own loop and return what it returns: core objects have one owner."""
        if not self.running or self._loop is None:
            raise RuntimeError("The emulator is not running.")
        if threading.current_thread() is self._thread:
            return function()
        result: Future[T] = Future()

        def run() -> None:
            try:
                result.set_result(function())
            except BaseException as error:  # noqa: BLE001 - handed to the caller's thread
                result.set_exception(error)

        self._loop.call_soon_threadsafe(run)
        return result.result()

    # The thread

    def _run(self, loop: UnpatchedLoop, started: Future[None]) -> None:
        asyncio.set_event_loop(loop)
        try:
            try:
                self._port = loop.run_until_complete(self._site.open())
            except BaseException as error:  # noqa: BLE001 - handed to the thread that called start
                started.set_exception(error)
                return
            started.set_result(None)
            loop.run_forever()
            loop.run_until_complete(self._site.close())
        finally:
            self._port = 0
            loop.run_until_complete(loop.shutdown_asyncgens())
            asyncio.set_event_loop(None)
            loop.close()


def _stop(reference: weakref.ref[Emulator]) -> None:
    emulator = reference()
    if emulator is not None:
        emulator.stop()
