"""Imports: how long a fresh interpreter takes to import wpslab, beyond its own start."""

from __future__ import annotations

import subprocess
import sys
from functools import partial

from .figures import Row, Spread, column, interleave
from .server_process import ROOT
from .servers import TIMEOUT

ROUNDS = 9
_TIMED = "import time; began = time.perf_counter(); {statement}; print(time.perf_counter() - began)"


def measure() -> list[Row]:
    """Time the imports."""
    statements = {
        "wpslab": "import wpslab",
        "start": "from wpslab import start",
        "emulator": "import wpslab.emulator",
        "aiohttp": "from aiohttp import web",
    }
    results = interleave({name: partial(_time, statement) for name, statement in statements.items()}, ROUNDS)
    peer = "`from aiohttp import web`"
    return [
        Row("`import wpslab`", "ms", Spread.of(column(results["wpslab"]))),
        Row.versus("`from wpslab import start`", "ms", column(results["start"]), peer, column(results["aiohttp"])),
        Row.versus("`import wpslab.emulator`", "ms", column(results["emulator"]), peer, column(results["aiohttp"])),
    ]


def _time(statement: str) -> list[float]:
    command = [sys.executable, "-c", _TIMED.format(statement=statement)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=TIMEOUT, check=True)
    return [float(done.stdout) * 1000]
