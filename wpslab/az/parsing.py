"""Parsing: from the words of a command line to a command and its values, with the errors az gives."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, NoReturn

from .output import check_query
from .problem import AzError, usage_error
from .table import Argument, Command, Group, Table

ONLY_THE_COURSE = (
    "wpslab's own az knows the commands of this course only; `az --help` and `az webpubsub --help` list them."
)


@dataclass(frozen=True, slots=True)
class HelpWanted:
    """A command line that asks for help, about a command, a group, or (None) all."""

    topic: Command | Group | None


@dataclass(frozen=True, slots=True)
class Parsed:
    """A command, and its values by the names of its flags."""

    command: Command
    values: dict[str, Any]


def parse(table: Table, words: Sequence[str]) -> Parsed | HelpWanted:
    """Read a command line.

    Raises:
        AzError: with the words and the status of az.
    """
    command, rest = _find(table, words)
    if not isinstance(command, Command):
        return HelpWanted(command)
    if _asks_for_help(rest):
        return HelpWanted(command)
    parser = _Parser(command)
    values, unknown = parser.parse_known_args(rest)
    if unknown:
        raise _unrecognized(command, unknown)
    if values.query is not None:
        check_query(values.query)
    return Parsed(command, vars(values))


def _find(table: Table, words: Sequence[str]) -> tuple[Command | Group | None, Sequence[str]]:
    """Return the command or group that the first words name, and the words after it."""
    for count in range(len(words) + 1):
        path = words[:count]
        if command := table.command(path):
            return command, words[count:]
        rest = words[count:]
        if not rest or rest[0].startswith("-"):
            if _asks_for_help(rest) or not words:
                return table.group(path), rest
            raise usage_error("the following arguments are required: _subcommand")
        if rest[0] not in table.inside(path):
            raise _misspelled(table, path, rest[0])
    raise AssertionError("a word leads to a command, a group, or an error")


def _asks_for_help(words: Sequence[str]) -> bool:
    return any(word in ("--help", "-h") for word in words)


def _misspelled(table: Table, path: Sequence[str], word: str) -> AzError:
    inside = table.inside(path)
    text = f"'{word}' is misspelled or not recognized by the system."
    near = get_close_matches(word.lower(), inside, 1)
    if near:
        text += f"\nDid you mean '{near[0]}' ?"
    found = inside[near[0]] if near else None
    return usage_error(text, example_text(found) if isinstance(found, Command) else "", ONLY_THE_COURSE)


def _unrecognized(command: Command, words: Sequence[str]) -> AzError:
    text = f"unrecognized arguments: {' '.join(words)}"
    flags = [flag for each in command.all_arguments for flag in each.flags if flag.startswith("--")]
    wrong = next((word.partition("=")[0] for word in words if word.startswith("-")), "")
    near = get_close_matches(wrong, flags, 1)
    return usage_error(f"{text}\nDid you mean '{near[0]}' ?" if near else text)


def example_text(command: Command) -> str:
    """Return the examples of a command as errors show them, or nothing."""
    shown = "\n\n".join(f"{line}\n{summary}" for summary, line in command.examples[:3])
    return f"Examples from command's help:\n{shown}" if shown else ""


def pairs(items: Sequence[str]) -> dict[str, str]:
    """Read `key=value` items; a key alone has an empty value, and an empty item is none."""
    return {key: value for key, _, value in (item.partition("=") for item in items) if key}


class _Parser(argparse.ArgumentParser):
    """argparse, as az uses it, built from a command of the table."""

    def __init__(self, command: Command) -> None:
        super().__init__(prog=f"az {command.path}", add_help=False)
        self._command = command
        for argument in command.all_arguments:
            self.add_argument(*argument.flags, dest=argument.key, **_options(argument))

    def error(self, message: str) -> NoReturn:
        shows_examples = message.startswith(("the following", "argument"))
        raise usage_error(message, example_text(self._command) if shows_examples else "")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        choices = tuple(action.choices or ())
        if not choices or value in choices:
            return
        flag = next((flag for flag in action.option_strings if flag.startswith("--")), action.dest)
        text = f"{self.prog}: '{value}' is not a valid value for '{flag}'. Allowed values: {', '.join(choices)}."
        near = get_close_matches(str(value), choices, 1)
        raise usage_error(f"{text}\nDid you mean '{near[0]}' ?" if near else text)


def _options(argument: Argument) -> dict[str, Any]:
    if argument.take == "flag":
        return {"action": "store_true"}
    options: dict[str, Any] = {"required": argument.required, "default": argument.default}
    if argument.take == "truth":
        # A flag of this kind without a value means true.
        return options | {"nargs": "?", "const": "true", "type": str.lower, "choices": ("false", "true")}
    if argument.take == "number":
        options["type"] = int
    if argument.choices:
        options |= {"type": _spelled(argument.choices), "choices": argument.choices}
    if argument.take in ("texts", "pairs", "groups"):
        options["nargs"] = "*"
    if argument.take == "groups":
        options["action"] = "append"
    return options


def _spelled(choices: tuple[str, ...]) -> Any:
    by_lower = {choice.lower(): choice for choice in choices}
    return lambda text: by_lower.get(text.lower(), text)
