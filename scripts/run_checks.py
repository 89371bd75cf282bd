"""Checks: run every part of `make test`, one after the other, and say at the end what failed and what was skipped.

python scripts/run_checks.py                  all parts
python scripts/run_checks.py lint types       only these

A part that fails does not keep the others from running. A part that ran no test has failed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
PYTEST = ["pytest", "-n", str(CORES)]
QUICK = ["-p", "no:nbval"]  # its import takes seconds in each process, and only the notebooks need it
NBVAL = [
    "-p",
    "tests.notebooks.kernels_without_ports",
    "--nbval",
    "--nbval-current-env",
    "--nbval-sanitize-with=tests/notebooks/sanitize.cfg",
    "--nbval-cell-timeout=60",
    "--dist=loadscope",
]
# Parts of their own; in one process they would see each other's threads. "rules" takes everything else in tests/.
APART = ("unit", "conformance", "browser")

PARTS = {
    "format": ["ruff", "format", "--check", "."],
    "lint": ["ruff", "check", "."],
    "types": ["mypy"],
    "unit": [*PYTEST, *QUICK, "--dist=loadfile", "tests/unit"],
    "conformance": [*PYTEST, *QUICK, "--dist=loadfile", "tests/conformance"],
    "rules": [*PYTEST, *QUICK, "--dist=loadfile", "tests", *(f"--ignore=tests/{name}" for name in APART)],
    "browser": [
        "pytest",
        *QUICK,
        "-n",
        "2",
        "--dist",
        "loadfile",
        "tests/browser",
    ],  # each with a JupyterLab of its own
    "notebooks": [*PYTEST, *NBVAL, "notebooks"],
}


@dataclass
class Part:
    """What came out of one part."""

    name: str
    status: int = 0
    seconds: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)
    skips: list[tuple[str, str]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def has_tests(self) -> bool:
        return PARTS[self.name][0] == "pytest"

    @property
    def ok(self) -> bool:
        """Whether nothing failed. That all tests of a part were skipped is told below; one without tests has failed."""
        return self.status == 0 and (not self.has_tests or self.counts["passed"] + self.counts["skipped"] > 0)

    def verdict(self) -> str:
        """Say in one line how it went."""
        word = "ok" if self.ok else "FAILED"
        if self.has_tests and not sum(self.counts.values()):
            return f"{word}: no test ran"
        numbers = ", ".join(f"{self.counts[key]} {key}" for key in ("passed", "failed", "skipped") if self.counts[key])
        return f"{word}  {numbers}".rstrip()


def run(name: str, report: Path) -> Part:
    """Run one part with its output going straight to the terminal."""
    part = Part(name)
    command = [sys.executable, "-m", *PARTS[name]]
    if part.has_tests:
        command += [f"--junitxml={report}", "-o", "junit_logging=no"]
    print(f"\n=== {name}: {' '.join(PARTS[name])}", flush=True)
    start = time.monotonic()
    part.status = subprocess.run(command, cwd=ROOT, check=False).returncode
    part.seconds = time.monotonic() - start
    if part.has_tests and report.exists():
        read_report(part, report)
    return part


def read_report(part: Part, report: Path) -> None:
    """Take the counts and the reasons of skips from pytest's own report."""
    for case in ET.parse(report).iter("testcase"):
        name = f"{case.get('classname', '').replace('.', '/')}::{case.get('name')}"
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            part.counts["failed"] += 1
            part.failures.append(name)
        elif skipped is not None:
            part.counts["skipped"] += 1
            part.skips.append((name, skipped.get("message") or "no reason given"))
        else:
            part.counts["passed"] += 1


def summarise(parts: list[Part]) -> int:
    """Print what ran, what failed, what was skipped and why, and return the exit status."""
    print("\n=== What ran")
    for part in parts:
        print(f"  {part.name:<12} {part.seconds:6.1f} s  {part.verdict()}")
    for part in parts:
        for name in part.failures:
            print(f"  failed: {name}")
    reasons: dict[str, list[str]] = {}
    for part in parts:
        for name, reason in part.skips:
            reasons.setdefault(reason, []).append(name)
    if any(part.has_tests for part in parts):
        print("\n=== What was skipped, and why" if reasons else "\nNothing was skipped.")
    for reason, names in sorted(reasons.items()):
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        print(f"  {reason}\n      {names[0]}{more}")
    bad = [part.name for part in parts if not part.ok]
    print(f"\nFAILED: {', '.join(bad)}" if bad else "\nEverything passed.")
    if any(part.has_tests for part in parts):
        total = sum((part.counts for part in parts), Counter())
        print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped")
    return 1 if bad else 0


def main(names: list[str]) -> int:
    """Run the named parts, or all."""
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        print(f"No such part: {', '.join(unknown)}. There are: {', '.join(PARTS)}.")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        return summarise([run(name, Path(folder) / f"{name}.xml") for name in names or PARTS])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
