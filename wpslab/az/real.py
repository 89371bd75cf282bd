"""Real az: the Azure CLI on this machine as a program: its notices as they come, its answer, its exit status."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from .problem import AzError

NOT_INSTALLED = (
    "On Azure this command is one of the real az, the Azure CLI, which is not installed here.\n"
    "Install it (https://learn.microsoft.com/cli/azure/install-azure-cli) and run `az login`. Without it, "
    "`az webpubsub client start` and `az webpubsub service …` work by the lab's connection string, "
    "and a lab without a connection string runs every command of this course on an emulator."
)
READ_SECONDS = 5.0
"""How long its output is waited for after its end; a browser it opened may hold the pipes for ever."""

_ERROR = "ERROR:"
_DANGEROUS_IN_BATCH = frozenset('%&|<>^!"\r\n')


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the program wrote on standard output, and its error, without the word ERROR."""

    status: int
    text: str
    error: str


def is_installed() -> bool:
    """Return whether there is an Azure CLI."""
    return shutil.which("az") is not None


def run_real(words: Sequence[str], write: Callable[[str], None], seconds: float, *, may_ask: bool = False) -> Outcome:
    """Run the Azure CLI and wait for its end.

    Args:
        words: its command line, handed over word by word, never through a shell.
        write: takes each line of standard error as it comes; the error at the end is not among them.
        seconds: how long it may take.
        may_ask: whether it may read from this program's standard input.

    Raises:
        AzError: it is not installed, or took too long.
    """
    process = subprocess.Popen(
        [*_program(words), *words],
        stdin=None if may_ask else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        start_new_session=True,  # it is a script that starts a program: both must end together
    )
    answer: list[str] = []
    error: list[str] = []
    readers = [
        threading.Thread(target=_read, args=(process.stdout, answer.append), daemon=True),
        threading.Thread(target=_read, args=(process.stderr, _sorting(error, write)), daemon=True),
    ]
    for reader in readers:
        reader.start()
    try:
        status = process.wait(seconds)
        ends = time.monotonic() + READ_SECONDS  # a program it started, such as a browser, may hold the lines open
        for reader in readers:
            reader.join(max(0.0, ends - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise AzError(f"az did not end within {seconds:g} seconds and was stopped.") from None
    finally:
        _end(process)
    return Outcome(status, "".join(answer), "".join(error).removeprefix(_ERROR).strip())


def _program(words: Sequence[str]) -> list[str]:
    found = shutil.which("az")
    if found is None:
        raise AzError(NOT_INSTALLED)
    if sys.platform != "win32" or Path(found).suffix.lower() not in (".cmd", ".bat"):
        return [found]
    # A batch file reads its words a second time, as a shell; the Python it would start does not.
    python = Path(found).parent.parent / "python.exe"
    if python.exists():
        return [str(python), "-IBm", "azure.cli"]
    if _DANGEROUS_IN_BATCH.intersection("".join(words)):
        raise AzError('The az of this machine is a batch file and cannot take the characters %&|<>^!" safely.')
    return [found]


def _read(stream: IO[str] | None, take: Callable[[str], object]) -> None:
    assert stream is not None
    with stream:
        for line in stream:
            take(line)


def _sorting(error: list[str], write: Callable[[str], None]) -> Callable[[str], None]:
    """Return what keeps the error, which ends what az writes, and lets the lines before it through."""

    def take(line: str) -> None:
        if error or line.startswith(_ERROR):
            error.append(line)
        else:
            write(line.rstrip("\n"))

    return take


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            if sys.platform == "win32":
                process.kill()
            else:
                os.killpg(process.pid, signal.SIGKILL)
        process.wait()
