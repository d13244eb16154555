"""One day in a process that runs already, as where days come in one after the other: prints seconds of engine and scan.

`python -m benchmarks.timekeeping.one_day CITY REPEAT`
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from hub.memory import keep_freed_memory

WARMING_UP = 2


def main(city: Path, repeat: int) -> None:
    """Read the registers of `city`, then measure its taps."""
    # As `hub sessions` does, before Polars is imported.
    keep_freed_memory()
    from benchmarks.timekeeping.contenders import scan
    from warehouse.timekeeping import read_rules
    from warehouse.timekeeping.folder import read_registers, sessions_of_folder

    book = read_rules()
    registers = read_registers(city, None, book)
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "out.parquet"
        print(_median(lambda: sessions_of_folder(city, out, book=book, registers=registers), repeat))
        print(_median(lambda: scan(city, out), repeat))


def _median(work: Callable[[], object], repeat: int) -> float:
    times = []
    for _ in range(WARMING_UP + repeat):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times[WARMING_UP:])


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
