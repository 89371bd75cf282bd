"""Detection: which language a text is in: by the phrasebook, then by its script, then by a trained model."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from .languages import LANGUAGES
from .phrasebook import Phrasebook

logger = logging.getLogger("wpslab.translator")

UNKNOWN_SCORE = 0.3
"""The score of the default, English, where nothing tells the language."""

MAX_LOOKED_AT = 2000
MAX_ALTERNATIVES = 3
MIN_ALTERNATIVE = 0.05

# Scripts of one language each among those known here. Kana before Han: Japanese has both.
_SCRIPTS: Mapping[str, re.Pattern[str]] = {
    "ja": re.compile(r"[\u3040-\u30ff]"),
    "ko": re.compile(r"[\uac00-\ud7af\u1100-\u11ff]"),
    "zh-Hans": re.compile(r"[\u3400-\u9fff]"),
    "ar": re.compile(r"[\u0600-\u06ff]"),
    "he": re.compile(r"[\u0590-\u05ff]"),
    "el": re.compile(r"[\u0370-\u03ff]"),
    "hi": re.compile(r"[\u0900-\u097f]"),
    "th": re.compile(r"[\u0e00-\u0e7f]"),
    "cyrillic": re.compile(r"[\u0400-\u04ff]"),
}
_CYRILLIC = ("ru", "uk")
_UKRAINIAN = re.compile(r"[іїєґ]", re.IGNORECASE)
# Characters that only one of the two ways to write Chinese has, from everyday words.
_TRADITIONAL = re.compile(r"[們個這說話時會來過對嗎請謝還為麼學國訂單貨車庫遲點開關見]")
_SIMPLIFIED = re.compile(r"[们个这说话时会来过对吗请谢还为么学国订单货车库迟点开关见]")
_LATIN = frozenset(code for code, language in LANGUAGES.items() if language.script == "Latn" and code != "pt-pt")
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

    def detect(self, text: str) -> tuple[Guess, ...]:
        """Return the languages a text may be in, the likeliest first; at least one."""
        text = text[:MAX_LOOKED_AT]
        known = self._phrasebook.find_languages(text)
        if len(known) == 1:
            return (Guess(known[0], 1.0),)
        if known:
            # Short phrases such as "No" are in several: the more widely spoken language comes first.
            known = tuple(sorted(known, key=_SPOKEN.index))
            return tuple(Guess(code, round(1 / len(known), 2)) for code in known)
        script = _script_of(text)
        if script in LANGUAGES:
            return (Guess(_written_chinese(text) if script == "zh-Hans" else script, 1.0),)
        if script == "cyrillic":
            return (Guess("uk" if _UKRAINIAN.search(text) else "ru", 1.0),)
        return _ranked(text) if script == "latin" else (Guess("en", UNKNOWN_SCORE),)


def _script_of(text: str) -> str:
    """Return the language that most letters belong to, `latin` or `cyrillic`, or nothing where there is no letter."""
    counts = Counter({name: len(pattern.findall(text)) for name, pattern in _SCRIPTS.items()})
    counts["latin"] = sum(character.isalpha() for character in text) - counts.total()
    if counts["ja"]:
        counts["ja"] += counts.pop("zh-Hans")
    name, count = counts.most_common(1)[0]
    return name if count > 0 else ""


def _written_chinese(text: str) -> str:
    return "zh-Hant" if len(_TRADITIONAL.findall(text)) > len(_SIMPLIFIED.findall(text)) else "zh-Hans"


def _ranked(text: str) -> tuple[Guess, ...]:
    """Rank the languages in Latin script by the model."""
    model = _model()
    ranks = [] if model is None else model.rank(text)
    guesses = [Guess(code, round(float(score), 2)) for code, score in ranks]
    if not guesses or guesses[0].score < UNKNOWN_SCORE:
        return (Guess("en", UNKNOWN_SCORE),)
    return (guesses[0], *(each for each in guesses[1 : MAX_ALTERNATIVES + 1] if each.score >= MIN_ALTERNATIVE))


@cache
def _model() -> Any:
    # Imported late: it brings numpy, and a model that takes a fifth of a second.
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier
    except ImportError:
        logger.warning("py3langid is not installed: languages in Latin script cannot be told apart.")
        return None
    model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    model.set_languages(_LATIN)
    return model
