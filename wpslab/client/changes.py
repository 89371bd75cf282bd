"""Changes: waking those who wait for a state."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Changes:
    """Lets coroutines of one loop wait until something is the case."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def announce(self) -> None:
        """Say that something changed."""
        self._event.set()
        self._event = asyncio.Event()

    async def wait_for(self, find: Callable[[], T | None]) -> T:
        """Return what `find` returns, as soon as that is something."""
        while (found := find()) is None:
            await self._event.wait()
        return found
