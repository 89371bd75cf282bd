"""Widgets: what a learner sees beside the code. Each is loaded when it is first asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..client.errors import AckError, ClientPanelError, ConnectionRefused
    from ..client.frames import Frame
    from .client_panel import ClientPanel
    from .components_table import ComponentsTable
    from .inspector import Inspector
    from .phone import Phone
    from .phones import Phones
    from .service_map import ServiceMap
    from .snapshot import Snapshot
    from .terminal_panel import TerminalPanel
    from .tower_board import TowerBoard

__all__ = [
    "AckError",
    "ClientPanel",
    "ClientPanelError",
    "ComponentsTable",
    "ConnectionRefused",
    "Frame",
    "Inspector",
    "Phone",
    "Phones",
    "ServiceMap",
    "Snapshot",
    "TerminalPanel",
    "TowerBoard",
]

_HOMES = {
    "AckError": "..client.errors",
    "ClientPanel": ".client_panel",
    "ClientPanelError": "..client.errors",
    "ComponentsTable": ".components_table",
    "ConnectionRefused": "..client.errors",
    "Frame": "..client.frames",
    "Inspector": ".inspector",
    "Phone": ".phone",
    "Phones": ".phones",
    "ServiceMap": ".service_map",
    "Snapshot": ".snapshot",
    "TerminalPanel": ".terminal_panel",
    "TowerBoard": ".tower_board",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name], __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
