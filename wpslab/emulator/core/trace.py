"""Trace: the ordered, bounded record of what happened in a service."""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass

import msgspec

from .clock import Clock
from .failures import Failure
from .limits import MAX_REMEMBERED_FAILURES

failures_logger = logging.getLogger("wpslab.emulator.failures")
"""Each record has the failure as its only argument."""

logger = logging.getLogger("wpslab.emulator.trace")


@dataclass(frozen=True, slots=True)
class TraceEntry:
    """One thing that happened.

    Attributes:
        time: seconds since the epoch, by the service's clock.
        what: a short name such as `connected`, `joinGroup`, `rest`, `refused`.
        hub: the hub's key, or None.
        connection_id: whose doing it was, or None.
        detail: the rest in words; never a key or a token.
    """

    time: float
    what: str
    hub: str | None
    connection_id: str | None
    detail: str


class Trace:
    """Remember the last `size` things that happened; with size 0, nothing but failures.

    Attributes:
        failures: the connections and events that failed, oldest first. They are rare, so they are always kept.
    """

    def __init__(self, clock: Clock, size: int) -> None:
        self._clock = clock
        self._entries: deque[tuple[float, str, str | None, str | None, str]] = deque(maxlen=size)
        self.failures: deque[Failure] = deque(maxlen=MAX_REMEMBERED_FAILURES)
        self.enabled = size > 0

    def add(self, what: str, hub: str | None = None, connection_id: str | None = None, detail: str = "") -> None:
        """Record one thing. An append, so that it may stand on the hot path."""
        if self.enabled:
            self._entries.append((self._clock.time(), what, hub, connection_id, detail))
            if logger.isEnabledFor(logging.DEBUG):
                logger.debug("%s", "  ".join(filter(None, (what, hub, connection_id, detail))))

    def add_failure(self, failure: Failure) -> None:
        """Record a connection or an event that failed."""
        failure = msgspec.structs.replace(failure, time=self._clock.time())
        self.failures.append(failure)
        failures_logger.warning("%s", failure)
        self.add("failed", failure.hub, failure.connection_id, str(failure))

    def forget_failures(self, hub: str) -> None:
        """Forget what failed in a hub whose settings were changed: it says nothing about the new ones."""
        kept = [failure for failure in self.failures if failure.hub != hub]
        self.failures.clear()
        self.failures.extend(kept)

    def entries(self) -> list[TraceEntry]:
        """Return what is remembered, oldest first."""
        return [TraceEntry(*entry) for entry in self._entries]
