"""What the first pass over the lines leaves on disk: accepted taps by service day, and lines that need a closer look.

Here: laying down and taking up, in files that only one run sees. Never here: a rule, or which is which.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path

import polars as pl

from warehouse.timekeeping.arrival import Arrival
from warehouse.timekeeping.by_day import DayByDay

# Lines taken in at once the long way: a reader's lines stay together, so a part is some of the readers.
LINES_AT_ONCE = 3_000_000
# Near days of a few days at work.
NEAR_DAYS_KEPT = 16


class TapsByDay:
    """Accepted taps in files of their plain service day, in the few columns that `Arrival.taps` needs; and once more
    those of them that other days can need."""

    def __init__(self, scratch: Path, arrival: Arrival, each: DayByDay) -> None:
        self._all, self._near = scratch / "taps", scratch / "near_taps"
        self._arrival, self.each = arrival, each
        # One flag a card, for whose it is need not be looked up for every tap then.
        self._near_cards = (
            each.are_near(arrival.cards["volunteer_id"]).to_numpy() if len(each.near_people) else None
        )
        self._no_taps = arrival.no_taps
        self.near_taps_of = lru_cache(maxsize=NEAR_DAYS_KEPT)(self._near_taps_of)

    def add(self, name: str, taps: pl.DataFrame) -> None:
        """Lay down `taps` (as `Arrival.at_a_glance` returns them); called from several threads."""
        days = taps["service_day"].unique().sort()
        near = taps.filter(self._are_near(taps))
        for rows, root in ((taps, self._all), (near, self._near)):
            for number in days:
                part = rows.filter(pl.col("service_day") == number) if len(days) > 1 else rows
                target = root / str(number) / f"{name}.arrow"
                target.parent.mkdir(parents=True, exist_ok=True)
                part.write_ipc(target, compression="uncompressed")

    def _are_near(self, taps: pl.DataFrame) -> pl.Series:
        """Which of `taps` other days can need."""
        late = self.each.are_late(taps)
        if self._near_cards is None:
            return late
        if "volunteer_id" in taps.columns:
            return late | self.each.are_near(taps["volunteer_id"])
        return late | pl.Series(self._near_cards[taps["card"].to_numpy()])

    def add_accepted(self, name: str, accepted: pl.DataFrame) -> None:
        """Lay down what `take_in` accepted."""
        if accepted.height:
            self.add(name, self._arrival.compact(accepted))

    def days(self) -> set[date]:
        """The days of which there are taps."""
        numbers = [int(folder.name) for folder in self._all.glob("*")]
        return set(pl.Series(numbers, dtype=pl.Int32).cast(pl.Date))

    def taps_of(self, day: date) -> pl.DataFrame:
        """All accepted taps of a plain service day."""
        return self._read(self._all, day)

    def _near_taps_of(self, day: date) -> pl.DataFrame:
        return self._read(self._near, day)

    def _read(self, root: Path, day: date) -> pl.DataFrame:
        number = (day - date(1970, 1, 1)).days
        files = sorted((root / str(number)).glob("*.arrow"))
        parts = [self._arrival.taps(pl.read_ipc(file)) for file in files]
        return pl.concat(parts) if parts else self._no_taps


class LinesLeft:
    """Lines that need a closer look, to be taken up so that all lines of a reader come together."""

    def __init__(self, scratch: Path) -> None:
        self._folder = scratch / "left"
        self._folder.mkdir()
        self._rows: dict[Path, int] = {}

    def add(self, number: int, lines: pl.DataFrame) -> None:
        """Lay down `lines`; called from several threads."""
        if lines.is_empty():
            return
        if "malformed_text" not in lines.columns:
            lines = lines.with_columns(malformed_text=pl.lit(None, dtype=pl.String))
        file = self._folder / f"{number:012}.arrow"
        lines.with_columns(pl.col("device_no", "direction").cast(pl.String)).write_ipc(
            file, compression="lz4"
        )
        self._rows[file] = lines.height

    def parts(self) -> Iterator[pl.DataFrame]:
        """All lines, some readers at a time."""
        count = sum(self._rows.values())
        parts = count // LINES_AT_ONCE + 1 if count else 0
        for number in range(parts):
            is_due = pl.col("device_no").hash(seed=0) % parts == number
            yield pl.concat(
                pl.read_ipc(file).filter(is_due) if parts > 1 else pl.read_ipc(file)
                for file in sorted(self._rows)
            )
