"""Values: what is asked and what is answered, whichever version of the API spells it."""

from __future__ import annotations

from dataclasses import dataclass

from .detection import Guess


@dataclass(frozen=True, slots=True)
class Target:
    """A language that is wanted, by its code, and the script if a transliteration is wanted too."""

    language: str
    script: str | None = None


@dataclass(frozen=True, slots=True)
class Input:
    """A text to translate.

    Attributes:
        source: the code of its language; None to detect it.
        suggested: the language meant where detection is not sure.
    """

    text: str
    targets: tuple[Target, ...]
    source: str | None = None
    is_html: bool = False
    suggested: str | None = None


@dataclass(frozen=True, slots=True)
class Translation:
    """A text in a language that was wanted; `script` and `script_text` where a transliteration was."""

    language: str
    text: str
    script: str | None = None
    script_text: str | None = None


@dataclass(frozen=True, slots=True)
class Translated:
    """All translations of one input, and the language it was found to be in, if that was to be found."""

    text: str
    translations: tuple[Translation, ...]
    detected: Guess | None = None
