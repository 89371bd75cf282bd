"""Terminal shell: `wpslab az webpubsub client start` in a real terminal, which needs no lab and no notebook."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from typing import TextIO

from ..client.access import access_url
from ..client.errors import ClientError
from ..client.frames import RECEIVED, Direction
from ..client.session import JSON_SUBPROTOCOL, ClientSession
from .terminal_input import USAGE, InvalidInput, TypedRequest, read_line

# Italic and bright green, as in az.
_FRAME_BEGINS = "\x1b[3m\x1b[92m"
_FRAME_ENDS = "\x1b[0m\x1b[0m"


def run_in_terminal(
    connection_string: str, hub: str, user_id: str | None, stdin: TextIO, stdout: TextIO, stderr: TextIO
) -> int:
    """Connect, print the frames on `stdout`, and do what the lines of `stdin` say until they end or Ctrl+C is pressed.

    Returns:
        The exit status: 0, or 1 where the connection failed or the service closed it. `stderr` then says why.
    """
    try:
        url = access_url(connection_string, hub, user_id)
        asyncio.run(_Shell(stdout, stderr).run(url, stdin))
    except KeyboardInterrupt:
        return 0
    except ClientError as problem:
        _write(stderr, f"ERROR: {problem}")
        return 1
    return 0


class _Shell:
    """One client between the streams of a terminal."""

    def __init__(self, stdout: TextIO, stderr: TextIO) -> None:
        self._stdout = stdout
        self._stderr = stderr
        self._begins, self._ends = (_FRAME_BEGINS, _FRAME_ENDS) if stdout.isatty() else ("", "")
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._session = ClientSession(JSON_SUBPROTOCOL, self._on_frame, self._on_closed)
        self._is_greeted = False
        self._is_closed = False

    async def run(self, url: str, stdin: TextIO) -> None:
        """Work until the input ends.

        Raises:
            ClientError: the connection failed, or the service closed it.
        """
        answers = set()
        try:
            await self._session.open(url)
            _start_reading(stdin, asyncio.get_running_loop(), self._lines.put_nowait)
            while (line := await self._lines.get()) is not None:
                if request := self._read(line.strip()):
                    # Not awaited: the next line must not wait for a slow event handler.
                    answers.add(task := asyncio.create_task(self._ask(request)))
                    task.add_done_callback(answers.discard)
            if answers:
                await asyncio.wait(answers)
        finally:
            await self._session.close()
        if self._session.reason:
            raise ClientError(self._session.reason)

    def _read(self, line: str) -> TypedRequest | None:
        if not line:
            return None
        try:
            request = read_line(line)
        except InvalidInput as problem:
            _write(self._stderr, str(problem))
            return None
        if request is None:
            _write(self._stderr, USAGE)
        return request

    async def _ask(self, request: TypedRequest) -> None:
        try:
            await self._session.ask(request)
        except ClientError as problem:
            if not self._is_closed:
                _write(self._stderr, f"ERROR: {problem}")

    def _on_frame(self, direction: Direction, text: str) -> None:
        if direction != RECEIVED:
            return
        if not self._is_greeted:
            self._is_greeted = True
            _write(self._stderr, USAGE)
        _write(self._stdout, f"{self._begins}{text}{self._ends}")

    def _on_closed(self) -> None:
        self._is_closed = True
        self._lines.put_nowait(None)


def _write(stream: TextIO, text: str) -> None:
    stream.write(f"{text}\n")
    stream.flush()


def _start_reading(stdin: TextIO, loop: asyncio.AbstractEventLoop, put: Callable[[str | None], None]) -> None:
    """Hand the lines of a stream to the loop, and None at their end, from a thread that ends with the program."""

    def read() -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended before the input
            for line in _lines_of(stdin):
                loop.call_soon_threadsafe(put, line)
            loop.call_soon_threadsafe(put, None)

    threading.Thread(target=read, name="wpslab-stdin", daemon=True).start()


def _lines_of(stdin: TextIO) -> Iterator[str]:
    try:
        number = stdin.fileno()
    except (OSError, ValueError):
        yield from stdin
        return
    # Not by the stream itself: a thread that waits in it holds its lock, and the program could not end.
    decoder = codecs.getincrementaldecoder(stdin.encoding or "utf-8")("replace")
    begun = ""
    with contextlib.suppress(OSError):  # the terminal went away
        while data := os.read(number, 65536):
            *lines, begun = (begun + decoder.decode(data)).split("\n")
            yield from lines
    if begun:
        yield begun
