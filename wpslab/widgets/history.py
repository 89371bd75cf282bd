"""History: what a watch told, read from where it stopped, and bounded."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from ..emulator import TraceEntry
from ..watch import Watch

MAX_ENTRIES = 2_000
PAGE = 1_000
MAX_GAPS = 100


class History:
    """The last things that happened. Any thread may call; a call blocks for milliseconds.

    Args:
        watch: what is read.
        is_wanted: which entries are kept.
        begin: how many entries before now are read first.
    """

    def __init__(self, watch: Watch, is_wanted: Callable[[TraceEntry], bool], begin: int) -> None:
        self.watch = watch
        self._is_wanted = is_wanted
        self._reading = threading.Lock()
        self._lock = threading.Lock()  # never held while a service is asked
        self._entries: deque[TraceEntry] = deque(maxlen=MAX_ENTRIES)
        self._gaps: deque[tuple[int, int]] = deque(maxlen=MAX_GAPS)
        self._number = self._start(begin)

    def update(self) -> bool:
        """Read what is new; return whether there was anything.

        Raises:
            LabError: the service is gone.
        """
        with self._reading:
            entries = self.watch.since(self._number, PAGE)
            if len(entries) == PAGE:  # more than anybody reads in a moment: go on with the newest
                newest = self._start(PAGE)
                if newest > entries[-1].number:
                    entries = self.watch.since(newest, PAGE)
            if not entries:
                return False
            with self._lock:
                if (missed := entries[0].number - 1 - self._number) > 0:
                    self._gaps.append((entries[0].number, missed))
                self._number = entries[-1].number
                self._entries.extend(filter(self._is_wanted, entries))
            return True

    def after(self, number: int) -> list[TraceEntry]:
        """Return what was read and comes after an entry, the oldest first."""
        with self._lock:
            found: list[TraceEntry] = []
            for entry in reversed(self._entries):
                if entry.number <= number:
                    break
                found.append(entry)
        return found[::-1]

    def missed(self, number: int) -> int:
        """Return how many entries, of all hubs, were never read, of those that come after an entry."""
        with self._lock:
            return sum(missed for at, missed in self._gaps if at > number)

    def find(self, number: int) -> TraceEntry | None:
        """Return the entry with this number, if it is still known."""
        with self._lock:
            return next((entry for entry in self._entries if entry.number == number), None)

    def clear(self, number: int | None = None) -> int:
        """Forget what was read, up to an entry or all of it; return the number of the last entry that is gone."""
        with self._lock:
            last = self._number if number is None else number
            while self._entries and self._entries[0].number <= last:
                self._entries.popleft()
            while self._gaps and self._gaps[0][0] <= last:
                self._gaps.popleft()
            return last

    def _start(self, begin: int) -> int:
        return max(0, self.watch.snapshot().number - begin)
