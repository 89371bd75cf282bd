"""Lab: which Web PubSub answers in this kernel, where it lives, and how all of it ends."""

from __future__ import annotations

import atexit
import inspect
import os
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import msgspec

from .background import Background, collect, raise_all
from .card import card_html, card_text
from .connection_string import VARIABLES, ConnectionString
from .emulator import Emulator, Failure, UpstreamOptions
from .errors import LabError
from .managed import Backend
from .probe import ProbeError, probe
from .served import Served, ServedError
from .upstreams import WithUpstreams

if TYPE_CHECKING:
    from .explain import Explanation
    from .translator import AzureTranslator, Translator
    from .watch import Watch

CLOSE_TIMEOUT = 10.0
SETTLE_TIMEOUT = 2.0

_start_lock = threading.Lock()
_ended = threading.Event()  # a lab was closed in this kernel
_running: list[Lab] = []  # the kernel's one lab: a cell that is run again must find it


class Lab(WithUpstreams):
    """The Web PubSub of this kernel. Made by `start`.

    Attributes:
        backend: `emulator` (in this kernel), `served` (a `wpslab serve`) or `azure`.
    """

    def __init__(self, backend: Backend, target: ConnectionString, emulator: Emulator | None = None) -> None:
        super().__init__(backend, target, emulator)
        self._making = threading.Lock()
        self._background: Background | None = None
        self._translator: AzureTranslator | Translator | None = None
        self._watch: Watch | None = None

    def __repr__(self) -> str:
        return card_text(closed=self._closed, deleted=self._known_endpoint is None)

    def __str__(self) -> str:
        return f"<Lab on {self.backend} at {self._known_endpoint}, AccessKey=***>"

    def _repr_html_(self) -> str:
        return card_html(self.backend, self._known_endpoint, closed=self._closed)

    @property
    def _known_endpoint(self) -> str | None:
        """The endpoint; None where the resource was deleted."""
        try:
            return self.endpoint
        except LabError:
            return None

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
        with self._making:  # the first of several threads makes it, and only one
            if self._background is None:
                self._background = Background()
            return self._background

    @property
    def translator(self) -> AzureTranslator | Translator:
        """The Azure AI Translator: Azure's where TRANSLATOR_KEY and the like are set, else one on this machine.

        Started on first use, and ended by `close`; its repr says which one answers.

        Raises:
            LabError: the lab is closed, or only some of TRANSLATOR_KEY, _ENDPOINT and _REGION are set.
        """
        self._check_open()
        with self._making:
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
            collect(errors, self._run_callback, self._on_close.pop())
        if self._background is not None:
            self._background.close()
            collect(errors, self._background.raise_errors)
        if self._emulator is not None:
            self._emulator.stop()
        self._closed = True
        _ended.set()
        if self in _running:
            _running.remove(self)
        raise_all(errors)

    def raise_errors(self) -> None:
        """Raise what a background task failed with and nobody asked about."""
        if self._background is not None:
            self._background.raise_errors()

    def _run_callback(self, callback: Callable[[], Awaitable[None] | None]) -> None:
        if inspect.iscoroutinefunction(callback):
            self.background.submit(callback()).result(CLOSE_TIMEOUT)
        else:
            callback()


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


def current() -> Lab | None:
    """Return the lab that runs in this kernel; None where none was started yet.

    Raises:
        LabError: it was closed.
    """
    with _start_lock:
        if not _running and _ended.is_set():
            raise LabError("The lab of this kernel is closed. Run the cell with wpslab.start() again.")
        return _running[0] if _running else None


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
