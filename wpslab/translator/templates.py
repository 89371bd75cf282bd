"""Templates: phrases with names in braces, and what may stand in their place.

A placeholder takes a name, a code or a number and never prose: the rest of a sentence would come back untranslated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .texts import loosen, simplify

MAX_NAME = 20
"""Letters of the longest name in a script without capitals, where nothing else tells a name."""

MAX_IDEOGRAPHS = 10
MAX_WORDS = 3

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_NO_LETTER = "\ue000"

_NUMBER = re.compile(r"\d{1,12}(?:[.,:]\d{1,12}){0,3}")
_CODE = re.compile(r"#?(?=\D{0,15}\d)[^\W_][A-Za-z0-9./-]{0,15}", re.ASCII)
_TIME = re.compile(r"\d{1,2}(?:[:.h]\d{2})(?: ?[ap]\.?m)?|\d{1,2} ?[ap]\.?m", re.IGNORECASE)
# Vowel signs of Devanagari are no letters.
_SIGNS = r"\u0900-\u0903\u093a-\u094f'·・ー-"
_ITEM = re.compile(rf"[^\W\d_][\w{_SIGNS}]{{0,19}}(?: [\w{_SIGNS}]{{1,20}})?")
_WORD = re.compile(rf"[^\W\d_](?:(?![\d_])[\w{_SIGNS}])*")
_EAST_ASIAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_HIRAGANA = re.compile(r"[\u3040-\u309f]")
# Small words within names: Rio de Janeiro, Ludwig van Beethoven.
_SMALL = frozenset(
    ("al", "bin", "da", "de", "del", "der", "di", "do", "dos", "du", "la", "las", "le", "los", "van", "von")
)


def placeholders(phrase: str) -> Sequence[str]:
    """Return the names in braces, in order."""
    return _PLACEHOLDER.findall(phrase)


def fill(phrase: str, values: Mapping[str, str]) -> str:
    """Put values in the place of the names in braces."""
    return _PLACEHOLDER.sub(lambda match: values[match[1]], phrase)


@dataclass(frozen=True, slots=True)
class Template:
    """A phrase with placeholders, ready to be found in texts.

    Attributes:
        key: of the phrase.
        spelling: the phrase, or another spelling of it.
        pattern: what matches a loosened text.
        literal_size: how much of it is fixed.
    """

    key: str
    spelling: str
    pattern: re.Pattern[str]
    literal_size: int

    def match(self, simple: str, loose: str, places: Sequence[int]) -> Mapping[str, str] | None:
        """Return what stands for the placeholders in a text, or None where it is not this phrase."""
        match = self.pattern.fullmatch(loose)
        if match is None:
            return None
        values = {}
        for name in match.groupdict():
            start, end = match.span(name)
            values[name] = simple[places[start] : places[end - 1] + 1]
        return values if all(may_stand_for(name, value) for name, value in values.items()) else None


def make_template(key: str, spelling: str) -> Template:
    """Make a template of a phrase with placeholders."""
    names = placeholders(spelling)
    # While the text is simplified a letter of nobody's stands for each name: braces at its ends would be lost.
    loose = loosen(simplify(_PLACEHOLDER.sub(_NO_LETTER, spelling)))[0]
    literals = loose.split(_NO_LETTER)
    pattern = re.escape(literals[0])
    for name, literal in zip(names, literals[1:], strict=True):
        pattern += f"(?P<{name}>[^\\n]{{1,60}}){re.escape(literal)}"
    return Template(key, spelling, re.compile(pattern), len(loose))


def may_stand_for(name: str, value: str) -> bool:
    """Tell whether a value may stand for a placeholder."""
    return _CHECKS.get(name, _is_name)(value)


def _is_name(value: str) -> bool:
    """Tell names by their capitals; where a script has none, by their being one short word."""
    parts = value.split(" ")
    if not all(_WORD.fullmatch(part) for part in parts):
        return False
    if value[0].upper() == value[0].lower():
        return len(parts) == 1 and _is_short(value)
    big = [part for part in parts if part not in _SMALL]
    if not (parts[0] in big and parts[-1] in big and len(big) <= MAX_WORDS):
        return False
    # Where all is in capitals they tell nothing.
    return all(part[0].isupper() for part in big) and (len(parts) == 1 or not value.isupper())


def _is_short(word: str) -> bool:
    if not _EAST_ASIAN.search(word):
        return len(word) <= MAX_NAME
    # Hiragana among other letters is grammar.
    return len(word) <= MAX_IDEOGRAPHS and len(_HIRAGANA.findall(word)) in (0, len(word))


def _is_code(value: str) -> bool:
    return _CODE.fullmatch(value) is not None


def _is_site(value: str) -> bool:
    return _is_code(value) or (" " not in value and _is_name(value))


def _is_item(value: str) -> bool:
    return _ITEM.fullmatch(value) is not None and (not _EAST_ASIAN.search(value) or len(value) <= MAX_IDEOGRAPHS)


_CHECKS: Mapping[str, Callable[[str], bool]] = {
    "n": lambda value: _NUMBER.fullmatch(value) is not None,
    "time": lambda value: _TIME.fullmatch(value) is not None,
    "truck": _is_code,
    "order": _is_code,
    "site": _is_site,
    "item": _is_item,
}
