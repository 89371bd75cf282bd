"""Inside: looking into an emulator, and what only an emulator can do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, TypeVar

from ..core.errors import BadRequest, Conflict
from ..core.event_handler import EventHandler, EventListener
from ..core.failures import Failure
from ..core.hub import Hub
from ..core.service import Service
from ..core.settings import AnonymousConnectPolicy, HubSettings, UpstreamOptions
from ..core.snapshot import EmulatorSnapshot, take_snapshot
from ..core.trace_entry import TraceEntry
from ..protocols.cloudevents import event_data
from .loop import LoopClock
from .sites import Sites
from .thread import SiteThread

T = TypeVar("T")

TRACE_SIZE = 10_000


class Inside:
    """The part of an `Emulator` that hops onto its loop and comes back with plain values."""

    _clock: LoopClock
    _sites: Sites
    _thread: SiteThread | None

    @property
    def _service(self) -> Service:
        raise NotImplementedError

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

    def next_day(self) -> None:
        """Begin a new day for the messages that the SKU allows; the clock stays, and with it every access token."""
        self._call(lambda: self._service.quota.begin_day())

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
