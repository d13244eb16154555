"""Which days are working days, and the day on which the public notice (公示期) of a service day ends.

Here: the table of working days and counting along it. Never here: what happens when the notice ends.
"""

from __future__ import annotations

import csv
from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import polars as pl

WORKING_DAYS_FILE = Path(__file__).resolve().parent.parent / "reference" / "working_days.csv"


@dataclass(frozen=True)
class WorkingDays:
    """The working days of `first_day` to `last_day`, in order, as officially announced."""

    first_day: date
    last_day: date
    days: tuple[date, ...]

    def after(self, day: date, count: int) -> date:
        """The `count`-th working day after `day` (which itself never counts).

        Raises ValueError where the table does not reach: extend `working_days.csv`.
        """
        position = bisect_right(self.days, day) + count - 1
        if day < self.first_day - timedelta(days=1) or position >= len(self.days):
            raise ValueError(
                f"working day {count} after {day} lies outside the table of working days "
                f"({self.first_day} to {self.last_day}); extend {WORKING_DAYS_FILE.name}"
            )
        return self.days[position]

    def final_on(self, service_days: pl.Series, notice_working_days: int) -> pl.DataFrame:
        """One row per distinct service day: service_day, final_on (section 8). Raises as `after` does."""
        days = service_days.unique().drop_nulls().sort().to_list()
        return pl.DataFrame(
            {"service_day": days, "final_on": [self.after(day, notice_working_days) for day in days]},
            schema={"service_day": pl.Date, "final_on": pl.Date},
        )


def read_working_days(path: Path = WORKING_DAYS_FILE) -> WorkingDays:
    """The table in `path`: CSV with day, is_working_day (true/false), source; every day of its range once."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [(date.fromisoformat(row["day"]), row["is_working_day"]) for row in csv.DictReader(file)]
    for (day, _), (next_day, _) in pairwise(rows):
        if next_day != day + timedelta(days=1):
            raise ValueError(
                f"{path}: {day} is followed by {next_day}; every day must be there once, in order"
            )
    wrong = [day for day, answer in rows if answer not in ("true", "false")]
    if wrong or not rows:
        raise ValueError(f"{path}: is_working_day must be true or false on every day; look at {wrong[:3]}")
    return WorkingDays(rows[0][0], rows[-1][0], tuple(day for day, answer in rows if answer == "true"))
