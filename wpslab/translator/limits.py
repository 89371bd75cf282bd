"""Limits: how much one request may ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .errors import TranslatorError


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of an operation: elements of the array, characters of each and of all."""

    elements: int
    element_characters: int
    request_characters: int

    def check(self, texts: Sequence[str], charged: int) -> None:
        """Check a request. Raises TranslatorError.

        Args:
            texts: the inputs.
            charged: all characters, those of each text as often as it is translated.
        """
        if len(texts) > self.elements:
            raise TranslatorError(400072, f"The input array has {len(texts)} elements; {self.elements} are allowed.")
        longest = max(map(len, texts), default=0)
        if longest > self.element_characters:
            raise TranslatorError(
                400050, f"An input text has {longest} characters; {self.element_characters} are allowed."
            )
        if charged > self.request_characters:
            raise TranslatorError(
                400077, f"The request comes to {charged} characters; {self.request_characters} are allowed."
            )


TRANSLATE = Limits(1_000, 50_000, 50_000)
TRANSLITERATE = Limits(10, 5_000, 5_000)
DETECT = Limits(100, 50_000, 50_000)
