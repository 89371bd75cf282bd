"""Widgets: what a learner sees beside the code. Each is loaded when it is first asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..client.errors import AckError, ClientPanelError, ConnectionRefused
    from ..client.frames import Frame
    from .client_panel import ClientPanel
    from .components_table import ComponentsTable
    from .snapshot import Snapshot
    from .terminal_panel import TerminalPanel

__all__ = [
    "AckError",
    "ClientPanel",
    "ClientPanelError",
    "ComponentsTable",
    "ConnectionRefused",
    "Frame",
    "Snapshot",
    "TerminalPanel",
]

_HOMES = {
    "AckError": "..client.errors",
    "ClientPanel": ".client_panel",
    "ClientPanelError": "..client.errors",
    "ComponentsTable": ".components_table",
    "ConnectionRefused": "..client.errors",
    "Frame": "..client.frames",
    "Snapshot": ".snapshot",
    "TerminalPanel": ".terminal_panel",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name], __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
