"""az: the commands of the Azure CLI that this course needs, in a notebook and in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .magics import az
    from .problem import AzError

__all__ = ["AzError", "az"]

_HOMES = {"AzError": "problem", "az": "magics"}


def __getattr__(name: str) -> Any:
    # Imported on first use, so that `import wpslab.az` takes no time.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
