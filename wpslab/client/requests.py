"""Request: what a client asks of the service by the JSON subprotocol, checked before it is sent."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

DataType = Literal["text", "json"]

_EVENT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,127}")
_GROUP_LENGTH = 1024


@dataclass(frozen=True)
class Request:
    """A frame without its ackId: its type, whom it is for, and the rest."""

    kind: Literal["joinGroup", "leaveGroup", "sendToGroup", "event"]
    name: str
    members: Mapping[str, object] = field(default_factory=dict)

    def encode(self, ack_id: int) -> str:
        """Return the frame's text."""
        target = "event" if self.kind == "event" else "group"
        message = {"type": self.kind, target: self.name, "ackId": ack_id, **self.members}
        return json.dumps(message, ensure_ascii=False)


def join_group(group: str) -> Request:
    """Ask to join a group."""
    return Request("joinGroup", _group(group))


def leave_group(group: str) -> Request:
    """Ask to leave a group."""
    return Request("leaveGroup", _group(group))


def send_to_group(group: str, data: object, data_type: DataType = "text", no_echo: bool = False) -> Request:
    """Ask to send to the members of a group."""
    echo = {"noEcho": True} if no_echo else {}
    return Request("sendToGroup", _group(group), {**echo, **_payload(data, data_type)})


def send_event(event: str, data: object, data_type: DataType = "text") -> Request:
    """Ask to hand an event to the upstream server."""
    if not _EVENT_NAME.fullmatch(event):
        raise ValueError("An event name starts with a letter. Letters, digits, dot, dash and underscore may follow.")
    return Request("event", event, _payload(data, data_type))


def from_front_end(content: Mapping[str, Any]) -> Request:
    """Return the request that somebody made with the buttons.

    Raises:
        ValueError: with a sentence for whoever typed it.
    """
    match content:
        case {"do": "join", "group": str(group)}:
            return join_group(group)
        case {"do": "leave", "group": str(group)}:
            return leave_group(group)
        case {"do": "send", "group": str(group), "noEcho": no_echo}:
            return send_to_group(group, _typed(content), _data_type(content), bool(no_echo))
        case {"do": "event", "event": str(event)}:
            return send_event(event, _typed(content), _data_type(content))
    raise ValueError(f"A panel has no button {content.get('do')!r}.")


def _group(group: str) -> str:
    if not group.strip():
        raise ValueError("Type the name of a group first.")
    if len(group) > _GROUP_LENGTH:
        raise ValueError(f"The name of a group has at most {_GROUP_LENGTH:,} characters.")
    return group


def _payload(data: object, data_type: DataType) -> dict[str, object]:
    match data_type:
        case "text":
            if not isinstance(data, str):
                raise TypeError(f"Data of type text is a string, not {type(data).__name__}. Use data_type='json'.")
        case "json":
            if data is None:
                raise ValueError("The data may not be null.")
            json.dumps(data, allow_nan=False)
        case _:
            raise ValueError(f"The data type is 'text' or 'json', not {data_type!r}.")
    return {"dataType": data_type, "data": data}


def _data_type(content: Mapping[str, Any]) -> DataType:
    return cast(DataType, content.get("dataType"))


def _typed(content: Mapping[str, Any]) -> object:
    """Return the data somebody typed: a text as it is, JSON decoded."""
    typed = str(content.get("data", ""))
    if content.get("dataType") != "json":
        return typed
    try:
        return json.loads(typed, parse_constant=_no_constant)
    except json.JSONDecodeError as problem:
        where = f"line {problem.lineno}, column {problem.colno}"
        raise ValueError(
            f"This is not valid JSON, so nothing was sent: {problem.msg.lower()} at {where}. "
            'In JSON a text stands in double quotes, like "hello".'
        ) from None


def _no_constant(name: str) -> object:
    raise ValueError(f"This is not valid JSON, so nothing was sent: JSON has no {name}.")
