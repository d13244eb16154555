"""The sample city and the builds: how long they take, and that an increment does not grow with the history."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.report import Report
from hub.settings import PROJECT, Settings
from operations.database import open_database
from operations.sample_city import one_more_hour

# The busiest hours of the sample cities have a third of these.
DEFAULT_CITY_TAPS_AN_HOUR = 1_000
SMALL_CITY_TAPS_AN_HOUR = 150
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
    for hour in range(INCREMENTS):
        _one_more_hour(home, hour, DEFAULT_CITY_TAPS_AN_HOUR)
        what = f"hub build after one more hour ({DEFAULT_CITY_TAPS_AN_HOUR:,} taps), no. {hour + 1}"
        report.figure(what, _hub(home, "build"), "s", at_most=10)


def _history(report: Report, folder: Path) -> None:
    report.section(f"The same hour of new taps on a short and on a long history ({' '.join(SMALL_CITY)})")
    medians = {}
    for days in (90, 360):
        home = folder / str(days)
        _hub(home, "sample-city", "--days", str(days), *SMALL_CITY)
        report.figure(f"{days} days: hub build, everything", _hub(home, "build"), "s")
        seconds = []
        for hour in range(INCREMENTS):
            _one_more_hour(home, hour, SMALL_CITY_TAPS_AN_HOUR)
            seconds.append(_hub(home, "build"))
        medians[days] = statistics.median(seconds)
        report.figure(
            f"{days} days: hub build after an hour of taps, median of {INCREMENTS}", medians[days], "s"
        )
    report.figure("360 days against 90 days", medians[360] / medians[90], "times", at_most=1.25)


def _one_more_hour(home: Path, number: int, taps: int) -> None:
    """Let the city live on for an hour of this morning: taps, check-ins, sign-ups and heartbeats."""
    settings = Settings(home=home)
    morning = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)  # 08:00 in the city
    engine = open_database(settings.operations_url)
    one_more_hour(
        engine, settings.swipe_logs, after=morning + timedelta(hours=number), taps=taps, seed=number
    )
    engine.dispose()


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
