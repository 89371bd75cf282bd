"""Cells: what a cell made when it was run before, and is to make room for what it makes now."""

from __future__ import annotations

import sys
import weakref
from typing import Protocol

MAX_CELLS = 200


class Leaves(Protocol):
    """A client, or a widget."""

    def leave(self) -> None:
        """Do what is to be done when the cell that made this is run again, which makes another one in its place."""


_made: dict[str, tuple[str, list[weakref.ref[Leaves]]]] = {}


def take_the_place(new: Leaves) -> None:
    """Note what the cell that runs now makes, and have what it made when it was run before leave.

    Nothing is known of a cell where the front end does not name it, as when a notebook is run without one.
    """
    cell, execution = _running()
    if not cell:
        return
    before, made = _made.pop(cell, ("", []))
    if before != execution:
        earlier, made = made, []
        for each in earlier:
            if (left := each()) is not None:
                left.leave()
    made.append(weakref.ref(new))
    _made[cell] = (execution, made)
    if len(_made) > MAX_CELLS:
        del _made[next(iter(_made))]


def _running() -> tuple[str, str]:
    """Return the id of the cell that runs, and that of its execution; empty where there is none."""
    if "IPython" not in sys.modules:
        return "", ""
    from IPython.core.getipython import get_ipython

    ask = getattr(get_ipython(), "get_parent", None)
    parent = ask() if ask is not None else None
    if not isinstance(parent, dict) or parent.get("header", {}).get("msg_type") != "execute_request":
        return "", ""
    return str(parent.get("metadata", {}).get("cellId") or ""), str(parent["header"].get("msg_id"))
