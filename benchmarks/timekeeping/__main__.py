"""Measure and print: `python -m benchmarks.timekeeping [--days 20] [--long 100] [--repeat 3] [--folder DIR]`."""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.timekeeping.generate import write_days

LAST_OUTPUT = Path(__file__).with_name("last_output.txt")


@dataclass(frozen=True)
class Measure:
    """Median wall and processor seconds of whole processes, and the largest peak of memory in MB."""

    wall: float
    processor: float
    peak_mb: float


def measure(name: str, taps: Path, repeat: int) -> Measure:
    """Run the contender `repeat` times, each in a process of its own."""
    walls, processors, peaks = [], [], []
    with tempfile.TemporaryDirectory() as scratch:
        for _ in range(repeat):
            began = time.perf_counter()
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "benchmarks.timekeeping.contenders",
                    name,
                    str(taps),
                    f"{scratch}/out.parquet",
                ]
            )
            _, status, usage = os.wait4(process.pid, 0)
            if status:
                raise SystemExit(f"{name} failed")
            walls.append(time.perf_counter() - began)
            processors.append(usage.ru_utime + usage.ru_stime)
            peaks.append(usage.ru_maxrss / 1024)
    return Measure(statistics.median(walls), statistics.median(processors), max(peaks))


def one_day_in_process(folder: Path, repeat: int) -> tuple[float, float]:
    """(engine, scan) of one day of 1 M taps, in process, without start-up: median seconds."""
    from benchmarks.timekeeping.contenders import engine, scan

    taps = write_days(folder, 1)
    with tempfile.TemporaryDirectory() as scratch:
        medians = []
        for contender in (engine, scan):
            times = []
            for _ in range(repeat + 2):
                began = time.perf_counter()
                contender(taps, Path(scratch) / "out.parquet")
                times.append(time.perf_counter() - began)
            medians.append(statistics.median(times[2:]))
    return medians[0], medians[1]


def report(args: argparse.Namespace) -> list[str]:
    taps = write_days(args.folder, args.days)
    lines = [
        f"Time-keeping, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores, {platform.machine()},"
        f" load before {os.getloadavg()[0]:.1f}",
        f"Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in ("polars", "numpy", "pyarrow", "duckdb", "pandas")),
        f"{args.days} days of 1 M taps; whole processes, median of {args.repeat}; seconds of wall clock and processor",
        "",
    ]
    found = {}
    for name in ("scan", "engine", "duckdb", "pandas"):
        found[name] = measure(name, taps, args.repeat)
        one = found[name]
        lines.append(f"{name:<8} {one.wall:8.2f} s {one.processor:8.2f} s processor {one.peak_mb:8.0f} MB")
    engine = found["engine"]
    lines += ["", "measure                                                wall  processor   at most"]
    for other, text, most in (
        ("scan", "sessions against the bare scan", "6"),
        ("duckdb", "sessions against pairing in DuckDB windows", "0.5"),
        ("pandas", "sessions against pairing in pandas", "0.2"),
    ):
        ratio = engine.wall / found[other].wall, engine.processor / found[other].processor
        lines.append(f"{text:<50} {ratio[0]:8.2f} x {ratio[1]:8.2f} x {most:>8} x")
    lines.append(f"{'peak memory by day':<50} {engine.peak_mb:8.0f} MB {'1500 MB':>21}")
    if args.long:
        longer = measure("engine", write_days(args.folder, args.long), max(1, args.repeat // 2))
        growth = (longer.wall / args.long) / (engine.wall / args.days)
        effort = (longer.processor / args.long) / (engine.processor / args.days)
        text = f"cost per tap at {args.long} M against {args.days} M"
        lines.append(f"{text:<50} {growth:8.2f} x {effort:8.2f} x {'1.1':>8} x")
    one_day, one_scan = one_day_in_process(args.folder, args.repeat)
    lines.append(
        f"{'one day of 1 M, in process, against its scan':<50} {one_day / one_scan:8.2f} x {'8 x':>21}"
    )
    return lines


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.timekeeping", description=__doc__)
    parser.add_argument("--days", type=int, default=20)
    parser.add_argument("--long", type=int, default=100, help="days of the long run; 0: none")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "volunteer_hub_taps")
    options = parser.parse_args()
    text = "\n".join(report(options))
    print(text)
    LAST_OUTPUT.write_text(text + "\n", encoding="utf-8")
