"""Sight: what a client in this notebook sees, told to the lab's watch where the service itself tells nothing."""

from __future__ import annotations

import contextlib
import json
from typing import Any, Literal, Protocol

from .client.frames import RECEIVED, Direction
from .emulator import TraceEntry
from .emulator.core.trace_entry import What
from .errors import LabError
from .managed import Backend
from .watch import Watch

MAX_FRAME = 2000


class Watched(Protocol):
    """A lab."""

    @property
    def backend(self) -> Backend:
        """Which service answers."""

    def watch(self) -> Watch:
        """Return what a map or an inspector reads."""


class Sight:
    """One client's view of its own connection, in the words of the service: what the client sends is `received`."""

    def __init__(self, lab: Watched, hub: str, user_id: str | None) -> None:
        self._lab = lab
        self._hub = hub.lower()
        self._user_id = user_id
        self._connection_id: str | None = None
        self._asked: dict[int, tuple[Literal["joined", "left"], str]] = {}

    def frame(self, direction: Direction, text: str) -> None:
        """Note a frame that travelled."""
        if self._lab.backend != "emulator":  # whose trace knows more
            (self._received if direction == RECEIVED else self._sent)(text, _parsed(text))

    def _sent(self, text: str, message: dict[str, Any]) -> None:
        if message.get("type") in ("joinGroup", "leaveGroup"):
            what: Literal["joined", "left"] = "joined" if message["type"] == "joinGroup" else "left"
            self._asked[message.get("ackId", 0)] = what, str(message.get("group"))
        self._tell("received", frame=text[:MAX_FRAME])

    def _received(self, text: str, message: dict[str, Any]) -> None:
        if message.get("event") == "connected" and message.get("type") == "system":
            self._connection_id = message.get("connectionId")
            self._user_id = message.get("userId") or self._user_id
            self._tell("connected", detail="json.webpubsub.azure.v1")
        if self._connection_id is not None:
            is_answer = message.get("type") in ("ack", "system", "pong")
            self._tell("delivered", is_answer, frame=text[:MAX_FRAME], receivers=(self._connection_id,))
        if message.get("type") == "ack" and (asked := self._asked.pop(message.get("ackId", 0), None)):
            what, group = asked
            if message.get("success"):
                self._tell(what, group=group)

    def ended(self, reason: str = "") -> None:
        """Note the end of the connection."""
        if self._connection_id is not None:
            self._tell("disconnected", detail=reason)
            self._connection_id = None

    def _tell(self, what: What, is_about_me: bool = True, **more: Any) -> None:
        if self._connection_id is None:
            return
        who: dict[str, Any] = {"connection_id": self._connection_id, "user_id": self._user_id} if is_about_me else {}
        entry = TraceEntry(0, 0, what, self._hub, **who, **more)
        with contextlib.suppress(LabError):  # the service is gone, which the client notices by itself
            self._lab.watch().add(entry)


def _parsed(text: str) -> dict[str, Any]:
    try:
        message = json.loads(text)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}
