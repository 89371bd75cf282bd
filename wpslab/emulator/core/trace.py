"""Trace: the ordered, bounded record of what happened in a service."""

from __future__ import annotations

import logging
from collections import deque
from itertools import islice

import msgspec

from .clock import Clock
from .failures import Failure
from .limits import MAX_REMEMBERED_FAILURES, MAX_TRACE_BYTES
from .record import Record
from .trace_entry import TraceEntry

failures_logger = logging.getLogger("wpslab.emulator.failures")
"""Each record has the failure as its only argument."""

logger = logging.getLogger("wpslab.emulator.trace")


class Trace:
    """Remember the last `size` things that happened; with size 0, nothing but failures.

    Attributes:
        enabled: whether anything but failures is remembered; who would make a record asks this first.
        last: the number of the newest entry, 0 before the first.
        began: when the numbers began, in seconds since the epoch.
        failures: the connections and events that failed, oldest first. They are rare, so they are always kept.
    """

    def __init__(self, clock: Clock, size: int) -> None:
        self._clock = clock
        self._size = size
        self._records: deque[Record] = deque()
        self._weight = 0
        self.last = 0
        self.began = clock.time()
        self.failures: deque[Failure] = deque(maxlen=MAX_REMEMBERED_FAILURES)
        self.enabled = size > 0

    def add(self, record: Record) -> None:
        """Record one thing that is over."""
        self.append(record)
        self.log(record)

    def append(self, record: Record) -> None:
        """Record one thing whose outcome is filled in before anybody can read it; `log` follows."""
        if not self.enabled:
            return
        self.last += 1
        record.number = self.last
        record.time = self._clock.time()
        record.weight = 8 * len(record.receivers)
        for frame in record.frames:
            record.weight += len(frame.data)
        self._records.append(record)
        self._weight += record.weight
        while len(self._records) > self._size or self._weight > MAX_TRACE_BYTES:
            self._weight -= self._records.popleft().weight

    def log(self, record: Record) -> None:
        """Write a line, where somebody asked for that."""
        if self.enabled and logger.isEnabledFor(logging.DEBUG):
            logger.debug("%s", record.entry())

    def add_failure(self, failure: Failure) -> None:
        """Record a connection or an event that failed."""
        failure = msgspec.structs.replace(failure, time=self._clock.time())
        self.failures.append(failure)
        failures_logger.warning("%s", failure)
        self.add(
            Record(
                "failed",
                failure.hub,
                failure.connection_id,
                failure.user_id,
                event=failure.event,
                status=failure.status or None,
                detail=str(failure),
                failure=failure,
            )
        )

    def forget_failures(self, hub: str) -> None:
        """Forget what failed in a hub whose settings were changed: it says nothing about the new ones."""
        kept = [failure for failure in self.failures if failure.hub != hub]
        self.failures.clear()
        self.failures.extend(kept)

    def entries(self) -> list[TraceEntry]:
        """Return what is remembered, oldest first."""
        return [record.entry() for record in self._records]

    def since(self, number: int, limit: int) -> list[TraceEntry]:
        """Return the entries after this number, the oldest first, at most `limit`."""
        return [record.entry() for record in self.records_since(number, limit)]

    def records_since(self, number: int, limit: int) -> list[Record]:
        """Return the records after this number, for a thread that has time to write the entries.

        A number this trace never gave is another service's, and counts as 0. It takes as long as there are new ones.
        """
        if not 0 <= number <= self.last:
            number = 0
        newest = list(islice(reversed(self._records), self.last - number))
        return newest[: -limit - 1 : -1] if limit > 0 else []
