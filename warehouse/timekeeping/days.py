"""Service days: which one a second belongs to, and how far events reach from one to another.

Here: the arithmetic of days. Never here: what happens on a day.

A service day is the local date of `time - 4 h` (the 4 h is a rule). An event that belongs to a shift takes the
service day of the shift's start. So, with a shift of at most 24 h and a margin of 60 min around it,

* a tap of plain day p can belong to a service day of p - 2 to p + 1;
* a session of service day d lies within [d 04:00, d + 2 days 04:00) and can shorten, or be shortened by, sessions
  of d - 1 and d + 1 (section 6);
* whether a tap is a bounce depends on the minute before it.

The functions below say this for whatever the rules are.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import polars as pl

from warehouse.timekeeping.rules import RuleBook

# Asia/Shanghai has had no summer time since 1991, long before the first tap.
LOCAL_OFFSET = 8 * 3600
DAY = 86400


def seconds(column: str) -> pl.Expr:
    """A datetime column as whole seconds since 1970 UTC (Int64), cut."""
    return pl.col(column).dt.epoch("s")


def moment(seconds_column: str) -> pl.Expr:
    """Seconds since 1970 UTC as a naive UTC datetime (microseconds)."""
    return (pl.col(seconds_column) * 1_000_000).cast(pl.Datetime("us"))


def service_day(at: pl.Expr, day_start: int) -> pl.Expr:
    """The plain service day (Date) of the seconds `at`; `day_start`: seconds after local midnight."""
    return ((at + (LOCAL_OFFSET - day_start)) // DAY).cast(pl.Int32).cast(pl.Date)


def day_bounds(day: date, day_start: int) -> tuple[int, int]:
    """First second of service day `day` and of the next one, as seconds since 1970 UTC."""
    first = (day - date(1970, 1, 1)).days * DAY + day_start - LOCAL_OFFSET
    return first, first + DAY


def widened(days: Iterable[date], before: int, after: int) -> list[date]:
    """`days` with `before` days before each and `after` days after each, sorted, each once."""
    return sorted({day + timedelta(days=step) for day in days for step in range(-before, after + 1)})


def overlap_reach(book: RuleBook) -> int:
    """How many service days apart two sessions can be that still overlap (1 for shifts of up to 24 h)."""
    return -(-book.largest("shift_longest") // DAY)


def tap_reach(book: RuleBook) -> tuple[int, int]:
    """(b, a): the taps of service day d have plain days d - b to d + a (1 and 2 by the default rules)."""
    margin = book.largest("shift_margin")
    return -(-margin // DAY), (DAY - 1 + book.largest("shift_longest") + margin) // DAY


def tap_days_needed(days: Iterable[date], book: RuleBook) -> list[date]:
    """The plain service days whose accepted taps must be given to work out `days` (d - 3 to d + 3)."""
    before, after = tap_reach(book)
    near = overlap_reach(book)
    bounce = 1
    return widened(days, near + before + bounce, near + after)


def shift_days_needed(days: Iterable[date], book: RuleBook) -> list[date]:
    """The service days of the shifts that must be given, with their sites, sign-ups and all their check-ins,
    to work out `days` (d - 4 to d + 4: also those that compete for a tap)."""
    before, after = tap_reach(book)
    near = overlap_reach(book)
    return widened(days, near + before + after, near + before + after)
