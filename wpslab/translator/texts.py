"""Texts: how two spellings of one phrase are made equal, and how a text falls into sentences."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

MAX_CHARACTERS = 4096
"""How many characters it is remembered of what they are folded to."""

_QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "“": '"', "”": '"'})
_SPACES = re.compile(r"\s+")
# Commas are forgotten and found; those within a number are part of it. Spanish opens its questions with a sign.
_PAUSE = re.compile(r"(?<!\d)[,،、;؛]|[,،、;؛](?!\d)|[¿¡]")
_SPACE_BEFORE_MARK = re.compile(r" +(?=[:!?؟])")
# Where neighbours are written without blanks, a blank tells nothing.
_UNSPACED = r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]"
_IDLE_SPACE = re.compile(rf"(?<={_UNSPACED}) | (?={_UNSPACED})")
# A full stop ends a sentence only before a blank: 5.50 is one number. The East Asian ones need none.
_SENTENCE = re.compile(r"(?:[^.!?。！？؟।]|[.!?؟।](?![\s.!?؟।]|$))*[.!?。！？؟।]*\s*")
_KEPT = frozenset("+-%€$£¥°#")
_EMOJI_PARTS = frozenset("\ufe0e\ufe0f\u20e3")

_DOT_ABOVE = "\u0307"
_VOWEL_SIGNS = re.compile(r"[\u064b-\u0652\u0670\u0640]")
_SAME = str.maketrans({"ı": "i", "ё": "е"})
# What people leave out or take for another: alef with and without hamza, and two signs of Devanagari.
_ALIKE: dict[str, str] = {
    **dict.fromkeys("أإآٱ", "ا"),
    **dict(zip("ىةँ", "يهं", strict=True)),
    **dict.fromkeys("\u093c'·", ""),
}
_ACCENTED = re.compile(r"[\u00c0-\u024f\u0370-\u03ff\u1e00-\u1fff]")


def simplify(text: str) -> str:
    """Return a text with one kind of quotes and blanks, without commas and what surrounds its words."""
    text = unicodedata.normalize("NFKC", text).translate(_QUOTES)
    text = _SPACES.sub(" ", _PAUSE.sub(" ", text)).strip()
    text = _IDLE_SPACE.sub("", _SPACE_BEFORE_MARK.sub("", text))
    start, end = _inner(text)
    return text[start:end]


def surroundings(text: str) -> tuple[str, str, str]:
    """Return what stands before the first word, the words, and what stands after the last one."""
    start, end = _inner(text)
    return text[:start], text[start:end], text[end:]


def fold(text: str) -> str:
    """Return a simplified text in one case of letters, without signs that many texts leave out.

    These are the dots of the Turkish İ and the Russian ё, and the vowel signs of Arabic.
    """
    return "".join(map(_fold_character, text))


def loosen(text: str) -> tuple[str, Sequence[int]]:
    """Return a simplified text folded and without accents and apostrophes, and where each character was."""
    letters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        loose = _loosen_character(character)
        letters.append(loose)
        places.extend([place] * len(loose))
    return "".join(letters), places


def words(text: str) -> list[str]:
    """Return the words of a text, loosened."""
    simple = simplify(text).replace("'", " ")
    return re.findall(r"\w+", loosen(simple)[0])


def sentences(text: str) -> list[str]:
    """Split a text after the marks that end a sentence; together the parts are the text."""
    return [part for part in _SENTENCE.findall(text) if part]


def has_words(text: str) -> bool:
    """Tell whether there is anything to translate: a letter of any script."""
    return any(character.isalpha() for character in text)


@lru_cache(MAX_CHARACTERS)
def _fold_character(character: str) -> str:
    return _VOWEL_SIGNS.sub("", character.casefold().replace(_DOT_ABOVE, "").translate(_SAME))


@lru_cache(MAX_CHARACTERS)
def _loosen_character(character: str) -> str:
    folded = _fold_character(character)
    if folded in _ALIKE:
        return _ALIKE[folded]
    if not _ACCENTED.match(folded):
        return folded
    parts = unicodedata.normalize("NFD", folded)
    return "".join(part for part in parts if unicodedata.category(part) != "Mn")


def _inner(text: str) -> tuple[int, int]:
    start, end = 0, len(text)
    while start < end and _is_idle(text[start]):
        start += 1
    while end > start and _is_idle(text[end - 1]):
        end -= 1
    return start, end


def _is_idle(character: str) -> bool:
    if character in _EMOJI_PARTS:
        return True
    category = unicodedata.category(character)
    return category[0] in "PZSC" and category != "Co" and character not in _KEPT
