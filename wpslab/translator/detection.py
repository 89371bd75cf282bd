"""Detection: which language a text is in: by the phrasebook, then by its script, then by a trained model."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from .languages import LANGUAGES
from .phrasebook import Phrasebook
from .scripts import CANDIDATES, EAST_ASIAN, HAN, LATIN, letters_tell, rank_han, weigh_scripts, without_latin
from .texts import has_words, words

logger = logging.getLogger("wpslab.translator")

UNKNOWN_SCORE = 0.3
"""The score of the default, English, where nothing tells the language."""

MAX_LOOKED_AT = 2000
MAX_ALTERNATIVES = 3
MIN_ALTERNATIVE = 0.05

SHORT_WORDS = 6
"""Up to so many words the phrasebook's words are asked too: the model knows little about few letters."""

TINY = 3
TINY_SCORE = 0.8
"""The score of a phrase as short as `Ja`, which languages that are not in the phrasebook have too."""

MIN_TOLD = 0.2
"""The score below which the default is as good a guess."""

# What a word of the phrasebook's makes of the chance of a language that has phrases but not this word, and of one
# that has no phrases.
_MISSING_WORD = 0.04
_UNHEARD_WORD = 0.2
_LESS_SPOKEN = 0.5
_CODE = re.compile(r"\w*\d\w*")

_MODEL_CODES: Mapping[str, str] = {"no": "nb", "nn": "nb", "tl": "fil"}
_LATIN = tuple(code for code, each in LANGUAGES.items() if each.script == "Latn" and not each.variant_of)
_WIDELY_SPOKEN = ("en", "zh-Hans", "hi", "es", "ar", "fr", "pt", "ru", "id", "de", "ja", "tr", "vi", "ko", "it")
_SPOKEN = (*_WIDELY_SPOKEN, *(code for code in LANGUAGES if code not in _WIDELY_SPOKEN))


@dataclass(frozen=True, slots=True)
class Guess:
    """A language a text may be in, and how sure that is, from 0 to 1."""

    language: str
    score: float


class Detector:
    """Tells languages apart.

    Args:
        phrasebook: whose phrases are known for sure.
    """

    def __init__(self, phrasebook: Phrasebook) -> None:
        self._phrasebook = phrasebook
        self._words = {code: phrasebook.words(code) for code in phrasebook.languages}
        self._all_words = frozenset[str]().union(*self._words.values())

    def detect(self, text: str) -> tuple[Guess, ...]:
        """Return the languages a text may be in, the likeliest first; at least one."""
        text = text[:MAX_LOOKED_AT]
        if not has_words(text):
            return (Guess("en", UNKNOWN_SCORE),)
        return self._by_phrases(text) or self._by_script(text)

    def _by_phrases(self, text: str) -> tuple[Guess, ...]:
        # Short phrases such as "No" are in several languages: the more widely spoken one comes first.
        known = sorted(self._phrasebook.find_languages(text), key=_SPOKEN.index)
        if len(known) == 1 and text.isascii() and sum(map(str.isalpha, text)) <= TINY:
            return (Guess(known[0], TINY_SCORE),)
        return tuple(Guess(code, round(1 / len(known), 2)) for code in known)

    def _by_script(self, text: str) -> tuple[Guess, ...]:
        script, part = weigh_scripts(text)
        if script == LATIN or not script:
            return self._by_words(text, part)
        if part < 1 and script in EAST_ASIAN:  # a phrase beside Latin words
            known = self._by_phrases(without_latin(text))
            if known:
                return _scored([(each.language, each.score) for each in known], part)
        if script == HAN:
            return _scored(rank_han(text), part)
        if script not in CANDIDATES:
            return _scored([(script, 1.0)], part)
        told = letters_tell(text, script)
        if told:
            return _scored(told, part)
        return _scored(_normalised(_rank(text, CANDIDATES[script])), part * _sureness(text))

    def _by_words(self, text: str, part: float) -> tuple[Guess, ...]:
        """Rank the languages in Latin script by the model, and short texts by the words of the phrasebook too."""
        ranks = _rank(_CODE.sub(" ", text), _LATIN)
        spoken = [word for word in words(text) if len(word) > 1]
        if len(spoken) <= SHORT_WORDS:
            ranks = {code: chance * self._chance(spoken, code) for code, chance in ranks.items()}
        guesses = _scored(_normalised(ranks), part * _sureness(text))
        return guesses if guesses[0].score >= MIN_TOLD else (Guess("en", UNKNOWN_SCORE),)

    def _chance(self, spoken: Iterable[str], code: str) -> float:
        """Return how well words fit to a language by the phrasebook, compared with other languages."""
        known = self._all_words.intersection(spoken)
        common = 1.0 if code in _WIDELY_SPOKEN else _LESS_SPOKEN
        if code not in self._words:
            return float(common * _UNHEARD_WORD ** len(known))
        return float(common * _MISSING_WORD ** len(known - self._words[code]))


def _sureness(text: str) -> float:
    """Return how much the model's word is worth: little where there are few letters."""
    return min(1.0, 0.35 + sum(map(str.isalpha, text)) / 30)


def _scored(ranks: Sequence[tuple[str, float]], sureness: float) -> tuple[Guess, ...]:
    guesses = [Guess(code, round(chance * sureness, 2)) for code, chance in ranks[: MAX_ALTERNATIVES + 1]]
    return (*guesses[:1], *(each for each in guesses[1:] if each.score >= MIN_ALTERNATIVE))


def _normalised(chances: Mapping[str, float]) -> list[tuple[str, float]]:
    whole = sum(chances.values()) or 1.0
    return sorted(((code, chance / whole) for code, chance in chances.items()), key=lambda each: -each[1])


def _rank(text: str, candidates: Sequence[str]) -> dict[str, float]:
    """Return how likely the model finds each of some languages; all alike where there is no model."""
    model = _model()
    chances = dict.fromkeys(candidates, 1e-9)
    for code, chance in [] if model is None else model.rank(text):
        code = _MODEL_CODES.get(code, code)
        if code in chances:
            chances[code] += float(chance)
    return chances


@cache
def _model() -> Any:
    # Imported late: it brings numpy, and a model that takes a fifth of a second.
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier
    except ImportError:
        logger.warning("py3langid is not installed: languages that share a script cannot be told apart.")
        return None
    model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    known = {code for codes in (_LATIN, *CANDIDATES.values()) for code in codes}
    model.set_languages(sorted({*known, *_MODEL_CODES} - {*_MODEL_CODES.values()}))
    return model
