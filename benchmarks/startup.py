"""Startup: from no server at all to the first message a client received."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from websockets.asyncio.client import connect

from .figures import Row, column, interleave
from .servers import SUBPROTOCOL, TIMEOUT, Address, emulator, websockets_server

ROUNDS = 15


def measure() -> list[Row]:
    """Time the starts."""
    with asyncio.Runner() as runner:
        results = interleave(
            {
                "emulator": lambda: [runner.run(_first_message(emulator))],
                "websockets": lambda: [runner.run(_first_message(websockets_server))],
            },
            ROUNDS,
        )
    ours, theirs = column(results["emulator"]), column(results["websockets"])
    return [
        Row.versus("start of an emulator to the first message", "ms", ours, "`websockets` server on a thread", theirs)
    ]


async def _first_message(server: Callable[[], AbstractContextManager[Address]]) -> float:
    start = time.perf_counter()
    with server() as address:
        async with (
            asyncio.timeout(TIMEOUT),
            connect(address.receive, subprotocols=[SUBPROTOCOL], compression=None) as client,
        ):
            await client.recv()
            return (time.perf_counter() - start) * 1000
