"""Help text: a command, a group, or all commands, laid out as `az … --help` lays them out."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from .table import GLOBAL_ARGUMENTS, Argument, Command, Group, Table

WIDTH = 100


def help_text(table: Table, topic: Command | Group | None) -> str:
    """Return the help for a command or a group, or for az as a whole."""
    return _command(topic) if isinstance(topic, Command) else _group(table, topic)


def _group(table: Table, group: Group | None) -> str:
    path = group.path if group else ""
    inside = table.inside(path.split())
    name, summary = (f"az {path}", group.summary) if group else ("az", "The commands of this course.")
    width = max(map(len, inside))
    parts = ["", "Group", _paragraph(f"{name} : {summary}", 4), ""]
    for title, kind in (("Subgroups:", Group), ("Commands:", Command)):
        rows = sorted((word, each.summary) for word, each in inside.items() if isinstance(each, kind))
        if rows:
            parts += [title, *(_row(word, text, width) for word, text in rows), ""]
    return "\n".join(parts)


def _command(command: Command) -> str:
    summary = _paragraph(f"az {command.path} : {command.summary}", 4)
    parts = ["", "Command", summary]
    if command.note:
        parts.append(_indented(command.note, 8))
    shared = [each for each in command.all_arguments if each in GLOBAL_ARGUMENTS]
    labels = {each: _label(each) for each in command.all_arguments}
    width = max(len(_padded(label, tail, 0)) for label, tail in labels.values())
    for title, arguments in (("Arguments", _sorted(command.arguments)), ("Global Arguments", _sorted(shared))):
        rows = [_row(_padded(*labels[each], width), _description(each), width) for each in arguments]
        parts += ["", title, *rows]
    if command.examples:
        parts += ["", "Examples"]
        for text, line in command.examples:
            parts += [_paragraph(text, 4), _indented(line, 8), ""]
    return "\n".join([*parts, *([] if command.examples else [""])])


def _sorted(arguments: Sequence[Argument]) -> list[Argument]:
    return sorted(arguments, key=lambda each: (not each.required, _label(each)[0]))


def _label(argument: Argument) -> tuple[str, str]:
    # Long spellings first, each kind in the order of the alphabet.
    flags = sorted(argument.flags, key=lambda flag: (not flag.startswith("--"), flag))
    return " ".join(flags), "[Required]" if argument.required else ""


def _padded(label: str, tail: str, width: int) -> str:
    return label + " " * max(width - len(label) - len(tail), 1 if tail else 0) + tail


def _description(argument: Argument) -> str:
    choices = ("false", "true") if argument.take == "truth" else argument.choices
    text = argument.help
    if choices:
        text += f"  Allowed values: {', '.join(sorted(choices))}."
    if argument.own:
        text += f"  Default: the lab's own {'resource' if argument.own == 'name' else 'resource group'}."
    elif argument.default is not None:
        text += f"  Default: {argument.default}."
    return text


def _row(label: str, text: str, width: int) -> str:
    begin = f"    {label:{width}} : "
    return textwrap.fill(text, WIDTH, initial_indent=begin, subsequent_indent=" " * len(begin))


def _paragraph(text: str, indent: int) -> str:
    return textwrap.fill(text, WIDTH, initial_indent=" " * indent, subsequent_indent=" " * indent)


def _indented(text: str, indent: int) -> str:
    return "\n".join(_paragraph(line, indent) for line in text.splitlines())
