"""Words: what was typed in a cell, split as a shell does it, with the cell's Python variables as `$name`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, NoReturn

from .problem import USAGE, AzError

_NAME = re.compile(r"[^\W\d]\w*")
_CONTINUATION = re.compile(r"[ \t]*\r?(?:\n|\Z)")
_ASSIGNMENT = re.compile(r"(?:export\s+)?([^\W\d]\w*)=(.*)", re.DOTALL)
_BLANKS = " \t\r"
_KEPT_IN_DOUBLE_QUOTES = '"\\$`'
_OPERATORS = {
    "|": "pipes output into another program",
    ">": "writes output to a file",
    "<": "reads input from a file",
    "&": "starts another command",
    ";": "starts another command",
}
_NO_SHELL = "This is no shell"


def split_commands(text: str, variables: Mapping[str, Any] | None = None) -> list[list[str]]:
    """Return the commands in a text, each as its words without a leading `az`.

    A command is a line, longer with a backslash at its end. Double quotes expand `$name` and `${name}`, single quotes
    do not, and an expanded value is never split again. `#` begins a comment where a word could begin.

    Args:
        text: one or more commands.
        variables: what `$name` stands for.

    Raises:
        AzError: an open quote, an unknown name, a value that is no text or number, or something only a shell can do.
    """
    commands = _Reader(text, variables or {}).read()
    return [command for each in commands if (command := _without_az(each))]


def _without_az(words: list[str]) -> list[str]:
    return words[1:] if words[:1] == ["az"] else words


class _Reader:
    """One pass over a text."""

    def __init__(self, text: str, variables: Mapping[str, Any]) -> None:
        self._text = text
        self._variables = variables
        self._at = 0
        self._word: list[str] | None = None  # None between words; a quote begins a word that may stay empty
        self._commands: list[list[str]] = [[]]

    def read(self) -> list[list[str]]:
        while self._at < len(self._text):
            self._step(self._text[self._at])
        self._end_word()
        return self._commands

    def _step(self, character: str) -> None:
        if character == "\n" or character in _BLANKS:
            self._end_word()
            if character == "\n":
                self._commands.append([])
            self._at += 1
        elif character == "#" and self._word is None:
            end = self._text.find("\n", self._at)
            self._at = len(self._text) if end < 0 else end
        elif character == "'":
            self._single_quotes()
        elif character == '"':
            self._double_quotes()
        elif character == "\\":
            self._backslash()
        elif character in "$`":
            self._add(self._expanded(character))
        elif character in _OPERATORS:
            self._refuse_operator(character)
        else:
            self._at += 1
            self._add(character)

    def _end_word(self) -> None:
        if self._word is None:
            return
        word, self._word = "".join(self._word), None
        if not self._commands[-1] and (found := _ASSIGNMENT.fullmatch(word)):
            name, value = found.groups()
            self._refuse(f"{_NO_SHELL}: assign a variable in Python, in a cell of its own: {name} = {value!r}.")
        self._commands[-1].append(word)

    def _add(self, text: str) -> None:
        if self._word is None:
            self._word = []
        self._word.append(text)

    # What begins with a special character.

    def _single_quotes(self) -> None:
        end = self._text.find("'", self._at + 1)
        if end < 0:
            self._refuse_open_quote("single", self._at)
        self._add(self._text[self._at + 1 : end])
        self._at = end + 1

    def _double_quotes(self) -> None:
        begin = self._at
        self._add("")
        self._at += 1
        while self._at < len(self._text):
            character = self._text[self._at]
            if character == '"':
                self._at += 1
                return
            if character == "\\":
                self._backslash_in_quotes()
            elif character in "$`":
                self._add(self._expanded(character))
            else:
                self._add(character)
                self._at += 1
        self._refuse_open_quote("double", begin)

    def _backslash(self) -> None:
        if found := _CONTINUATION.match(self._text, self._at + 1):
            self._at = found.end()
            return
        self._add(self._text[self._at + 1])
        self._at += 2

    def _backslash_in_quotes(self) -> None:
        following = self._text[self._at + 1 : self._at + 2]
        if following == "\n":
            self._at += 2
        elif following and following in _KEPT_IN_DOUBLE_QUOTES:
            self._add(following)
            self._at += 2
        else:
            self._add("\\")
            self._at += 1

    def _expanded(self, character: str) -> str:
        if character == "`" or self._text.startswith("$(", self._at):
            self._refuse(
                f"{_NO_SHELL}: {'`…`' if character == '`' else '$(…)'} does not run a command here. Take its result "
                "into a Python variable, such as key = %az webpubsub key show --query primaryKey, and write $key. "
                "In single quotes the characters stay as they are."
            )
        if self._text.startswith("${", self._at):
            end = self._text.find("}", self._at)
            name = self._text[self._at + 2 : end] if end >= 0 else ""
            if not _NAME.fullmatch(name):
                self._refuse("Between ${ and } stands the name of a Python variable, and nothing else.")
            self._at = end + 1
            return self._value(name)
        found = _NAME.match(self._text, self._at + 1)
        if found is None:
            self._at += 1
            return "$"
        self._at = found.end()
        return self._value(found[0])

    def _value(self, name: str) -> str:
        if name not in self._variables:
            visible = [each for each, value in self._variables.items() if isinstance(value, str | int | float)]
            near = get_close_matches(name, visible, 1)
            hint = f" Did you mean `{near[0]}`?" if near else ""
            self._refuse(
                f"There is no Python variable `{name}`.{hint} Assign it in a cell first, or write it in single quotes."
            )
        value = self._variables[name]
        if isinstance(value, str | int | float):
            return str(value)
        what = "is None" if value is None else f"is of type {type(value).__name__}"
        self._refuse(f"The Python variable `{name}` {what}; only text, numbers and True or False can be written here.")

    # What only a shell can do, and what nobody can.

    def _refuse_operator(self, character: str) -> NoReturn:
        hint = "Write one command a line." if character in "&;" else "Assign the result in Python: key = %az …"
        if character == "<":
            hint = "If it is part of a value, such as <connectionId>, put the value there or write it in quotes."
        self._refuse(f"{_NO_SHELL}: `{character}`, which {_OPERATORS[character]} there, needs quotes here. {hint}")

    def _refuse_open_quote(self, kind: str, begin: int) -> NoReturn:
        line = self._text.count("\n", 0, begin) + 1
        column = begin - (self._text.rfind("\n", 0, begin) + 1) + 1
        rest = self._text[begin:].split("\n")[0][:30]
        self._refuse(f"The {kind} quote in line {line}, column {column} has no end: {rest}")

    @staticmethod
    def _refuse(sentence: str) -> NoReturn:
        raise AzError(sentence, USAGE)
