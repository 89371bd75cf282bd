"""Patched: whether the emulator pays when nest-asyncio is applied in its process."""

from __future__ import annotations

import statistics
from contextlib import ExitStack
from functools import partial

from .crowd import Crowd
from .figures import Row, column, interleave
from .server_process import server_process

ROUNDS = 40
PUBLISHERS = 100
REPEATS = 5


def measure() -> list[Row]:
    """Time publishers that each send one message to one receiver, with and without the patch where the server is."""
    with ExitStack() as stack:
        crowds = {}
        for server in ("emulator", "websockets"):
            for state in ("patched", "plain"):
                address, _ = stack.enter_context(server_process(server, patched=state == "patched"))
                crowds[server, state] = stack.enter_context(Crowd(address, receivers=1, publishers=PUBLISHERS))
        results = interleave({name: partial(_publish, crowd) for name, crowd in crowds.items()}, ROUNDS)
    return [
        Row.versus(
            f"{name}, {PUBLISHERS} publishers to one receiver, nest-asyncio applied",
            "ms",
            column(results[server, "patched"]),
            f"{name}, not applied",
            column(results[server, "plain"]),
        )
        for server, name in (("emulator", "emulator"), ("websockets", "`websockets` server"))
    ]


def _publish(crowd: Crowd) -> list[float]:
    return [statistics.median(crowd.publish(1) for _ in range(REPEATS)) * 1000]
