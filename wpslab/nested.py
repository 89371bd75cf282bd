"""Nested: `asyncio.run()` inside a kernel, for the few cells that show a script as it would run outside."""

from __future__ import annotations

import sys


def allow_asyncio_run() -> None:
    """Let `asyncio.run()` work in cells of this kernel, by nest-asyncio or, from Python 3.14 on, nest-asyncio2.

    Applying it twice changes nothing. `await` in a cell never needs it.

    Raises:
        ModuleNotFoundError: the course's packages are not installed.
    """
    if sys.version_info >= (3, 14):  # nest-asyncio breaks asyncio.current_task() there
        import nest_asyncio2 as nest_asyncio
    else:
        import nest_asyncio
    nest_asyncio.apply()
