"""Permissions: what a connection may do with groups, from the roles in its token and from REST grants."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Literal

from .errors import Conflict
from .limits import MAX_LITERAL_RULES, MAX_PATTERN_RULES
from .patterns import GroupPattern

PermissionKind = Literal["sendToGroup", "joinLeaveGroup"]

logger = logging.getLogger("wpslab.emulator.permissions")


class PermissionSet:
    """The answer to "may this connection … that group?" for one kind of permission.

    A named group decides before patterns, the newest pattern before older ones, and both before the default.
    Source: the roles of Azure's "client protocols" and "wildcard group roles" concepts.
    """

    __slots__ = ("_allow_by_default", "_literals", "_patterns")

    def __init__(self, kind: PermissionKind, roles: Iterable[str] = ()) -> None:
        self._allow_by_default = False
        self._patterns: list[GroupPattern] = []
        self._literals: dict[str, bool] = {}
        everything = f"webpubsub.{kind}"
        one_group = f"{everything}."
        pattern = f"{everything}s."
        for role in sorted(roles):
            if role == everything:
                self._allow_everything()
            elif role.startswith(one_group):
                self._allow_from_role(role, role[len(one_group) :])
            elif role.startswith(pattern):
                self._add_pattern(role, role[len(pattern) :])

    def allows(self, group: str) -> bool:
        """Tell whether the group is allowed now."""
        named = self._literals.get(group)
        return self._base(group) if named is None else named

    def set(self, group: str, allow: bool) -> None:
        """Grant or revoke one group by name, as the REST API does.

        Raises:
            Conflict: there are as many named groups as the service keeps, and this would be one more.
        """
        if self._needs_entry(group, allow):
            if len(self._literals) >= MAX_LITERAL_RULES:
                raise Conflict(f"A connection has at most {MAX_LITERAL_RULES} permissions by group name of one kind.")
            self._literals[group] = allow

    def _needs_entry(self, group: str, allow: bool) -> bool:
        named = self._literals.get(group)
        if named is None:
            return self._base(group) != allow
        if named != allow:  # the two cancel each other
            del self._literals[group]
        return False

    def _base(self, group: str) -> bool:
        # Roles only allow, so a pattern that matches means yes.
        return self._allow_by_default or any(pattern.matches(group) for pattern in self._patterns)

    def _allow_everything(self) -> None:
        self._allow_by_default = True
        self._patterns.clear()
        self._literals.clear()

    def _allow_from_role(self, role: str, group: str) -> None:
        if self._needs_entry(group, True):
            if len(self._literals) >= MAX_LITERAL_RULES:
                logger.warning("Role %.200r is ignored: there are %d named groups already.", role, MAX_LITERAL_RULES)
                return
            self._literals[group] = True

    def _add_pattern(self, role: str, text: str) -> None:
        try:
            pattern = GroupPattern(text)
        except ValueError as error:
            logger.warning("Role %.200r is ignored: %s", role, error)
            return
        if pattern.literal is not None:
            if self._needs_entry(pattern.literal, True):
                self._literals[pattern.literal] = True
        elif pattern.matches_all:
            self._allow_everything()
        elif len(self._patterns) >= MAX_PATTERN_RULES:
            logger.warning("Role %.200r is ignored: there are %d patterns already.", role, MAX_PATTERN_RULES)
        else:
            self._patterns.insert(0, pattern)
            for group in [group for group in self._literals if pattern.matches(group)]:
                del self._literals[group]
