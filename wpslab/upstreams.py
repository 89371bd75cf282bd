"""Upstreams: the learner's upstream servers that run beside a lab, and their registration as event handlers."""

from __future__ import annotations

import atexit
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from .background import collect, raise_all
from .connection_string import ConnectionString
from .emulator import Emulator
from .errors import LabError
from .managed import Backend, Managed
from .served import Served, ServedError

if TYPE_CHECKING:
    from .attached import AttachedUpstream
    from .emulator.core.event_handler import SystemEventName


class WithUpstreams(Managed):
    """The part of a lab that runs upstream servers."""

    def __init__(self, backend: Backend, target: ConnectionString, emulator: Emulator | None) -> None:
        super().__init__(backend, target, emulator)
        self._upstreams: dict[str, AttachedUpstream] = {}
        self._on_close: list[Callable[[], Awaitable[None] | None]] = []
        self._closed = False

    def on_close(self, callback: Callable[[], Awaitable[None] | None]) -> Callable[[], None]:
        """Have a function, or a coroutine function on the background loop, run by `close`, the newest first.

        Call what is returned to have it forgotten.
        """
        self._on_close.append(callback)

        def forget() -> None:
            if callback in self._on_close:
                self._on_close.remove(callback)

        return forget

    def attach_upstream(
        self,
        hub: str,
        app: Any,
        *,
        path: str = "/eventhandler",
        user_event_pattern: str | None = "*",
        system_events: Sequence[SystemEventName] = ("connect", "connected", "disconnected"),
    ) -> AttachedUpstream:
        """Run an ASGI app as upstream server of a hub, on a thread of its own and a free port, until the lab closes.

        A second one for the same hub takes the place of the first.

        Args:
            hub: whose events it gets.
            app: any ASGI app: a Starlette or FastAPI app, or a WebPubSubEventHandler.
            path: where the app takes events; `{event}` and `{hub}` in it are replaced.
            user_event_pattern: `*`, names with commas between, or None for no user events.
            system_events: which of `connect`, `connected`, `disconnected`.

        Raises:
            LabError: the service cannot reach this machine; the text says what the choices are.
            ValueError: an illegal value.
            TypeError: no ASGI app.
            RuntimeError: the app failed to start. After each of these, what ran before still runs, but on Azure, where
                one tunnel makes room for the next.
        """
        from .attached import (
            EmulatorRegistry,
            ServedRegistry,
            TunnelError,
            attach,
            attach_by_tunnel,
            make_handler,
        )

        self._check_open()
        handler = make_handler(hub, path, user_event_pattern, system_events)
        previous = self._upstreams.get(hub.lower())
        try:
            if self.backend == "azure":
                if previous is not None:  # one tunnel at a time
                    previous.detach()
                attached = attach_by_tunnel(hub, app, self._target, path=path)
            else:
                registry = EmulatorRegistry(self._emulator) if self._emulator else ServedRegistry(self._served())
                attached = attach(hub, app, registry, handler, path=path, previous=previous)
        except (TunnelError, ServedError) as error:
            raise LabError(str(error)) from error
        if self._detach_all not in self._on_close:
            self.on_close(self._detach_all)
            atexit.register(self._detach_all)
        self._upstreams[hub.lower()] = attached
        if previous is not None:
            previous.detach()
        return attached

    def upstream_log(self, hub: str) -> str:
        """Return what the attached server of a hub and its handlers logged, tracebacks too; the last 100 entries."""
        attached = self._upstreams.get(hub.lower())
        return attached.log if attached is not None else ""

    def _check_open(self) -> None:
        if self._closed:
            raise LabError(
                "This lab is closed. Run the cell with wpslab.start() again, and then the cells that use it."
            )

    def _served(self) -> Served:
        served = Served(self._target)
        if not served.is_on_this_machine:
            raise LabError(
                f"{self.endpoint} is another machine and cannot reach a server on this one. "
                "Start the lab without a connection string, or run the server where that machine reaches it "
                "and register it there: wpslab serve --event-handler."
            )
        return served

    def _detach_all(self) -> None:
        errors: list[BaseException] = []
        while self._upstreams:
            collect(errors, self._upstreams.popitem()[1].detach)
        raise_all(errors)
