"""Round trip: a client sends to a group it is in and waits for its own copy and the ack."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack

from websockets.asyncio.client import ClientConnection, connect

from .figures import Row, column, interleave
from .servers import SUBPROTOCOL, TIMEOUT, Address, echo_request, emulator, websockets_server

ROUNDS = 11
TRIPS = 200


def measure() -> list[Row]:
    """Time the emulator against a `websockets` echo server, both on a thread of this process, as in a kernel."""
    with emulator() as ours, websockets_server() as echo:
        results = _compare({"emulator": ours, "echo": echo})
    return [
        Row.versus(
            "round trip: send to a group with an ack, own copy back",
            "ms",
            results["emulator"],
            "`websockets` echo server",
            results["echo"],
        )
    ]


def _compare(addresses: Mapping[str, Address]) -> dict[str, list[float]]:
    """Return the milliseconds of a round trip to each server, round by round."""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        try:
            clients = {name: runner.run(_enter(stack, address)) for name, address in addresses.items()}
            results = interleave(
                {name: _measurement(runner, client, addresses[name]) for name, client in clients.items()}, ROUNDS
            )
        finally:
            runner.run(stack.aclose())
    return {name: column(values) for name, values in results.items()}


async def _enter(stack: AsyncExitStack, address: Address) -> ClientConnection:
    connecting = connect(address.echo, subprotocols=[SUBPROTOCOL], compression=None, ping_interval=None)
    client = await stack.enter_async_context(connecting)
    await client.recv()  # the greeting
    return client


def _measurement(runner: asyncio.Runner, client: ClientConnection, address: Address) -> Callable[[], Sequence[float]]:
    ack_ids = itertools.count(1)

    async def trips() -> list[float]:
        requests = [echo_request(next(ack_ids)) for _ in range(TRIPS)]
        async with asyncio.timeout(TIMEOUT):
            start = time.perf_counter()
            for request in requests:
                await client.send(request)
                for _ in range(address.replies):
                    await client.recv()
            return [(time.perf_counter() - start) / TRIPS * 1000]

    return lambda: runner.run(trips())
