"""Report: the table in README.md, between two markers, and the facts about the machine it was made on."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from .figures import Row

README = Path(__file__).with_name("README.md")
BEGIN = "<!-- figures: begin (written by `make bench`) -->"
END = "<!-- figures: end -->"
PACKAGES = ("wpslab", "aiohttp", "msgspec", "websockets")


def table(rows: Iterable[Row]) -> str:
    """Write the rows as a Markdown table."""
    lines = ["| measured | figure | against | its figure | ratio |", "| --- | --- | --- | --- | --- |"]
    for row in rows:
        theirs = f"{row.theirs} {row.unit}" if row.theirs else "–"
        lines.append(f"| {row.what} | {row.ours} {row.unit} | {row.peer or '–'} | {theirs} | {row.ratio or '–'} |")
    return "\n".join(lines)


def machine() -> str:
    """Name what the figures depend on: cores, system, Python, packages."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"Made on {cores} cores, {platform.system()} {platform.machine()}, {python}, {packages}."


def write(rows: Iterable[Row]) -> None:
    """Put the table into README.md."""
    text = README.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("README.md lost the markers between which the figures stand.")
    README.write_text(f"{before}{BEGIN}\n\n{table(rows)}\n\n{machine()}\n\n{END}{after}", encoding="utf-8")
