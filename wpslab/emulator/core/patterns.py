"""Patterns: the wildcard language of `webpubsub.joinLeaveGroups.{pattern}` and `webpubsub.sendToGroups.{pattern}`.

`?` one character but a dot, `*` any run without a dot, `**` any run; `\\*`, `\\?` and `\\\\` are literal.
Matching walks the name once with a set of states held in the bits of an integer, so that no pattern, however
unkind, takes more than one step per character.
"""

from __future__ import annotations

from .limits import MAX_PATTERN_LENGTH, MAX_PATTERN_WILDCARDS


class GroupPattern:
    """A compiled pattern.

    Raises:
        ValueError: the pattern is empty, too long, has too many wildcards, or a wrong escape.
    """

    def __init__(self, text: str) -> None:
        if not 0 < len(text) <= MAX_PATTERN_LENGTH:
            raise ValueError(f"A pattern has 1 to {MAX_PATTERN_LENGTH} characters.")
        self.text = text
        self._literal_at: dict[str, int] = {}
        self._any_one = self._run = self._run_with_dots = 0
        literal: list[str] = []
        stars = questions = place = 0
        i = 0
        while i < len(text):
            char, bit = text[i], 1 << place
            if char == "*":
                end = i
                while end < len(text) and text[end] == "*":
                    end += 1
                stars += end - i
                if end - i == 1:
                    self._run |= bit
                else:
                    self._run_with_dots |= bit
                i = end
            elif char == "?":
                questions += 1
                self._any_one |= bit
                i += 1
            else:
                if char == "\\":
                    i += 1
                    if i == len(text) or text[i] not in "*?\\":
                        raise ValueError("A backslash stands before *, ? or another backslash only.")
                    char = text[i]
                self._literal_at[char] = self._literal_at.get(char, 0) | bit
                literal.append(char)
                i += 1
            place += 1
        if max(stars, questions) > MAX_PATTERN_WILDCARDS:
            raise ValueError(f"A pattern has at most {MAX_PATTERN_WILDCARDS} wildcards of a kind.")
        self._accept = 1 << place
        self.literal = "".join(literal) if not stars and not questions else None
        self.matches_all = place == 1 and self._run_with_dots == 1

    def matches(self, name: str) -> bool:
        """Tell whether the whole name matches."""
        runs = self._run | self._run_with_dots
        states = 1
        states |= (states & runs) << 1
        for char in name:
            step = self._literal_at.get(char, 0)
            stay = self._run_with_dots
            if char != ".":
                step |= self._any_one
                stay |= self._run
            states = (states & stay) | ((states & step) << 1)
            if not states:
                return False
            states |= (states & runs) << 1
        return bool(states & self._accept)
