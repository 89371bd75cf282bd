"""Transliteration: texts of other scripts in Latin letters, as far as that needs no dictionary.

Kanji stay: how they are read depends on the words they are in.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Mapping

from .errors import TranslatorError
from .languages import LANGUAGES, TRANSLITERATED, Language

_LETTERS: Mapping[str, re.Pattern[str]] = {
    "Cyrl": re.compile(r"[\u0400-\u04ff]+"),
    "Grek": re.compile(r"[\u0370-\u03ff\u1f00-\u1fff]+"),
    "Jpan": re.compile(r"[\u3040-\u30ff]+"),
    "Kore": re.compile(r"[\uac00-\ud7af\u1100-\u11ff]+"),
    "Hans": re.compile(r"[\u3400-\u9fff]+"),
    "Hant": re.compile(r"[\u3400-\u9fff]+"),
}
_DOUBLED = re.compile(r"[っッ](?=([\u3040-\u30ff]))")
# The particle は is read wa: in greetings, and behind a word that is not in hiragana, where hiragana does not follow.
_GREETING = re.compile(r"(?<=こんにち)は|(?<=こんばん)は|(?<=それで)は|(?<=^で)は(?=$|[、。！ ]|また)")
_TOPIC = re.compile(r"(?<=[\u30a0-\u30ff\u3400-\u9fffA-Za-z0-9])は(?![\u3040-\u309fー])")
_GLIDE = re.compile(r"([きぎしじちぢにひびぴみりキギシジチヂニヒビピミリ])([ゃゅょャュョ])")


def transliterated() -> tuple[str, ...]:
    """Return the codes of the languages that can be written in Latin letters here."""
    return TRANSLITERATED if importlib.util.find_spec("anyascii") else ()


def check_scripts(language: Language, source: str, target: str) -> None:
    """Check that a language can be brought from one script to another. Raises TranslatorError."""
    if source.lower() not in (language.script.lower(), "latn"):
        raise TranslatorError(400006)
    if language.code not in transliterated():
        raise TranslatorError(400080)
    if target.lower() != "latn" or source.lower() == "latn":
        raise TranslatorError(400080, "Here only Latn is written, from the language's own script.")


def to_latin(text: str, language_code: str) -> str:
    """Return a text in Latin letters; what is not in the language's own script stays as it is."""
    from anyascii import anyascii  # imported late: not everybody transliterates

    script = LANGUAGES[language_code].script
    if script == "Jpan":
        text = _TOPIC.sub("わ", _GREETING.sub("わ", text))
        text = _GLIDE.sub(lambda match: _glide(anyascii(match[1]), anyascii(match[2])), text)
        text = _DOUBLED.sub(lambda match: anyascii(match[1])[:1].replace("c", "t"), text)
    if script in ("Hans", "Hant"):
        spaced = _LETTERS[script].sub(lambda match: f" {' '.join(map(anyascii, match[0]))} ".lower(), text)
        return re.sub(r" +", " ", re.sub(r" (?=[^\w\s])", "", spaced)).strip()
    return _LETTERS[script].sub(lambda match: _cased(anyascii(match[0]), script), text)


def _cased(latin: str, script: str) -> str:
    return latin.lower() if script in ("Kore", "Jpan") else latin


def _glide(head: str, tail: str) -> str:
    """Join such syllables as ki and yo to kyo, and shi and yo to sho."""
    return head[:-1] + (tail[1:] if head in ("shi", "ji", "chi") else tail)
