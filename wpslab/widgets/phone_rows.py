"""Phone rows: what the front end of a phone is told about languages and messages."""

from __future__ import annotations

from ..translator.languages import LANGUAGES, Language
from .chat_message import Bubble
from .phone_languages import direction_of


def language_row(language: Language) -> list[str]:
    """Return a language for the picker: its code, its name in itself, its direction, its name in English."""
    return [language.code, language.native_name, language.direction, language.name]


def bubble_row(bubble: Bubble, own: str) -> list[object]:
    """Return a message: number, status, sender or None for the phone's own, text, original, why not translated."""
    message = bubble.message
    sender = None if message.sender == own else message.sender
    original = _words(message.original, message.original_language) if message.original is not None else None
    return [bubble.number, bubble.status, sender, _words(message.text, message.language), original, bubble.reason]


def _words(text: str, code: str | None) -> list[str]:
    """Return a text, its language, its direction, and the language's name; the language only where it can be true."""
    direction = direction_of(text, code)
    language = LANGUAGES[code] if code else None
    if language is None or language.direction != direction:  # whoever typed it did not change the phone's language
        return [text, "", direction, ""]
    return [text, language.code, direction, language.name]
