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

from benchmarks.machine import describe
from benchmarks.timekeeping.generate import write_city

LAST_OUTPUT = Path(__file__).with_name("last_output.txt")


@dataclass(frozen=True)
class Measure:
    """Median wall and processor seconds of whole processes, and the largest peak of memory in MB."""

    wall: float
    processor: float
    peak_mb: float


def measure(name: str, city: Path, repeat: int) -> Measure:
    """Run the contender `repeat` times, each in a process of its own."""
    walls, processors, peaks = [], [], []
    with tempfile.TemporaryDirectory() as scratch:
        for _ in range(repeat):
            began = time.perf_counter()
            out = f"{scratch}/out.parquet"
            command = ["hub", "sessions"] if name == "engine" else ["benchmarks.timekeeping.contenders", name]
            process = subprocess.Popen(
                [sys.executable, "-m", *command, str(city), out], stdout=subprocess.DEVNULL
            )
            _, status, usage = os.wait4(process.pid, 0)
            if status:
                raise SystemExit(f"{name} failed")
            walls.append(time.perf_counter() - began)
            processors.append(usage.ru_utime + usage.ru_stime)
            peaks.append(usage.ru_maxrss / 1024)
    return Measure(statistics.median(walls), statistics.median(processors), max(peaks))


def one_day_in_process(folder: Path, repeat: int) -> tuple[float, float]:
    """(engine, scan) of one day of 1 M taps, in a process that runs already and has read its registers: seconds."""
    from benchmarks.timekeeping.contenders import scan
    from warehouse.timekeeping import read_rules
    from warehouse.timekeeping.folder import read_registers, sessions_of_folder

    city = write_city(folder, 1)
    book = read_rules()
    registers = read_registers(city, None, book)
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "out.parquet"
        medians = []
        for work in (
            lambda: sessions_of_folder(city, out, book=book, registers=registers),
            lambda: scan(city, out),
        ):
            times = []
            for _ in range(repeat + 2):
                began = time.perf_counter()
                work()
                times.append(time.perf_counter() - began)
            medians.append(statistics.median(times[2:]))
    return medians[0], medians[1]


def conditions(args: argparse.Namespace) -> list[str]:
    """On what, and what was measured."""
    packages = ("polars", "numpy", "pyarrow", "duckdb", "pandas")
    return [
        f"Time-keeping, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        *describe(),
        f"Python {platform.python_version()}, " + ", ".join(f"{name} {version(name)}" for name in packages),
        f"{args.days} days of 1 M lines of taps; whole processes, median of {args.repeat}; wall clock and processor.",
        "2 M cards, 4,000 devices; 5 % forgotten check-outs, 5 % double taps, 1 % resends, late uploads, lost and",
        "unknown cards, wrong clocks; a quarter of all stays in 5,000 shifts a day; check-ins and honour records.",
        "The engine does the whole specification; DuckDB windows and pandas the pairing alone, from taps whose",
        "volunteer, site and service day are found already.",
        "",
    ]


def report(args: argparse.Namespace) -> list[str]:
    """All lines of the outcome."""
    lines = conditions(args)
    city = write_city(args.folder, args.days)
    found = {}
    for name in ("scan", "engine", "duckdb", "pandas"):
        found[name] = one = measure(name, city, args.repeat)
        lines.append(f"{name:<8} {one.wall:8.2f} s {one.processor:8.2f} s processor {one.peak_mb:8.0f} MB")
        print(lines[-1], file=sys.stderr, flush=True)
    engine = found["engine"]
    lines += ["", "measure                                                wall  processor   at most"]
    for other, text, most in (
        ("scan", "sessions against the bare scan", 6),
        ("duckdb", "sessions against pairing in DuckDB windows", 0.5),
        ("pandas", "sessions against pairing in pandas", 0.2),
    ):
        ratio = engine.wall / found[other].wall, engine.processor / found[other].processor
        lines.append(_ratio(text, ratio, most))
    memory = f"{'peak memory by day':<50} {engine.peak_mb:8.0f} MB {'1500 MB':>21}"
    lines.append(f"{memory}  {_kept(engine.peak_mb, 1500)}")
    if args.long:
        longer = measure("engine", write_city(args.folder, args.long), max(1, args.repeat // 2))
        per_tap = (
            longer.wall / args.long / (engine.wall / args.days),
            longer.processor / args.long / (engine.processor / args.days),
        )
        lines.append(_ratio(f"cost per tap at {args.long} M against {args.days} M", per_tap, 1.1))
        lines.append(f"  ({longer.wall:.1f} s, {longer.processor:.1f} s processor, {longer.peak_mb:.0f} MB)")
    one_day, one_scan = one_day_in_process(args.folder, args.repeat)
    ratio = one_day / one_scan
    text = (
        f"{'one day of 1 M, in process, against its scan':<50} {ratio:8.2f} x {'8 x':>21}  {_kept(ratio, 8)}"
    )
    return [*lines, text, f"  ({one_day:.2f} s against {one_scan:.2f} s)"]


def _ratio(text: str, ratio: tuple[float, float], most: float) -> str:
    return f"{text:<50} {ratio[0]:8.2f} x {ratio[1]:8.2f} x {most:>8} x  {_kept(ratio[0], most)}"


def _kept(value: float, most: float) -> str:
    return "yes" if value <= most else "NO"


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
