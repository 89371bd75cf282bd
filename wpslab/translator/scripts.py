"""Scripts: what the letters of a text tell about its language, and what they leave open."""

from __future__ import annotations

import re
from collections.abc import Mapping

CYRILLIC, ARABIC, HAN, LATIN = "cyrillic", "arabic", "han", "latin"

# Kana, Hangul and the like tell one language among those known here.
_SCRIPTS: Mapping[str, re.Pattern[str]] = {
    "ja": re.compile(r"[\u3040-\u30ff]"),
    "ko": re.compile(r"[\uac00-\ud7af\u1100-\u11ff]"),
    HAN: re.compile(r"[\u3400-\u9fff]"),
    ARABIC: re.compile(r"[\u0620-\u064a\u066e-\u06d3]"),
    CYRILLIC: re.compile(r"[\u0400-\u04ff]"),
    "he": re.compile(r"[\u05d0-\u05ea]"),
    "el": re.compile(r"[\u0370-\u03ff\u1f00-\u1fff]"),
    "hi": re.compile(r"[\u0900-\u097f]"),
    "bn": re.compile(r"[\u0980-\u09ff]"),
    "ta": re.compile(r"[\u0b80-\u0bff]"),
    "th": re.compile(r"[\u0e00-\u0e7f]"),
}
_LATIN_WORD = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]+")
EAST_ASIAN = ("ja", "ko", HAN)
_WEIGHT = 4
"""How many Latin letters an East Asian character is worth: about as many as say the same."""

CANDIDATES: Mapping[str, tuple[str, ...]] = {CYRILLIC: ("ru", "uk", "bg"), ARABIC: ("ar", "fa", "ur")}
"""The languages known here that share a script."""

# Letters that one of these languages has and others lack: what each is worth, and how sure that language is then.
_OWN_LETTERS: Mapping[str, tuple[tuple[str, int, float, re.Pattern[str]], ...]] = {
    CYRILLIC: (
        ("uk", 1, 1.0, re.compile(r"[іїєґ]", re.IGNORECASE)),
        ("ru", 1, 1.0, re.compile(r"[ыэё]", re.IGNORECASE)),
    ),
    ARABIC: (
        ("ur", 3, 1.0, re.compile(r"[ٹڈڑںےہھۓ]")),
        ("fa", 1, 0.85, re.compile(r"[پچژگکی]")),  # Urdu has them too, but seldom without its own
        ("ar", 1, 0.9, re.compile(r"[ةىأإؤئ]|\bال")),
    ),
}
# Characters that only one way of writing has, from everyday words.
_TRADITIONAL = re.compile(
    r"[們個這說話時會來過對嗎請謝還為麼學國訂單貨車庫遲點開關見東氣無電長門馬書愛買賣聽讀寫錢樂發變]"
)
_SIMPLIFIED = re.compile(r"[们个这说话时过对吗请谢还为么订单货车库迟开关见东气无电长门马书爱买卖听读写钱乐发变现经]")
_JAPANESE = re.compile(r"[駅円図売読験検払込働畑気対広県発変経続帰鉄実覚楽歩黒毎渋沢浜桜]")

SHORT_HAN = 6
"""Characters below which Han alone says little: it may be Japanese."""


def weigh_scripts(text: str) -> tuple[str, float]:
    """Return the script that weighs most and its part of the letters; nothing where there is no letter."""
    counts = {name: len(pattern.findall(text)) for name, pattern in _SCRIPTS.items()}
    counts[LATIN] = sum(map(len, _LATIN_WORD.findall(text)))
    if counts["ja"]:
        counts["ja"] += counts.pop(HAN)
    weights = {name: count * (_WEIGHT if name in EAST_ASIAN else 1) for name, count in counts.items()}
    name = max(weights, key=weights.__getitem__)
    whole = sum(weights.values())
    return (name, weights[name] / whole) if whole else ("", 0.0)


def letters_tell(text: str, script: str) -> list[tuple[str, float]]:
    """Return the language of a script that most letters of its own give away, with a score, or nothing."""
    rows = _OWN_LETTERS.get(script, ())
    counts = [(len(letters.findall(text)) * worth, code, score) for code, worth, score, letters in rows]
    most, code, score = max(counts, key=lambda each: each[0])
    return [(code, score)] if most else []


def without_latin(text: str) -> str:
    """Return a text without its Latin letters."""
    return _LATIN_WORD.sub(" ", text)


def rank_han(text: str) -> list[tuple[str, float]]:
    """Return the languages a text in Han characters may be in, with a score, the likeliest first."""
    size = len(_SCRIPTS[HAN].findall(text))
    simplified, traditional, japanese = (
        len(pattern.findall(text)) for pattern in (_SIMPLIFIED, _TRADITIONAL, _JAPANESE)
    )
    is_short = size < SHORT_HAN
    if japanese > max(simplified, traditional - 1, 0):
        return [("ja", 0.8), ("zh-Hans" if simplified else "zh-Hant", 0.2)]
    if traditional > simplified:
        return [("zh-Hant", 0.6 if is_short else 0.95), *([("ja", 0.3)] if is_short else [])]
    if simplified:
        return [("zh-Hans", 0.8 if is_short else 1.0)]
    return [("zh-Hans", 0.5), ("ja", 0.3), ("zh-Hant", 0.2)] if is_short else [("zh-Hans", 0.8), ("zh-Hant", 0.15)]
