"""`make bench`: measure everything that is claimed, in one run, and keep what came out in benchmarks/last-run.txt.

`python -m benchmarks build`, `... timekeeping` or `... ledger` measures one part only, and keeps nothing.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import build, ledger, lists, sign_ups
from benchmarks.machine import describe
from benchmarks.report import Report

# The exit code of benchmarks.timekeeping where a limit was not kept.
LIMIT_MISSED = 3
KEPT = Path(__file__).parent / "last-run.txt"


def timekeeping(report: Report) -> None:
    """Measure time-keeping against a bare scan, DuckDB and pandas; benchmarks/timekeeping says how."""
    report.section("Time-keeping")
    command = [sys.executable, "-m", "benchmarks.timekeeping"]
    answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if answer.returncode not in (0, LIMIT_MISSED):
        answer.check_returncode()
    report.is_as_claimed &= answer.returncode == 0
    for line in answer.stdout.splitlines():
        report.line(f"  {line}".rstrip())


PARTS = {
    "build": build.measure,
    "timekeeping": timekeeping,
    "sign-ups": sign_ups.measure,
    "lists": lists.measure,
    "ledger": ledger.measure,
}


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
        PARTS[part](report)
    if not wanted:
        KEPT.write_text(report.text(), encoding="utf-8")
        print(f"\nKept in {KEPT}")
    return 0 if report.is_as_claimed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
