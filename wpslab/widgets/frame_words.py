"""Frame words: a frame in a few words, and a frame pretty-printed."""

from __future__ import annotations

import json
from collections.abc import Mapping

from ..client.frames import one_line

WORDS = 60  # characters


def brief(frame: str) -> str:
    """Return what a frame of the JSON subprotocol says: `joinGroup room1`, `ack 7 Forbidden`. Others, as they are."""
    match parsed(frame):
        case {"type": "sendToGroup", "group": str(group), **rest}:
            return _cut(f"sendToGroup {group}: {_data(rest)}")
        case {"type": "joinGroup" | "leaveGroup" as kind, "group": str(group)}:
            return _cut(f"{kind} {group}")
        case {"type": "event", "event": str(event), **rest}:
            return _cut(f"event {event}: {_data(rest)}")
        case {"type": "ack", "ackId": number, "success": True}:
            return f"ack {number}"
        case {"type": "ack", "ackId": number, "error": {"name": str(error)}}:
            return _cut(f"ack {number}: {error}")
        case {"type": "system", "event": str(event)}:
            return _cut(event)
        case {"type": "message", "from": "group", "group": str(group), **rest}:
            return _cut(f"message in {group}: {_data(rest)}")
        case {"type": "message", **rest}:
            return _cut(f"message: {_data(rest)}")
        case {"type": str(kind)}:
            return _cut(kind)
    return _cut(one_line(frame))


def pretty(frame: str) -> str:
    """Return JSON with a line for each value, anything else as it is."""
    try:
        value = json.loads(frame)
    except ValueError:
        return frame
    return json.dumps(value, indent=2, ensure_ascii=False) if isinstance(value, (dict, list)) else frame


def parsed(frame: str) -> object:
    """Return what a JSON object holds, or None for anything else."""
    if not frame.startswith("{"):
        return None
    try:
        return json.loads(frame)
    except ValueError:  # it was cut, or is a simple client's text
        return None


def _data(rest: Mapping[object, object]) -> str:
    data = rest.get("data", "")
    return one_line(data if isinstance(data, str) else json.dumps(data, ensure_ascii=False))


def _cut(text: str) -> str:
    return text if len(text) <= WORDS else text[: WORDS - 1] + "…"
