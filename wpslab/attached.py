"""Attached: a learner's upstream server, on a thread of its own, and its registration as event handler of a hub."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from .connection_string import VARIABLES, ConnectionString
from .emulator import Emulator, EventHandler, HubSettings
from .emulator.core.errors import BadRequest
from .emulator.core.event_handler import SystemEventName, mask_query
from .emulator.core.names import hub_key
from .emulator.protocols.hub_settings import read_settings, write_settings
from .served import Served, ServedGone
from .server_log import EventKey, ServerLog, noting_events

if TYPE_CHECKING:
    from .upstream.server import UpstreamServer

TUNNEL_SECONDS = 1.0
"""How long a tunnel that is started is watched: one that cannot work ends at once."""

AZURE_NEEDS_A_TUNNEL = (
    "Azure cannot reach a server on your machine: an upstream needs a public address. The choices are: "
    "1. the emulator: start the lab without a connection string, and everything here runs as it is; "
    "2. awps-tunnel, Microsoft's own tunnel: install Node.js, run `npm install -g @azure/web-pubsub-tunnel-tool`, "
    "register tunnel:///eventhandler as event handler of the hub in the Azure portal, and run this cell again; "
    "3. deploy the server, for example as an Azure Functions app, and register its address with `az webpubsub hub "
    "create --event-handler`."
)


class TunnelError(Exception):
    """Tell why there is no tunnel from Azure to this machine, and what the choices are."""


class Registry(Protocol):
    """Where event handlers are registered: an emulator in this kernel, or one in another process."""

    def settings(self, hub: str) -> HubSettings:
        """Return the settings of a hub."""

    def configure(self, hub: str, settings: HubSettings) -> None:
        """Set the settings of a hub."""


class EmulatorRegistry:
    """The emulator in this kernel."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def settings(self, hub: str) -> HubSettings:
        """Return the settings of a hub."""
        return self._emulator.hub_settings(hub)

    def configure(self, hub: str, settings: HubSettings) -> None:
        """Set the event handlers of a hub."""
        self._emulator.configure_hub(hub, event_handlers=settings.event_handlers)


class ServedRegistry:
    """A `wpslab serve`."""

    def __init__(self, served: Served) -> None:
        self._served = served

    def settings(self, hub: str) -> HubSettings:
        """Return the settings of a hub."""
        return read_settings(self._served.hub_settings(hub))

    def configure(self, hub: str, settings: HubSettings) -> None:
        """Set the settings of a hub."""
        self._served.configure_hub(hub, write_settings(settings))


class AttachedUpstream:
    """An upstream server that runs, and gets the events of a hub.

    Attributes:
        hub: whose events it gets.
        url: where it listens, such as `http://127.0.0.1:54321`.
        url_template: with which it is registered.
    """

    def __init__(
        self, hub: str, server: UpstreamServer, url_template: str, log: ServerLog, end: Callable[[], None]
    ) -> None:
        self.hub = hub
        self.url = server.url
        self.url_template = url_template
        self._server = server
        self._log = log
        self._end = end
        self._detached = False

    def __repr__(self) -> str:
        if self._detached:
            return f"The upstream server of hub {self.hub} is detached."
        template = mask_query(self.url_template)
        return f"The upstream server of hub {self.hub} runs at {self.url}; its event handler is {template}"

    @property
    def log(self) -> str:
        """What the server and its handlers logged, tracebacks too; the last 100 entries."""
        return "\n".join(self._log.texts)

    @property
    def errors(self) -> dict[EventKey, str]:
        """What went wrong inside the server, in one line for each event, by connection id and `ce-id`."""
        return dict(self._log.errors)

    def detach(self) -> None:
        """Take the registration back and end the server. Detaching twice does nothing."""
        if not self._detached:
            self._detached = True
            try:
                self._end()
            finally:
                self._server.stop()
                self._log.close()


