"""All chapters, side by side, against one `wpslab serve`: nothing needs the kernel's own emulator."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from notebook_files import ROOT, chapters, script

from wpslab.connection_string import ConnectionString
from wpslab.served import Served

MOST_CONNECTIONS = 15
"""In one chapter. A free resource holds 20."""


@contextmanager
def served(*flags: str) -> Iterator[str]:
    """Run `wpslab serve`, give its connection string, and end it as a terminal or a container would."""
    command = [str(Path(sys.executable).parent / "wpslab"), "serve", *flags]
    environment = {key: value for key, value in os.environ.items() if not key.lower().startswith("webpubsub")}
    # What it says goes into a file: a pipe nobody reads would fill up and stop it.
    with (
        tempfile.TemporaryFile("w+") as said,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True, env=environment) as serve,
    ):
        try:
            yield serve.stdout.readline().strip()
        finally:
            serve.send_signal(signal.SIGTERM)
            try:
                serve.communicate(timeout=10)
            except subprocess.TimeoutExpired:
                serve.kill()
                raise
        said.seek(0)
        assert serve.returncode == 0, said.read()[-2000:]


def most_connections(service: Served) -> dict[str, int]:
    """Return for each hub how many clients were connected at the same time at most."""
    now: Counter[str] = Counter()
    most: Counter[str] = Counter()
    entries = service.trace_since(0).entries
    while entries:
        for entry in entries:
            if entry.what in ("connected", "disconnected"):
                now[entry.hub] += 1 if entry.what == "connected" else -1
                most[entry.hub] = max(most[entry.hub], now[entry.hub])
        entries = service.trace_since(entries[-1].number).entries
    return dict(most)


@pytest.mark.timeout(400)
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to end the service with")
def test_all_chapters_agree_with_their_outputs_on_one_shared_service():
    assert chapters(), "no notebook in notebooks/ yet"
    checks = script("run_checks")
    at_once = str(len(chapters()))  # more than there may be cores: they are to overlap
    command = [sys.executable, "-m", "pytest", "-n", at_once, *checks.NBVAL, "-p", "no:cacheprovider", "notebooks"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    with served("--trace") as connection_string:  # the map and the inspector show what is traced
        assert connection_string.startswith("Endpoint=http://"), connection_string
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=environment | {"WEBPUBSUB_CONNECTION_STRING": connection_string},
            capture_output=True,
            text=True,
            timeout=380,
            check=False,
        )
        most = most_connections(Served(ConnectionString.parse(connection_string)))
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(most) >= len(chapters()) - 1  # one is about the resource, and connects nobody
    assert max(most.values()) <= MOST_CONNECTIONS, most
    assert re.search(r"\b[1-9]\d* passed", done.stdout), done.stdout
