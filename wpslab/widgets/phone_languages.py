"""Phone languages: the languages a phone offers, and the phrases it has ready for those no engine really translates."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Literal

from ..translator import AzureTranslator, Translator
from ..translator.languages import LANGUAGES, Language, find_language
from ..translator.phrasebook import shipped_phrasebook

PHRASES = (
    "hello",
    "hello_how_are_you",
    "i_am_fine",
    "where_are_you",
    "i_am_on_my_way",
    "wait_a_moment",
    "thank_you",
    "of_course",
    "i_do_not_understand",
    "see_you_soon",
    "goodbye",
)


def offered_languages(codes: Iterable[str] | None, *more: str) -> tuple[Language, ...]:
    """Return the languages of a picker by their own names, Latin letters first; by default those of the phrasebook.

    Raises:
        ValueError: there is no such language.
    """
    codes = shipped_phrasebook().languages if codes is None else codes
    wanted = {checked_language(code).code for code in (*codes, *more)}
    return tuple(sorted((LANGUAGES[code] for code in wanted), key=_place_of))


def _place_of(language: Language) -> tuple[bool, str]:
    first = unicodedata.name(language.native_name[0], "")
    return not first.startswith("LATIN"), language.native_name.casefold()


def checked_language(code: str) -> Language:
    """Return the language with this code.

    Raises:
        ValueError: there is none.
    """
    language = find_language(code) if isinstance(code, str) else None
    if language is None:
        raise ValueError(f"There is no language {code!r} here. There are {', '.join(LANGUAGES)}.")
    return language


def direction_of(text: str, code: str | None) -> Literal["ltr", "rtl"]:
    """Return the direction in which a text is read.

    The language is the one its writer's phone is set to, and people type others: the letters count first. A sentence
    of a right-to-left language may well begin with, or be mostly, names in Latin letters.
    """
    kinds = [unicodedata.bidirectional(letter) for letter in text]
    left, right = kinds.count("L"), kinds.count("R") + kinds.count("AL")
    is_told_right = code is not None and LANGUAGES[code].direction == "rtl"
    if is_told_right and (right or not left):
        return "rtl"
    return "rtl" if right > left else "ltr"


def ready_phrases(language: str) -> list[str]:
    """Return phrases to tap in a language, or in the one it is a variant of; none where the phrasebook has neither."""
    book = shipped_phrasebook()
    if language not in book.languages:
        language = LANGUAGES[language].variant_of or ""
    if language not in book.languages:
        return []
    phrases = book.phrases(language, "chat")
    return [phrases[key] for key in PHRASES if key in phrases]


def is_really_translated(language: str, others: Sequence[str], translator: AzureTranslator | Translator) -> bool:
    """Tell whether a typed sentence is translated into all the other languages, and not only a known phrase.

    Args:
        language: the code of the language somebody types in.
        others: the codes of the languages the others may read.
        translator: the lab's: on Azure it translates everything, on this machine it has a table of its engines.
    """
    if translator.backend == "azure":
        return True
    translated = {
        target
        for row in translator.engines
        if row.code == language
        for name, targets in row.engines
        if name != "phrasebook"
        for target in targets
    }
    return {*others} - {language} <= translated
