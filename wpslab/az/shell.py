"""Shell: `wpslab az …` in a terminal, with az's output, errors and exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

from ..connection_string import VARIABLES
from .answer import Answer
from .problem import AzError

NO_SERVICE = (
    "No service to ask. Start one with `wpslab serve` in another terminal and set WEBPUBSUB_CONNECTION_STRING to the "
    "first line it prints:\n  export WEBPUBSUB_CONNECTION_STRING='Endpoint=http://127.0.0.1:…;AccessKey=…;Version=1.0;'"
)


def main(argv: Sequence[str]) -> int:
    """Run one command on the service that the environment names. The words are those after `wpslab az`.

    Returns:
        az's exit status.
    """
    try:
        return _run(list(argv))
    except AzError as error:
        _write(sys.stderr, f"ERROR: {error.text}")
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of the output has gone; the interpreter must not complain when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _run(words: list[str]) -> int:
    from ..errors import LabError
    from ..lab import start
    from .cli import Cli

    if not any(os.environ.get(name) for name in VARIABLES):
        return _without_service(words)
    try:
        lab = start()
    except LabError as error:
        raise AzError(str(error)) from error
    try:
        answer = Cli(
            lab,
            start_client=_start_client,
            confirm=_confirm if sys.stdin is not None and sys.stdin.isatty() else None,
            is_coloured=sys.stdout.isatty(),
        ).execute(words)
    finally:
        lab.close()
    if isinstance(answer, Answer):
        _write(sys.stdout, answer.text)
    return answer if isinstance(answer, int) else 0


def _without_service(words: list[str]) -> int:
    """Answer what needs no service: help, and what is wrong with the command line."""
    from .commands import TABLE
    from .help_text import help_text
    from .parsing import HelpWanted, parse

    parsed = parse(TABLE, words)
    if isinstance(parsed, HelpWanted):
        _write(sys.stdout, help_text(TABLE, parsed.topic))
        return 0
    raise AzError(NO_SERVICE)


def _start_client(connection_string: str, hub: str, user_id: str | None) -> Any:
    from .terminal import run_in_terminal

    return run_in_terminal(connection_string, hub, user_id, sys.stdin, sys.stdout, sys.stderr)


def _confirm(question: str) -> bool:
    while True:
        sys.stderr.write(question)
        sys.stderr.flush()
        answer = sys.stdin.readline().strip().lower()
        if answer in ("y", "yes"):
            return True
        if answer in ("n", "no", ""):
            return False


def _write(stream: Any, text: str) -> None:
    stream.write(f"{text}\n")
    stream.flush()