def make_handler(
    hub: str, path: str, user_event_pattern: str | None, system_events: Sequence[SystemEventName]
) -> EventHandler:
    """Return the event handler of a server that does not run yet: its URL template has no port.

    Raises:
        ValueError: an illegal hub name, path, pattern or system event.
    """
    try:
        hub_key(hub)
    except BadRequest as error:
        raise ValueError(str(error)) from error
    if not path.startswith("/"):
        raise ValueError(f"path begins with a slash, such as '/eventhandler', not {path!r}.")
    return EventHandler(f"http://127.0.0.1{path}", user_event_pattern, system_events)  # type: ignore[arg-type]


def attach(
    hub: str,
    app: Any,
    registry: Registry,
    handler: EventHandler,
    *,
    path: str,
    previous: AttachedUpstream | None = None,
) -> AttachedUpstream:
    """Run an ASGI app and register it, at the path on its port, before the hub's other event handlers.

    The previous server of the hub is replaced in one step, once the new one runs, so that no event is lost.
    """
    server, log = _start(app)
    handler = replace(handler, url_template=f"{server.url}{path}")
    try:
        before = registry.settings(hub)
        gone = None if previous is None else previous.url_template
        others = tuple(each for each in before.event_handlers if each.url_template != gone)
        registry.configure(hub, replace(before, event_handlers=(handler, *others)))
    except BaseException:
        server.stop()
        log.close()
        raise

    def end() -> None:
        # A service that has ended took the registration with it; the emulator in this kernel then says RuntimeError.
        with contextlib.suppress(ServedGone, RuntimeError):
            now = registry.settings(hub)
            others = tuple(each for each in now.event_handlers if each != handler)
            registry.configure(hub, replace(now, event_handlers=others))

    return AttachedUpstream(hub, server, handler.url_template, log, end)


def _start(app: Any) -> tuple[UpstreamServer, ServerLog]:
    from .upstream.server import UpstreamServer

    if not callable(app):
        raise TypeError(f"app is an ASGI application, not {app!r}.")
    server, log = UpstreamServer(noting_events(app)), ServerLog()
    try:
        server.start()
    except BaseException:
        log.close()
        raise
    log.thread_id = server.thread_id
    return server, log


def attach_by_tunnel(hub: str, app: Any, target: ConnectionString, *, path: str) -> AttachedUpstream:
    """Run an ASGI app and `awps-tunnel` in front of it, for a resource on Azure.

    Raises:
        TunnelError: awps-tunnel is not installed or cannot be run; the text says what to do.
    """
    command = shutil.which("awps-tunnel")
    if command is None:
        raise TunnelError(AZURE_NEEDS_A_TUNNEL)
    server, log = _start(app)
    end = contextlib.ExitStack()
    try:
        tunnel = _run_tunnel(command, hub, target, server.url)
        end.callback(_end_tunnel, tunnel)
        with contextlib.suppress(subprocess.TimeoutExpired):
            status = tunnel.wait(TUNNEL_SECONDS)
            raise TunnelError(
                f"awps-tunnel ended at once with status {status}. Run it in a terminal to see why: "
                f"awps-tunnel run --hub {hub} --endpoint {target.endpoint} --upstream {server.url}"
            )
    except BaseException:
        end.close()
        server.stop()
        log.close()
        raise
    return AttachedUpstream(hub, server, f"tunnel://{path}", log, end.close)


def _run_tunnel(command: str, hub: str, target: ConnectionString, url: str) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            [command, "run", "--hub", hub, "--endpoint", target.endpoint, "--upstream", url],
            env={**os.environ, VARIABLES[1]: target.text},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except OSError as error:
        raise TunnelError(f"{command} cannot be run ({error.strerror}). Install awps-tunnel again.") from error


def _end_tunnel(tunnel: subprocess.Popen[bytes]) -> None:
    tunnel.terminate()
    try:
        tunnel.wait(5)
    except subprocess.TimeoutExpired:
        tunnel.kill()
        tunnel.wait()
