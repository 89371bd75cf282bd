"""Membership: what an application server changes about who is in which group, and who may do what."""

from __future__ import annotations

from .errors import NotFound
from .journal import Journal
from .permissions import PermissionKind, PermissionSet
from .registry import Registry


class Membership:
    """The part of a hub that is called on behalf of the application server and sends nothing."""

    registry: Registry
    journal: Journal

    def add_connection_to_group(self, group: str, connection_id: str) -> None:
        """Make a connection a member. Raises NotFound if there is no such connection."""
        self.registry.join(self.registry.find(connection_id), group)

    def remove_connection_from_group(self, group: str, connection_id: str) -> None:
        """End a membership; an unknown connection or one that is no member is no error."""
        if connection := self.registry.connections.get(connection_id):
            self.registry.leave(connection, group)

    def remove_connection_from_all_groups(self, connection_id: str) -> None:
        """End all memberships of a connection; an unknown one is no error."""
        if connection := self.registry.connections.get(connection_id):
            self.registry.leave_all(connection)

    def add_user_to_group(self, group: str, user_id: str) -> None:
        """Make each connection the user has now a member. Raises NotFound if there is none."""
        connections = self.registry.of_user(user_id)
        if not connections:
            raise NotFound("User", user_id)
        for connection in connections:
            self.registry.join(connection, group)

    def remove_user_from_group(self, group: str, user_id: str) -> None:
        """End the membership of each connection of the user."""
        for connection in self.registry.of_user(user_id):
            self.registry.leave(connection, group)

    def remove_user_from_all_groups(self, user_id: str) -> None:
        """End all memberships of each connection of the user."""
        for connection in self.registry.of_user(user_id):
            self.registry.leave_all(connection)

    def permission(self, kind: PermissionKind, connection_id: str) -> PermissionSet:
        """Return what a connection may do. Raises NotFound if there is no such connection."""
        connection = self.registry.find(connection_id)
        return connection.send_to_group if kind == "sendToGroup" else connection.join_leave_group

    def permit(self, kind: PermissionKind, connection_id: str, group: str, *, allowed: bool) -> None:
        """Grant or revoke one group by name. Raises NotFound, and Conflict for one group too many."""
        self.permission(kind, connection_id).set(group, allowed)
        self.journal.permitted(self.registry.find(connection_id), kind, group, allowed=allowed)
