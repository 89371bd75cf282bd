"""Server process: one of the servers in a process of its own, which ends when its standard input does."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from wpslab import allow_asyncio_run

from .servers import SERVERS, TIMEOUT, Address

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def server_process(name: str, *, patched: bool = False) -> Iterator[tuple[Address, int]]:
    """Run a server in a fresh interpreter.

    Args:
        name: one of `SERVERS`.
        patched: whether nest-asyncio is applied there first, as a notebook may do in its kernel.

    Yields:
        Where the server is, and its process id.
    """
    command = [sys.executable, "-m", "benchmarks.server_process", name, "patched" if patched else "plain"]
    with child_process(name, command) as (line, pid):
        yield Address(**json.loads(line)), pid


@contextmanager
def child_process(name: str, command: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Run a command that prints one line once it serves, and ends when its standard input does.

    Yields:
        The line, and its process id.
    """
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            watchdog = threading.Timer(TIMEOUT, process.kill)
            watchdog.start()
            line = process.stdout.readline()
            watchdog.cancel()
            if not line:
                raise RuntimeError(f"The server {name} did not start.")
            yield line, process.pid
            process.stdin.close()
            process.wait(TIMEOUT)
        finally:
            process.kill()


async def _main(name: str, patched: bool) -> None:
    if patched:
        allow_asyncio_run()
    with SERVERS[name]() as address:
        print(json.dumps(asdict(address)), flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], sys.argv[2] == "patched"))
