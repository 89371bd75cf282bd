"""Commands: all that wpslab's own az knows, as one table."""

from __future__ import annotations

from . import commands_account, commands_group, commands_hub, commands_resource, commands_service
from .table import Table

_PARTS = (commands_account, commands_group, commands_resource, commands_hub, commands_service)

TABLE = Table(
    groups=tuple(group for part in _PARTS for group in part.GROUPS),
    commands=tuple(command for part in _PARTS for command in part.COMMANDS),
)
