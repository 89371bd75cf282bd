"""Memory: what an idle connection costs the server's process."""

from __future__ import annotations

from functools import partial

import psutil

from .crowd import Crowd
from .figures import Row, column, interleave
from .server_process import server_process

ROUNDS = 3
CONNECTIONS = 200


def measure() -> list[Row]:
    """Weigh the emulator against a bare `websockets` server."""
    results = interleave({name: partial(_weigh, name) for name in ("emulator", "websockets")}, ROUNDS)
    ours, theirs = column(results["emulator"]), column(results["websockets"])
    return [Row.versus("memory of an idle connection", "KiB", ours, "`websockets` server", theirs)]


def _weigh(name: str) -> list[float]:
    """Return how many KiB the resident memory of a fresh server grows for each connection."""
    with server_process(name) as (address, pid):
        process = psutil.Process(pid)
        with Crowd(address, receivers=20):
            pass  # what is loaded on first use is not counted
        before = process.memory_info().rss
        with Crowd(address, receivers=CONNECTIONS):
            return [(process.memory_info().rss - before) / (CONNECTIONS + 1) / 1024]
