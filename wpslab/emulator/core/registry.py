"""Registry: which connections there are, and the views of them by user and by group."""

from __future__ import annotations

from .connection import Connection
from .errors import NotFound
from .journal import Journal


class Registry:
    """The connections of a hub. A user or a group is a view: it exists while it has connections."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.connections: dict[str, Connection] = {}
        self._by_user: dict[str, dict[Connection, None]] = {}
        self._by_group: dict[str, dict[Connection, None]] = {}

    def add(self, connection: Connection) -> None:
        """Take in a connection, under its id and its user."""
        self.connections[connection.id] = connection
        if connection.user_id is not None:
            self._by_user.setdefault(connection.user_id, {})[connection] = None

    def remove(self, connection: Connection) -> None:
        """Forget a connection and its memberships."""
        del self.connections[connection.id]
        if connection.user_id is not None:
            _discard(self._by_user, connection.user_id, connection)
        for group in connection.groups:
            _discard(self._by_group, group, connection)
        connection.groups.clear()

    def find(self, connection_id: str) -> Connection:
        """Return a connection by id.

        Raises:
            NotFound: there is none.
        """
        connection = self.connections.get(connection_id)
        if connection is None:
            raise NotFound("Connection", connection_id)
        return connection

    def of_user(self, user_id: str) -> dict[Connection, None]:
        """Return the connections of a user as an ordered set, not to be changed; empty if the user is unknown."""
        return self._by_user.get(user_id, {})

    def of_group(self, group: str) -> dict[Connection, None]:
        """Return the members of a group as an ordered set, not to be changed; empty if the group is unknown."""
        return self._by_group.get(group, {})

    def join(self, connection: Connection, group: str) -> None:
        """Make a connection a member; once more changes nothing."""
        if group not in connection.groups:
            connection.groups.add(group)
            self._by_group.setdefault(group, {})[connection] = None
            self._journal.joined(connection, group)

    def leave(self, connection: Connection, group: str) -> None:
        """End a membership; without one nothing changes."""
        if group in connection.groups:
            connection.groups.discard(group)
            _discard(self._by_group, group, connection)
            self._journal.left(connection, group)

    def leave_all(self, connection: Connection) -> None:
        """End all memberships of a connection."""
        for group in list(connection.groups):
            self.leave(connection, group)


def _discard(index: dict[str, dict[Connection, None]], name: str, connection: Connection) -> None:
    members = index[name]
    members.pop(connection, None)
    if not members:
        del index[name]
