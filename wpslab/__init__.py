"""wpslab: a course on Azure Web PubSub, and the service itself in the kernel.

import wpslab

lab = wpslab.start()
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .emulator import Emulator
    from .errors import LabError
    from .lab import Lab, start
    from .nested import allow_asyncio_run

__version__ = "0.1.0"
__all__ = ["Emulator", "Lab", "LabError", "__version__", "allow_asyncio_run", "start"]

_HOMES = {
    "Emulator": "emulator",
    "Lab": "lab",
    "LabError": "errors",
    "allow_asyncio_run": "nested",
    "start": "lab",
}


def load_ipython_extension(ipython: Any) -> None:
    """Bring `%az` and `%%az`, and how what they return looks. IPython calls it for `%load_ext wpslab`."""
    from .az.magics import load
    from .widgets.register import register_displays

    load(ipython)
    register_displays(ipython)


def __getattr__(name: str) -> Any:
    # Imported on first use, so that `import wpslab` takes no time.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
