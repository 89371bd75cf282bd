"""Watchlist: connections, users and groups, and whether the service said they are there."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["connection", "user", "group"]

_ORDER: dict[Kind, int] = {"connection": 0, "user": 1, "group": 2}


@dataclass(frozen=True)
class Watched:
    """Something that may be there: its kind, the name a reader sees, and the id the service knows."""

    kind: Kind
    name: str
    id: str


class Watchlist:
    """What is watched and what is known of it. A cell adds, the lab's thread answers: any thread may call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[Kind, str], tuple[Watched, bool | None]] = {}

    def add(self, connections: Mapping[str, str], users: Iterable[str], groups: Iterable[str]) -> None:
        """Watch more. A connection whose name is watched already gets the new id."""
        added = [Watched("connection", name, connection_id) for name, connection_id in connections.items()]
        added += [Watched("user", user, user) for user in users]
        added += [Watched("group", group, group) for group in groups]
        with self._lock:
            for watched in added:
                key = (watched.kind, watched.name)
                if self._known.get(key, (None, None))[0] != watched:
                    self._known[key] = (watched, None)

    def answer(self, watched: Watched, there: bool) -> None:
        """Note what the service said, unless this is not watched any more."""
        key = (watched.kind, watched.name)
        with self._lock:
            if self._known.get(key, (None, None))[0] == watched:
                self._known[key] = (watched, there)

    def entries(self) -> list[tuple[Watched, bool | None]]:
        """Return everything watched: connections, users, groups, each in the order it was added."""
        with self._lock:
            return sorted(self._known.values(), key=lambda entry: _ORDER[entry[0].kind])
