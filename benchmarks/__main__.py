"""Main: measure everything and write the table, or only print what is named.

python -m benchmarks                      all, into benchmarks/README.md
python -m benchmarks fan_out round_trip   only these, printed
"""

from __future__ import annotations

import sys
import time

from . import fan_out, imports, memory, patched, report, round_trip, startup, upstream, widgets
from .figures import Row

GROUPS = {
    "imports": imports.measure,
    "startup": startup.measure,
    "round_trip": round_trip.measure,
    "fan_out": fan_out.measure,
    "upstream": upstream.measure,
    "patched": patched.measure,
    "memory": memory.measure,
    "widgets": widgets.measure,
}


def main(names: list[str]) -> int:
    """Measure the named groups, or all."""
    unknown = [name for name in names if name not in GROUPS]
    if unknown:
        print(f"No such group: {', '.join(unknown)}. There are: {', '.join(GROUPS)}.")
        return 2
    rows: list[Row] = []
    for name in names or GROUPS:
        start = time.monotonic()
        rows += GROUPS[name]()
        print(f"{name}: took {time.monotonic() - start:.1f} s", flush=True)
    print(f"\n{report.table(rows)}\n\n{report.machine()}")
    if not names:
        report.write(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
