"""Clock: the one source of time for the rules and for every timer of the network side."""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Callable


class Timer:
    """A callback that is due at a moment, until it is cancelled."""

    __slots__ = ("_on_cancel", "callback", "due")

    def __init__(self, due: float, callback: Callable[[], None], on_cancel: Callable[[], None]) -> None:
        self.due = due
        self.callback: Callable[[], None] | None = callback
        self._on_cancel = on_cancel

    def cancel(self) -> None:
        """Forget the callback. Cancelling twice, or after it ran, does nothing."""
        if self.callback is not None:
            self.callback = None
            self._on_cancel()


class Clock:
    """Time in seconds since the epoch, and timers that follow it when it is moved.

    Args:
        source: what time it really is, default `time.time`. A test may give a constant.
    """

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self._moved = 0.0
        self._timers: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()
        self._cancelled = 0

    def time(self) -> float:
        """Return seconds since the epoch, moved by every `advance`."""
        return self._source() + self._moved

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        """Run `callback` once `seconds` have passed on this clock."""
        timer = Timer(self.time() + seconds, callback, self._one_was_cancelled)
        heapq.heappush(self._timers, (timer.due, next(self._order), timer))
        self._arm()
        return timer

    def advance(self, seconds: float) -> None:
        """Move time forward and run what falls due.

        A timer that sets itself anew counts from the new time: it runs once for a leap, however long.

        Raises:
            ValueError: `seconds` is negative.
        """
        if seconds < 0:
            raise ValueError(f"The clock moves forward only; {seconds} s is negative.")
        self._moved += seconds
        self.run_due()

    def run_due(self) -> None:
        """Run the callbacks that are due now."""
        now = self.time()
        due = []
        while self._timers and (self._timers[0][0] <= now or self._timers[0][2].callback is None):
            due.append(heapq.heappop(self._timers)[2])
        for timer in due:
            callback, timer.callback = timer.callback, None
            if callback is not None:
                callback()
        self._arm()

    @property
    def next_due(self) -> float | None:
        """When the next timer is due, in this clock's time, or None."""
        while self._timers and self._timers[0][2].callback is None:
            heapq.heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    def _one_was_cancelled(self) -> None:
        # A time limit is long and mostly cancelled early: without this, the heap would hold minutes of them.
        self._cancelled += 1
        if self._cancelled > 64 and self._cancelled * 2 > len(self._timers):
            self._timers = [each for each in self._timers if each[2].callback is not None]
            heapq.heapify(self._timers)
            self._cancelled = 0

    def _arm(self) -> None:
        """Called when the next due time may have changed; a clock that runs by itself overrides it."""
