"""Waiting: pauses and time limits on a clock that can be moved."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ..core.clock import Clock


class TimeLimit:
    """A time limit on a clock that can be moved."""

    def __init__(self, clock: Clock, seconds: float, timeout: asyncio.Timeout) -> None:
        self._clock = clock
        self._seconds = seconds
        self._timeout = timeout
        self._timer = clock.call_later(seconds, self._expire)

    def restart(self) -> None:
        """Count from now again."""
        self._timer.cancel()
        self._timer = self._clock.call_later(self._seconds, self._expire)

    def cancel(self) -> None:
        """End the limit."""
        self._timer.cancel()

    def _expire(self) -> None:
        self._timeout.reschedule(asyncio.get_running_loop().time())


@asynccontextmanager
async def time_limit(clock: Clock, seconds: float) -> AsyncIterator[TimeLimit]:
    """Raise TimeoutError in the block once `seconds` have passed on the clock."""
    async with asyncio.timeout(None) as timeout:
        limit = TimeLimit(clock, seconds, timeout)
        try:
            yield limit
        finally:
            limit.cancel()


async def pause(clock: Clock, seconds: float) -> None:
    """Wait on a clock that can be moved."""
    woken = asyncio.Event()
    timer = clock.call_later(seconds, woken.set)
    try:
        await woken.wait()
    finally:
        timer.cancel()
