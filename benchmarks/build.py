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
from typing import NamedTuple

from benchmarks.report import Report
from hub.settings import PROJECT, Settings
from operations.database import open_database
from operations.sample_city import one_more_hour

# The busiest hours of the sample cities have a third of these.
DEFAULT_CITY_TAPS_AN_HOUR = 1_000
SMALL_CITY_TAPS_AN_HOUR = 150
SMALL_CITY = ("--volunteers", "3000", "--organisations", "60", "--devices", "600", "--seed", "7")
INCREMENTS = 3


class Seconds(NamedTuple):
    """By the clock, and of all processors together."""

    wall: float
    processor: float


def measure(report: Report) -> None:
    """Measure the default city, then two smaller ones with a short and a long history."""
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as folder:
        _default_city(report, Path(folder) / "default")
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as folder:
        _history(report, Path(folder))


def _default_city(report: Report, home: Path) -> None:
    report.section("The default city: 20,000 volunteers, 400 organisations, 4,000 card readers, 90 days")
    _figure(report, "hub sample-city", _hub(home, "sample-city"), at_most=60)
    _figure(report, "hub build, everything", _hub(home, "build"), at_most=60)
    _figure(report, "hub build, nothing new", _hub(home, "build"))
    for hour in range(INCREMENTS):
        _one_more_hour(home, hour, DEFAULT_CITY_TAPS_AN_HOUR)
        what = f"hub build after one more hour ({DEFAULT_CITY_TAPS_AN_HOUR:,} taps), no. {hour + 1}"
        _figure(report, what, _hub(home, "build"), at_most=10)


def _history(report: Report, folder: Path) -> None:
    report.section(f"The same hour of new taps on a short and on a long history ({' '.join(SMALL_CITY)})")
    medians = {}
    for days in (90, 360):
        home = folder / str(days)
        _hub(home, "sample-city", "--days", str(days), *SMALL_CITY)
        _figure(report, f"{days} days: hub build, everything", _hub(home, "build"))
        measured = []
        for hour in range(INCREMENTS):
            _one_more_hour(home, hour, SMALL_CITY_TAPS_AN_HOUR)
            measured.append(_hub(home, "build"))
        medians[days] = Seconds(*(statistics.median(values) for values in zip(*measured, strict=True)))
        _figure(report, f"{days} days: after one more hour, median of {INCREMENTS}", medians[days])
    report.figure(
        "360 days against 90 days, by the clock", medians[360].wall / medians[90].wall, "times", at_most=1.1
    )
    by_processor = medians[360].processor / medians[90].processor
    report.figure("360 days against 90 days, processor", by_processor, "times", at_most=1.1)


def _figure(report: Report, what: str, seconds: Seconds, *, at_most: float | None = None) -> None:
    report.figure(what, seconds.wall, "s", at_most=at_most, note=f"{seconds.processor:>7.2f} processor")


def _one_more_hour(home: Path, number: int, taps: int) -> None:
    """Let the city live on for an hour of this morning: taps, check-ins, sign-ups and heartbeats."""
    settings = Settings(home=home)
    now = datetime.now(UTC)
    morning = now.replace(hour=0, minute=0, second=0, microsecond=0)  # 08:00 in the city
    engine = open_database(settings.operations_url)
    one_more_hour(
        engine,
        settings.swipe_logs,
        after=morning + timedelta(hours=number),
        taps=taps,
        seed=number,
        written_at=now,
    )
    engine.dispose()


def _hub(home: Path, *arguments: str) -> Seconds:
    """Run a command of the program on a home and return its seconds from start to end, the interpreter's included.

    Raises `RuntimeError` with what it said if it fails.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "hub", *arguments],
            cwd=PROJECT,
            env=environment | {"HUB_HOME": str(home)},
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        if status:
            said.seek(0)
            raise RuntimeError(f"hub {' '.join(arguments)} failed:\n{said.read().decode()}")
    return Seconds(wall, used.ru_utime + used.ru_stime)
