"""Where: which command runs where on each kind of lab, as the table of `%az --where`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .table import Table, Where

if TYPE_CHECKING:
    from ..lab import Lab

MOST = 4

_OURS: dict[Where, str] = {
    "local": "wpslab's own az, by itself",
    "management": "wpslab's own az, by the emulator's management API",
    "data plane": "wpslab's own az, by the access key of the resource",
    "panel": "wpslab's own client, connected to the resource",
}
_AZURE: dict[Where, str] = {
    "local": "the real az{missing}",
    "management": "the real az{missing}",
    "data plane": "wpslab's own az, by the lab's connection string",
    "panel": "wpslab's own client, by the lab's connection string",
}


def rows(table: Table, lab: Lab) -> list[dict[str, str]]:
    """Return one row for each set of commands: the commands, and what answers them."""
    if lab.backend == "azure":
        from .real import is_installed

        missing = "" if is_installed() else ", which is not installed here"
        places = {where: text.format(missing=missing) for where, text in _AZURE.items()}
    else:
        places = _OURS
    found = [
        {"command": line, "runs": places[where]}
        for where in places
        for line in _lines(each.path for each in table.commands if each.where == where)
    ]
    if lab.backend == "azure":
        found.append({"command": "az … (any other)", "runs": places["management"]})
    return found


def _lines(paths: Iterable[str]) -> list[str]:
    """Return commands with the same beginning together: in one line, or where they are many with an ellipsis."""
    lines: dict[str, list[str]] = {}
    for path in paths:
        beginning, _, last = path.rpartition(" ")
        lines.setdefault(beginning, []).append(last)
    return [f"az {beginning} {_several(last)}".replace("  ", " ") for beginning, last in lines.items()]


def _several(words: list[str]) -> str:
    return ", ".join(words) if len(words) <= MOST else f"{', '.join(words[: MOST - 1])}, …"
