"""Apertium pipeline: the programs of one translation direction, started once and kept for the texts that follow.

To start them takes a good part of a second, to translate a sentence a few milliseconds. With the option -z each of
them hands on what it has at a zero byte.
"""

from __future__ import annotations

import os
import re
import selectors
import subprocess
import threading
import time
from collections.abc import Sequence

# What means something in Apertium's stream format is escaped, and its answer escaped as well.
_SIGNS = re.compile(r"[\[\]{}^$/\\@<>]")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
# These are not: the text's own are somebody else's letters on their way, to tell them from Apertium's marks.
_OUT = str.maketrans("*#~", "\ue0f1\ue0f2\ue0f3")
_BACK = str.maketrans("\ue0f1\ue0f2\ue0f3", "*#~")
_MARK = re.compile(r"(?<!\\)([*@#])(?=\w)")
_WORD = re.compile(r"[^\W\d_]+")
_END = "[].[]"
"""A full stop that is neither the text's nor an abbreviation's: the last words are translated as a sentence's end."""
_CHUNK = 1 << 16


class ApertiumError(Exception):
    """Tell that the programs gave no translation."""


class Pipeline:
    """Runs the programs of a direction. Any thread may ask; one text is translated at a time.

    Args:
        programs: each with its arguments, as a mode file names them.
    """

    def __init__(self, programs: Sequence[Sequence[str]]) -> None:
        self._programs = programs
        self._running: tuple[subprocess.Popen[bytes], ...] = ()
        self._lock = threading.Lock()
        self._closings = 0

    def translate(self, text: str, deadline: float) -> tuple[str, float]:
        """Return the translation, and which part of its words was known, from 0 to 1.

        Args:
            text: without a zero byte.
            deadline: by `time.monotonic()`.

        Raises:
            ApertiumError: the programs ended, or took too long; they start anew for the next text.
        """
        if not self._lock.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise ApertiumError("no answer in time")
        try:
            was_running, closings = bool(self._running), self._closings
            try:
                answer = self._ask(_written(text), deadline)
            except ApertiumError:
                if not was_running or closings != self._closings or time.monotonic() >= deadline:
                    raise
                answer = self._ask(_written(text), deadline)  # they ended since the last text
        finally:
            self._lock.release()
        return _read(answer)

    @property
    def is_running(self) -> bool:
        """Whether its programs are started."""
        return bool(self._running)

    def end_if_idle(self) -> bool:
        """End the programs unless a text is being translated; return whether they are ended."""
        if not self._lock.acquire(blocking=False):
            return False
        try:
            self._end()
        finally:
            self._lock.release()
        return True

    def close(self) -> None:
        """End the programs, also under a text that is being translated, which is given up."""
        self._closings += 1
        for process in self._running:
            process.kill()
        with self._lock:
            self._end()

    def _ask(self, text: str, deadline: float) -> str:
        try:
            self._running = self._running or _start(self._programs)
            return _exchange(self._running, text.encode("utf-8", "replace") + b"\0", deadline)
        except (ApertiumError, OSError) as error:
            self._end()
            raise ApertiumError(str(error)) from error

    def _end(self) -> None:
        ended, self._running = self._running, ()
        for process in ended:
            process.kill()
            with process:
                pass  # closes its pipes, and waits


def _start(programs: Sequence[Sequence[str]]) -> tuple[subprocess.Popen[bytes], ...]:
    """Start the programs, each reading what the one before writes."""
    started: list[subprocess.Popen[bytes]] = []
    try:
        for program, *arguments in programs:
            started.append(
                subprocess.Popen(
                    [program, "-z", *arguments],
                    stdin=started[-1].stdout if started else subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    bufsize=0,
                    env={**os.environ, "LC_ALL": "C.UTF-8"},
                    process_group=0,  # Ctrl+C is not for them
                )
            )
            if len(started) > 1 and (pipe := started[-2].stdout) is not None:
                pipe.close()  # so that an end is seen by the next one
    except OSError:
        for process in started:
            process.kill()
            process.wait()
        raise
    return tuple(started)


def _exchange(programs: Sequence[subprocess.Popen[bytes]], text: bytes, deadline: float) -> str:
    """Write a text while reading what comes of it: a pipe that is full on one side waits for the other."""
    entry, exit_ = programs[0].stdin, programs[-1].stdout
    assert entry is not None
    assert exit_ is not None
    written, answer = 0, bytearray()
    with selectors.DefaultSelector() as selector:
        for pipe, event in ((entry, selectors.EVENT_WRITE), (exit_, selectors.EVENT_READ)):
            os.set_blocking(pipe.fileno(), False)
            selector.register(pipe, event)
        while not answer.endswith(b"\0"):
            ready = selector.select(max(0.0, deadline - time.monotonic()))
            if not ready:
                raise ApertiumError("no answer in time")
            for key, _ in ready:
                if key.fileobj is entry:
                    written += os.write(key.fd, text[written : written + _CHUNK])
                    if written == len(text):
                        selector.unregister(entry)
                elif chunk := os.read(key.fd, _CHUNK):
                    answer += chunk
                else:
                    raise ApertiumError("the programs ended")
    if answer.index(b"\0") != len(answer) - 1 or written != len(text):
        raise ApertiumError("more than one answer")  # and the next one would be another text's
    return answer[:-1].decode("utf-8", "replace")


def _written(text: str) -> str:
    return _SIGNS.sub(r"\\\g<0>", text.translate(_OUT)) + _END


def _read(answer: str) -> tuple[str, float]:
    """Return an answer without Apertium's own marks, and which part of its words was known."""
    answer = answer.removesuffix(_END)
    words = len(_WORD.findall(answer))
    unknown = sum(found[1] != "#" for found in _MARK.finditer(answer))  # "#" is a known word, badly inflected
    text = _ESCAPED.sub(r"\1", _MARK.sub("", answer)).translate(_BACK)
    return text, 1 - unknown / words if words else 1.0
