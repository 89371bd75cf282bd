"""Marks: what stood around a phrase, put back around its translation as the other language writes it."""

from __future__ import annotations

import re
from collections.abc import Mapping

# French has a blank before some of them.
_ENDING = re.compile(r"\s?([.!?…。！？؟।]+)")
_PAUSE = re.compile(r"\s?([,;:](?=\s|$)|[،؛、，；：])")  # and no smiley
_OPENERS = str.maketrans("", "", "¿¡")
_PLAIN = str.maketrans("。！？؟।،؛、，；：", ".!??.,;,,;:")
_EAST = {"?": "？", "!": "！", ".": "。", ":": "："}
_SPANISH_OPENERS = {"?": "¿", "!": "¡"}
_OWN: Mapping[str, Mapping[str, str]] = {
    "ar": {"?": "؟", ",": "،", ";": "؛"},
    "hi": {".": "।"},
    "ja": {**_EAST, ",": "、"},
    "zh-Hans": {**_EAST, ",": "，", ";": "；"},
    "fr": {"?": " ?", "!": " !", ";": " ;", ":": " :"},
}


def put_back(before: str, phrase: str, after: str, said: str, language: str) -> str:
    """Return a translated phrase with what stood before and after the original.

    Args:
        before: what stood before it.
        phrase: its translation.
        after: what stood after it.
        said: how the original is spelled in the book: a mark that belongs to it is not put back a second time.
        language: the code of the language of the translation.
    """
    before = before.translate(_OPENERS)
    ending = _ENDING.match(after)
    if ending:
        rest = after[ending.end() :]
        if _is_ended(phrase) or _is_ended(said):
            return f"{before}{phrase}{rest}"
        return f"{before}{_ended(phrase, ending[1], language)}{rest}"
    pause = _PAUSE.match(after)
    if pause:
        spelled = "" if _is_ended(phrase) else _spelled(pause[1], language)
        return f"{before}{phrase}{spelled}{after[pause.end() :]}"
    return f"{before}{phrase}{after}"


def _ended(phrase: str, ending: str, language: str) -> str:
    if len(ending) > 1 and set(ending) <= {".", "…"}:  # dots that trail off
        return phrase + ending
    ending = ending.translate(_PLAIN)
    opener = "".join(_SPANISH_OPENERS.get(mark, "") for mark in reversed(ending)) if language == "es" else ""
    return f"{opener}{phrase}{_spelled(ending, language)}"


def _spelled(marks: str, language: str) -> str:
    own = _OWN.get(language, {})
    spelled = "".join(own.get(mark, mark) for mark in marks.translate(_PLAIN))
    return f" {spelled.replace(' ', '')}" if spelled.startswith(" ") else spelled


def _is_ended(phrase: str) -> bool:
    return _ENDING.match(phrase[-1:]) is not None
