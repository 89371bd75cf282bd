"""Client names: what a reader sees in place of connection ids."""

from __future__ import annotations

import re
from collections import OrderedDict

from ..emulator import TraceEntry

MAX_NAMES = 10_000
_ID = re.compile(r"[\w-]{16,}")


class ClientNames:
    """Names connections after their users: alice, alice/2; without a user c1, c2, and so on.

    A user who comes back under a new id gets the name that was given up.
    """

    def __init__(self) -> None:
        self._names: OrderedDict[str, str] = OrderedDict()
        self._users: dict[str, str | None] = {}
        self._taken: set[str] = set()

    def note(self, entry: TraceEntry) -> None:
        """Learn from an entry who is who."""
        if entry.connection_id is None or entry.what == "rest":  # a caller may name one that is not there
            return
        self.learn(entry.connection_id, entry.user_id)
        if entry.what in ("disconnected", "refused", "failed") and not self._is_only_a_request(entry):
            self._taken.discard(self._names[entry.connection_id])

    def of(self, connection_id: str) -> str:
        """Return the name of a connection."""
        return self._names.get(connection_id) or self.learn(connection_id, None)

    def user_of(self, connection_id: str) -> str:
        """Return the user of a connection, or the connection's own name where it has none."""
        return self._users.get(connection_id) or self.of(connection_id)

    def known(self, connection_id: str) -> str | None:
        """Return the name of a connection that was heard of."""
        return self._names.get(connection_id)

    def lanes(self) -> list[str]:
        """Return the users, and the names of the connections that have none, in order."""
        return sorted(
            {self._users.get(each) or name for each, name in list(self._names.items())}
        )  # another thread may add

    def hide_ids(self, text: str) -> str:
        """Put names in the place of the ids in a text."""
        return _ID.sub(lambda found: self._names.get(found.group(), found.group()), text)

    def learn(self, connection_id: str, user_id: str | None) -> str:
        """Name a connection, if it has no name yet or was not known to be a user's."""
        known = self._names.get(connection_id)
        if known is not None and (user_id is None or self._users.get(connection_id) is not None):
            return known
        self._taken.discard(known or "")
        name = self._free(user_id)
        self._names[connection_id] = name
        self._users[connection_id] = user_id
        self._taken.add(name)
        if len(self._names) > MAX_NAMES:
            oldest, given = self._names.popitem(last=False)
            self._users.pop(oldest, None)
            self._taken.discard(given)
        return name

    def _free(self, user_id: str | None) -> str:
        number = 1
        while (name := _spelled(user_id, number)) in self._taken:
            number += 1
        return name

    def _is_only_a_request(self, entry: TraceEntry) -> bool:
        """Tell whether a request failed and the connection lives on."""
        return entry.what != "disconnected" and entry.event != "connect"


def _spelled(user_id: str | None, number: int) -> str:
    if user_id is None:
        return f"c{number}"
    return user_id if number == 1 else f"{user_id}/{number}"
