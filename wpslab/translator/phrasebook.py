"""Phrasebook: phrases that are known in every language it has, found however they are typed."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from .languages import LANGUAGES, find_language
from .texts import fold, has_words, sentences, simplify

MAX_PHRASE = 300
"""Characters of the longest text that is looked up with placeholders."""

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_NUMBER = r"\d{1,12}(?:[.,:]\d{1,12}){0,3}"
_LAST = r"[^\s.,;:!?。！？؟।]"
# A name never goes on into the next sentence.
_WORDS = rf"{_LAST}(?:(?:[^\n.!?。！？؟।]|\.(?!\s)){{0,38}}{_LAST})?"
_NO_LETTER = "\ue000"
_UNSPACED = frozenset({"ja", "zh-Hans", "zh-Hant", "th"})


@dataclass(frozen=True, slots=True)
class _Template:
    key: str
    pattern: re.Pattern[str]
    literal_size: int


class _Phrases:
    """One language's phrases: from key to text, and back."""

    def __init__(self, topics: Mapping[str, Mapping[str, str]]) -> None:
        self.topics = topics
        self.texts = {key: text for phrases in topics.values() for key, text in phrases.items()}
        self.keys = {
            fold(simplify(text)): key for key, text in reversed(self.texts.items()) if not _PLACEHOLDER.search(text)
        }
        templates = [_template(key, text) for key, text in self.texts.items() if _PLACEHOLDER.search(text)]
        self.templates = sorted(templates, key=lambda each: -each.literal_size)

    def find(self, text: str) -> tuple[str, Mapping[str, str]] | None:
        """Return the key of a phrase and what stands for its placeholders."""
        simple = simplify(text)
        key = self.keys.get(fold(simple))
        if key is not None:
            return key, {}
        if len(simple) > MAX_PHRASE:
            return None
        matches = ((each.key, each.pattern.fullmatch(simple)) for each in self.templates)
        return next(((key, match.groupdict()) for key, match in matches if match), None)


class Phrasebook:
    """Translates known phrases from any of its languages to any other.

    Args:
        languages: by language code and topic, the phrases by key. Every language has the same keys.
    """

    def __init__(self, languages: Mapping[str, Mapping[str, Mapping[str, str]]]) -> None:
        self._languages = {code: _Phrases(topics) for code, topics in languages.items()}

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
        known = self._phrases_of(language)
        if known is None:
            raise ValueError(f"The phrasebook has no language {language!r}; it has {', '.join(self.languages)}.")
        if topic is None:
            return dict(known.texts)
        if topic not in known.topics:
            raise ValueError(f"The phrasebook has no topic {topic!r}; it has {', '.join(self.topics)}.")
        return dict(known.topics[topic])

    def translate(self, text: str, source: str, target: str) -> str | None:
        """Return the translation of a phrase, or of several in a row, or None where one is not in the book."""
        origin, wanted = self._phrases_of(source), self._phrases_of(target)
        if origin is None or wanted is None:
            return None
        whole = _look_up(text, origin, wanted)
        if whole is not None:
            return whole
        parts = [part for part in sentences(text) if has_words(part)]
        found = [_look_up(part, origin, wanted) for part in parts] if 1 < len(parts) <= MAX_PHRASE // 10 else [None]
        if None in found:
            return None
        glue = "" if target in _UNSPACED else " "
        return glue.join(_ended(each, target) for each in found if each is not None)

    def targets(self, source: str) -> frozenset[str]:
        """Return the codes of the languages it can translate a language to."""
        if self._phrases_of(source) is None:
            return frozenset()
        return frozenset(code for code in LANGUAGES if self._phrases_of(code) and code != source)

    def find_languages(self, text: str) -> tuple[str, ...]:
        """Return the languages in which a text is a phrase of the book, or several in a row."""
        parts = [part for part in sentences(text) if has_words(part)]
        if not parts or len(parts) > MAX_PHRASE // 10:
            return ()
        return tuple(
            code
            for code in self.languages
            if self._languages[code].find(text) or all(map(self._languages[code].find, parts))
        )

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


def placeholders(phrase: str) -> Sequence[str]:
    """Return the names in braces, in order."""
    return _PLACEHOLDER.findall(phrase)


def fill(phrase: str, values: Mapping[str, str]) -> str:
    """Put values in the place of the names in braces."""
    return _PLACEHOLDER.sub(lambda match: values[match[1]], phrase)


def _look_up(text: str, origin: _Phrases, wanted: _Phrases) -> str | None:
    found = origin.find(text)
    return fill(wanted.texts[found[0]], found[1]) if found else None


def _template(key: str, text: str) -> _Template:
    names = placeholders(text)
    # While the text is simplified a letter of nobody's stands for each name: braces at its ends would be lost.
    simple = simplify(_PLACEHOLDER.sub(_NO_LETTER, text))
    literals = simple.split(_NO_LETTER)
    pieces = [piece for pair in zip(literals, (*names, ""), strict=True) for piece in pair][:-1]
    pattern = "".join(
        f"(?P<{piece}>{_NUMBER if piece == 'n' else _WORDS})" if index % 2 else re.escape(piece)
        for index, piece in enumerate(pieces)
    )
    return _Template(key, re.compile(pattern, re.IGNORECASE), len(simple))


def _ended(sentence: str, language: str) -> str:
    """Return a sentence with the mark that separates it from the next."""
    if sentence[-1] in ".!?。！？؟।":
        return sentence
    return sentence + {"ja": "。", "zh-Hans": "。", "zh-Hant": "。", "hi": "।", "th": ""}.get(language, ".")
