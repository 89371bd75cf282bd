"""Chat message: what somebody says on a phone, and the JSON it travels as."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

from ..client.frames import cut
from ..translator.languages import find_language

KEPT = 200
SERVICE = "service"  # who speaks where neither the service nor the message names anybody

Status = Literal["received", "untranslated", "sending", "sent", "unconfirmed", "failed"]


@dataclass(frozen=True)
class ChatMessage:
    """One message as a phone shows it.

    Attributes:
        sender: the user id of who wrote it.
        text: what is read.
        language: the code of the text's language, or None where nobody said.
        original: what was written, where the text is a translation of it.
        original_language: the code of that language, or None where nobody said.
    """

    sender: str
    text: str
    language: str | None = None
    original: str | None = None
    original_language: str | None = None

    def __str__(self) -> str:
        if self.original is None:
            return f"{self.sender}: {self.text}"
        language = f"{self.original_language}: " if self.original_language else ""
        return f"{self.sender}: {self.text} ({language}{self.original})"

    def translated(self, text: str, language: str) -> ChatMessage:
        """Return the message in another language. Where the words are the same, nothing was translated."""
        if text == self.text:
            return self
        return replace(self, text=cut(text), language=language, original=self.text, original_language=self.language)

    @classmethod
    def read(cls, frame: str) -> Self | None:
        """Return the chat message in a frame of the JSON subprotocol, or None where there is none.

        The service vouches for `fromUserId`. Only where the frame has none, as when a server sent it, may the payload
        say who speaks.
        """
        try:
            envelope = json.loads(frame)
        except ValueError:
            return None
        match envelope:
            case {"type": "message", "data": {"text": str(text)} as data}:
                pass
            case {"type": "message", "data": str(text)}:
                data = {}
            case _:
                return None
        original = data.get("original")
        if not (isinstance(original, dict) and isinstance(original.get("text"), str)) or original["text"] == text:
            original = {}  # nothing was translated
        return cls(
            sender=_name(envelope.get("fromUserId")) or _name(data.get("from")) or SERVICE,
            text=cut(text),
            language=_language(data.get("language")),
            original=cut(original["text"]) if original else None,
            original_language=_language(original.get("language")),
        )


def payload(text: str, language: str) -> dict[str, str]:
    """Return what a phone sends."""
    return {"text": text, "language": language}


@dataclass
class Bubble:
    """A message on the screen. Its number never changes, its status does; `reason` is why it is not translated."""

    number: int
    message: ChatMessage
    status: Status
    reason: str = ""


class Conversation:
    """The last messages of a phone, numbered from 1."""

    def __init__(self, kept: int = KEPT) -> None:
        self._bubbles: deque[Bubble] = deque(maxlen=kept)
        self._count = 0

    def __iter__(self) -> Iterator[Bubble]:
        return iter(tuple(self._bubbles))

    def __len__(self) -> int:
        return len(self._bubbles)

    def add(self, message: ChatMessage, status: Status = "received", reason: str = "") -> Bubble:
        """Append a message; the oldest goes when there are too many."""
        self._count += 1
        bubble = Bubble(self._count, message, status, reason)
        self._bubbles.append(bubble)
        return bubble

    def find(self, text: str, own: str) -> ChatMessage | None:
        """Return the latest message of anybody else that holds `text`, translated or as it was written."""
        others = (bubble.message for bubble in reversed(tuple(self._bubbles)) if bubble.message.sender != own)
        return next((each for each in others if text in each.text or text in (each.original or "")), None)


def _name(value: Any) -> str | None:
    return cut(value, 100) if isinstance(value, str) and value else None


def _language(value: Any) -> str | None:
    language = find_language(value) if isinstance(value, str) else None
    return language.code if language else None
