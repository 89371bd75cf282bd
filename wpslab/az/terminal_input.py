"""Terminal input: what a line means that somebody types at `az webpubsub client start`."""

from __future__ import annotations

import json
from dataclasses import dataclass

from ..client.requests import Request

COMMANDS = (
    ("help", "print this usage"),
    ("joingroup <group-name>", "join the connection to a group"),
    ("leavegroup <group-name>", "let the connection leave a group"),
    ("sendtogroup <group-name> <message>", "send a message to a group"),
    ("event <event-name> <message>", "send an event to the event handler"),
)
_COLUMN = max(len(command) for command, _ in COMMANDS) + 2
_FRAME = max(_COLUMN + len(meaning) for _, meaning in COMMANDS)
USAGE = "\n".join(
    [
        " Usage ".center(_FRAME, "-"),
        *(f"{command:<{_COLUMN}}{meaning}" for command, meaning in COMMANDS),
        "-" * _FRAME,
    ]
)


class InvalidInput(ValueError):
    """A line is no command."""

    def __init__(self, line: str) -> None:
        super().__init__(f'Invalid input "{line}", use help to show usage')


@dataclass(frozen=True)
class TypedRequest(Request):
    """A request as the terminal sends it: names as they were typed, no data type, the ackId last."""

    def encode(self, ack_id: int) -> str:
        """Return the frame's text."""
        target = "event" if self.kind == "event" else "group"
        return json.dumps({"type": self.kind, target: self.name, **self.members, "ackId": ack_id}, ensure_ascii=False)


def read_line(line: str) -> TypedRequest | None:
    """Return the request that a line asks for, None for `help`. The line has no white space around it.

    Raises:
        InvalidInput: the line is no command.
    """
    if line == "help":
        return None
    command, *rest = line.split(maxsplit=1)
    match command.lower(), *rest:
        case "joingroup", group:
            return TypedRequest("joinGroup", group)
        case "leavegroup", group:
            return TypedRequest("leaveGroup", group)
        case "sendtogroup", target if found := _name_and_data(target):
            return TypedRequest("sendToGroup", *found)
        case "event", target if found := _name_and_data(target):
            return TypedRequest("event", *found)
    raise InvalidInput(line)


def _name_and_data(text: str) -> tuple[str, dict[str, str]] | None:
    name, *data = text.split(maxsplit=1)
    return (name, {"data": data[0]}) if data else None
