"""Widgets: what a learner sees beside the code. Each is loaded when it is first asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .client_panel import ClientPanel
    from .components_table import ComponentsTable
    from .errors import AckError, ClientPanelError, ConnectionRefused
    from .frames import Frame
    from .snapshot import Snapshot

__all__ = [
    "AckError",
    "ClientPanel",
    "ClientPanelError",
    "ComponentsTable",
    "ConnectionRefused",
    "Frame",
    "Snapshot",
]

_HOMES = {
    "AckError": "errors",
    "ClientPanel": "client_panel",
    "ClientPanelError": "errors",
    "ComponentsTable": "components_table",
    "ConnectionRefused": "errors",
    "Frame": "frames",
    "Snapshot": "snapshot",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
