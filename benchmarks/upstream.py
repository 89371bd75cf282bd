"""Upstream: what the emulator adds to a call of an upstream server, and whether a slow one holds up the others."""

from __future__ import annotations

import asyncio
import itertools
import json
import selectors
import statistics
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from urllib.request import urlopen

import aiohttp

from .crowd import Client, allow_many_sockets, client_frame, leave
from .figures import Row, column, interleave
from .servers import TEXT, TIMEOUT
from .upstream_sites import CONNECT, EVENTS, PLAIN, site_process

ROUNDS = 11
EVENTS_IN_TURN = 200
CLIENTS = 50
EVENTS_EACH = 10
HANDSHAKES = 50
CONNECTIONS = 1000
DIRECT = "aiohttp, the same POST sent directly"
BOTH = "aiohttp, the same POST, plus a handshake without a handler"

_ack_ids = itertools.count(1)


def measure() -> list[Row]:
    """Time events and handshakes that an upstream server answers, against direct calls of the same server."""
    allow_many_sockets(2 * CONNECTIONS + 400)
    with site_process("upstream") as upstream, site_process("emulator", upstream) as emulator:
        return [
            *_compare_events(upstream, emulator),
            *_compare_handshakes(upstream, emulator),
            *_compare_neighbours(upstream, emulator),
        ]


def _compare_events(upstream: str, emulator: str) -> list[Row]:
    with ExitStack() as stack:
        clients = stack.enter_context(_clients(_url(emulator, EVENTS), CLIENTS))
        _events_in_turn(clients[:1], 1)
        direct = stack.enter_context(_Direct.open(upstream, "greet"))
        results = interleave(
            {
                "event": lambda: _median_and_p95(_events_in_turn(clients[:1], EVENTS_IN_TURN)),
                "direct": lambda: _median_and_p95(direct.in_turn(EVENTS_IN_TURN)),
                "events": partial(_events_at_once, clients, EVENTS_EACH),
                "directs": partial(direct.at_once, CLIENTS, EVENTS_EACH),
            },
            ROUNDS,
        )
    return [
        Row.versus(what, "ms", column(results[ours], index), DIRECT, column(results[theirs], index))
        for what, ours, theirs, index in (
            ("user event with an ack, one at a time", "event", "direct", 0),
            ("the same, 95th percentile", "event", "direct", 1),
            (f"user events of {CLIENTS} clients, time per event", "events", "directs", 0),
            (f"user events of {CLIENTS} clients, latency", "events", "directs", 1),
            ("the same, 95th percentile", "events", "directs", 2),
        )
    ]


def _compare_handshakes(upstream: str, emulator: str) -> list[Row]:
    handled, plain = _url(emulator, CONNECT), _url(emulator, PLAIN)
    leave([Client(handled)])
    with _Direct.open(upstream, "connect") as direct:
        results = interleave(
            {
                "handled": partial(_handshakes, handled),
                "plain": partial(_handshakes, plain),
                "direct": lambda: [
                    statistics.fmean(direct.in_turn(HANDSHAKES)),
                    direct.at_once(HANDSHAKES, 1)[0],
                ],
            },
            ROUNDS,
        )
    rows = []
    for index, how in enumerate(("one at a time", f"{HANDSHAKES} at once, time per handshake")):
        pairs = zip(column(results["direct"], index), column(results["plain"], index), strict=True)
        both = [post + handshake for post, handshake in pairs]
        rows.append(
            Row.versus(
                f"handshake with a `connect` handler, {how}", "ms", column(results["handled"], index), BOTH, both
            )
        )
    return rows


def _compare_neighbours(upstream: str, emulator: str) -> list[Row]:
    with _clients(_url(emulator, EVENTS), CONNECTIONS) as clients:
        slow, *others = clients
        turns = itertools.cycle(others)

        def quiet() -> Sequence[float]:
            return _median_and_p95(_events_in_turn(list(itertools.islice(turns, EVENTS_IN_TURN)), 1))

        def beside_a_slow_one() -> Sequence[float]:
            slow.socket.sendall(_event("slow"))
            _ask(upstream, "/held")
            latencies = quiet()
            _ask(upstream, "/release")
            _read_ack(slow)
            return latencies

        results = interleave({"slow": beside_a_slow_one, "quiet": quiet}, ROUNDS)
    what = f"user event among {CONNECTIONS:,} connections, one of which waits for its answer"
    return [
        Row.versus(each, "ms", column(results["slow"], index), "none waits", column(results["quiet"], index))
        for index, each in enumerate((what, "the same, 95th percentile"))
    ]


# Through the emulator


def _url(endpoint: str, hub: str) -> str:
    return f"{endpoint.replace('http', 'ws', 1)}/client/hubs/{hub}"


@contextmanager
def _clients(url: str, number: int) -> Iterator[list[Client]]:
    clients: list[Client] = []
    try:
        clients.extend(Client(url) for _ in range(number))
        yield clients
        leave(clients)
    finally:
        for client in clients:
            client.socket.close()


