"""Texts: how two spellings of one phrase are made equal, and how a text falls into sentences."""

from __future__ import annotations

import re
import unicodedata

_QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "“": '"', "”": '"'})
_SPACES = re.compile(r"\s+")
# Where neighbours are written without blanks, a blank tells nothing.
_UNSPACED = r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]"
_IDLE_SPACE = re.compile(rf"(?<={_UNSPACED}) | (?={_UNSPACED})")
# A full stop ends a sentence only before a blank: 5.50 is one number. The East Asian ones need none.
_SENTENCE = re.compile(r"(?:[^.!?。！？؟।]|[.!?؟।](?![\s.!?؟।]|$))*[.!?。！？؟।]*\s*")
_DOT_ABOVE = "\u0307"
_KEPT = frozenset("+-%€$£¥°#")


def simplify(text: str) -> str:
    """Return a text with one kind of quotes and blanks, and without what surrounds its first and last word."""
    text = unicodedata.normalize("NFKC", text).translate(_QUOTES)
    text = _IDLE_SPACE.sub("", _SPACES.sub(" ", text.strip()))
    start, end = 0, len(text)
    while start < end and _is_idle(text[start]):
        start += 1
    while end > start and _is_idle(text[end - 1]):
        end -= 1
    return text[start:end]


def fold(text: str) -> str:
    """Return a simplified text in one case of letters; the Turkish dotted İ is an i."""
    return text.casefold().replace(_DOT_ABOVE, "")


def sentences(text: str) -> list[str]:
    """Split a text after the marks that end a sentence; together the parts are the text."""
    return [part for part in _SENTENCE.findall(text) if part]


def has_words(text: str) -> bool:
    """Tell whether there is anything to translate: a letter of any script."""
    return any(character.isalpha() for character in text)


def _is_idle(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] in "PZSC" and category != "Co" and character not in _KEPT
