"""Lab: which Web PubSub answers in this kernel, where it lives, and how all of it ends."""

from __future__ import annotations

import atexit
import inspect
import os
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from .background import Background, raise_all
from .card import card_html, card_text
from .connection_string import VARIABLES, ConnectionString
from .emulator import Emulator, Failure, UpstreamOptions
from .errors import LabError
from .managed import Backend, Managed
from .probe import ProbeError, probe
from .served import Served, ServedError

if TYPE_CHECKING:
    from .attached import AttachedUpstream
    from .emulator.core.event_handler import SystemEventName
    from .explain import Explanation
    from .translator import AzureTranslator, Translator
    from .watch import Watch

CLOSE_TIMEOUT = 10.0
SETTLE_TIMEOUT = 2.0

_start_lock = threading.Lock()
_running: list[Lab] = []  # the kernel's one lab: a cell that is run again must find it


class Lab(Managed):
    """The Web PubSub of this kernel. Made by `start`.

    Attributes:
        backend: `emulator` (in this kernel), `served` (a `wpslab serve`) or `azure`.
    """

    def __init__(self, backend: Backend, target: ConnectionString, emulator: Emulator | None = None) -> None:
        super().__init__(backend, target, emulator)
        self._upstreams: dict[str, AttachedUpstream] = {}
        self._background: Background | None = None
        self._translator: AzureTranslator | Translator | None = None
        self._on_close: list[Callable[[], Awaitable[None] | None]] = []
        self._closed = False
        self._watch: Watch | None = None

    def __repr__(self) -> str:
        return card_text(closed=self._closed)

    def __str__(self) -> str:
        return f"<Lab on {self.backend} at {self.endpoint}, AccessKey=***>"

    def _repr_html_(self) -> str:
        return card_html(self.backend, self.endpoint, closed=self._closed)

    @property
    def emulator(self) -> Emulator:
        """The emulator in this kernel, for what only an emulator can do.

        Raises:
            LabError: another service answers.
        """
        if self._emulator is None:
            raise LabError(
                f"lab.emulator is only there when the service runs in this kernel; here {self.endpoint} answers."
            )
        return self._emulator

    @property
    def background(self) -> Background:
        """The lab's own loop thread, started on first use.

        Raises:
            LabError: the lab is closed.
        """
        self._check_open()
        if self._background is None:
            self._background = Background()
        return self._background

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

    @property
    def translator(self) -> AzureTranslator | Translator:
        """The Azure AI Translator: Azure's where TRANSLATOR_KEY and the like are set, else one on this machine.

        Started on first use, and ended by `close`; its repr says which one answers.

        Raises:
            LabError: the lab is closed, or not all of TRANSLATOR_KEY, TRANSLATOR_ENDPOINT and TRANSLATOR_REGION are set.
        """
        self._check_open()
        if self._translator is None:
            from .translator import find_translator

            try:
                self._translator = find_translator()
            except ValueError as error:
                raise LabError(str(error)) from error
            self.on_close(self._translator.stop)
        return self._translator

    def explain(self, connection_id: str | None = None) -> Explanation:
        """Say in plain sentences why the newest connection or event failed, and what to change.

        Args:
            connection_id: of the connection that is meant; by default any.

        Raises:
            LabError: the lab is closed, or its service is gone.
        """
        from .explain import ON_AZURE, Explanation, explain

        self._check_open()
        if self.backend == "azure":
            return Explanation(ON_AZURE)
        errors: dict[tuple[str, str], str] = {}
        for attached in self._upstreams.values():
            errors |= attached.errors
        if self._emulator is not None:
            try:
                self._emulator.settle(SETTLE_TIMEOUT)
                return explain(self._emulator.failures, connection_id, errors, self._emulator.time)
            except RuntimeError as error:
                raise LabError(str(error)) from error
        try:
            failures = msgspec.json.decode(Served(self._target).failures(), type=list[Failure])
        except ServedError as error:
            raise LabError(str(error)) from error
        if self._upstreams:  # others share the service, and their failures are none of this lab's
            failures = [each for each in failures if each.hub is None or each.hub in self._upstreams]
        return explain(failures, connection_id, errors, time.time())

    def watch(self) -> Watch:
        """Return what maps and inspectors read, one for the whole lab: what happens in the service.

        Raises:
            LabError: the lab is closed, or its service is gone.
        """
        from .watch import watch

        self._check_open()
        if self._watch is None:
            self._watch = watch(self.backend, self._target, self._emulator)
        return self._watch

    def on_close(self, callback: Callable[[], Awaitable[None] | None]) -> None:
        """Have a function, or a coroutine function on the background loop, run by `close`, the newest first."""
        self._on_close.append(callback)

    def close(self) -> None:
        """End everything the lab started. Closing twice does nothing.

        Raises:
            Exception: what a background task failed with and nobody asked about, once all is ended.
        """
        if self._closed:
            return
        errors: list[BaseException] = []
        atexit.unregister(self._detach_all)
        while self._on_close:
            _collect(errors, self._run_callback, self._on_close.pop())
        if self._background is not None:
            self._background.close()
            _collect(errors, self._background.raise_errors)
        if self._emulator is not None:
            self._emulator.stop()
        self._closed = True
        if self in _running:
            _running.remove(self)
        raise_all(errors)

    def raise_errors(self) -> None:
        """Raise what a background task failed with and nobody asked about."""
        if self._background is not None:
            self._background.raise_errors()

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
            _collect(errors, self._upstreams.popitem()[1].detach)
        raise_all(errors)

    def _run_callback(self, callback: Callable[[], Awaitable[None] | None]) -> None:
        if inspect.iscoroutinefunction(callback):
            self.background.submit(callback()).result(CLOSE_TIMEOUT)
        else:
            callback()


