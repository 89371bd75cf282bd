"""Watch: what a map or an inspector reads: what happens in the lab's service, or as much as its clients can know."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol, TypeVar

import msgspec

from .connection_string import ConnectionString
from .emulator import Emulator, EmulatorSnapshot, TraceEntry
from .errors import LabError
from .managed import Backend
from .served import Served, ServedError

T = TypeVar("T")

MAX_OWN_ENTRIES = 10_000

CHECK_SECONDS = 2.0
"""Between two questions to a service that tells nothing, whether it is still there."""

OURS = (
    "this is what the panels, phones and terminals in this notebook sent and received. "
    "Clients made by code are not seen."
)
ON_AZURE = f"Azure does not tell what happens inside its service: {OURS}"
NOT_TRACED = (
    f"This service does not remember what happens: {OURS} Start it with `wpslab serve --trace` to see everything."
)


class Source(Protocol):
    """A service that can be looked into, or cannot."""

    def read(self, number: int, limit: int) -> list[TraceEntry] | None:
        """Return what happened after an entry; None if nothing is remembered."""

    def snapshot(self) -> EmulatorSnapshot:
        """Return what there is now."""

    def go_on_after(self, number: int) -> None:
        """Begin to count after a number, from the next entry on."""


class Watch:
    """What happens in a lab's service. Calls block, for milliseconds; any thread may make them, 20 times a second.

    Where the service tells everything, its trace is read. Where it does not, the entries are those that clients in
    this notebook `add`, with numbers of their own.

    Attributes:
        backend: `emulator`, `served` or `azure`.
        is_complete: whether everything is told. It can change: a `wpslab serve` may be started again.
    """

    def __init__(self, backend: Backend, source: Source) -> None:
        self.backend: Backend = backend
        self._source = source
        self._lock = threading.Lock()
        self._own: deque[TraceEntry] = deque(maxlen=MAX_OWN_ENTRIES)
        self._last = 0
        self._asked_at = time.monotonic()
        self._gone: LabError | None = None  # what the last such question ended with
        self.is_complete = _told(lambda: source.read(0, 0)) is not None

    def __repr__(self) -> str:
        return f"<Watch on {self.backend}, {'complete' if self.is_complete else 'clients only'}>"

    @property
    def why(self) -> str:
        """A sentence for the reader that says why not everything is told; empty where it is."""
        if self.is_complete:
            return ""
        return ON_AZURE if self.backend == "azure" else NOT_TRACED

    def since(self, number: int, limit: int = 1000) -> list[TraceEntry]:
        """Return what happened after the entry with this number, the oldest first, at most `limit`; 0 begins anew.

        Numbers that are missing between two entries were forgotten before they were read. A number that was never
        given counts as 0: a service that was started again counts from 1.

        Raises:
            LabError: the service is gone.
        """
        if self.is_complete:
            entries = _told(lambda: self._source.read(number, limit))
            if entries:
                with self._lock:
                    self._last = max(self._last, entries[-1].number)
            if entries is not None:
                return entries
            self.is_complete, self._last = False, max(self._last, number)
        if self._tells_now():
            return self.since(number, limit)
        with self._lock:
            begin = number if 0 <= number <= self._last else 0
            return [entry for entry in self._own if entry.number > begin][:limit]

    def _tells_now(self) -> bool:
        """Ask a service that told nothing, now and then, whether that has changed. Raises LabError where it is gone."""
        if self.backend != "served":
            return False
        if time.monotonic() - self._asked_at <= CHECK_SECONDS:
            if self._gone is not None:
                raise self._gone
            return False
        self._asked_at, self._gone = time.monotonic(), None
        try:
            if _told(lambda: self._source.read(0, 0)) is None:
                return False
        except LabError as gone:
            self._gone = gone
            raise
        self._source.go_on_after(self._last)
        self.is_complete = True
        return True

    def snapshot(self) -> EmulatorSnapshot:
        """Return what hubs and connections there are now; nothing on Azure, which does not tell.

        Raises:
            LabError: the service is gone.
        """
        return _told(self._source.snapshot)

    def add(self, *entries: TraceEntry) -> None:
        """Add what a client saw, named as the service would name it: a frame it sent is `received`.

        Number, and time where it is 0, are set here. Where the service tells everything itself, this does nothing.
        """
        if self.is_complete:
            return
        now = time.time()
        with self._lock:
            for entry in entries:
                self._last += 1
                self._own.append(msgspec.structs.replace(entry, number=self._last, time=entry.time or now))


class InKernel:
    """The emulator in this kernel."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def read(self, number: int, limit: int) -> list[TraceEntry] | None:
        """Return what happened after an entry."""
        return self._emulator.trace_since(number, limit) if self._emulator.is_traced else None

    def snapshot(self) -> EmulatorSnapshot:
        """Return what there is now."""
        return self._emulator.snapshot()

    def go_on_after(self, number: int) -> None:
        """Do nothing: it tells all from the start, or never."""


class InProcess:
    """A `wpslab serve`. Where it is started again, its entries get numbers that go on from those before."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._lock = threading.Lock()
        self._began = 0.0
        self._before = 0  # entries of services that were here before
        self._last = 0

    def read(self, number: int, limit: int) -> list[TraceEntry] | None:
        """Return what happened after an entry, by one HTTP request, or two where it was started again."""
        with self._lock:
            page = self._served.trace_since(max(0, number - self._before), limit)
            if not page.is_on:
                return None
            if self._began not in (0.0, page.began):
                self._before = self._last
                page = self._served.trace_since(0, limit)
            self._began = page.began
            entries = [_renumbered(entry, self._before) for entry in page.entries] if self._before else page.entries
            if entries:
                self._last = max(self._last, entries[-1].number)
            return entries

    def snapshot(self) -> EmulatorSnapshot:
        """Return what there is now, by one HTTP request."""
        snapshot = self._served.snapshot()
        return dataclasses.replace(snapshot, number=snapshot.number + self._before)

    def go_on_after(self, number: int) -> None:
        """Begin to count after a number, from the next entry on."""
        with self._lock:
            self._before = self._last = number


class OnAzure:
    """Azure, which tells nothing."""

    def read(self, number: int, limit: int) -> list[TraceEntry] | None:
        """Return None: nothing is told."""
        return None

    def snapshot(self) -> EmulatorSnapshot:
        """Return an empty one."""
        return EmulatorSnapshot({})

    def go_on_after(self, number: int) -> None:
        """Do nothing: it never tells."""


def watch(backend: Backend, target: ConnectionString, emulator: Emulator | None) -> Watch:
    """Return a watch on the service of a lab. Raises LabError where that is gone."""
    if emulator is not None:
        return Watch(backend, InKernel(emulator))
    return Watch(backend, OnAzure() if backend == "azure" else InProcess(Served(target)))


def _renumbered(entry: TraceEntry, before: int) -> TraceEntry:
    answers = None if entry.answers is None else entry.answers + before
    return msgspec.structs.replace(entry, number=entry.number + before, answers=answers)


def _told(ask: Callable[[], T]) -> T:
    try:
        return ask()
    except ServedError as error:
        raise LabError(str(error)) from error
    except RuntimeError as error:
        raise LabError(f"There is nothing to watch any more. {error}") from error
