"""Loop: an event loop that stays fast, and a clock that runs on it.

`nest_asyncio.apply()` replaces asyncio's Task and Future by slower ones in Python for the whole process, and
patches the class of the loop that runs then. Neither reaches a loop made here: its class has run methods of its
own, and its tasks and futures are the ones in C, whatever `asyncio.Task` has become.
"""

from __future__ import annotations

import asyncio
import time
from asyncio.base_events import BaseEventLoop
from collections.abc import Callable
from typing import Any

from ..core.clock import Clock

try:
    from _asyncio import Future as _Future
    from _asyncio import Task as _Task
except ImportError:  # an interpreter without the C accelerator
    from asyncio import Future as _Future
    from asyncio import Task as _Task


class UnpatchedLoop(asyncio.SelectorEventLoop):
    """A selector loop that no patch of asyncio's classes slows down."""

    run_forever = BaseEventLoop.run_forever
    run_until_complete = BaseEventLoop.run_until_complete
    _run_once = BaseEventLoop._run_once  # type: ignore[attr-defined]
    _check_running = BaseEventLoop._check_running  # type: ignore[attr-defined]
    _check_closed = BaseEventLoop._check_closed  # type: ignore[attr-defined]

    def __init__(self) -> None:
        super().__init__()
        self.set_task_factory(_new_task)

    def create_future(self) -> Any:
        """Return a future of the fast kind."""
        return _Future(loop=self)


def _new_task(loop: Any, coro: Any, **options: Any) -> Any:
    return _Task(coro, loop=loop, **options)


class LoopClock(Clock):
    """A clock whose timers run on an event loop, once it is given one, and which can be moved forward as well."""

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        super().__init__(source)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake: asyncio.TimerHandle | None = None
        self._wake_at: float | None = None

    def run_on(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let the timers run on this loop from now on."""
        self._loop = loop
        self._arm()

    def _arm(self) -> None:
        due = self.next_due
        if self._loop is None or due == self._wake_at:
            return
        if self._wake is not None:
            self._wake.cancel()
        self._wake_at = due
        self._wake = None if due is None else self._loop.call_later(max(0.0, due - self.time()), self._run)

    def _run(self) -> None:
        self._wake = self._wake_at = None
        self.run_due()
