"""Fan-out: what one client publishes reaches 200 receivers, in bursts and one by one."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial

from .crowd import Crowd, allow_many_sockets
from .figures import Row, column, interleave
from .server_process import server_process

RECEIVERS = 200
BURST = 50
BURST_ROUNDS = 25
SINGLE_ROUNDS = 100
PEERS = {"websockets": "`websockets.broadcast()`", "aiohttp": "aiohttp, a loop of `send_str`"}


def measure() -> list[Row]:
    """Time the emulator against both peers, each in a process of its own with its receivers in this one."""
    allow_many_sockets(4 * RECEIVERS + 100)
    with ExitStack() as stack:
        crowds = {}
        for name in ("emulator", *PEERS):
            address, _ = stack.enter_context(server_process(name))
            crowds[name] = stack.enter_context(Crowd(address, receivers=RECEIVERS))
        sizes = {name: crowd.size for name, crowd in crowds.items()}
        if len(set(sizes.values())) != 1:
            raise RuntimeError(f"The servers do not send the same number of bytes: {sizes}.")
        return [
            *_compare(f"fan-out to {RECEIVERS}, {BURST} messages at once", crowds, BURST, BURST_ROUNDS),
            *_compare(f"fan-out to {RECEIVERS}, one message", crowds, 1, SINGLE_ROUNDS),
        ]


def _compare(what: str, crowds: Mapping[str, Crowd], messages: int, rounds: int) -> list[Row]:
    results = interleave({name: partial(_publish, crowd, messages) for name, crowd in crowds.items()}, rounds)
    ours = column(results["emulator"])
    return [Row.versus(what, "ms", ours, PEERS[name], column(results[name])) for name in PEERS]


def _publish(crowd: Crowd, messages: int) -> list[float]:
    return [crowd.publish(messages) * 1000]
