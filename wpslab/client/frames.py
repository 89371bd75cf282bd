"""Frames: the bounded record of what travelled between one client and the service."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Direction = Literal["→", "←"]

SENT: Direction = "→"
RECEIVED: Direction = "←"
WORDS: dict[Direction, str] = {SENT: "sent", RECEIVED: "received"}

KEPT = 200
SHOWN_CHARACTERS = 4_000


@dataclass(frozen=True)
class Frame:
    """One WebSocket message: "→" from the client to the service, "←" the other way, and its text."""

    direction: Direction
    text: str

    def __str__(self) -> str:
        return f"{self.direction} {one_line(self.text)}"


class FrameLog:
    """The last frames of a client, numbered from 1."""

    def __init__(self, kept: int = KEPT) -> None:
        self._frames: deque[Frame] = deque(maxlen=kept)
        self._count = 0

    def __iter__(self) -> Iterator[Frame]:
        return iter(tuple(self._frames))

    def __len__(self) -> int:
        return len(self._frames)

    def append(self, direction: Direction, text: str) -> None:
        """Record a frame; the oldest goes when there are too many."""
        self._frames.append(Frame(direction, text))
        self._count += 1

    def find_received(self, text: str) -> Frame | None:
        """Return the latest received frame that holds `text`."""
        matches = (frame for frame in reversed(tuple(self._frames)) if frame.direction == RECEIVED)
        return next((frame for frame in matches if text in frame.text), None)

    def rows(self) -> list[list[object]]:
        """Return what the front end shows: number, direction and text, long texts cut."""
        frames = tuple(self._frames)
        first = self._count - len(frames) + 1
        return [[number, frame.direction, cut(frame.text)] for number, frame in enumerate(frames, first)]


def cut(text: str, limit: int = SHOWN_CHARACTERS) -> str:
    """Shorten a long text and say by how much."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]} … ({len(text) - limit:,} more characters)"


def one_line(text: str) -> str:
    """Return a text with its line breaks made visible."""
    return "⏎".join(text.splitlines())


def binary_text(data: bytes) -> str:
    """Return how a binary frame is written in a list of texts."""
    shown = data[:32].hex(" ")
    more = " …" if len(data) > 32 else ""
    return f"({len(data)} bytes) {shown}{more}"
