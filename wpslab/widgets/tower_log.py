"""Tower log: the messages between the partners and the tower, the last of them, numbered."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import Literal

from .tower_scene import TOWER

MessageKind = Literal["direct", "up", "down"]
WORDS: dict[MessageKind, str] = {"direct": "direct", "up": "to the tower", "down": "from the tower"}

KEPT_LINES = 200
KEPT_MOVES = 40
SHOWN_LINES = 80
LONGEST = 300


@dataclass(frozen=True, slots=True)
class Message:
    """A message that was sent. Without a text it is seen moving, and not listed."""

    number: int
    clock: str
    sender: str
    receiver: str
    text: str

    @property
    def kind(self) -> MessageKind:
        """Whether it went to the tower, came from it, or went from partner to partner."""
        return "up" if self.receiver == TOWER else "down" if self.sender == TOWER else "direct"

    def __str__(self) -> str:
        return f"{self.clock} {self.sender} → {self.receiver}: {self.text}"


class MessageLog:
    """Messages in the order they came; any thread may add one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0
        self._lines: deque[Message] = deque(maxlen=KEPT_LINES)
        self._moves: deque[Message] = deque(maxlen=KEPT_MOVES)

    def add(self, clock: str, sender: str, receiver: str, text: str) -> None:
        """Add a message."""
        with self._lock:
            self._last += 1
            message = Message(self._last, clock, sender, receiver, text[:LONGEST])
            self._moves.append(message)
            if text:
                self._lines.append(message)

    def lines(self) -> list[Message]:
        """Return the last messages with a text, oldest first."""
        with self._lock:
            return list(self._lines)

    def moves(self) -> list[Message]:
        """Return the last messages, also those without a text."""
        with self._lock:
            return list(self._moves)
