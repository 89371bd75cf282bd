"""Publisher: keeping a front end from being flooded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Publisher:
    """Calls `publish` soon after each request, but once for all requests of a short while."""

    def __init__(self, publish: Callable[[], None], pause: float = 0.1) -> None:
        self._publish = publish
        self._pause = pause
        self._timer: asyncio.Handle | None = None
        self._not_before = 0.0

    def request(self) -> None:
        """Ask for a publication. Call it on the loop."""
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(max(loop.time(), self._not_before), self._due)

    def flush(self) -> None:
        """Publish now what has been asked for."""
        if self._timer is not None:
            self._timer.cancel()
            self._due()

    def _due(self) -> None:
        self._timer = None
        self._not_before = asyncio.get_running_loop().time() + self._pause
        self._publish()
