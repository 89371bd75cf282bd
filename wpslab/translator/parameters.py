"""Parameters: the parts of a request that both versions of the API have, checked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from ..emulator.protocols.rest import RestRequest
from .errors import TranslatorError
from .languages import Language, find_language, known_script

MAX_BODY = 1024 * 1024
"""Bytes of the largest body; the largest text is far smaller, however it is escaped."""

TRACE_ID = re.compile(r"\{?[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}\}?")
GENERAL = "general"
"""The category, or deployment, that everybody has."""

Query = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose caller is known.

    Attributes:
        query: names in lower case.
    """

    request: RestRequest
    query: Query

    def value(self, name: str) -> str | None:
        """Return the last value of a query parameter, None if it is absent or empty."""
        values = self.query.get(name, ())
        return (values[-1] or None) if values else None

    def flag(self, name: str, default: bool = False) -> bool:
        """Return a query parameter that is true or false."""
        return read_choice(self.value(name), ("true", "false"), "true" if default else "false") == "true"

    def body(self) -> Any:
        """Return the body, read as JSON. Raises TranslatorError."""
        if len(self.request.body) > MAX_BODY:
            raise TranslatorError(400077)
        media_type, _, parameters = (self.request.header("content-type") or "").partition(";")
        if media_type.strip().lower() != "application/json" or not _is_utf8(parameters):
            raise TranslatorError(415000)
        try:
            return msgspec.json.decode(self.request.body.removeprefix(b"\xef\xbb\xbf"))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise TranslatorError(400074) from error


def read_elements(values: Any) -> list[dict[str, Any]]:
    """Return the elements of an input array, their names in lower case. Raises TranslatorError."""
    if not isinstance(values, list) or not values:
        raise TranslatorError(400000, "The input is an array with at least one element.")
    if not all(isinstance(value, dict) for value in values):
        raise TranslatorError(400020)
    return [lower_names(value) for value in values]


def lower_names(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object with its names in lower case: samples spell them in either."""
    return {name.lower(): each for name, each in value.items()}


def read_text(element: Mapping[str, Any]) -> str:
    """Return the text of an element. Raises TranslatorError."""
    text = element.get("text")
    if not isinstance(text, str):
        raise TranslatorError(400005)
    return text


def read_language(code: Any, error_code: int) -> Language:
    """Return the language with this code. Raises TranslatorError with the error code."""
    language = find_language(code) if isinstance(code, str) else None
    if language is None:
        shown = f" {code[:40]!r}" if isinstance(code, str) and code else ""
        raise TranslatorError(
            error_code,
            f"The {'target' if error_code == 400036 else 'source'} language{shown} is missing or not supported."
            if error_code in (400035, 400036)
            else None,
        )
    return language


def read_choice(value: Any, choices: Sequence[str], default: str, error_code: int = 400042) -> str:
    """Return one of some values, compared without case. Raises TranslatorError with the error code."""
    if value is None:
        return default
    if isinstance(value, str):
        for choice in choices:
            if value.lower() == choice.lower():
                return choice
    raise TranslatorError(error_code, f"One of {', '.join(choices)} is expected.")


def read_text_type(value: Any) -> bool:
    """Tell whether a text is HTML. Raises TranslatorError."""
    return read_choice(value, ("plain", "html"), "plain", 400071) == "html"


def read_profanity(action: Any, marker: Any) -> None:
    """Check how profanities are dealt with; the phrasebook has none. Raises TranslatorError."""
    read_choice(action, ("NoAction", "Marked", "Deleted"), "NoAction")
    read_choice(marker, ("Asterisk", "Tag"), "Asterisk")


def read_system(name: Any, allow_fallback: bool, error_code: int) -> None:
    """Check which system translates: there is the general one only. Raises TranslatorError."""
    if name is None:
        return
    if not isinstance(name, str) or not name.strip():
        raise TranslatorError(error_code)
    if name.lower() != GENERAL and not allow_fallback:
        raise TranslatorError(400079, "There is no such custom system here; allowFallback lets the general one answer.")


def check_script(script: Any, error_code: int) -> str | None:
    """Return the code of a script, if one is given. Raises TranslatorError with the error code."""
    if script is None:
        return None
    if not isinstance(script, str) or not known_script(script):
        raise TranslatorError(error_code)
    return script[:1].upper() + script[1:].lower()


def _is_utf8(parameters: str) -> bool:
    charsets = re.findall(r"charset\s*=\s*\"?([\w-]+)", parameters, re.IGNORECASE)
    return all(charset.lower() in ("utf-8", "utf8") for charset in charsets)
