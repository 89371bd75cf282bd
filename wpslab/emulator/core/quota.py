"""Quota: how much of what a SKU allows is used up, connections now and messages today."""

from __future__ import annotations

from .clock import Clock
from .errors import QuotaExceeded
from .skus import Sku

_DAY = 86_400
_PIECE_BYTES = 2048
"""Azure counts messages in pieces of 2 KB, for each receiver."""


class Quota:
    """Counts what one resource uses. The day is that of UTC, by the one clock.

    Attributes:
        sku: what the limits come from; it may be changed at any time.
    """

    def __init__(self, clock: Clock, sku: Sku) -> None:
        self.sku = sku
        self._clock = clock
        self._day = -1
        self._sent = 0

    @property
    def sent_today(self) -> int:
        """How many messages were sent since midnight; counted only where the service stops at a number."""
        return self._sent if self._day == self._today() else 0

    @property
    def counts_messages(self) -> bool:
        """Whether there is a number of messages a day to stop at."""
        return self.sku.kind.is_hard_limit

    def begin_day(self) -> None:
        """Count messages anew, as at midnight."""
        self._sent = 0

    def check_room(self, connections: int) -> None:
        """Raise QuotaExceeded if one more than this many connections is too many."""
        if connections >= self.sku.max_connections:
            raise QuotaExceeded(
                f"Connection count reaches limit: {self.sku.kind.name} with {_units(self.sku)} has "
                f"{self.sku.max_connections:,} connections at most."
            )

    def count(self, size: int, receivers: int) -> None:
        """Count a message of `size` bytes to so many receivers. Raises QuotaExceeded, and then counts nothing."""
        limit = self.sku.max_messages_per_day
        if limit is None:
            return
        sent = self.sent_today + receivers * max(1, -(-size // _PIECE_BYTES))
        if sent > limit:
            raise QuotaExceeded(
                f"Message count reaches limit: {self.sku.kind.name} sends {limit:,} messages a day (UTC), "
                "counted for each receiver in pieces of 2 KB."
            )
        self._day, self._sent = self._today(), sent

    def _today(self) -> int:
        return int(self._clock.time() // _DAY)


def _units(sku: Sku) -> str:
    return "1 unit" if sku.capacity == 1 else f"{sku.capacity} units"
