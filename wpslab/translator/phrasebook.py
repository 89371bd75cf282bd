"""Phrasebook: phrases that are known in every language it has, found however they are typed."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from .languages import LANGUAGES, find_language
from .marks import put_back
from .templates import fill, make_template, placeholders
from .texts import fold, has_words, loosen, sentences, simplify, surroundings, words

MAX_PHRASE = 300
"""Characters of the longest text that is looked up."""

MAX_SENTENCES = 30
ALIASES = "aliases"
"""The table of other spellings: they are found, and never given as a translation."""

_UNSPACED = frozenset({"ja", "zh-Hans", "zh-Hant", "th"})


@dataclass(frozen=True, slots=True)
class _Found:
    key: str
    spelling: str
    values: Mapping[str, str]
    is_exact: bool


class _Phrases:
    """One language's phrases: from key to text, and back."""

    def __init__(self, tables: Mapping[str, Mapping[str, Any]]) -> None:
        self.topics: Mapping[str, Mapping[str, str]] = {
            name: table for name, table in tables.items() if name != ALIASES
        }
        self.aliases: Mapping[str, Sequence[str]] = tables.get(ALIASES, {})
        self.texts = {key: text for phrases in self.topics.values() for key, text in phrases.items()}
        spelled = list(self._spellings())
        self.exact: dict[str, tuple[str, str]] = {}
        self.loose: dict[str, tuple[str, str]] = {}
        for key, spelling in spelled:
            if not placeholders(spelling):
                simple = simplify(spelling)
                self.exact.setdefault(fold(simple), (key, spelling))
                self.loose.setdefault(loosen(simple)[0], (key, spelling))
        templates = [make_template(key, spelling) for key, spelling in spelled if placeholders(spelling)]
        self.templates = sorted(templates, key=lambda each: -each.literal_size)
        self.words = frozenset(word for _, spelling in spelled for word in words(spelling))

    def find(self, text: str) -> _Found | None:
        """Return the phrase that a text is, as it is spelled in the book or without accents."""
        if len(text) > MAX_PHRASE:
            return None
        simple = simplify(text)
        exactly = self.exact.get(fold(simple))
        if exactly:
            return _Found(*exactly, {}, True)
        loose, places = loosen(simple)
        loosely = self.loose.get(loose)
        if loosely:
            return _Found(*loosely, {}, False)
        for each in self.templates:
            values = each.match(simple, loose, places)
            if values is not None:
                is_exact = fold(simplify(fill(each.spelling, values))) == fold(simple)
                return _Found(each.key, each.spelling, values, is_exact)
        return None

    def _spellings(self) -> Iterator[tuple[str, str]]:
        """Yield keys with their spellings, those of the book first."""
        yield from self.texts.items()
        for key, spellings in self.aliases.items():
            yield from ((key, spelling) for spelling in spellings)


class Phrasebook:
    """Translates known phrases from any of its languages to any other.

    Args:
        languages: by language code and topic, the phrases by key. Every language has the same keys. A topic
            `aliases` holds, by the same keys, lists of other spellings.
    """

    def __init__(self, languages: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> None:
        self._languages = {code: _Phrases(tables) for code, tables in languages.items()}

    def __repr__(self) -> str:
        return f"<Phrasebook of {len(self._languages)} languages>"

    name = "phrasebook"

    @property
    def languages(self) -> tuple[str, ...]:
        """The codes of its languages, in order."""
        return tuple(sorted(self._languages))

    @property
    def topics(self) -> tuple[str, ...]:
        """What its phrases are about."""
        return tuple(next(iter(self._languages.values())).topics)

    def phrases(self, language: str, topic: str | None = None) -> Mapping[str, str]:
        """Return the phrases of a language by key, all or those of a topic.

        Raises:
            ValueError: no such language or topic.
        """
        known = self._checked(language)
        if topic is None:
            return dict(known.texts)
        if topic not in known.topics:
            raise ValueError(f"The phrasebook has no topic {topic!r}; it has {', '.join(self.topics)}.")
        return dict(known.topics[topic])

    def aliases(self, language: str) -> Mapping[str, Sequence[str]]:
        """Return by key how else the phrases of a language are spelled. Raises ValueError."""
        return dict(self._checked(language).aliases)

    def words(self, language: str) -> frozenset[str]:
        """Return the words of a language's phrases, without their accents. Raises ValueError."""
        return self._checked(language).words

    def translate(self, text: str, source: str, target: str) -> str | None:
        """Return the translation of a phrase, or of several in a row, or None where one is not in the book."""
        origin, wanted = self._phrases_of(source), self._phrases_of(target)
        if origin is None or wanted is None:
            return None
        whole = _look_up(text, origin, wanted, target)
        if whole is not None:
            return whole
        parts = sentences(text)
        if not 1 < len(parts) <= MAX_SENTENCES or not has_words(text):
            return None
        done = ""
        for part in parts:
            found = _look_up(part.strip(), origin, wanted, target) if has_words(part) else part.strip()
            if found is None:
                return None
            blank = "\n" if "\n" in part[len(part.rstrip()) :] else "" if target in _UNSPACED else " "
            done += found + blank
        return done.rstrip()

    def targets(self, source: str) -> frozenset[str]:
        """Return the codes of the languages it can translate a language to."""
        if self._phrases_of(source) is None:
            return frozenset()
        return frozenset(code for code in LANGUAGES if self._phrases_of(code) and code != source)

    def find_languages(self, text: str) -> tuple[str, ...]:
        """Return the languages in which a text is a phrase of the book, or several in a row.

        Those in which it is spelled as in the book go before those in which its accents differ.
        """
        parts = [part for part in sentences(text) if has_words(part)]
        if not parts or len(parts) > MAX_SENTENCES:
            return ()
        found: dict[str, bool] = {}
        for code in self.languages:
            known = self._languages[code]
            whole = known.find(text)
            each = [whole] if whole else [known.find(part) for part in parts]
            if None not in each:
                found[code] = all(one is not None and one.is_exact for one in each)
        return tuple(code for code, is_exact in found.items() if is_exact) or tuple(found)

    def _checked(self, language: str) -> _Phrases:
        known = self._phrases_of(language)
        if known is None:
            raise ValueError(f"The phrasebook has no language {language!r}; it has {', '.join(self.languages)}.")
        return known

    def _phrases_of(self, code: str) -> _Phrases | None:
        language = find_language(code)
        if language is None:
            return None
        return self._languages.get(language.code) or self._languages.get(language.variant_of or "")


@cache
def shipped_phrasebook() -> Phrasebook:
    """Return the phrasebook that comes with the package."""
    folder = resources.files(__package__) / "phrases"
    files = {code: folder / f"{code}.toml" for code in LANGUAGES}
    return Phrasebook({code: tomllib.loads(file.read_text("utf-8")) for code, file in files.items() if file.is_file()})


def _look_up(text: str, origin: _Phrases, wanted: _Phrases, target: str) -> str | None:
    before, core, after = surroundings(text)
    found = origin.find(core) if core else None
    if found is None:
        return None
    phrase = fill(wanted.texts[found.key], found.values)
    return put_back(before, phrase, after, found.spelling, target)
