"""Measure and print: `python -m benchmarks.timekeeping [--days 20] [--long 100] [--repeat 3] [--folder DIR]`.

The exit code is 3 where a limit that is claimed was not kept.
"""

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
    city = write_city(folder, 1, "plain")
    command = [sys.executable, "-m", "benchmarks.timekeeping.one_day", str(city), str(repeat)]
    engine, scan = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    return float(engine), float(scan)


def conditions(args: argparse.Namespace) -> list[str]:
    """On what, and what was measured."""
    packages = ("polars", "numpy", "pyarrow", "duckdb", "pandas")
    return [
        f"Time-keeping, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        *describe(),
        f"Python {platform.python_version()}, " + ", ".join(f"{name} {version(name)}" for name in packages),
        f"{args.days} days of 1 M lines of taps; whole processes, median of {args.repeat}; wall clock and processor.",
        "The engine does the whole specification, DuckDB windows and pandas the pairing alone, with as little looked",
        "up as that needs; (found), measured once: from taps whose volunteer, site and service day are found already.",
        "plain city: 2 M cards, 4,000 devices, 1 M taps a day, 5 % forgotten check-outs, 5 % double taps; directed",
        "readers at some sites, hourly heartbeats, a few wrong clocks.",
        "rich city: besides a quarter of all stays in 5,000 shifts a day, check-ins, honour records, second visits,",
        "1 % resends, late uploads, lost and unknown cards.",
        "",
    ]


class Outcome:
    """The lines of the outcome as they come, and whether every limit was kept."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.is_as_claimed = True

    def say(self, line: str) -> None:
        """Add a line; it is shown at once where somebody waits."""
        self.lines.append(line)
        print(line, file=sys.stderr, flush=True)

    def measured(self, text: str, one: Measure) -> None:
        """Add what a contender took."""
        self.say(f"{text:<24} {one.wall:8.2f} s {one.processor:8.2f} s processor {one.peak_mb:8.0f} MB")

    def ratio(self, text: str, one: Measure, other: Measure, most: float | None) -> None:
        """Add how many times as long `one` took as `other`, by the clock and by processor; the clock must keep to
        `most` (None: nothing is claimed)."""
        wall, processor = one.wall / other.wall, one.processor / other.processor
        self._held(f"{text:<52} {wall:8.2f} x {processor:8.2f} x", wall, most, "x")

    def limit(self, text: str, value: float, unit: str, most: float) -> None:
        """Add one figure that must keep to `most`."""
        self._held(f"{text:<52} {value:8.{0 if unit == 'MB' else 2}f} {unit:<12}", value, most, unit)

    def _held(self, line: str, value: float, most: float | None, unit: str) -> None:
        if most is not None:
            self.is_as_claimed &= value <= most
            line += f"   at most {most:g} {unit}  {'yes' if value <= most else 'NO'}"
        self.say(line.rstrip())


def report(args: argparse.Namespace) -> Outcome:
    """Measure everything."""
    outcome = Outcome(conditions(args))
    engine = _plain(args, outcome)
    _rich(args, outcome)
    if args.long:
        longer = measure("engine", write_city(args.folder, args.long, "plain"), 1)
        outcome.measured(f"plain, {args.long} days, once", longer)
        per_tap = Measure(longer.wall / args.long, longer.processor / args.long, longer.peak_mb)
        before = Measure(engine.wall / args.days, engine.processor / args.days, engine.peak_mb)
        outcome.ratio(f"cost per tap at {args.long} M against {args.days} M", per_tap, before, 1.1)
    one_day, one_scan = one_day_in_process(args.folder, args.repeat)
    outcome.say("")
    text = f"one day of 1 M ({one_day:.2f} s) against its scan ({one_scan:.2f} s)"
    outcome.limit(text, one_day / one_scan, "x", 8)
    return outcome


def _plain(args: argparse.Namespace, outcome: Outcome) -> Measure:
    """The measures that are claimed; returns the engine's."""
    city = write_city(args.folder, args.days, "plain")
    found = {}
    for name in ("scan", "engine", "duckdb", "pandas", "duckdb_found", "pandas_found"):
        found[name] = measure(name, city, 1 if name.endswith("_found") else args.repeat)
        outcome.measured(f"plain, {name}", found[name])
    engine = found["engine"]
    for other, text, most in (
        ("scan", "sessions against the bare scan", 6),
        ("duckdb", "sessions against pairing in DuckDB windows", 0.5),
        ("pandas", "sessions against pairing in pandas", 0.2),
        ("duckdb_found", "sessions against pairing in DuckDB windows (found)", None),
        ("pandas_found", "sessions against pairing in pandas (found)", None),
    ):
        outcome.ratio(text, engine, found[other], most)
    outcome.limit("peak memory by day", engine.peak_mb, "MB", 1500)
    outcome.say("")
    return engine


def _rich(args: argparse.Namespace, outcome: Outcome) -> None:
    city = write_city(args.folder, args.days, "rich")
    scan, engine = (measure(name, city, args.repeat) for name in ("scan", "engine"))
    outcome.measured("rich, scan", scan)
    outcome.measured("rich, engine", engine)
    outcome.ratio("rich city: sessions against the bare scan", engine, scan, None)
    outcome.say("")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.timekeeping", description=__doc__)
    parser.add_argument("--days", type=int, default=20)
    parser.add_argument("--long", type=int, default=100, help="days of the long run; 0: none")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "volunteer_hub_taps")
    measured = report(parser.parse_args())
    text = "\n".join(measured.lines)
    print(text)
    LAST_OUTPUT.write_text(text + "\n", encoding="utf-8")
    sys.exit(0 if measured.is_as_claimed else 3)
