"""The sample city and the builds: how long they take, and that an increment does not grow with the history."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.new_taps import write_hour
from benchmarks.report import Report
from hub.settings import PROJECT

SMALL_CITY = ("--volunteers", "3000", "--organisations", "60", "--devices", "600", "--seed", "7")
INCREMENTS = 3


def measure(report: Report) -> None:
    """Measure the default city, then two smaller ones with a short and a long history."""
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as folder:
        _default_city(report, Path(folder) / "default")
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as folder:
        _history(report, Path(folder))


def _default_city(report: Report, home: Path) -> None:
    report.section("The default city: 20,000 volunteers, 400 organisations, 4,000 card readers, 90 days")
    report.figure("hub sample-city", _hub(home, "sample-city"), "s", at_most=60)
    report.figure("hub build, everything", _hub(home, "build"), "s", at_most=60)
    report.figure("hub build, nothing new", _hub(home, "build"), "s")
    taps = write_hour(home / "swipe_logs")
    report.figure(
        f"hub build after one hour of new taps ({taps:,}, the busiest)", _hub(home, "build"), "s", at_most=10
    )


def _history(report: Report, folder: Path) -> None:
    report.section(f"The same hour of new taps on a short and on a long history ({' '.join(SMALL_CITY)})")
    medians = {}
    for days in (90, 360):
        home = folder / str(days)
        _hub(home, "sample-city", "--days", str(days), *SMALL_CITY)
        report.figure(f"{days} days: hub build, everything", _hub(home, "build"), "s")
        seconds = []
        for day in range(1, INCREMENTS + 1):
            write_hour(home / "swipe_logs", days_later=day)
            seconds.append(_hub(home, "build"))
        medians[days] = statistics.median(seconds)
        report.figure(
            f"{days} days: hub build after an hour of taps, median of {INCREMENTS}", medians[days], "s"
        )
    report.figure("360 days against 90 days", medians[360] / medians[90], "times", at_most=1.25)


def _hub(home: Path, *arguments: str) -> float:
    """Run a command of the program on a home and return its seconds from start to end, the interpreter's included.

    Raises `subprocess.CalledProcessError` with what it said if it fails.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    began = time.perf_counter()
    answer = subprocess.run(
        [sys.executable, "-m", "hub", *arguments],
        cwd=PROJECT,
        env=environment | {"HUB_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode:
        print(answer.stdout + answer.stderr, file=sys.stderr)
        answer.check_returncode()
    return time.perf_counter() - began
