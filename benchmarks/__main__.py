"""`make bench`: measure everything that is claimed, in one run, and keep what came out in benchmarks/last-run.txt.

`python -m benchmarks build` or `... timekeeping` measures one part only, and keeps nothing.
"""

from __future__ import annotations

import importlib
import sys
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.machine import describe
from benchmarks.report import Report

PARTS = {"build": "benchmarks.build", "timekeeping": "benchmarks.timekeeping.report"}
KEPT = Path(__file__).parent / "last-run.txt"


def main(wanted: list[str]) -> int:
    """Run the wanted parts, all if none is named; return 0 if every limit that is claimed was kept."""
    if unknown := set(wanted) - set(PARTS):
        print(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    report = Report()
    report.line(f"Volunteer Hub, measured on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC")
    for line in describe():
        report.line(f"  {line}")
    for part in wanted or PARTS:
        importlib.import_module(PARTS[part]).measure(report)
    if not wanted:
        KEPT.write_text(report.text(), encoding="utf-8")
        print(f"\nKept in {KEPT}")
    return 0 if report.is_as_claimed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