def _collect(errors: list[BaseException], function: Callable[..., Any], *args: Any) -> None:
    # One failing callback must not keep the others, or the emulator, from ending; close() raises it afterwards.
    try:
        function(*args)
    except Exception as error:  # noqa: BLE001
        errors.append(error)


def start(connection_string: str | None = None) -> Lab:
    """Return this kernel's lab, started if there is none.

    Args:
        connection_string: of an Azure Web PubSub resource or of a `wpslab serve`. By default the environment
            variable WEBPUBSUB_CONNECTION_STRING (or WebPubSubConnectionString) is asked, and if none is set, an
            emulator starts in this kernel.

    Raises:
        LabError: the connection string is malformed, nobody answers there, its key is wrong, or another lab runs.
        Exception: what a background task of the running lab failed with and nobody asked about.
    """
    with _start_lock:
        text, source = _configured(connection_string)
        if _running:
            lab = _running[0]
            lab.raise_errors()
            if text is not None and text.strip() != lab.connection_string:
                raise LabError(
                    f"A lab runs already, on {lab.endpoint}, and {source} names another service. "
                    "End the running one with lab.close() first."
                )
            return lab
        lab = _start_emulator() if text is None else _connect(text, source)
        _running.append(lab)
    _load_magics()
    return lab


def _load_magics() -> None:
    """Bring `%az` where this is a kernel or an IPython; elsewhere nothing is loaded."""
    if (ipython := sys.modules.get("IPython")) is not None and (shell := ipython.get_ipython()) is not None:
        shell.extension_manager.load_extension("wpslab")


def _configured(argument: str | None) -> tuple[str | None, str]:
    if argument is not None:
        return argument, "the argument of wpslab.start()"
    for variable in VARIABLES:
        if value := os.environ.get(variable):
            return value, f"the environment variable {variable}"
    return None, ""


def _start_emulator() -> Lab:
    emulator = Emulator(upstream_options=UpstreamOptions.short(), unit_count=1).start()
    return Lab("emulator", ConnectionString.parse(emulator.connection_string), emulator)


def _connect(text: str, source: str) -> Lab:
    try:
        target = ConnectionString.parse(text)
        is_served = probe(target)
    except (ValueError, ProbeError) as error:
        raise LabError(f"The connection string in {source} cannot be used: {error}") from error
    return Lab("served" if is_served else "azure", target)
