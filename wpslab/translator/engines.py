"""Engines: what can translate, asked one after the other, and the visible mark on what none of them can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from .languages import LANGUAGES
from .texts import has_words


class Engine(Protocol):
    """Translates some texts between some languages, and says so where it cannot."""

    @property
    def name(self) -> str:
        """What people are told it is."""

    def targets(self, source: str) -> frozenset[str]:
        """Return the codes of the languages it can translate a language to."""

    def translate(self, text: str, source: str, target: str) -> str | None:
        """Return the translation, or None where it has none."""


@dataclass(frozen=True, slots=True)
class LanguageEngines:
    """Which engines take a language.

    Attributes:
        code: the code of the language.
        name: in English.
        engines: by the name of an engine, the languages it translates this one to.
    """

    code: str
    name: str
    engines: tuple[tuple[str, tuple[str, ...]], ...]

    def __str__(self) -> str:
        if not self.engines:
            return f"{self.code:8} {self.name:22} none: texts come back as [{self.code}] …"
        parts = [f"{name} (to {_listed(targets)})" for name, targets in self.engines]
        return f"{self.code:8} {self.name:22} {', '.join(parts)}"

    def has(self, engine: str) -> bool:
        """Tell whether an engine takes the language as a source."""
        return any(name == engine for name, _ in self.engines)


class EngineTable(tuple[LanguageEngines, ...]):
    """The languages with their engines, one a line."""

    def __repr__(self) -> str:
        return "\n".join(map(str, self))


def describe_engines(engines: Sequence[Engine]) -> EngineTable:
    """Tell which language has which engine."""
    return EngineTable(
        LanguageEngines(
            code,
            language.name,
            tuple((engine.name, tuple(sorted(targets))) for engine in engines if (targets := engine.targets(code))),
        )
        for code, language in LANGUAGES.items()
    )


def translate_text(engines: Sequence[Engine], text: str, source: str, target: str) -> str:
    """Return the translation of a text; white space around it stays.

    What no engine can translate comes back as it is, after the target's code in brackets.
    """
    if source == target or not has_words(text):
        return text
    core = text.strip()
    start = text.index(core)
    found = next(
        (result for engine in engines if (result := engine.translate(core, source, target)) is not None),
        f"[{target}] {core}",
    )
    return text[:start] + found + text[start + len(core) :]


def _listed(targets: Sequence[str]) -> str:
    return f"{len(targets)} languages" if len(targets) > 10 else ", ".join(targets)