def _event(name: str = "greet") -> bytes:
    event = {"type": "event", "event": name, "ackId": next(_ack_ids), "dataType": "text", "data": TEXT}
    return client_frame(json.dumps(event).encode())


def _read_ack(client: Client) -> None:
    frame = client.read_frame()
    if b'"success":true' not in frame:
        raise RuntimeError(f"An event failed: {frame!r}")


def _events_in_turn(clients: Sequence[Client], each: int) -> list[float]:
    """Send events one after the other; return how many milliseconds each took."""
    latencies = []
    for client in clients:
        for _ in range(each):
            frame = _event()
            start = time.perf_counter()
            client.socket.sendall(frame)
            _read_ack(client)
            latencies.append((time.perf_counter() - start) * 1000)
    return latencies


def _events_at_once(clients: Collection[Client], each: int) -> list[float]:
    """Have every client send its next event when the one before is answered.

    Returns:
        Milliseconds per event, their median latency, and its 95th percentile.
    """
    frames = {client: [_event() for _ in range(each)] for client in clients}
    sent: dict[Client, float] = {}
    latencies = []
    with selectors.DefaultSelector() as selector:
        start = time.perf_counter()
        for client, waiting in frames.items():
            selector.register(client.socket, selectors.EVENT_READ, client)
            sent[client] = time.perf_counter()
            client.socket.sendall(waiting.pop())
        while sent:
            ready = selector.select(TIMEOUT)
            if not ready:
                raise TimeoutError(f"{len(sent)} events were not answered.")
            for key, _ in ready:
                client = key.data
                _read_ack(client)
                latencies.append((time.perf_counter() - sent.pop(client)) * 1000)
                if frames[client]:
                    sent[client] = time.perf_counter()
                    client.socket.sendall(frames[client].pop())
        milliseconds = (time.perf_counter() - start) * 1000
    return [milliseconds / len(latencies), *_median_and_p95(latencies)]


def _handshakes(url: str) -> list[float]:
    """Return the milliseconds of a handshake, first one at a time, then all at once."""
    in_turn = []
    clients = []
    for _ in range(HANDSHAKES):
        start = time.perf_counter()
        clients.append(Client(url))
        in_turn.append((time.perf_counter() - start) * 1000)
    leave(clients)
    start = time.perf_counter()
    clients = [Client(url, greeted=False) for _ in range(HANDSHAKES)]
    for client in clients:
        client.wait_for_greeting()
    at_once = (time.perf_counter() - start) * 1000 / HANDSHAKES
    leave(clients)
    return [statistics.fmean(in_turn), at_once]


# Directly


class _Direct:
    """Calls the upstream server as the emulator just did."""

    def __init__(self, runner: asyncio.Runner, post: Callable[[], aiohttp.client._RequestContextManager]) -> None:
        self._runner = runner
        self._post = post

    @classmethod
    @contextmanager
    def open(cls, upstream: str, event: str) -> Iterator[_Direct]:
        """Take headers and body from the newest event."""
        headers, body = json.loads(_ask(upstream, "/last"))
        if headers["ce-eventName"] != event:
            raise RuntimeError(f"The newest event is {headers['ce-eventName']}, not {event}.")
        headers = {name: value for name, value in headers.items() if name not in ("Host", "Content-Length")}
        with asyncio.Runner() as runner:
            session = runner.run(_open_session())
            post = partial(
                session.post,
                f"{upstream}/eventhandler/{event}",
                headers=headers,
                data=body.encode(),
                skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent", "Content-Type"),
            )
            try:
                yield cls(runner, post)
            finally:
                runner.run(session.close())

    def in_turn(self, number: int) -> list[float]:
        """Call one after the other; return how many milliseconds each call took."""
        return self._runner.run(self._calls(number))

    def at_once(self, number: int, each: int) -> list[float]:
        """Have so many callers call, each as often; return the same as `_events_at_once`."""
        return self._runner.run(self._calls_at_once(number, each))

    async def _calls(self, number: int) -> list[float]:
        latencies = []
        for _ in range(number):
            start = time.perf_counter()
            async with self._post() as answer:
                await answer.read()
                answer.raise_for_status()
            latencies.append((time.perf_counter() - start) * 1000)
        return latencies

    async def _calls_at_once(self, number: int, each: int) -> list[float]:
        start = time.perf_counter()
        async with asyncio.timeout(TIMEOUT):
            results = await asyncio.gather(*(self._calls(each) for _ in range(number)))
        milliseconds = (time.perf_counter() - start) * 1000
        return [milliseconds / (number * each), *_median_and_p95([one for calls in results for one in calls])]


async def _open_session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))


def _ask(upstream: str, path: str) -> bytes:
    with urlopen(f"{upstream}{path}", timeout=TIMEOUT) as answer:
        body: bytes = answer.read()
        return body


def _median_and_p95(values: Sequence[float]) -> list[float]:
    return [statistics.median(values), statistics.quantiles(values, n=20)[-1]]
